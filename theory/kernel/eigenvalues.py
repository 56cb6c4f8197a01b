r"""The rules for eigenvalues: exact factors of the characteristic polynomial, and the criteria for stability.

The Jury conditions are all positive exactly where every eigenvalue lies inside the unit circle, those of
Routh and Hurwitz exactly where every eigenvalue lies left of the imaginary axis. Roots are continuous in the
coefficients: a negative condition puts an eigenvalue strictly outside; and for n <= 2, where the closed
region is the closure of the open one, conditions that are at least zero leave none there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from theory.kernel.certificates import Certificate
from theory.kernel.claims import Claim, at_least, at_most, equal
from theory.kernel.domains import real
from theory.kernel.matrices import (
    Spectral,
    SpectralRadius,
    characteristic_polynomial,
    coefficients,
    conditions,
    rows_of,
)
from theory.kernel.normal_form import is_zero
from theory.kernel.obligations import Obligation, Rule, defined
from theory.kernel.signs import is_nonnegative
from theory.kernel.terms import require_terms
from theory.relation import Relation


def _threshold(head: Spectral) -> sp.Expr:
    return sp.S.One if isinstance(head, SpectralRadius) else sp.S.Zero


def _is_strict(sign: Certificate) -> bool:
    """Whether equality is possible only where 1 = 0, that is nowhere."""
    return sp.S.One in sign.strict_unless


@dataclass(frozen=True)
class Stable(Rule):
    """SpectralRadius(M) <= 1 or SpectralAbscissa(M) <= 0, since no condition for it is negative.

    Args:
        signs: for each of the ``conditions``, why it is at least zero.
        strict: also that the inequality is strict: no condition may vanish. For n = 3 this is needed.
    """

    signs: tuple[Certificate, ...]
    strict: bool = True

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """One condition after the other."""
        head = claim.lhs
        fits = isinstance(head, Spectral) and claim.relation is Relation.AT_MOST
        fits = fits and claim.rhs == _threshold(head) and len(head.args) <= 9
        yield Obligation("the claim is stability of a matrix of at most 3 rows", fits)
        if not fits:
            return
        parts = self.parts(claim)
        complete = len(self.signs) == len(conditions(head))
        yield Obligation("each condition has one certificate", complete)
        strict = self.strict or len(head.args) == 9
        yield from _signs(claim, parts, strict=strict)

    def parts(self, claim: Claim) -> list[tuple[Claim, Certificate]]:
        """Each condition as a claim, with its proof."""
        claims = (at_least(condition, 0, *claim.given) for condition in conditions(claim.lhs))
        return list(zip(claims, self.signs, strict=False))


@dataclass(frozen=True)
class Unstable(Rule):
    """SpectralRadius(M) >= 1 or SpectralAbscissa(M) >= 0, since one of the conditions is not positive.

    Args:
        number: which of the ``conditions``, counted from 0.
        sign: why it is at most zero.
        strict: also that the inequality is strict: then the condition may not vanish.
    """

    number: int
    sign: Certificate
    strict: bool = False

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The sign of the condition."""
        head = claim.lhs
        fits = isinstance(head, Spectral) and claim.relation is Relation.AT_LEAST
        fits = fits and claim.rhs == _threshold(head) and len(head.args) <= 9
        fits = fits and 0 <= self.number < len(conditions(head))
        yield Obligation("the claim is instability of a matrix of at most 3 rows", fits)
        if fits:
            yield from _signs(claim, self.parts(claim), strict=self.strict)

    def parts(self, claim: Claim) -> list[tuple[Claim, Certificate]]:
        """The condition as a claim, with its proof."""
        return [(at_most(conditions(claim.lhs)[self.number], 0, *claim.given), self.sign)]


def _signs(claim: Claim, parts: list[tuple[Claim, Certificate]], *, strict: bool) -> Iterator[Obligation]:
    for case in claim.cases():
        yield defined((claim.lhs,), claim.given, case)
    for condition, sign in parts:
        for o in sign.obligations(condition):
            yield Obligation(f"{condition}: {o.sentence}", o.holds, o.cited, o.grade)
        if strict:
            yield Obligation(f"{condition} is strict", _is_strict(sign))


