"""Numbers of modes: planted generators give their planted numbers; a cloud that hits all modes is told."""

from math import exp, log

import numpy as np
import pytest
import torch
from scipy.stats import norm

from empirical.densities import Normal
from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane.subdivision import subdivide
from empirical.measurement import Measurement
from empirical.observables.features import expected_modes, mode_probabilities
from empirical.observables.mode_coverage import covered_modes, effective_modes
from empirical.targets.grid import grid

TARGET = grid(sigma=0.2)
MASSES = TARGET.mode_masses().numpy()
WIDTH = 1e-6  # of a ramp between two stairs, in latent units: it has 4e-7 of the probability


def modes_of(generator: torch.nn.Module) -> tuple[Measurement, ...]:
    mesh = subdivide(affine_layers(generator), -39.0, 39.0).mesh
    return mode_probabilities(mesh, Normal(2), TARGET)


def stairs(count: int) -> torch.nn.Sequential:
    r"""The first ``count`` modes of the lowest row, at equal shares of the first latent coordinate.

    The output is :math:`-4 + 2 \sum_i` of ramps from 0 to 1, each the difference of two ReLUs, at the
    quantiles i/count; the second coordinate is a narrow normal around -4.
    """
    ramps = [float(norm.ppf(i / count)) for i in range(1, count)]
    hidden = torch.nn.Linear(2, 2 * len(ramps) + 2, dtype=torch.float64)
    out = torch.nn.Linear(2 * len(ramps) + 2, 2, dtype=torch.float64)
    with torch.no_grad():
        for parameter in (*hidden.parameters(), *out.parameters()):
            parameter.zero_()
        for i, ramp in enumerate(ramps):
            for unit, sign, shift in ((2 * i, 1.0, 0.0), (2 * i + 1, -1.0, 1.0)):
                hidden.weight[unit, 0] = 1 / WIDTH
                hidden.bias[unit] = -ramp / WIDTH - shift
                out.weight[0, unit] = 2 * sign
        for unit, sign in ((-2, 1.0), (-1, -1.0)):  # the identity as a difference of two ReLUs
            hidden.weight[unit, 1] = sign
            out.weight[1, unit] = sign * TARGET.sigma / 10
        out.bias.fill_(-4.0)
    return torch.nn.Sequential(hidden, torch.nn.ReLU(), out)


def scaled(factor: float, shift: float) -> torch.nn.Sequential:
    """The latent times a factor, from this place on both axes."""
    linear = torch.nn.Linear(2, 2, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(factor * torch.eye(2))
        linear.bias.fill_(shift)
    return torch.nn.Sequential(linear)


def enclosed(*probabilities: float) -> list[Measurement]:
    """Modes whose probabilities are known exactly."""
    return [
        Measurement(
            observable="m", value=p, lower=p, upper=p, confidence=1.0, unit="probability", obtained="planted"
        )
        for p in probabilities
    ]


@pytest.mark.parametrize("planted", [2, 3, 5])
def test_a_staircase_makes_its_stairs(planted: int) -> None:
    """A network with that many stairs covers that many modes, of equal shares."""
    modes = modes_of(stairs(planted))

    # Shares of 1/count exceed the data's 0.04, and the ramps' mass and float64 leave 1e-5.
    assert covered_modes(modes, MASSES).value == pytest.approx(planted, abs=1e-5)
    assert effective_modes(modes).value == pytest.approx(planted, abs=1e-4)


def test_a_collapsed_generator_makes_one_mode() -> None:
    """All mass in one mode: one covered, one effective."""
    modes = modes_of(scaled(TARGET.sigma / 10, 2.0))

    assert covered_modes(modes, MASSES).upper == pytest.approx(1.0, abs=1e-9)
    assert effective_modes(modes).value == pytest.approx(1.0, abs=1e-6)


def test_a_cloud_hits_all_modes_and_covers_few() -> None:
    """The control of the customary count: a normal law over the whole plane hits 25 modes and makes none."""
    modes = modes_of(scaled(3.0, 0.0))
    density = lambda x, y: exp(-(x**2 + y**2) / 18) / (18 * np.pi)  # noqa: E731
    # The disc's area times the density at its centre; over a disc of 0.2 deviations it varies by 3 %.
    area = np.pi * (3 * TARGET.sigma) ** 2
    expected = sum(min(area * density(x, y) / MASSES[0], 1.0) for x, y in TARGET.centres)

    assert expected_modes(modes, 2_500).lower > 24.9
    assert covered_modes(modes, MASSES).value == pytest.approx(expected, rel=0.03)
    assert covered_modes(modes, MASSES).upper < 8


def test_the_data_themselves_cover_everything() -> None:
    """With the data's own masses every mode is whole, and all are equally likely."""
    modes = enclosed(*MASSES.tolist())

    assert covered_modes(modes, MASSES).value == pytest.approx(25, abs=1e-12)
    assert effective_modes(modes).value == pytest.approx(25, abs=1e-9)


def test_the_entropy_of_unequal_shares() -> None:
    """Shares 1/2, 1/4, 1/4 have entropy (3/2) log 2, whatever lies elsewhere."""
    found = effective_modes(enclosed(0.2, 0.1, 0.1, 0.0))

    assert found.value == pytest.approx(exp(1.5 * log(2)), abs=1e-12)
    assert found.lower <= exp(1.5 * log(2)) <= found.upper + 1e-12


def test_the_enclosure_holds_every_law_inside() -> None:
    """Random probabilities inside random intervals never leave the enclosures."""
    draw = np.random.default_rng(0)
    for _ in range(200):
        low = draw.uniform(0, 0.1, 6) * (draw.uniform(size=6) > 0.3)
        high = low + draw.uniform(0, 0.05, 6)
        modes = [
            Measurement(
                observable="m",
                value=float(u),
                lower=float(a),
                upper=float(u),
                confidence=1.0,
                unit="probability",
                obtained="planted",
            )
            for a, u in zip(low, high, strict=True)
        ]
        inside = enclosed(*(low + (high - low) * draw.uniform(size=6)).tolist())
        masses = np.full(6, 0.05)
        for wide, point in (
            (effective_modes(modes), effective_modes(inside)),
            (covered_modes(modes, masses), covered_modes(inside, masses)),
        ):
            # Sums of six float64 terms round by less than 1e-12.
            assert wide.lower - 1e-12 <= point.value <= wide.upper + 1e-12


def test_nothing_near_any_mode_is_no_mode() -> None:
    """A generator that misses every disc has 0 modes by either number."""
    modes = enclosed(0.0, 0.0)

    assert effective_modes(modes).value == 0
    assert covered_modes(modes, np.array([0.1, 0.1])).value == 0


@pytest.mark.parametrize("masses", [np.array([0.5]), np.array([0.5, 0.0])])
def test_masses_that_do_not_fit_are_refused(masses: np.ndarray) -> None:
    """One positive mass for each mode."""
    with pytest.raises(ValueError, match=r"target\.mode_masses"):
        covered_modes(enclosed(0.5, 0.5), masses)
