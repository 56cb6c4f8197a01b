"""What a certificate of a law in space finds: nothing in sound laws, and each planted fault."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from empirical.densities.enclosed import Enclosed
from empirical.densities.latents import Normal, Uniform
from empirical.densities.space.polyhedra import OUTSIDE, Polyhedra
from empirical.densities.space.preimages import Found
from empirical.densities.space.space_law import SpaceLaw
from empirical.densities.space.subdivision import Subdivision, subdivide
from tests.empirical.densities.space.generators import clamp, random_generator, space_law_of

CHECKS = "euler borders volumes rationals patterns maps tail determinants preimages masses".split()


@pytest.mark.parametrize(
    ("widths", "slope", "latent"),
    [
        ([3, 6, 3], 0.2, Normal(3)),
        ([3, 6, 6, 3], 0.0, Normal(3)),
        ([3, 6, 6, 3], 0.2, Uniform(3)),
        ([3, 6, 3], 0.0, Uniform(3)),
    ],
)
def test_sound_laws_hold(widths: list[int], slope: float, latent: Normal | Uniform) -> None:
    """Every check of a random network's law comes out as it must."""
    certificate = space_law_of(random_generator(widths, slope, seed=21), latent).certificate
    assert [check.name for check in certificate.checks] == CHECKS
    assert certificate.holds, certificate.failed


@pytest.mark.parametrize(("height", "latent"), [(1.0, Uniform(3)), (0.1, Normal(3))])
def test_laws_with_little_density_hold(height: float, latent: Normal | Uniform) -> None:
    """relu(z + h) - relu(z) in each coordinate: weights without variance, or hardly a draw with density."""
    assert space_law_of(clamp(height), latent).certificate.holds


@pytest.fixture(scope="module")
def law() -> SpaceLaw:
    return space_law_of(random_generator([3, 6, 3], 0.2, seed=22), Uniform(3))


def failed(law: SpaceLaw) -> set[str]:
    return {check.name for check in law.certificate.failed}


def with_polyhedra(regions: Subdivision, polyhedra: Polyhedra) -> Subdivision:
    return replace(regions, tiling=replace(regions.tiling, polyhedra=polyhedra))


def shifted(x: Enclosed, row: int, step: float) -> Enclosed:
    value = x.value.copy()
    value[row] += step
    return Enclosed(value, x.error)


def largest(law: SpaceLaw) -> int:
    return int(law.region_probabilities.argmax())


def flipped_face(law: SpaceLaw) -> Subdivision:
    """One face looks the other way."""
    polyhedra = law.subdivision.tiling.polyhedra
    face = int(np.flatnonzero(polyhedra.sides[:, 1] != OUTSIDE)[0])
    sides = polyhedra.sides.copy()
    sides[face] = sides[face, ::-1]
    return with_polyhedra(law.subdivision, replace(polyhedra, sides=sides))


def dropped_face(law: SpaceLaw) -> Subdivision:
    """One face is missing between two regions."""
    polyhedra = law.subdivision.tiling.polyhedra
    kept = np.ones(len(polyhedra.sides), dtype=bool)
    kept[np.flatnonzero(polyhedra.sides[:, 1] != OUTSIDE)[0]] = False
    starts = np.concatenate([[0], np.cumsum(np.diff(polyhedra.starts)[kept])])
    fewer = Polyhedra(
        starts,
        polyhedra.corners[kept[polyhedra.face]],
        polyhedra.sides[kept],
        polyhedra.surfaces[kept],
        polyhedra.cells,
    )
    planes = Enclosed(law.subdivision.planes.value[kept], law.subdivision.planes.error[kept])
    return replace(with_polyhedra(law.subdivision, fewer), planes=planes)


def moved_vertex(law: SpaceLaw) -> Subdivision:
    """One corner of the largest region lies elsewhere, by a thousandth."""
    tiling = law.subdivision.tiling
    cell, face, _ = tiling.polyhedra.bounds
    corner = int(tiling.polyhedra.corners[tiling.polyhedra.starts[face[cell == largest(law)][0]]])
    return replace(law.subdivision, tiling=replace(tiling, positions=shifted(tiling.positions, corner, 1e-3)))


