r"""Eigenvalues, radii and largest steps of the regularised Dirac-GAN, exact.

The theorem ``dirac-gan-regularized`` proves the conditions that are solved here for the step.
"""

from fractions import Fraction

import sympy as sp


def _exact(**values: Fraction) -> list[sp.Rational]:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive (got {value}): for example {name}=1/2.")
    return [sp.Rational(value.numerator, value.denominator) for value in values.values()]


def flow_real(f1: Fraction, gamma: Fraction) -> sp.Expr:
    """-gamma/2, plus the root of gamma^2/4 - f1^2 where that is positive."""
    slope, strength = _exact(f1=f1, gamma=gamma)
    return -strength / 2 + sp.sqrt(max(strength**2 / 4 - slope**2, sp.S.Zero))


def flow_imaginary(f1: Fraction, gamma: Fraction) -> sp.Expr:
    """The root of f1^2 - gamma^2/4 where that is positive, else 0."""
    slope, strength = _exact(f1=f1, gamma=gamma)
    return sp.sqrt(max(slope**2 - strength**2 / 4, sp.S.Zero))


def critical_gamma(f1: Fraction) -> sp.Expr:
    """2 f1."""
    (slope,) = _exact(f1=f1)
    return 2 * slope


def critical_noise(f1: Fraction, curvature: Fraction) -> sp.Expr:
    """f1/|f''(0)|, the variance at which the noise acts like the critical gamma."""
    slope, bend = _exact(f1=f1, curvature=curvature)
    return slope / bend


def _radius(trace: sp.Rational, determinant: sp.Rational) -> sp.Expr:
    """The largest modulus of a root of lambda^2 - trace lambda + determinant."""
    inside = trace**2 / 4 - determinant
    return sp.sqrt(determinant) if inside < 0 else abs(trace) / 2 + sp.sqrt(inside)


def simultaneous_radius(f1: Fraction, gamma: Fraction, h: Fraction) -> sp.Expr:
    """Of trace 2 - h gamma and determinant 1 - h gamma + h^2 f1^2."""
    slope, strength, step = _exact(f1=f1, gamma=gamma, h=h)
    return _radius(2 - step * strength, 1 - step * strength + step**2 * slope**2)


def alternating_radius(f1: Fraction, gamma: Fraction, h: Fraction) -> sp.Expr:
    """Of trace 2 - h gamma - h^2 f1^2 and determinant 1 - h gamma."""
    slope, strength, step = _exact(f1=f1, gamma=gamma, h=h)
    return _radius(2 - step * strength - step**2 * slope**2, 1 - step * strength)


def consensus_radius(f1: Fraction, gamma: Fraction, h: Fraction) -> sp.Expr:
    """sqrt((1 - h gamma f1^2)^2 + h^2 f1^2)."""
    slope, strength, step = _exact(f1=f1, gamma=gamma, h=h)
    return sp.sqrt((1 - step * strength * slope**2) ** 2 + step**2 * slope**2)


def largest_simultaneous(f1: Fraction, gamma: Fraction) -> sp.Expr:
    """gamma/f1^2 up to the critical gamma, then the smaller root of h^2 f1^2 - 2 h gamma + 4."""
    slope, strength = _exact(f1=f1, gamma=gamma)
    return (strength - sp.sqrt(max(strength**2 - 4 * slope**2, sp.S.Zero))) / slope**2


def largest_alternating(f1: Fraction, gamma: Fraction) -> sp.Expr:
    """The positive root of h^2 f1^2 + 2 h gamma - 4."""
    slope, strength = _exact(f1=f1, gamma=gamma)
    return (sp.sqrt(strength**2 + 4 * slope**2) - strength) / slope**2


def largest_consensus(f1: Fraction, gamma: Fraction) -> sp.Expr:
    """2 gamma/(1 + gamma^2 f1^2)."""
    slope, strength = _exact(f1=f1, gamma=gamma)
    return 2 * strength / (1 + strength**2 * slope**2)
