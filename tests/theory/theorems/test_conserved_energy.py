r"""Energy along simulated flows and steps, against the predicted rates, factors and bounds."""

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

import theory
from theory.theorems.conserved_energy import THEOREM

FACTOR, NON_SATURATING, LEAST, PENALISED = THEOREM.predictions

Field = Callable[[float, np.ndarray], list[float]]


def slope(t: float) -> float:
    """f'(t) of the logistic f."""
    return float(1 / (1 + np.exp(t)))


def saturating(_: float, state: np.ndarray) -> list[float]:
    """The flow of the plain game."""
    theta, psi = state
    return [-psi * slope(psi * theta), theta * slope(psi * theta)]


def non_saturating(_: float, state: np.ndarray) -> list[float]:
    """The flow with the generator's own loss."""
    theta, psi = state
    return [-psi * slope(-psi * theta), theta * slope(psi * theta)]


def penalised(t: float, state: np.ndarray) -> list[float]:
    """The flow with R1 at gamma = 1/2."""
    down, up = saturating(t, state)
    return [down, up - state[1] / 2]


def energies(field: Field, start: tuple[float, float], duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Times and energies of a flow; the integrator's error is below 1e-9."""
    times = np.linspace(0, duration, 201)
    solution = solve_ivp(field, (0, duration), start, t_eval=times, rtol=1e-11, atol=1e-12)
    return times, (solution.y**2).sum(axis=0) / 2


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


def test_the_plain_flow_conserves_energy() -> None:
    """Another road: an integrator that knows nothing of the energy keeps it."""
    _, energy = energies(saturating, (1.0, 0.5), 40)

    assert energy == pytest.approx(energy[0], abs=1e-8)


@pytest.mark.parametrize("start", [(1.0, 0.5), (-2.0, 1.5), (0.3, -0.1)])
def test_the_non_saturating_flow_is_no_faster_than_its_bound(start: tuple[float, float]) -> None:
    """The energy falls and stays above H(0)/(1 + t H(0)/2) at every time."""
    times, energy = energies(non_saturating, start, 60)
    bound = [energy[0]] + [float(LEAST.at(energy=repr(float(energy[0])), time=str(t))) for t in times[1:]]

    assert (np.diff(energy) <= 1e-9).all()
    assert energy[-1] < 0.9 * energy[0] or energy[0] < 0.1
    assert (energy >= np.array(bound) - 1e-9).all()


@pytest.mark.parametrize(("theta", "psi"), [("1", "1/2"), ("-2", "1"), ("3", "0")])
def test_the_rates_are_those_of_the_fields(theta: str, psi: str) -> None:
    """The energy's rate is the field times the place."""
    place = np.array([float(sp.Rational(theta)), float(sp.Rational(psi))])

    expected = float(NON_SATURATING.at(theta=theta, psi=psi))
    assert float(place @ non_saturating(0, place)) == pytest.approx(expected, abs=1e-12)
    assert float(place @ penalised(0, place)) == pytest.approx(float(PENALISED.at(gamma="1/2", psi=psi)))


def test_the_rate_vanishes_on_the_axes_only() -> None:
    """At psi = 0 nothing is lost; off the axes something is."""
    assert NON_SATURATING.at(theta=3, psi=0).exact == 0
    assert float(NON_SATURATING.at(theta=3, psi="1/100")) < 0


def test_a_simultaneous_step_multiplies_the_energy() -> None:
    """One step from (1, 2) with slope 1/3 and h = 1/2, by hand: 37/36."""
    factor = FACTOR.at(slope="1/3", h="1/2").exact
    theta, psi, move = sp.Integer(1), sp.Integer(2), sp.Rational(1, 6)

    after = (theta - move * psi) ** 2 + (psi + move * theta) ** 2
    assert factor == sp.Rational(37, 36) == after / (theta**2 + psi**2)


def test_alternating_steps_stay_on_their_ellipse() -> None:
    """A thousand alternating steps of a linear f keep theta^2 + psi^2 - h s theta psi to rounding."""
    theta, psi, move = 1.0, 0.25, 0.7
    start = theta**2 + psi**2 - move * theta * psi
    for _ in range(1000):
        theta -= move * psi
        psi += move * theta

    assert theta**2 + psi**2 - move * theta * psi == pytest.approx(start, rel=1e-10)


@pytest.mark.parametrize(
    ("values", "name"), [({"energy": "0", "time": "1"}, "energy"), ({"energy": "1", "time": "-1"}, "time")]
)
def test_bad_parameters(values: dict[str, str], name: str) -> None:
    """The bound starts from a positive energy and looks ahead."""
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        LEAST.at(**values)
