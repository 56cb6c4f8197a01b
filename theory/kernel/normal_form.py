"""The exact normal form: rational functions in variables, logarithms and exponentials.

Logarithms of products split into logarithms of irreducible positive factors and of primes; exponentials of
sums split into powers of exponentials of monomials. What is left is a rational function over the rationals in
finitely many generators; if its numerator is the zero polynomial, the term is zero wherever it is defined.
Treating the generators as independent can only miss an equality, never invent one.
"""

import sympy as sp

from theory.kernel.domains import Variable
from theory.kernel.signs import is_positive
from theory.kernel.terms import ExactFunction, IllDefined, Total, WeightedLog, unfold


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
        if isinstance(term, ExactFunction):
            return self._generator("fun", term.func(*(self._canonical(self.rational(a)) for a in term.args)))
        if isinstance(term, Total):
            return self._generator("tot", term)
        raise IllDefined(f"{type(term).__name__} is outside the kernel's language (in {term}).")

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
        """Split the logarithm over irreducible factors, each proved positive; keep it whole otherwise."""
        if isinstance(original, sp.Rational) and original <= 0:
            raise IllDefined(f"the logarithm of {original} is not real.")
        numerator, denominator = sp.fraction(sp.together(rational))
        pieces: list[sp.Expr] = []
        for polynomial, sign in ((numerator, 1), (denominator, -1)):
            content, factors = sp.factor_list(sp.expand(polynomial))
            pieces.append(sign * self._log_of_number(content))
            for factor, multiplicity in factors:
                piece = self._log_of_factor(factor)
                if piece is None:
                    return self._generator("log", self._canonical(rational))
                pieces.append(sign * multiplicity * piece)
        return sp.Add(*pieces)

    def _log_of_number(self, value: sp.Rational) -> sp.Expr:
        """A product of negative factors leaves its sign here; the positive whole was checked beforehand."""
        powers = sp.factorrat(abs(value))
        return sp.Add(*(k * self._generator("log", sp.Integer(prime)) for prime, k in powers.items()))

    def _log_of_factor(self, factor: sp.Expr) -> sp.Expr | None:
        kind = self._meaning.get(factor)
        if kind and kind[0] == "exp":
            return kind[1]
        meant = self._meant(factor)
        if is_positive(meant, self._strictly_given):
            return self._generator("log", factor)
        if is_positive(-meant, self._strictly_given):
            return self._generator("log", sp.expand(-factor))
        return None

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


def is_zero(term: sp.Expr, strictly_given: tuple[sp.Expr, ...] = ()) -> bool:
    """Whether the normal form of the term is zero. False means "not shown", not "different"."""
    generators = Generators(strictly_given)
    # The first pass meets every root of an exponential, so that the second writes all in one common root.
    generators.rational(term)
    rational = generators.rational(term)
    numerator, _ = sp.fraction(sp.together(rational))
    return sp.expand(numerator) == 0


def undefined_part(term: sp.Expr, strictly_given: tuple[sp.Expr, ...] = ()) -> sp.Expr | None:
    """A logarithm or quotient that is not shown to be defined; None if all are."""
    for node in sp.preorder_traversal(unfold(term)):
        if isinstance(node, sp.log) and not _positive(node.args[0], strictly_given):
            return node
        if isinstance(node, sp.Pow) and not isinstance(node, sp.exp):
            safe = isinstance(node.exp, sp.Integer) and node.exp > 0
            if not safe and not _nonzero(node, strictly_given):
                return node
    return None


def _positive(term: sp.Expr, strictly_given: tuple[sp.Expr, ...]) -> bool:
    return is_positive(term, strictly_given) or is_positive(sp.factor(sp.together(term)), strictly_given)


def _nonzero(power: sp.Pow, strictly_given: tuple[sp.Expr, ...]) -> bool:
    if _positive(power.base, strictly_given):
        return True
    return isinstance(power.exp, sp.Integer) and _positive(-power.base, strictly_given)
