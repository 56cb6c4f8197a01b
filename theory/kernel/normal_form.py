"""The exact normal form: rational functions in variables, logarithms and exponentials.

Logarithms of products split into logarithms of irreducible positive factors and of primes; exponentials of
sums split into powers of exponentials of monomials. What is left is a rational function over the rationals in
finitely many generators; if its numerator is the zero polynomial, the term is zero wherever it is defined.
Treating the generators as independent can only miss an equality, never invent one.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import sympy as sp

from theory.kernel.domains import Variable
from theory.kernel.signs import is_nonnegative, is_positive
from theory.kernel.terms import (
    NOT_REAL,
    ExactFunction,
    Head,
    IllDefined,
    Total,
    WeightedLog,
    unfold,
)


class Generators:
    """The generators met while one term is brought to normal form."""

    def __init__(self, strictly_given: tuple[sp.Expr, ...] = ()) -> None:
        self._strictly_given = strictly_given
        self._symbols: dict[tuple[str, sp.Expr], sp.Symbol] = {}
        self._meaning: dict[sp.Symbol, tuple[str, sp.Expr]] = {}
        self._roots: dict[sp.Expr, int] = {}

    def _generator(self, kind: str, argument: sp.Expr) -> sp.Symbol:
        key = (kind, argument)
        if key not in self._symbols:
            symbol = sp.Symbol(f"{kind}_{len(self._symbols)}", real=True, positive=kind == "exp" or None)
            self._symbols[key] = symbol
            self._meaning[symbol] = key
        return self._symbols[key]

    def rational(self, term: sp.Expr) -> sp.Expr:
        """The term as a rational function in variables and generators."""
        if isinstance(term, (sp.Rational, Variable)):
            return term
        if isinstance(term, sp.Add):
            return sp.Add(*(self.rational(a) for a in term.args))
        if isinstance(term, sp.Mul):
            return sp.Mul(*(self.rational(a) for a in term.args))
        if term is sp.pi:
            return self._generator("fun", term)
        if term is sp.E:
            return self._exponential(sp.S.One)
        if isinstance(term, sp.exp):
            return self._exponential(self.rational(term.exp))
        if isinstance(term, sp.Pow):
            base = self.rational(term.base)
            if isinstance(term.exp, sp.Integer):
                return base**term.exp
            return self._exponential(self.rational(term.exp) * self._logarithm(base, term.base))
        if isinstance(term, sp.log):
            return self._logarithm(self.rational(term.args[0]), term.args[0])
        if isinstance(term, WeightedLog):
            return self.rational(unfold(term))
        if isinstance(term, Head):
            reduced = term.normal(self.rational)
            if reduced is not None:
                return reduced
        if isinstance(term, (ExactFunction, Head)):
            return self._generator("fun", term.func(*(self._canonical(self.rational(a)) for a in term.args)))
        if isinstance(term, Total):
            return self._generator("tot", term.functional(_expanded(term.integrand)))
        raise IllDefined(f"{type(term).__name__} is outside the kernel's language (in {term}).")

    def reduced(self, rational: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """Numerator and denominator as polynomials, |x|^2 and powers of roots written out.

        The last generator comes first: the argument of a function holds only generators that are older.
        """
        for symbol in reversed(self._meaning):
            known = self._known_power(symbol)
            if known is not None and rational.has(symbol):
                over, under = (_lowered(part, symbol, *known) for part in sp.fraction(sp.together(rational)))
                rational = over / under if under != 0 else sp.zoo
        numerator, denominator = sp.fraction(sp.together(rational))
        return sp.expand(numerator), sp.expand(denominator)

    def _known_power(self, symbol: sp.Symbol) -> tuple[int, sp.Expr] | None:
        """The least power of a generator that older generators express, and what it is."""
        kind, meaning = self._meaning[symbol]
        if isinstance(meaning, Head):
            square = meaning.squared()
            return None if square is None else (2, square)
        coefficient, rest = meaning.as_coeff_Mul()
        inner, power = self._meaning.get(rest, ("", rest))
        return (int(coefficient.q), power) if (kind, inner, coefficient.p) == ("exp", "log", 1) else None

    def _canonical(self, rational: sp.Expr) -> sp.Expr:
        return sp.factor(sp.cancel(sp.together(rational)))

    def _meant(self, rational: sp.Expr) -> sp.Expr:
        """The term that a rational function in generators stands for."""
        heads = {"log": sp.log, "exp": sp.exp}
        meant = {}
        for symbol in rational.free_symbols & self._meaning.keys():
            kind, argument = self._meaning[symbol]
            meant[symbol] = heads[kind](self._meant(argument)) if kind in heads else argument
        return rational.xreplace(meant)

    def _logarithm(self, rational: sp.Expr, original: sp.Expr) -> sp.Expr:
        """Split the logarithm over irreducible factors of known sign; keep it whole otherwise.

        Raises:
            IllDefined: the product of the signs is not positive, so that the logarithm is not real.
        """
        numerator, denominator = sp.fraction(sp.together(rational))
        pieces: list[sp.Expr] = []
        whole_sign = sp.S.One
        for polynomial, power in ((numerator, 1), (denominator, -1)):
            content, factors = sp.factor_list(sp.expand(polynomial))
            whole_sign *= sp.sign(content)
            pieces.append(power * self._log_of_number(content))
            for factor, multiplicity in factors:
                sign = self._sign(factor)
                if sign is None:
                    return self._generator("log", self._canonical(rational))
                whole_sign *= sign**multiplicity
                pieces.append(power * multiplicity * self._log_of_factor(sp.expand(sign * factor)))
        if whole_sign != 1:
            raise IllDefined(f"the logarithm of {original} is not real.")
        return sp.Add(*pieces)

    def _log_of_number(self, value: sp.Rational) -> sp.Expr:
        """The logarithm of the absolute value."""
        powers = sp.factorrat(abs(value)) if value else {}
        return sp.Add(*(k * self._generator("log", sp.Integer(prime)) for prime, k in powers.items()))

    def _sign(self, factor: sp.Expr) -> sp.Integer | None:
        """1 or -1 where the sign of a factor is known."""
        meant = self._meant(factor)
        if is_positive(meant, self._strictly_given):
            return sp.S.One
        return sp.S.NegativeOne if is_positive(-meant, self._strictly_given) else None

    def _log_of_factor(self, factor: sp.Expr) -> sp.Expr:
        kind, exponent = self._meaning.get(factor, ("", factor))
        return exponent if kind == "exp" else self._generator("log", factor)

    def _exponential(self, exponent: sp.Expr) -> sp.Expr:
        """Split exp over the monomials of its exponent; exp(k log t) is the power t^k."""
        result = sp.S.One
        for monomial in sp.Add.make_args(sp.expand(sp.cancel(sp.together(exponent)))):
            coefficient, rest = monomial.as_coeff_Mul()
            kind = self._meaning.get(rest)
            if kind and kind[0] == "log" and coefficient.is_Integer:
                result *= kind[1] ** coefficient
            else:
                roots = self._roots[rest] = sp.ilcm(self._roots.get(rest, 1), coefficient.q)
                result *= self._generator("exp", rest / roots) ** (coefficient * roots)
        return result


def _expanded(integrand: sp.Expr) -> sp.Expr:
    """The integrand with its products multiplied out: (a - b)^2 and (b - a)^2 have the same total."""
    return sp.expand(integrand, log=False, power_base=False, power_exp=False)


@lru_cache(maxsize=4096)
def is_zero(term: sp.Expr, strictly_given: tuple[sp.Expr, ...] = ()) -> bool:
    """Whether the normal form of the term is zero. False means "not shown", not "different"."""
    generators = Generators(strictly_given)
    # The first pass meets every root of an exponential, so that the second writes all in one common root.
    generators.rational(term)
    numerator, denominator = generators.reduced(generators.rational(term))
    return numerator == 0 and denominator != 0


def _lowered(polynomial: sp.Expr, symbol: sp.Symbol, degree: int, power: sp.Expr) -> sp.Expr:
    """A polynomial with a term put for one power of a generator."""
    terms = sp.Poly(polynomial, symbol).terms()
    return sp.expand(sp.Add(*(c * power ** (k // degree) * symbol ** (k % degree) for (k,), c in terms)))


def undefined_part(
    term: sp.Expr,
    strictly_given: tuple[sp.Expr, ...] = (),
    case: Mapping[sp.Symbol, sp.Expr] = MappingProxyType({}),
) -> sp.Expr | None:
    """A logarithm, quotient or total that is not shown to be defined in a case; None if all are.

    A total is known to exist only inside the rule for functionals. The case is put into each part alone: put
    into the whole, it could hide 1/0 inside 1/(1 + 1/0) = 0.
    """
    values = dict(case)
    if term in NOT_REAL or isinstance(term, Total):
        return term
    parts = term.args
    if isinstance(term, (sp.log, WeightedLog)):
        if isinstance(term, WeightedLog) and term.args[0].xreplace(values) == 0:
            if not _in_extended_half_line(term.args[1], strictly_given, values):
                return term
            parts = (term.args[0], *sp.fraction(sp.together(term.args[1])))
        elif not _positive(term.args[-1].xreplace(values), strictly_given):
            return term
    if isinstance(term, Head) and not term.is_defined(values):
        return term
    if isinstance(term, sp.Pow) and not isinstance(term, sp.exp):
        natural = isinstance(term.exp, sp.Integer) and term.exp > 0
        if not natural and not _nonzero(term.base.xreplace(values), term.exp, strictly_given):
            return term
    faults = (undefined_part(part, strictly_given, case) for part in parts)
    return next((fault for fault in faults if fault is not None), None)


def _in_extended_half_line(
    term: sp.Expr, strictly_given: tuple[sp.Expr, ...], values: dict[sp.Symbol, sp.Expr]
) -> bool:
    """Whether a quotient lies in [0, oo]: numerator and denominator have one sign and are not both zero."""
    over, under = (part.xreplace(values) for part in sp.fraction(sp.together(term)))
    return any(
        _positive(sign * one, strictly_given) and is_nonnegative(sign * other, strictly_given)
        for one, other in ((over, under), (under, over))
        for sign in (1, -1)
    )


def _positive(term: sp.Expr, strictly_given: tuple[sp.Expr, ...]) -> bool:
    return is_positive(term, strictly_given) or is_positive(sp.factor(sp.together(term)), strictly_given)


def _nonzero(base: sp.Expr, exponent: sp.Expr, strictly_given: tuple[sp.Expr, ...]) -> bool:
    if _positive(base, strictly_given):
        return True
    return isinstance(exponent, sp.Integer) and _positive(-base, strictly_given)
