"""What a certificate of a law on the line finds: nothing in sound laws, and each planted fault."""

from dataclasses import replace
from itertools import pairwise
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from empirical.densities import LineLaw, Normal, Uniform
from empirical.densities.line.certification import _explained, certify_line
from empirical.densities.line.piecewise_linear import PiecewiseLinear, piecewise_linear
from tests.empirical.densities.line.test_line_law import HINGE, STEP, line_law, linear, trained_size
from tests.strategies import line_generators

CHECKS = ["order", "signs", "maps", "continuity", "normalisation", "tail", "samples"]


@settings(max_examples=25)
@given(line_generators())
def test_sound_laws_hold(generator: torch.nn.Sequential) -> None:
    """Every check comes out as it must, whatever the small network: constants, plateaus, dead units."""
    for latent in (Normal(1), Uniform(1)):
        certificate = certify_line(line_law(generator, latent), draws=2_000)
        assert certificate.holds, certificate.failed


@pytest.mark.parametrize("negative_slope", [0.0, 0.2])
def test_laws_of_trained_sizes_hold(negative_slope: float) -> None:
    """The same at a size that is trained, and for laws with atoms and with one value."""
    certificate = line_law(trained_size(1, negative_slope), Normal(1)).certificate
    assert [check.name for check in certificate.checks] == CHECKS
    assert certificate.holds, certificate.failed
    for generator in (HINGE, STEP, linear([[0.0]], [0.75])):
        assert line_law(generator, Uniform(1)).certificate.holds


def ill_conditioned(seed: int) -> torch.nn.Sequential:
    """Up to three hidden layers of up to six units, with weights and biases between 1e-4 and 1e4."""
    random = np.random.default_rng(seed)
    units, depth, slope = int(random.integers(1, 7)), int(random.integers(1, 4)), random.choice([0, 0.2])
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise([1, *[units] * depth, 1]):
        size = 10 ** random.uniform(-4, 4, (outputs, inputs + 1))
        weights = random.normal(size=(outputs, inputs + 1)) * size
        layers += [linear(weights[:, 1:].tolist(), weights[:, 0].tolist()), torch.nn.LeakyReLU(slope)]
    return torch.nn.Sequential(*layers[:-1])


ILL_CONDITIONED = [
    line_law(ill_conditioned(seed), latent) for seed in range(60) for latent in (Normal(1), Uniform(1))
]


def test_ill_conditioned_laws_hold() -> None:
    """Rounding explains how far masses are apart, and seldom explains much: a law is known to some 1e-11.

    Where it explains the 1e-6 that is allowed at most, floats do not resolve the law, and it may fail.
    """
    explained = np.array([_explained(law) for law in ILL_CONDITIONED])
    for law, bound in zip(ILL_CONDITIONED, explained, strict=True):
        certificate = certify_line(law, draws=2_000)
        assert certificate.holds or bound == 1e-6, certificate.failed
    assert (explained < 1e-6).mean() > 0.9 and np.median(explained) < 1e-10


def test_faults_of_ill_conditioned_laws_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A density too large by one part in 1e5 turns every law red: more than 1e-6 is never explained."""
    right = LineLaw.continuous_log_density
    monkeypatch.setattr(LineLaw, "continuous_log_density", lambda law, x: right(law, x) + log(1 + 1e-5))
    dense = [law for law in ILL_CONDITIONED if law.mass.absolutely_continuous > 0.3]
    assert len(dense) > 50
    assert all("normalisation" in {check.name for check in certify_line(law, 2_000).failed} for law in dense)


@pytest.fixture(scope="module")
def function() -> PiecewiseLinear:
    return piecewise_linear(trained_size(3, 0.2), (-1.0, 1.0))


def failed(function: PiecewiseLinear) -> set[str]:
    return {check.name for check in LineLaw(function, Uniform(1)).certificate.failed}


def widest(function: PiecewiseLinear) -> int:
    """A piece with much mass and two neighbours on either side."""
    return 2 + int(np.diff(function.edges)[2:-2].argmax())


def test_swapped_breakpoints_are_found(function: PiecewiseLinear) -> None:
    """Two breakpoints in the wrong order."""
    edges = function.edges.copy()
    edges[[2, 3]] = edges[[3, 2]]
    assert "order" in failed(replace(function, edges=edges))


def test_breakpoints_swapped_by_less_than_their_errors_are_found(function: PiecewiseLinear) -> None:
    """Where errors are larger than the distance, rationals tell the order."""
    numbers, doubts = function.numbers.copy(), function.doubts + 1.0
    assert not {"order"} & failed(replace(function, doubts=doubts))
    numbers[[2, 3]] = numbers[[3, 2]]
    assert "order" in failed(replace(function, doubts=doubts, numbers=numbers))


def test_a_missing_breakpoint_is_found(function: PiecewiseLinear) -> None:
    """A piece that swallowed its neighbour: some unit has another sign on a part of it."""
    piece = widest(function)
    without = replace(
        function,
        edges=np.delete(function.edges, piece),
        doubts=np.delete(function.doubts, piece),
        numbers=np.delete(function.numbers, piece),
        slopes=np.delete(function.slopes, piece - 1),
        intercepts=np.delete(function.intercepts, piece - 1),
        patterns=np.delete(function.patterns, piece - 1, axis=0),
    )
    assert {"signs", "continuity"} <= failed(without)


def test_a_flipped_sign_is_found(function: PiecewiseLinear) -> None:
    """One unit of one piece's pattern."""
    patterns = function.patterns.copy()
    patterns[0, 0] *= -1
    assert failed(replace(function, patterns=patterns)) == {"signs"}


def test_a_wrong_slope_is_found(function: PiecewiseLinear) -> None:
    """One slope off by 1e-9."""
    slopes = function.slopes.copy()
    slopes[widest(function)] += 1e-9
    assert {"maps", "continuity"} <= failed(replace(function, slopes=slopes))


def test_a_wrong_height_is_found(function: PiecewiseLinear) -> None:
    """All values off by a tenth of their range: the pieces still fit each other, but not the network."""
    step = 0.1 * (function.edge_values.max() - function.edge_values.min())
    assert failed(replace(function, intercepts=function.intercepts + step)) == {"maps", "samples"}


def test_a_wrong_density_is_found(function: PiecewiseLinear, monkeypatch: pytest.MonkeyPatch) -> None:
    """A density that is too large by one part in a million."""
    right = LineLaw.continuous_log_density
    monkeypatch.setattr(LineLaw, "continuous_log_density", lambda law, x: right(law, x) + log(1 + 1e-6))
    assert failed(function) == {"normalisation"}


def test_latents_left_out_are_found() -> None:
    """Pieces between -1/2 and 1/2 only: half of the mass of a uniform latent is missing."""
    half = piecewise_linear(trained_size(3, 0.2), (-0.5, 0.5))
    assert "tail" in failed(half)
