r"""Eigenvalues, radii and largest steps of the regularised Dirac-GAN, against NumPy and played games."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import theory
from theory.theorems.dirac_gan_regularized import THEOREM

PREDICTED = {prediction.observable: prediction for prediction in THEOREM.predictions}


def predicted(observable: str, **values: Fraction | int | str) -> sp.Expr:
    """The exact value."""
    return PREDICTED[observable].at(**values).exact


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


def test_the_logistic_loss() -> None:
    """f1 = 1/2 and f2 = -1/4: critical gamma 1, critical variance 2, and at gamma = 1 a double -1/2."""
    assert predicted("critical_gamma", f1="1/2") == 1
    assert predicted("critical_noise_variance", f1="1/2", curvature="1/4") == 2
    assert predicted("flow_eigenvalue_real", f1="1/2", gamma=1) == sp.Rational(-1, 2)
    assert predicted("flow_eigenvalue_imaginary", f1="1/2", gamma=1) == 0
    assert predicted("largest_simultaneous_step", f1="1/2", gamma=1) == 4


def flow_matrix(f1: float, gamma: float) -> np.ndarray:
    """The Jacobian with R1, in floating point."""
    return np.array([[0, -f1], [f1, -gamma]])


def round_matrix(method: str, f1: float, gamma: float, h: float) -> np.ndarray:
    """One round of a method as a linear map, put together from its moves."""
    J = flow_matrix(f1, gamma)
    if method == "simultaneous":
        return np.eye(2) + h * J
    if method == "alternating":
        generator, discriminator = np.eye(2), np.eye(2)
        generator[0] += h * J[0]
        discriminator[1] += h * J[1]
        return discriminator @ generator
    plain = flow_matrix(f1, 0)
    return np.eye(2) + h * (plain - gamma * plain.T @ plain)


def radius(matrix: np.ndarray) -> float:
    """The spectral radius in floating point."""
    return float(max(abs(np.linalg.eigvals(matrix))))


def games(count: int) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Random f1, gamma and h."""
    rng = np.random.default_rng(0)
    draws = rng.integers(1, (30, 60, 60), (count, 3))
    return [(Fraction(int(a), 10), Fraction(int(b), 15), Fraction(int(c), 20)) for a, b, c in draws]


def test_the_eigenvalues_of_the_flow() -> None:
    """Another road, on 700 random games; a double eigenvalue is known to NumPy to 1e-7."""
    for f1, gamma, _ in games(700):
        roots = np.linalg.eigvals(flow_matrix(float(f1), float(gamma)))

        real = float(predicted("flow_eigenvalue_real", f1=f1, gamma=gamma))
        imaginary = float(predicted("flow_eigenvalue_imaginary", f1=f1, gamma=gamma))
        assert real == pytest.approx(max(roots.real), abs=1e-6)
        assert imaginary == pytest.approx(max(roots.imag), abs=1e-6)


@pytest.mark.parametrize("method", ["simultaneous", "alternating", "consensus"])
def test_radii_and_largest_steps(method: str) -> None:
    """On 700 random games NumPy has the predicted radius, below one exactly up to the largest step."""
    for f1, gamma, h in games(700):
        exact = predicted(f"{method}_radius", f1=f1, gamma=gamma, h=h)
        largest = predicted(f"largest_{method}_step", f1=f1, gamma=gamma)

        assert float(exact) == pytest.approx(
            radius(round_matrix(method, float(f1), float(gamma), float(h))), abs=1e-6
        )
        assert (float(exact) < 1 - 1e-12) == (float(h) < float(largest) - 1e-12)


def test_instance_noise_acts_as_a_penalty() -> None:
    """With sigma^2 at its critical value, gamma = 2 |f2| sigma^2 is at its own."""
    for f1, bend, _ in games(50):
        variance = predicted("critical_noise_variance", f1=f1, curvature=bend)

        assert 2 * bend * variance == predicted("critical_gamma", f1=f1)


@pytest.mark.parametrize(("share", "converges"), [("9/10", True), ("11/10", False)])
def test_a_played_logistic_game(share: str, converges: bool) -> None:
    """From 1/1000 away, 300 simultaneous steps of 9/10 of the largest size come closer, of 11/10 do not."""
    gamma = Fraction(1, 2)
    h = float(Fraction(share)) * float(predicted("largest_simultaneous_step", f1="1/2", gamma=gamma))
    theta, psi = 1e-3, 0.0
    for _ in range(300):
        slope = 1 / (1 + np.exp(theta * psi))
        theta, psi = theta - h * psi * slope, psi + h * (theta * slope - float(gamma) * psi)

    assert bool(np.hypot(theta, psi) < 1e-4) is converges


def test_the_printed_consensus_gradient() -> None:
    """At (1, 1) the factor 1/2 leaves -0.0529 over, and central differences side with the corrected form."""
    miss = next(m for m in theory.near_misses(THEOREM) if m.name == "consensus-gradient-halved")
    assert miss.witness is not None
    assert "-0.05287" in miss.witness.finding

    def half_square(theta: float, psi: float) -> float:
        return (theta**2 + psi**2) / 2 / (1 + np.exp(theta * psi)) ** 2

    slope, bend = 1 / (1 + np.e), -np.e / (1 + np.e) ** 2
    measured = (half_square(1 + 1e-5, 1) - half_square(1 - 1e-5, 1)) / 2e-5
    assert measured == pytest.approx(slope**2 + 2 * slope * bend, abs=1e-8)


@pytest.mark.parametrize("name", ["f1", "gamma", "h"])
def test_bad_parameters(name: str) -> None:
    """What is not positive is refused by name."""
    values = {"f1": "1/2", "gamma": "1", "h": "1/10", name: "0"}

    with pytest.raises(ValueError, match=f"{name} must be positive"):
        predicted("simultaneous_radius", **values)
