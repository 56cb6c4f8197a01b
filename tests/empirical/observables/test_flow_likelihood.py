"""Exact likelihoods and log ratios: known laws give known numbers, and intervals hold them."""

from dataclasses import replace
from fractions import Fraction
from math import log

import numpy as np
import pytest
import torch

from empirical.densities.flow.flow_law import FlowLaw, flow_law
from empirical.networks.flows import FlowArchitecture, build_flow
from empirical.observables.flow_likelihood import (
    Cells,
    common_cells,
    discriminator_distance,
    log_density_map,
    mean_log_likelihood,
    quality,
    sampled_divergence,
)
from empirical.observables.plane_divergences import Effort, measure
from empirical.observables.sides import generator_side, mixture_side
from empirical.targets import GaussianMixture, equal_weights
from empirical.targets.ring import ring
from theory.laws import FiniteLaw
from theory.theorems.invertible_generator import least_distance, symmetric_divergence

NORMAL = GaussianMixture("normal", ((0.0, 0.0),), 1.0, equal_weights(1))
RING = ring(5, radius=1.0, sigma=0.6)
EDGES = np.array([-np.inf, -0.5, 0.5, np.inf]), np.array([-np.inf, 0.0, np.inf])


def law(seed: int, *, identity: bool = False) -> FlowLaw:
    """A random flow, or one without any effect."""
    flow = build_flow(FlowArchitecture("coupling", 2, transforms=2, hidden=(4,)), seed)
    if identity:
        with torch.no_grad():
            for parameter in flow.parameters():
                parameter.zero_()
    return flow_law(flow)


def test_the_likelihood_of_the_data_law_is_its_negative_entropy() -> None:
    """For the normal law, -1 - log 2 pi nats; a flow without effect gives the same numbers."""
    side = mixture_side(NORMAL)
    held_out = side.draw(4000, 3).points
    measured = mean_log_likelihood(side, held_out, 0.9999, {}, seed=3)

    assert measured.lower <= -1 - log(2 * np.pi) <= measured.upper
    same = mean_log_likelihood(generator_side(law(0, identity=True)), held_out, 0.9999, {}, seed=3)
    assert abs(same.value - measured.value) < 1e-12


def test_the_likelihood_gap_is_the_divergence_from_the_data() -> None:
    """On one sample of the data, mean log p - mean log q is the estimate of KL(data || model)."""
    data, model = mixture_side(RING), generator_side(law(1))
    draws = data.draw(2000, 5).points
    gap = (
        mean_log_likelihood(data, draws, 0.9, {}, 5).value
        - mean_log_likelihood(model, draws, 0.9, {}, 5).value
    )
    estimated = measure("kullback_leibler", data, model, Effort(20_000, bins=8, confidence=1 - 1e-6))
    assert abs(gap - estimated.value) < 0.1
    assert estimated.lower > 0


def test_cells_of_equal_laws_are_equal() -> None:
    """The identity flow and the normal mixture: the same cells from two programs."""
    cells = common_cells(generator_side(law(0, identity=True)), mixture_side(NORMAL), EDGES)
    assert len(cells.p) == 6
    for a, b in zip(cells.p.weights, cells.q.weights, strict=True):
        assert abs(float(a - b)) < 1e-9


def test_almost_empty_cells_join_the_fullest() -> None:
    """Cells that one law all but misses are one part with the model's fullest; samples find their parts."""
    left = replace(NORMAL, centres=((-20.0, -0.4),), sigma=0.5)
    cells = common_cells(mixture_side(left), mixture_side(NORMAL), EDGES)

    # The model lives in the two cells at the left; the data in all six.
    assert len(cells.p) == 2
    assert min(cells.p.weights) > 0.1
    expected = mixture_side(NORMAL).cell_probability(*EDGES)
    share = float(min(cells.q.weights))
    assert abs(share - expected[0].min()) < 1e-12
    points = mixture_side(NORMAL).draw(50_000, 1).points
    counts = np.bincount(cells.of(points), minlength=2)
    np.testing.assert_allclose(counts / len(points), [float(w) for w in cells.q.weights], atol=0.015)


@pytest.mark.parametrize("seed", range(3))
def test_the_sampled_divergence_is_the_exact_one(seed: int) -> None:
    """In an interval that fails less than once in a million; swapped samples are noticed."""
    data, model = mixture_side(RING), generator_side(law(seed))
    cells = common_cells(model, data, EDGES)
    draws = model.draw(20_000, 1).points, data.draw(20_000, 2).points
    measured = sampled_divergence(cells, draws, 1 - 1e-6, {}, seed)
    exact = float(symmetric_divergence(cells.p, cells.q))

    assert measured.lower <= exact <= measured.upper
    swapped = sampled_divergence(cells, (draws[1], draws[0]), 1 - 1e-6, {}, seed)
    assert swapped.upper < exact


def test_a_discriminator_of_any_error_keeps_the_least_distance() -> None:
    """The worst error of size epsilon attains the bound; a random one exceeds it."""
    p, q = FiniteLaw(("1/2", "1/3", "1/6")), FiniteLaw(("1/4", "1/4", "1/2"))
    cells = Cells(EDGES, np.arange(3), p, q)
    model, data = (np.array([float(w) for w in law.weights]) for law in (p, q))
    for error in (0.3 * np.sign(data - model), 0.3 * np.array([0.2, -1.0, 0.7]), np.zeros(3)):
        measured, epsilon = discriminator_distance(cells, np.log(model / data) + error, {}, 0)
        assert abs(epsilon - Fraction(np.abs(error).max())) < Fraction(1, 10**8)
        least = float(least_distance(p, q, epsilon))
        assert measured.lower >= least
    exact, none = discriminator_distance(cells, np.log(model / data), {}, 0)
    assert none < Fraction(1, 10**8)
    assert abs(exact.value - float(symmetric_divergence(p, q))) < 1e-14


def test_the_data_have_their_own_quality() -> None:
    """The data's share within three standard deviations is the ceiling, and all modes are hit."""
    target = ring(8, radius=2.0, sigma=0.2)
    points = mixture_side(target).draw(20_000, 0).points
    measured = quality(points, target, Fraction("0.999999"), {}, 0)

    assert measured.lower <= target.high_quality_ceiling() <= measured.upper
    assert measured.parameters["modes"] == 8


def test_the_map_has_its_bottom_row_first() -> None:
    """A mode at the lower right is in the first rows and the last columns."""
    corner = replace(NORMAL, centres=((0.7, -0.7),), sigma=0.1)
    picture = np.array(log_density_map(mixture_side(corner), 1.0, 10))
    assert np.unravel_index(picture.argmax(), picture.shape) == (1, 8)


def test_impossible_questions_are_refused() -> None:
    """One held-out point; cells that leave out mass."""
    side = mixture_side(NORMAL)
    with pytest.raises(ValueError, match="at least two held-out points"):
        mean_log_likelihood(side, np.zeros((1, 2)), 0.9, {}, 0)
    with pytest.raises(ValueError, match="let the edges end at infinity"):
        common_cells(side, side, (np.array([0.0, 1.0]), np.array([0.0, 1.0])))
