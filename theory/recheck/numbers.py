"""The exact numbers that terms take at a point: quotients in logarithms, roots and exponentials.

The logarithm of 12 is 2 log 2 + log 3 in the generators log 2 and log 3; the power 2^(7/3) is 4 r, where r is
the generator exp(log(2) / 3) with the relation r^3 = 2. Powers of roots of different primes are independent
over the rationals; taking the other generators to be independent can miss an equality, never invent one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb
from typing import Any

from flint import arb, ctx, fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpz

from .terms import ONE, WEIGHTED, ZERO, Disagrees, NotCovered, Term, Undefined

LARGEST_NUMBER = 10**40  # that is split into primes
LARGEST_POWER = 40_000  # of one term; a sum's powers have many
LARGEST_DEGREE = 150  # of a polynomial that is split into factors
PRECISIONS = (128, 512, 2048)  # bits, until a ball tells the sign

Point = Mapping[str, fmpq]
RING = fmpq_mpoly_ctx.get([f"g{i}" for i in range(40)], "lex")
SYMBOLS = RING.gens()


@dataclass(frozen=True)
class Number:
    """A quotient of polynomials in the generators."""

    over: fmpq_mpoly
    under: fmpq_mpoly = field(default_factory=lambda: RING.constant(1))

    def __add__(self, other: "Number") -> "Number":
        if self.under == other.under:
            return _quotient(self.over + other.over, self.under)
        return _quotient(self.over * other.under + other.over * self.under, self.under * other.under)

    def __mul__(self, other: "Number") -> "Number":
        return _quotient(self.over * other.over, self.under * other.under)

    @property
    def rational(self) -> fmpq | None:
        """The number itself where no generator occurs."""
        if not (self.over.is_constant() and self.under.is_constant()):
            return None
        return _constant(self.over) / _constant(self.under)


def _constant(polynomial: fmpq_mpoly) -> fmpq:
    return polynomial.leading_coefficient() if not polynomial.is_zero() else ZERO


def _quotient(over: fmpq_mpoly, under: fmpq_mpoly) -> Number:
    if under.is_constant():
        return Number(over / _constant(under))
    common = over.gcd(under)
    return Number(divmod(over, common)[0], divmod(under, common)[0])


def constant(value: fmpq | int) -> Number:
    """A rational number."""
    return Number(RING.constant(value))


MINUS_ONE = constant(-1)


@dataclass(frozen=True)
class Generator:
    """What a symbol of the ring stands for: the logarithm of a number, exp(number / root), pi, or a total."""

    kind: str
    argument: Any
    root: int = 1


def _choose(n: fmpq | None, k: fmpq | None) -> int:
    if n is None or k is None or n.q != 1 or k.q != 1 or n < 0 or k < 0:
        raise Undefined("a binomial coefficient of what are not natural numbers")
    if n > LARGEST_POWER:
        raise NotCovered(f"the binomial coefficients of {n} are too large to write out")
    return comb(int(n), int(k))


class Numbers:
    """The exact numbers met at one point; generators are made as they are needed."""

    def __init__(self, point: Point) -> None:
        self.point = dict(point)
        # By identity, and with the term so that it stays: to hash whole terms takes longer than to evaluate.
        self._values: dict[int, tuple[Term, Number]] = {}
        self._made: list[Generator] = []
        self._index: dict[tuple, int] = {}
        self._replaced: dict[int, fmpq_mpoly] = {}
        self._relations: dict[int, fmpq_mpoly] = {}

    def _symbol(self, number: int) -> fmpq_mpoly:
        # The newest is the largest in the order, so that a root's own power leads its relation.
        if number >= len(SYMBOLS):
            raise NotCovered("too many logarithms and exponentials occur at one point")
        return SYMBOLS[-1 - number]

    def _generator(self, kind: str, argument: Any, root: int = 1) -> fmpq_mpoly:  # noqa: ANN401 - a number or a term
        shown = (argument.over.str(), argument.under.str()) if isinstance(argument, Number) else argument
        key = (kind, shown, root)
        if key not in self._index:
            self._index[key] = len(self._made)
            self._made.append(Generator(kind, argument, root))
        return self._symbol(self._index[key])

    def _canonical(self, polynomial: fmpq_mpoly) -> fmpq_mpoly:
        """Write every root in the finest one and reduce its powers."""
        if self._replaced:
            images = [self._replaced.get(i, self._symbol(i)) for i in reversed(range(len(SYMBOLS)))]
            polynomial = polynomial.compose(*images, ctx=RING)
        for relation in self._relations.values():
            polynomial = divmod(polynomial, relation)[1]
        return polynomial

    def canonical(self, number: Number) -> Number:
        """The number with every root reduced.

        Raises:
            Undefined: the denominator is zero.
        """
        over, under = self._canonical(number.over), self._canonical(number.under)
        if under.is_zero():
            raise Undefined("a quotient by zero")
        return _quotient(over, under)

    def is_zero(self, number: Number) -> bool:
        """Whether the number is exactly zero."""
        return self.canonical(number).over.is_zero()

    def ball(self, number: Number) -> arb:
        """A ball around the number, in the current precision."""
        return self._ball(number.over) / self._ball(number.under)

    def _ball(self, polynomial: fmpq_mpoly) -> arb:
        total = arb(0)
        for powers, coefficient in polynomial.to_dict().items():
            summand = arb(coefficient)
            for i, power in enumerate(powers):
                if power:
                    summand *= self._generator_ball(len(SYMBOLS) - 1 - i) ** int(power)
            total += summand
        return total

    def _generator_ball(self, number: int) -> arb:
        generator = self._made[number]
        if generator.kind == "opaque":
            raise NotCovered(f"{generator.argument[0]} has no value in the file")
        if generator.kind == "pi":
            return arb.pi()
        inside = self.ball(generator.argument)
        return inside.log() if generator.kind == "log" else (inside / generator.root).exp()

    def sign(self, number: Number) -> int:
        """-1, 0 or 1."""
        if self.is_zero(number):
            return 0
        for bits in PRECISIONS:
            with ctx.workprec(bits):
                ball = self.ball(number)
                if ball > 0 or ball < 0:
                    return 1 if ball > 0 else -1
        raise NotCovered("a ball of 2048 bits does not tell the sign")

    def inverse(self, number: Number) -> Number:
        """1 / number."""
        if self.is_zero(number):
            raise Undefined("a quotient by zero")
        return _quotient(number.under, number.over)

    def power(self, base: Number, exponent: int) -> Number:
        """A whole power."""
        if exponent < 0:
            return self.power(self.inverse(base), -exponent)
        size = len(base.over.coeffs()) * len(base.under.coeffs())
        if exponent * size**2 > LARGEST_POWER:
            raise NotCovered(f"the power {exponent} is too large to write out")
        return Number(base.over**exponent, base.under**exponent)

    def exponential(self, exponent: Number) -> Number:
        """Exp of a sum is a product; exp(a/b log t) is t^(a/b), and t itself where that is whole."""
        exponent, result = self.canonical(exponent), constant(1)
        for powers, coefficient in exponent.over.to_dict().items():
            monomial = Number(RING.from_dict({powers: 1}), exponent.under)
            whole, rest, base = 0, coefficient, None
            if sum(powers) == 1 and exponent.under.is_one():
                generator = self._made[len(SYMBOLS) - 1 - powers.index(1)]
                base = generator.argument if generator.kind == "log" else None
            if base is not None:
                whole = int(coefficient.floor())
                rest = coefficient - whole
                result *= self.power(base, whole)
            root = self._finest(monomial, int(rest.q), base) if rest else 1
            symbol = Number(self._generator("exp", monomial, root)) if rest else constant(1)
            result *= self.power(symbol, int(rest * root))
        return result

    def _finest(self, monomial: Number, root: int, base: Number | None) -> int:
        """The common root in which exponentials of this monomial are written."""
        shown = (monomial.over.str(), monomial.under.str())
        before = [key[2] for key in self._index if key[0] == "exp" and key[1] == shown]
        finest = int(fmpz(max(before, default=1)).lcm(root))
        symbol = self._generator("exp", monomial, finest)
        for coarse in before:
            if coarse != finest:
                number = self._index["exp", shown, coarse]
                self._replaced[number] = symbol ** (finest // coarse)
                self._relations.pop(number, None)
        if base is not None:
            self._relations[self._index["exp", shown, finest]] = symbol**finest - base.over
        return finest

    def logarithm(self, number: Number) -> Number:
        """Split over primes and irreducible polynomials."""
        number = self.canonical(number)
        if self.sign(number) <= 0:
            raise Undefined("the logarithm of a number that is not positive")
        return self._log(number.over) + MINUS_ONE * self._log(number.under)

    def _log(self, polynomial: fmpq_mpoly) -> Number:
        """The logarithm of the absolute value."""
        if polynomial.is_constant():
            content, factors = _constant(polynomial), []
        elif polynomial.total_degree() <= LARGEST_DEGREE:
            content, factors = polynomial.factor()
        else:
            content, factors = ONE, [(polynomial, 1)]
        result = constant(0)
        for whole, sign in ((content.p, 1), (content.q, -1)):
            if abs(whole) > LARGEST_NUMBER:
                raise NotCovered("a number is too large to be split into primes")
            for prime, times_ in fmpz(abs(whole)).factor():
                result += Number(self._generator("log", constant(int(prime)))) * constant(sign * int(times_))
        for factor, multiplicity in factors:
            result += self._log_of_factor(factor) * constant(int(multiplicity))
        return result

    def _log_of_factor(self, factor: fmpq_mpoly) -> Number:
        alone = [i for i, degree in enumerate(factor.degrees()) if degree]
        if factor.total_degree() == 1 and len(factor.to_dict()) == 1:
            generator = self._made[len(SYMBOLS) - 1 - alone[0]]
            if generator.kind == "exp":
                return generator.argument * constant(fmpq(1, generator.root))
        sign = self.sign(Number(factor))
        return Number(self._generator("log", Number(factor * sign)))

    def value(self, term: Term) -> Number:
        """The exact number that a term is at the point."""
        if isinstance(term, fmpq):
            return constant(term)
        if term == "pi":
            return Number(self._generator("pi", term))
        if isinstance(term, str):
            if term not in self.point:
                raise Disagrees(f"{term} is not a variable of the claim")
            return constant(self.point[term])
        if id(term) not in self._values:
            self._values[id(term)] = (term, self._evaluate(term))
        return self._values[id(term)][1]

    def _require_not_zero_over_zero(self, term: Term) -> None:
        """The t of 0 log t may be 0 or infinite, but not 0/0."""
        factors = term[1:] if isinstance(term, tuple) and term[0] == "*" else (term,)
        inverse = [f[1] for f in factors if isinstance(f, tuple) and f[0] == "^" and f[2] == -1]
        direct = [f for f in factors if not (isinstance(f, tuple) and f[0] == "^" and f[2] == -1)]
        if all(any(self.is_zero(self.value(f)) for f in group) for group in (inverse, direct)):
            raise Undefined("the quotient 0/0")

    def _evaluate(self, term: tuple) -> Number:
        head, *parts = term
        if head in ("wlog", WEIGHTED) and self.is_zero(self.value(parts[0])):
            if head == "wlog":
                self._require_not_zero_over_zero(parts[1])
            return constant(0)  # the convention 0 log t = 0
        if head in ("total", "Slope"):  # only their own rules know more of them
            return Number(self._generator("opaque", term))
        values = [self.value(part) for part in parts]
        if head == "+":
            return sum(values, constant(0))
        if head == "*":
            result = constant(1)
            for value in values:
                result *= value
            return result
        if head == "exp":
            return self.exponential(values[0])
        if head == "log":
            return self.logarithm(values[0])
        if head == "wlog":
            return values[0] * self.logarithm(values[1])
        if head == "^":
            base, exponent = values
            if exponent.rational is not None and exponent.rational.q == 1:
                return self.power(base, int(exponent.rational))
            if self.is_zero(base) and self.sign(exponent) > 0:
                return constant(0)
            return self.exponential(exponent * self.logarithm(base))
        if head == WEIGHTED:
            return values[0] * values[1]
        if head == "Absolute":
            return values[0] if self.sign(values[0]) >= 0 else MINUS_ONE * values[0]
        if head == "Binomial":
            return constant(_choose(*(value.rational for value in values)))
        if head == "StopGradient":
            return values[0]
        shown = tuple((v.over.str(), v.under.str()) for v in map(self.canonical, values))
        return Number(self._generator("opaque", (head, *shown)))