@dataclass(frozen=True)
class MeanEigenvalue(Rule):
    """A radius or an abscissa is at least trace/n, the mean eigenvalue; a radius is at least -trace/n too."""

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The right side is the mean."""
        head = claim.lhs
        fits = isinstance(head, Spectral) and claim.relation is Relation.AT_LEAST
        yield Obligation("the claim bounds a radius or an abscissa from below", fits)
        if not fits:
            return
        mean = -coefficients(head)[0] / len(rows_of(head))
        signed = (mean, -mean) if isinstance(head, SpectralRadius) else (mean,)
        for case in claim.cases():
            yield defined((claim.lhs, claim.rhs), claim.given, case)
            strict = claim.in_case(case).strictly_given
            equals = any(is_zero((claim.rhs - m).xreplace(case), strict) for m in signed)
            yield Obligation(f"{claim.rhs} is the mean of the eigenvalues", equals)

    def identity(self, claim: Claim) -> Claim:
        """The mean, with its sign: what the mutants attack."""
        mean = -coefficients(claim.lhs)[0] / len(rows_of(claim.lhs))
        return equal(mean if is_zero(claim.rhs - mean) else -mean, claim.rhs, *claim.given)


mean_eigenvalue = MeanEigenvalue()


@dataclass(frozen=True)
class Spectrum(Rule):
    r"""A radius, its square or an abscissa compared with a term, from all eigenvalues.

    Args:
        real: real eigenvalues.
        conjugate: pairs (a, c) for the eigenvalues :math:`a \pm i \sqrt c`, with c at least zero.
    """

    real: tuple[sp.Expr, ...] = ()
    conjugate: tuple[tuple[sp.Expr, sp.Expr], ...] = ()

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The factors of the characteristic polynomial, and how each eigenvalue compares.

        Raises:
            IllDefined: an eigenvalue is outside the kernel's language.
        """
        written = (*self.real, *(part for pair in self.conjugate for part in pair))
        require_terms(written)
        head, power = claim.lhs.as_base_exp()
        radius = isinstance(head, SpectralRadius)
        fits = isinstance(head, Spectral) and (power == 1 or (radius and power == 2))
        yield Obligation("the left side is a radius, its square or an abscissa", fits)
        if not fits:
            return
        for case in claim.cases():
            yield defined((*written, claim.lhs, claim.rhs), claim.given, case)
            given = tuple(g.at(case).expression for g in claim.given)
            strict = claim.in_case(case).strictly_given
            for number, difference in enumerate(self._differences(head)):
                zero = is_zero(difference.xreplace(case), strict)
                yield Obligation(f"coefficient {number + 1} is that of the product of the factors", zero)
            for _, c in self.conjugate:
                yield Obligation(f"{c} >= 0", _is_at_least_zero(c.xreplace(case), given))
            target = claim.rhs.xreplace(case)
            if radius and power == 1:
                yield Obligation(f"{target} >= 0", _is_at_least_zero(target, given))
                target = target**2
            below = [target - size.xreplace(case) for size in self._sizes(head)]
            attained = any(is_zero(excess, strict) for excess in below)
            bounded = all(is_zero(excess, strict) or _is_at_least_zero(excess, given) for excess in below)
            exceeded = attained or any(_is_at_least_zero(-excess, given) for excess in below)
            shown = {
                Relation.EQUALS: attained and bounded,
                Relation.AT_MOST: bounded,
                Relation.AT_LEAST: exceeded,
            }
            yield Obligation(f"the eigenvalues compare with {claim.rhs} as claimed", shown[claim.relation])

    def _sizes(self, head: Spectral) -> tuple[sp.Expr, ...]:
        """The squared modulus of each eigenvalue, or its real part."""
        if isinstance(head, SpectralRadius):
            return (*(r**2 for r in self.real), *(a**2 + c for a, c in self.conjugate))
        return (*self.real, *(a for a, _ in self.conjugate))

    def _differences(self, head: Spectral) -> list[sp.Expr]:
        """Coefficients of the characteristic polynomial less those of the product of the factors."""
        factors = [(sp.S.One, -r) for r in self.real]
        factors += [(sp.S.One, -2 * a, a**2 + c) for a, c in self.conjugate]
        product: list[sp.Expr] = [sp.S.One]
        for factor in factors:
            terms = [[sp.S.Zero] * (len(product) + len(factor) - 1) for _ in factor]
            for shift, coefficient in enumerate(factor):
                for i, p in enumerate(product):
                    terms[shift][i + shift] = coefficient * p
            product = [sp.Add(*column) for column in zip(*terms, strict=True)]
        ours = coefficients(head)
        if len(ours) != len(product) - 1:
            return [sp.S.One]
        return [a - b for a, b in zip(ours, product[1:], strict=True)]

    def factored(self, claim: Claim) -> Claim:
        """The characteristic polynomial as the product of its factors: what the mutants attack."""
        head, _ = claim.lhs.as_base_exp()
        at = real("eigenvalue")
        product = sp.Mul(*(at - r for r in self.real), *((at - a) ** 2 + c for a, c in self.conjugate))
        return equal(characteristic_polynomial(sp.Matrix(rows_of(head)), at), product, *claim.given)


def _is_at_least_zero(term: sp.Expr, given: tuple[sp.Expr, ...]) -> bool:
    return is_nonnegative(term, given) or is_nonnegative(sp.factor(sp.together(term)), given)
