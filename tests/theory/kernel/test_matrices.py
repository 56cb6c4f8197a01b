"""The eigenvalues' enclosures and the conditions for stability agree with NumPy; forged rules do not pass."""

from itertools import product

import numpy as np
import pytest
import sympy as sp

from theory.kernel import (
    Outcome,
    SpectralAbscissa,
    SpectralRadius,
    Spectrum,
    Stable,
    Step,
    Unstable,
    at_least,
    at_most,
    certificate,
    characteristic_polynomial,
    check_step,
    equal,
    positive,
    real,
)
from theory.kernel.balls import TooWide, ball
from theory.kernel.matrices import coefficients, conditions
from theory.kernel.mutants import mutants
from theory.kernel.normal_form import is_zero

ONE = (sp.S.One,)
a, x = positive("a"), real("x")


def rationals(n: int, seed: int) -> list[sp.Rational]:
    """The entries of a random matrix, spread so that about half of them are stable."""
    rng = np.random.default_rng(seed)
    return [sp.Rational(int(k), 16 * n) for k in rng.integers(-24, 25, n * n)]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_balls_hold_the_eigenvalues(n: int) -> None:
    """Another road: NumPy's eigenvalues of the same matrix; its own error is below 1e-12 here."""
    for seed in range(60):
        entries = rationals(n, seed)
        roots = np.linalg.eigvals(np.array(entries, dtype=float).reshape(n, n))

        assert float(ball(SpectralRadius(*entries), {})) == pytest.approx(max(abs(roots)), abs=1e-6)
        assert float(ball(SpectralAbscissa(*entries), {})) == pytest.approx(max(roots.real), abs=1e-6)


def test_a_double_eigenvalue_has_a_narrow_ball() -> None:
    """The shear's eigenvalue 1 is double and defective: the ball is a root of the precision wide."""
    value = ball(SpectralRadius(sp.Rational(1, 3), 1, 0, sp.Rational(1, 3)), {})

    assert value.contains(0) is False
    assert abs(float(value) - 1 / 3) < 1e-20


def test_eigenvalues_too_close_are_no_witness() -> None:
    """A nilpotent matrix of three rows cannot be enclosed; then nothing is said."""
    with pytest.raises(TooWide, match="told apart"):
        ball(SpectralRadius(0, 1, 0, 0, 0, 1, 0, 0, 0), {})


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_conditions_are_those_of_stability(n: int) -> None:
    """On 300 random matrices the conditions are all positive exactly where the eigenvalues lie inside."""
    for seed in range(300):
        entries = rationals(n, seed)
        roots = np.linalg.eigvals(np.array(entries, dtype=float).reshape(n, n))
        for head, size in ((SpectralRadius, max(abs(roots)) - 1), (SpectralAbscissa, max(roots.real))):
            if abs(size) < 1e-6:
                continue
            assert all(c > 0 for c in conditions(head(*entries))) == (size < 0)


def test_weak_conditions_close_the_region_of_two_rows() -> None:
    """On a grid that meets the edges, no condition is negative exactly where no root is outside."""
    for t, d in product(range(-6, 7), repeat=2):
        entries = (sp.Rational(t, 2), -sp.Rational(d, 2), 1, 0)
        roots = np.roots([1, -t / 2, d / 2])
        for head, size in ((SpectralRadius, max(abs(roots)) - 1), (SpectralAbscissa, max(roots.real))):
            assert all(c >= 0 for c in conditions(head(*entries))) == (size < 1e-6)


def test_coefficients_are_those_of_sympy() -> None:
    """Another road: SymPy's characteristic polynomial of a symbolic matrix."""
    matrix = sp.Matrix(3, 3, sp.symbols("m0:9"))
    at = sp.Symbol("z")
    expected = matrix.charpoly(at).all_coeffs()

    assert [sp.expand(c) for c in coefficients(SpectralRadius(*matrix))] == [
        sp.expand(c) for c in expected[1:]
    ]
    assert sp.expand(characteristic_polynomial(matrix, at) - sp.Poly(expected, at).as_expr()) == 0


