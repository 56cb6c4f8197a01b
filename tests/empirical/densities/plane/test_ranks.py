"""Ranks of derivatives, decided exactly: against rational arithmetic, and where floats fail."""

import flint
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from empirical.densities import Normal
from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.plane import ranks as module
from empirical.densities.plane.exact_vertices import exact
from empirical.densities.plane.ranks import ranks
from empirical.densities.plane.subdivision import subdivide
from tests.empirical.densities.plane.test_plane_law import affine, law_of, random_network
from tests.strategies import plane_generators


def in_rationals(layers: list[AffineLayer], z: np.ndarray) -> int:
    """The rank at a latent point, by the signs of the units there."""
    point, linear = flint.fmpq_mat(2, 1, [exact(v) for v in z]), flint.fmpq_mat(2, 2, [1, 0, 0, 1])
    value = point
    for layer in layers:
        weight = flint.fmpq_mat([[exact(w) for w in row] for row in layer.weight])
        bias = flint.fmpq_mat(len(layer.bias), 1, [exact(b) for b in layer.bias])
        value, linear = weight * value + bias, weight * linear
        factors = [
            exact(1.0) if v > 0 else exact(a)
            for v, a in zip(value.entries(), layer.negative_slope, strict=True)
        ]
        value = flint.fmpq_mat(
            len(factors), 1, [v * f for v, f in zip(value.entries(), factors, strict=True)]
        )
        linear = flint.fmpq_mat(
            [[entry * f for entry in row] for row, f in zip(linear.tolist(), factors, strict=True)]
        )
    return linear.rank()


@given(plane_generators())
@settings(max_examples=60)
def test_ranks_are_those_of_rational_arithmetic(generator: torch.nn.Sequential) -> None:
    """At a point inside each region, for weights in quarters: many units coincide, cancel or die."""
    layers = list(affine_layers(generator))
    found = subdivide(layers, -3.0, 3.0)
    mesh = found.mesh
    count = np.diff(mesh.starts)[:, None]
    middles = np.add.reduceat(mesh.vertices[mesh.corners], mesh.starts[:-1]) / count
    assert ranks(layers, found).tolist() == [in_rationals(layers, z) for z in middles]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_floats_and_patterns_decide_for_random_networks(
    seed: int, slope: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rational arithmetic is not needed there, and agrees where it is forced by an error bound of one."""
    layers = random_network(seed, slope, (2, 6, 6, 6, 2))
    found = subdivide(layers, -5.0, 5.0)
    calls: list[int] = []
    exactly = module._exact_rank

    def counted(network: list[flint.fmpq_mat], factors: list[np.ndarray]) -> int:
        calls.append(1)
        return exactly(network, factors)

    monkeypatch.setattr(module, "_exact_rank", counted)
    quick = ranks(layers, found)
    assert not calls
    monkeypatch.setattr(module, "_error", lambda layers: 1e9)
    assert np.array_equal(ranks(layers, found), quick)
    assert bool(calls)


def test_a_plateau_that_rounding_tilts_is_flat() -> None:
    """A derivative of 1e-17 instead of zero, as other orders of summation give, still makes one atom.

    Both outputs rise from 0 to 0.1 and stay there: on four regions the derivative is zero, w - w.
    """
    ramp = [
        affine([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], [0.0, -0.1, 0.0, -0.1], 0.0),
        affine([[0.3, -0.3, 0.0, 0.0], [0.0, 0.0, 0.7, -0.7]], [0.1, 0.2]),
    ]
    law = law_of(ramp, Normal(2))
    corner = law.ranks == 0
    assert corner.sum() == 4 and len(law.atoms) == 4
    # Beyond both ramps: 0.1 + 0.3 * 0.1 and 0.2 + 0.7 * 0.1.
    assert law.atoms[-1] == pytest.approx([0.13, 0.27], abs=1e-15)
    assert (law.log_prob(law.atoms) == np.inf).all()

    tilted = law.mesh.linear.copy()
    tilted[corner] += 1e-17 * np.array([[1.0, 0.5], [-0.25, 1.0]])
    object.__setattr__(law.subdivision.mesh, "linear", tilted)
    assert np.array_equal(ranks(ramp, law.subdivision) == 0, corner)


def test_a_small_derivative_is_not_zero() -> None:
    """A regular map by 1e-12 has rank 2: no threshold is fixed in advance."""
    law = law_of([affine([[1e-12, 0.0], [0.0, 3e-12]], [0.0, 0.0])], Normal(2))
    assert law.ranks.tolist() == [2] and law.mass.absolutely_continuous == pytest.approx(1, abs=1e-14)
    small = [affine([[1.0, 1.0], [1.0, 1.0 + 2.0**-50]], [0.0, 0.0])]
    assert ranks(small, subdivide(small, -1.0, 1.0)).tolist() == [2]  # a determinant of 1e-15, in rationals
    equal = [affine([[0.1, 0.3], [0.2, 0.6]], [0.0, 0.0])]
    assert ranks(equal, subdivide(equal, -1.0, 1.0)).tolist() == [1]  # doubling is exact
