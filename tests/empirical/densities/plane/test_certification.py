"""A density integrates to masses found without it; each fault planted in one turns its check red."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.affine_maps import multiplied
from empirical.densities.plane.certification import density_check, preimage_check, tail_check
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.plane.quadrature import rectangle
from empirical.densities.plane.subdivision import subdivide
from tests.empirical.densities.plane.all_regions import AllRegions
from tests.empirical.densities.plane.test_bins import BOX, FOLD, RELU, mesh_of
from tests.empirical.densities.plane.test_tiling import leaky_network, of_regions

GENERATOR = leaky_network(7)
LAYERS = affine_layers(GENERATOR)
UNIFORM = subdivide(LAYERS, -1.0, 1.0).mesh
EVERY = np.arange(len(UNIFORM))


def latents(latent: Normal | Uniform, count: int = 8) -> np.ndarray:
    return latent.sample(count, np.random.default_rng(0))


def draws(latent: Normal | Uniform, count: int = 8) -> np.ndarray:
    with torch.no_grad():
        return GENERATOR(torch.from_numpy(latents(latent, count))).numpy()


def holds(law: AllRegions, mesh: Mesh = UNIFORM, count: int = 8) -> bool:
    return density_check(mesh, np.arange(len(mesh)), law.latent, law.density, draws(law.latent, count)).holds


@pytest.mark.parametrize("latent", [Normal(2), Uniform(2)])
def test_a_right_density_has_the_exact_masses(latent: Normal | Uniform) -> None:
    """Around each of three draws the density integrates to the mass of the latents that land there."""
    end = BOX[type(latent)]
    mesh = subdivide(LAYERS, -end, end).mesh
    assert holds(AllRegions(mesh, latent), mesh, 3)


def test_quadrature_is_exact_for_folds() -> None:
    """Over a rectangle (|z1|, |z2|) has four times the mass of its latents, to rounding, by both roads."""
    mesh = mesh_of(FOLD, Uniform(2))
    cell = rectangle(mesh, np.arange(4), Uniform(2), np.array([-0.5, 0.25]), np.array([0.5, 0.75]))
    found, nodes = cell.integral(AllRegions(mesh, Uniform(2)).density)
    assert cell.probability == pytest.approx(0.25, abs=1e-15)
    assert found == pytest.approx(0.25, abs=1e-15) and nodes > 0


def test_nothing_over_a_rectangle_is_no_mass() -> None:
    """Away from all images both roads give 0."""
    cell = rectangle(UNIFORM, EVERY, Uniform(2), np.full(2, 50.0), np.full(2, 51.0))
    assert cell.probability == 0
    assert cell.integral(AllRegions(UNIFORM, Uniform(2)).density)[0] == 0


def test_faults_of_a_density_are_noticed() -> None:
    """A sheet left out, counted twice, or with a determinant that is off by 1e-4, under each draw.

    The quadrature's nodes are placed by the right mesh, which the fault does not touch.
    """
    for x in draws(Uniform(2), 4):
        law = AllRegions(UNIFORM, Uniform(2))
        covering = law.covering(x)
        without = [r for r in law.regions if r != covering[0]]
        determinants = UNIFORM.determinants.copy()
        determinants[covering[0]] *= 1 + 1e-4
        for fault in (
            AllRegions(UNIFORM, Uniform(2), without),
            AllRegions(UNIFORM, Uniform(2), [*law.regions, covering[0]]),
            AllRegions(UNIFORM, Uniform(2), determinants=determinants),
        ):
            check = density_check(UNIFORM, EVERY, Uniform(2), fault.density, x[None])
            assert not check.holds and check.name == "density"
        assert density_check(UNIFORM, EVERY, Uniform(2), law.density, x[None]).holds


def test_a_rectangle_without_mass_is_a_failure() -> None:
    """Where the draws are no outputs of the regions there is nothing to compare with, and the check fails."""
    law = AllRegions(UNIFORM, Uniform(2))
    check = density_check(UNIFORM, EVERY, Uniform(2), law.density, np.full((1, 2), 1e9))
    assert not check.holds


def test_preimages_are_decided_in_rationals() -> None:
    """All found preimages are real, and a wrong one, a missing one or a wrong determinant is noticed."""
    law, drawn = AllRegions(UNIFORM, Uniform(2)), latents(Uniform(2))
    check = preimage_check(LAYERS, Uniform(2), law.log_density, law.preimages, drawn)
    assert check.holds and check.name == "preimages"

    def with_a_stranger(x: np.ndarray) -> np.ndarray:
        return np.vstack([law.preimages(x), [0.123, 0.456]])

    def with_an_echo(x: np.ndarray) -> np.ndarray:
        return law.preimages(x)[[0, *range(len(law.preimages(x)))]]

    def without_the_first(x: np.ndarray) -> np.ndarray:
        return law.preimages(x)[1:]

    for faulty in (with_a_stranger, with_an_echo, without_the_first):
        assert not preimage_check(LAYERS, Uniform(2), law.log_density, faulty, drawn).holds
    wrong = AllRegions(UNIFORM, Uniform(2), determinants=UNIFORM.determinants * (1 + 1e-8))
    assert not preimage_check(LAYERS, Uniform(2), wrong.log_density, law.preimages, drawn).holds
    twice = AllRegions(UNIFORM, Uniform(2), 2 * law.regions)
    assert not preimage_check(LAYERS, Uniform(2), twice.log_density, law.preimages, drawn).holds


def test_a_mesh_that_is_too_small_is_noticed() -> None:
    """Beyond 39 a normal latent has no mass in float64, beyond 8 it has some; a uniform one none beyond 1."""
    for latent, end, right in (
        (Normal(2), 39.0, True),
        (Normal(2), 8.0, False),
        (Normal(2), -1.0, False),
        (Uniform(2), 1.0, True),
        (Uniform(2), 0.99, False),
    ):
        check = tail_check(latent, np.full(2, -end), np.full(2, end))
        assert check.holds == right
    assert "10^-331.7" in tail_check(Normal(2), np.full(2, -39.0), np.full(2, 39.0)).detail


def plane_law(latent: Normal | Uniform, layers: list[AffineLayer] | None = None) -> PlaneLaw:
    written = LAYERS if layers is None else tuple(layers)
    end = BOX[type(latent)]
    return PlaneLaw(written, subdivide(written, -end, end), latent)


@pytest.mark.parametrize("latent", [Normal(2), Uniform(2)])
def test_a_law_says_which_checks_held(latent: Normal | Uniform) -> None:
    """All checks of a law hold, also where half of its mass is on lines and a quarter on a point."""
    for law in (plane_law(latent), plane_law(latent, RELU)):
        certificate = law.certificate
        assert certificate.holds, certificate.failed
        assert [check.name for check in certificate.checks] == [
            *("edges", "boundary", "euler", "orientation", "area"),
            *("signs", "patterns", "affine-maps", "images", "determinants"),
            *("tail", "preimages", "density"),
        ]


def test_a_law_without_density_has_nothing_to_integrate() -> None:
    """Where all mass is on a line the density is tried nowhere, and the certificate says so."""
    onto_a_line = AffineLayer(np.array([[1.0, 2.0], [2.0, 4.0]]), np.zeros(2), np.ones(2))
    certificate = plane_law(Uniform(2), [onto_a_line]).certificate
    assert certificate.holds and certificate.checks[-1].detail.startswith("over 0 rectangles")


def red(law: PlaneLaw) -> set[str]:
    """The names of the checks that failed."""
    return {check.name for check in law.certify(seed=1).failed}


def test_faults_of_a_law_turn_its_certificate_red() -> None:
    """A dropped region, one that is there twice, a flipped sign, a wrong determinant: each where it must be.

    The faults are in the law itself, mesh and all, under the first draw of the certificate.
    """
    law = plane_law(Uniform(2))
    found, mesh = law.subdivision, law.mesh
    first = np.random.default_rng(1).uniform(-1, 1, (1, 2))  # the first latent of seed 1
    found_there = law.preimages(law.sample(1, seed=1))
    region = int(found_there.region[np.abs(found_there.latent - first).sum(axis=1).argmin()])
    others = np.delete(np.arange(len(mesh)), region)
    dropped = replace(found, mesh=of_regions(mesh, others), packed=found.packed[others])
    assert {"boundary", "area", "preimages"} <= red(replace(law, subdivision=dropped))
    again = np.append(np.arange(len(mesh)), region)
    twice = replace(found, mesh=of_regions(mesh, again), packed=found.packed[again])
    assert {"edges", "area", "preimages"} <= red(replace(law, subdivision=twice))
    patterns = found.patterns.copy()
    patterns[region, 0] ^= True
    maps = multiplied(LAYERS, patterns)
    flipped = replace(mesh, linear=maps.linear, offset=maps.offset)
    failed = red(replace(law, subdivision=replace(found, mesh=flipped, packed=np.packbits(patterns, axis=1))))
    assert {"signs", "patterns", "images", "density"} <= failed
    wrong = replace(law)
    vars(wrong)["log_volumes"] = np.where(np.arange(len(mesh)) == region, 1e-4, 0) + law.log_volumes
    assert red(wrong) == {"determinants", "preimages", "density"}