def test_matrices_of_one_characteristic_polynomial_are_equal() -> None:
    """A radius or an abscissa sees the eigenvalues alone: the normal form compares the companion matrices."""
    for head in (SpectralRadius, SpectralAbscissa):
        assert is_zero(head(a, x, 0, 1) - head(1, 0, x**2, a))
        assert is_zero(head(x, 0, 0, 0, 1, 2, 0, 3, a) - head(a, 3, 0, 2, 1, 0, 0, 0, x))
        assert not is_zero(head(a, x, 0, 1) - head(a, x, 1, 1))


@pytest.mark.parametrize("count", [0, 2, 3, 8])
def test_entries_fill_a_square(count: int) -> None:
    """Anything but n x n entries is refused with one sentence."""
    with pytest.raises(ValueError, match="row by row"):
        SpectralRadius(*[sp.S.One] * count)


zero, two = certificate((1, 0)), certificate((2, 1), strict_unless=ONE)
identity = SpectralRadius(1, 0, 0, 1)
FORGED = {
    "too few conditions": (at_most(SpectralRadius(0, 0, 0, 0), 1), Stable((certificate((1, 1)),))),
    "no conditions": (at_most(SpectralRadius(0, 0, 0, 0), 1), Stable(())),
    "another threshold": (at_most(SpectralRadius(0, 0, 0, 0), 2), Stable((two, two, two))),
    "another relation": (at_least(identity, 1), Stable((zero, two, zero), strict=False)),
    "not a radius": (at_most(x, x + 1), Stable((two,))),
    "too many rows": (at_most(SpectralRadius(*sp.zeros(4)), 1), Stable((two,) * 4)),
    "no such condition": (at_least(identity, 1), Unstable(3, zero)),
    "counted from the end": (at_least(identity, 1), Unstable(-1, zero)),
    "an undefined entry": (
        at_least(SpectralRadius(0, 1 / x, 0, 0), 0),
        Spectrum(real=(sp.S.Zero, sp.S.Zero)),
    ),
    "an entry undefined where nothing looks": (
        at_most(SpectralRadius(0, 1 / x, 0, 0), 1),
        Stable((certificate((1, 1), strict_unless=ONE),) * 3),
    ),
    "an imaginary eigenvalue": (at_most(SpectralRadius(0, -1, 1, 0), 1), Spectrum(real=(sp.I, -sp.I))),
    "an infinite eigenvalue": (at_most(identity, 1), Spectrum(real=(sp.oo, sp.S.Zero))),
    "one eigenvalue of two": (at_most(identity, 1), Spectrum(real=(sp.S.One,))),
    "no eigenvalue": (at_most(identity, 1), Spectrum()),
    "a negative square": (
        at_least(SpectralRadius(0, a, a, 0) ** 2, -(a**2)),
        Spectrum(conjugate=((sp.S.Zero, -(a**2)),)),
    ),
    "a bound of the wrong sign": (at_least(SpectralRadius(a), -a), Spectrum(real=(a,))),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_proof_does_not_pass(name: str) -> None:
    """Each claim is one that no point refutes, so that only the rule stands in its way."""
    claim, by = FORGED[name]

    assert check_step(Step("forged", claim, by)).outcome in (Outcome.UNDECIDED, Outcome.ILL_DEFINED)


def test_the_proof_itself_is_mutated() -> None:
    """The factors of a spectrum and the signs of the conditions are tampered with as well."""
    spectrum = Step("s", equal(SpectralRadius(a, 0, 0, 0), a), Spectrum(real=(a, sp.S.Zero)))
    stable = Step("c", at_most(SpectralAbscissa(-a), 0), Stable((certificate((1, a), strict_unless=ONE),)))

    assert any("factors" in mutant.change for mutant in mutants(spectrum))
    assert any("certificate" in mutant.change for mutant in mutants(stable))