def moved_vertices(law: SpaceLaw) -> Subdivision:
    """All positions are off by 1e-6, far beyond their bounds."""
    tiling = law.subdivision.tiling
    positions = Enclosed(tiling.positions.value + 1e-6, tiling.positions.error)
    return replace(law.subdivision, tiling=replace(tiling, positions=positions))


def wrong_map(law: SpaceLaw) -> Subdivision:
    """The derivative on the largest region is off by 1e-9."""
    return replace(law.subdivision, maps=shifted(law.subdivision.maps, largest(law), 1e-9))


def wrong_sign(law: SpaceLaw) -> Subdivision:
    """One unit of the largest region's pattern is flipped."""
    patterns = law.subdivision.patterns.copy()
    patterns[largest(law), 0] *= -1
    return replace(law.subdivision, patterns=patterns)


@pytest.mark.parametrize(
    ("fault", "found_by"),
    [
        (flipped_face, {"borders", "preimages"}),
        (dropped_face, {"euler", "borders"}),
        (moved_vertex, {"determinants"}),
        (moved_vertices, {"rationals"}),
        (wrong_map, {"maps"}),
        (wrong_sign, {"patterns"}),
    ],
)
def test_faults_of_the_regions_are_found(
    law: SpaceLaw, fault: Callable[[SpaceLaw], Subdivision], found_by: set[str]
) -> None:
    """Each fault turns its checks red."""
    assert not failed(law)
    assert found_by <= failed(SpaceLaw(fault(law), law.latent))


def test_a_small_box_is_found() -> None:
    """A box [-3, 3]^3 leaves 0.8 percent of the normal mass outside."""
    generator = random_generator([3, 6, 3], 0.2, seed=23)
    layers = space_law_of(generator, Normal(3)).subdivision.layers
    found = failed(SpaceLaw(subdivide(layers, 3.0, 1000), Normal(3)))
    assert {"tail", "patterns"} & found == {"tail"}


def test_a_wrong_determinant_is_found(law: SpaceLaw) -> None:
    """One determinant doubled is found by volumes; all of them larger by a fifth, by masses as well."""
    spoiled = SpaceLaw(law.subdivision, law.latent)
    wrong = law.log_determinants.copy()
    wrong[largest(law)] += np.log(2)
    spoiled.__dict__["log_determinants"] = wrong
    assert "determinants" in failed(spoiled)
    spoiled = SpaceLaw(law.subdivision, law.latent)
    spoiled.__dict__["log_determinants"] = law.log_determinants + np.log(1.2)
    assert {"determinants", "masses"} <= failed(spoiled)


def test_a_wrong_density_without_variance_is_found() -> None:
    """The clamped uniform law, a half too dense everywhere: rounding leaves the check its tolerance."""
    law = space_law_of(clamp(1.0), Uniform(3))
    law.__dict__["log_determinants"] = law.log_determinants - np.log(1.5)
    (check,) = [check for check in law.certificate.checks if check.name == "masses"]
    assert not check.holds and "nan" not in check.detail


def test_a_region_without_density_is_found(law: SpaceLaw) -> None:
    """A region of the largest mass that the density leaves out is missed among the preimages."""
    spoiled = SpaceLaw(law.subdivision, law.latent)
    regions = np.delete(np.arange(len(law.subdivision)), largest(law))
    spoiled.__dict__["_inverse"] = replace(law._inverse, regions=regions)
    assert "preimages" in failed(spoiled)
    assert law.region_probabilities[largest(law)] > 0.01


def test_a_repeated_preimage_is_found(law: SpaceLaw, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preimages that are counted twice are named, and give bins twice their mass."""
    once = SpaceLaw.preimages

    def twice(self: SpaceLaw, x: np.ndarray) -> Found:
        found = once(self, x)
        return Found(
            np.tile(found.point, 2), np.tile(found.region, 2), np.tile(found.latent, (2, 1)), found.undecided
        )

    monkeypatch.setattr(SpaceLaw, "preimages", twice)
    assert {"preimages", "masses"} <= failed(SpaceLaw(law.subdivision, law.latent))
