"""Histograms with limits that hold for all cells together, against exact masses."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
import torch

from empirical.densities.affine_layers import affine_layers
from empirical.densities.latents import Normal
from empirical.densities.plane.bins import cell_probability
from empirical.densities.plane.slices import slice_layers
from empirical.densities.plane.subdivision import subdivide
from empirical.observables.histogram import histogram

EDGES = np.array([-inf, -0.3, -0.1, 0.0, 0.1, 0.3, inf])
NEARLY_SURE = 1 - Fraction(1, 10**6)


def test_limits_hold_the_exact_masses_of_a_slice() -> None:
    """On a plane of six latent coordinates all 36 exact masses lie between the limits of 50,000 samples.

    A false alarm has probability 1e-6 at most; samples moved by 0.02 leave some limit.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = torch.nn.Sequential(
            torch.nn.Linear(6, 16), torch.nn.LeakyReLU(0.2), torch.nn.Linear(16, 2)
        ).double()
    random = np.random.default_rng(1)
    frame, _ = np.linalg.qr(random.standard_normal((6, 2)))
    origin = random.standard_normal(6)
    origin -= frame @ (frame.T @ origin)
    mesh = subdivide(slice_layers(affine_layers(generator), origin, frame), -39.0, 39.0).mesh
    exact = cell_probability(mesh, Normal(2), EDGES, EDGES)
    with torch.no_grad():
        latents = origin + random.standard_normal((50_000, 2)) @ frame.T
        samples = generator(torch.from_numpy(latents)).numpy()
    for moved, within in ((0.0, True), (0.02, False)):
        found = histogram(samples + moved, EDGES, EDGES, confidence=NEARLY_SURE, seed=1)
        assert ((found.lower <= exact) & (exact <= found.upper)).all() == within


def test_limits_cover_as_often_as_they_say() -> None:
    """Of 400 histograms of 4 equally likely cells, at least 90 % hold all: each misses a tenth at most.

    Were exactly a tenth missed, more than 75 misses would have probability 1e-7 by the binomial law.
    """
    edges = np.array([0.0, 0.5, 1.0])
    random = np.random.default_rng(2)
    missed = 0
    for _ in range(400):
        found = histogram(random.random((50, 2)), edges, edges, confidence=Fraction(9, 10), seed=2)
        missed += not ((found.lower <= 0.25) & (0.25 <= found.upper)).all()
    assert missed <= 75


def test_cells_are_half_open_and_become_measurements() -> None:
    """A sample on an inner edge counts above it, one on the last edge in the last cell, one outside none."""
    samples = np.array([[0.0, 0.0], [0.5, 1.0], [1.0, 1.0], [7.0, 0.0]])
    found = histogram(
        samples, np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0]), confidence=NEARLY_SURE, seed=3
    )
    assert found.counts.tolist() == [[1], [2]] and found.samples == 4
    cell = found.cell(1, 0)
    assert cell.value == 0.5 and cell.parameters == {"x": [0.5, 1.0], "y": [0.0, 1.0]} and cell.seed == 3
    assert cell.lower < 0.5 < cell.upper


def test_questions_without_answer_are_refused() -> None:
    """No samples, samples in space, NaN, unsorted edges and certainty: one sentence each."""
    edges, one = np.array([0.0, 1.0]), np.zeros((1, 2))
    for samples in (np.zeros((0, 2)), np.zeros((3, 3)), np.array([[nan, 0.0]])):
        with pytest.raises(ValueError, match=r"samples of shape \(n, 2\)"):
            histogram(samples, edges, edges, confidence=NEARLY_SURE, seed=0)
    with pytest.raises(ValueError, match="strictly increasing"):
        histogram(one, edges[::-1].copy(), edges, confidence=NEARLY_SURE, seed=0)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        histogram(one, edges, edges, confidence=Fraction(1), seed=0)
