"""Eigenvalues that are none, and matrices that are not as stable as they look."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Outcome,
    SpectralAbscissa,
    SpectralRadius,
    Spectrum,
    Stable,
    Unstable,
    above_zero,
    at_least,
    at_most,
    certificate,
    equal,
    mean_eigenvalue,
    open_unit,
    positive,
    real,
)

ONE = (sp.S.One,)  # of strict_unless: equality only where 1 = 0
a, h, x, r = positive("a"), positive("h"), real("x"), open_unit("r")

positive_one = certificate((1, 1), strict_unless=ONE)
rotation = SpectralRadius(1, -h, h, 1)
quarter_turn = SpectralRadius(0, -1, 1, 0)
shear, stretched_shear = SpectralRadius(1, x, 0, 1), SpectralRadius(1 + a, x, 0, 1 / (2 + a))
chain = (certificate((1, 0)), certificate((1, 0)), certificate((1, 0)))

MATRICES = (
    pair(
        "a-step-along-a-rotation-stays-on-the-circle",
        Outcome.REFUTED,
        (equal(rotation, 1), Spectrum(conjugate=((sp.S.One, h**2),))),
        (equal(rotation**2, 1 + h**2), Spectrum(conjugate=((sp.S.One, h**2),))),
    ),
    pair(
        "conjugate-eigenvalues-that-are-real",
        Outcome.REFUTED,
        (equal(SpectralAbscissa(0, a, a, 0), 0), Spectrum(conjugate=((sp.S.Zero, -(a**2)),))),
        (equal(SpectralAbscissa(0, a, a, 0), a), Spectrum(real=(a, -a))),
    ),
    pair(
        "the-smaller-eigenvalue",
        Outcome.REFUTED,
        (equal(SpectralRadius(1 + a, 0, 0, -a), a), Spectrum(real=(1 + a, -a))),
        (equal(SpectralRadius(1 + a, 0, 0, -a), 1 + a), Spectrum(real=(1 + a, -a))),
    ),
    pair(
        "eigenvalues-of-another-matrix",
        Outcome.UNDECIDED,
        (at_most(SpectralRadius(r, x, 0, 0), 1), Spectrum(real=(r, r))),
        (at_most(SpectralRadius(r, x, 0, 0), 1), Spectrum(real=(r, sp.S.Zero))),
    ),
    pair(
        "a-small-determinant-is-enough",
        Outcome.REFUTED,
        (
            at_most(SpectralRadius(2, 0, 0, r / 2), 1),
            Stable((positive_one, positive_one, certificate((1, 1 - r), strict_unless=ONE))),
        ),
        (
            at_most(SpectralRadius(r, 0, 0, r / 2), 1),
            Stable(
                (
                    certificate((1 - r / 2, 1 - r), strict_unless=ONE),
                    certificate((1, (1 + r) * (1 + r / 2)), strict_unless=ONE),
                    certificate((1, 1 - r**2 / 2), strict_unless=ONE),
                )
            ),
        ),
    ),
    pair(
        "on-the-circle-is-inside",
        Outcome.UNDECIDED,
        (
            at_most(quarter_turn, 1),
            Stable((certificate((2, 1)), certificate((2, 1)), certificate((1, 0))), strict=True),
        ),
        (
            at_most(quarter_turn, 1),
            Stable((certificate((2, 1)), certificate((2, 1)), certificate((1, 0))), strict=False),
        ),
    ),
    pair(
        "weak-conditions-for-three-rows",
        Outcome.REFUTED,
        (at_most(SpectralAbscissa(0, 1, 0, 0, 0, 1, 0, 1, 0), 0), Stable(chain, strict=False)),
        (
            at_most(SpectralAbscissa(-a, 0, 0, 0, -a, 0, 0, 0, -a), 0),
            Stable(
                (
                    certificate((3, a), strict_unless=ONE),
                    certificate((1, a**3), strict_unless=ONE),
                    certificate((8, a**3), strict_unless=ONE),
                )
            ),
        ),
    ),
    pair(
        "a-shear-leaves-the-circle",
        Outcome.UNDECIDED,
        (at_least(shear, 1), Unstable(0, certificate((1, 0)), strict=True)),
        (at_least(shear, 1), Unstable(0, certificate((1, 0)), strict=False)),
    ),
    pair(
        "a-condition-of-the-wrong-sign",
        Outcome.REFUTED,
        (at_least(SpectralRadius(r, x, 0, r), 1), Unstable(0, certificate(((1 - r) ** 2, 1)))),
        (
            at_least(stretched_shear, 1),
            Unstable(0, certificate((a, 1 - 1 / (2 + a)), strict_unless=ONE), strict=True),
        ),
    ),
    pair(
        "stability-without-the-hypothesis",
        Outcome.REFUTED,
        (at_most(SpectralAbscissa(x), 0), Stable((certificate((1, -x), strict_unless=ONE),))),
        (at_most(SpectralAbscissa(x), 0, above_zero(-x)), Stable((certificate((1, -x), strict_unless=ONE),))),
    ),
    pair(
        "a-negative-trace-moves-the-abscissa-right",
        Outcome.REFUTED,
        (at_least(SpectralAbscissa(-a, x, 0, -1), (a + 1) / 2), mean_eigenvalue),
        (at_least(SpectralRadius(-a, x, 0, -1), (a + 1) / 2), mean_eigenvalue),
    ),
    pair(
        "the-trace-is-not-the-mean",
        Outcome.REFUTED,
        (at_least(SpectralAbscissa(a, x, 0, 1), a + 1), mean_eigenvalue),
        (at_least(SpectralAbscissa(a, x, 0, 1), (a + 1) / 2), mean_eigenvalue),
    ),
)
