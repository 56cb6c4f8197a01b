r"""Divergences of exact finite laws, as exact expressions: the f-divergences as data, and two distances.

Conventions: :math:`0 \log 0 = 0`, :math:`a \log(a/0) = \infty`; total variation is half the L1 distance and
lies in [0, 1]; the Jensen-Shannon divergence lies in [0, log 2]. All in nats.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import sympy as sp

from theory.kernel import Absolute, Given, above_zero, interval, positive, real
from theory.kernel.balls import ball
from theory.laws import FiniteLaw
from theory.source import Source

p, q = positive("p"), positive("q")  # densities of the two laws at one point
u = positive("u")  # their ratio p/q
v = real("v")  # what a discriminator's last linear layer gives

half = sp.Rational(1, 2)
anywhere = real("T")  # a discriminator's output, which must lie where the conjugate is finite
below_zero = interval("T", -sp.oo, 0, upper_open=True)
below_one = interval("T", -sp.oo, 1, upper_open=True)
within_half = interval("T", -half, half)


TABLES = Source("nowozin2016fgan", "Tables 1 and 2", as_we_derive_it=True)


@dataclass(frozen=True)
class Divergence:
    r"""An f-divergence :math:`D_f(P \| Q) = \int_{q>0} q\, f(p/q) + f'(\infty)\, P(q = 0)`, f convex.

    Args:
        name: lower case with dashes.
        f: a term in u > 0.
        at_zero: :math:`f(0) = \lim_{u \to 0} f(u)`, infinite where the limit is.
        slope: :math:`f'(\infty) = \lim_{u \to \infty} f(u)/u`, infinite where the limit is.
        integrand: :math:`q f(p/q)` as tables print it, a term in p, q > 0.
        output: the variable T, in the interior of the conjugate's domain.
        conjugate: :math:`f^*(T) = \sup_{u \ge 0} u T - f(u)`.
        optimal: :math:`T^* = f'(u)`, the output at which the variational bound is an equality.
        activation: :math:`g_f(v)`, which maps every real v into the conjugate's domain.
        room: what must exceed zero for T to lie in that domain; at least zero where the end belongs to it.
        given: that T lies in that domain, where its end is not a rational number.
        smooth: where f' exists, if not everywhere.
        source: where the row was published.
    """

    name: str
    f: sp.Expr
    at_zero: sp.Expr
    slope: sp.Expr
    integrand: sp.Expr
    output: sp.Symbol
    conjugate: sp.Expr
    optimal: sp.Expr
    activation: sp.Expr
    room: tuple[sp.Expr, ...] = ()
    given: tuple[Given, ...] = ()
    smooth: tuple[Given, ...] = ()
    source: Source = TABLES

    @property
    def at_one(self) -> sp.Expr:
        """f(1): the divergence of a law from itself."""
        return self.f.xreplace({u: sp.S.One})

    @property
    def latex(self) -> str:
        """f(u) as LaTeX."""
        return sp.latex(self.f)

    def between(self, p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
        r""":math:`\sum_{q(x)>0} q(x) f(p(x)/q(x)) + f'(\infty) P(q = 0)`, exact; infinite where f says so.

        Raises:
            ValueError: the laws have different numbers of atoms.
        """
        return sp.Add(*(self._at(a, b) for a, b in _paired(p, q) if a or b))

    def _at(self, a: sp.Rational, b: sp.Rational) -> sp.Expr:
        if b == 0:
            return a * self.slope
        return b * (self.f.xreplace({u: a / b}) if a else self.at_zero)


exp, log, sqrt, oo = sp.exp, sp.log, sp.sqrt, sp.oo

KULLBACK_LEIBLER = Divergence(
    "kullback-leibler",
    f=u * log(u),
    at_zero=sp.S.Zero,
    slope=oo,
    integrand=p * log(p / q),
    output=anywhere,
    conjugate=exp(anywhere - 1),
    optimal=1 + log(u),
    activation=v,
)
REVERSE_KULLBACK_LEIBLER = Divergence(
    "reverse-kullback-leibler",
    f=-log(u),
    at_zero=oo,
    slope=sp.S.Zero,
    integrand=q * log(q / p),
    output=below_zero,
    conjugate=-1 - log(-below_zero),
    optimal=-1 / u,
    activation=-exp(-v),
    room=(-below_zero,),
)
PEARSON = Divergence(
    "pearson",
    f=(u - 1) ** 2,
    at_zero=sp.S.One,
    slope=oo,
    integrand=(p - q) ** 2 / q,
    output=anywhere,
    conjugate=anywhere**2 / 4 + anywhere,  # for T >= -2; below, where u = 0 is best, it is -1
    optimal=2 * (u - 1),
    activation=v,
)
NEYMAN = Divergence(
    "neyman",
    f=(1 - u) ** 2 / u,
    at_zero=oo,
    slope=sp.S.One,
    integrand=(p - q) ** 2 / p,
    output=below_one,
    conjugate=2 - 2 * sqrt(1 - below_one),  # 2 at T = 1, which belongs to its domain
    optimal=1 - u**-2,
    activation=1 - exp(-v),
    room=(1 - below_one,),
)
SQUARED_HELLINGER = Divergence(
    "squared-hellinger",
    f=(sqrt(u) - 1) ** 2,
    at_zero=sp.S.One,
    slope=sp.S.One,
    integrand=(sqrt(p) - sqrt(q)) ** 2,
    output=below_one,
    conjugate=below_one / (1 - below_one),
    optimal=1 - 1 / sqrt(u),
    activation=1 - exp(-v),
    room=(1 - below_one,),
)
TWICE_JENSEN_SHANNON = Divergence(
    "twice-jensen-shannon",
    f=u * log(u) - (u + 1) * log((1 + u) / 2),
    at_zero=log(2),
    slope=log(2),
    integrand=p * log(2 * p / (p + q)) + q * log(2 * q / (p + q)),
    output=anywhere,
    conjugate=-log(2 - exp(anywhere)),
    optimal=log(2 * u / (1 + u)),
    activation=log(2) - log(1 + exp(-v)),
    room=(2 - exp(anywhere),),
    given=(above_zero(2 - exp(anywhere)),),
)
GAN = Divergence(
    "gan",
    f=u * log(u) - (u + 1) * log(u + 1),
    at_zero=sp.S.Zero,
    slope=sp.S.Zero,
    integrand=p * log(p / (p + q)) + q * log(q / (p + q)),
    output=below_zero,
    conjugate=-log(1 - exp(below_zero)),
    optimal=log(u / (1 + u)),
    activation=-log(1 + exp(-v)),
    room=(-below_zero,),
)
TOTAL_VARIATION = Divergence(
    "total-variation",
    f=Absolute(u - 1) / 2,
    at_zero=half,
    slope=half,
    integrand=Absolute(p - q) / 2,
    output=within_half,
    conjugate=within_half,
    optimal=(u - 1) / (2 * Absolute(u - 1)),
    activation=half * (exp(v) - exp(-v)) / (exp(v) + exp(-v)),
    room=(half - within_half, half + within_half),
    smooth=(above_zero(Absolute(u - 1)),),
)

F_DIVERGENCES: tuple[Divergence, ...] = (
    KULLBACK_LEIBLER,
    REVERSE_KULLBACK_LEIBLER,
    PEARSON,
    NEYMAN,
    SQUARED_HELLINGER,
    TWICE_JENSEN_SHANNON,
    GAN,
    TOTAL_VARIATION,
)


def _weight(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _paired(p: FiniteLaw, q: FiniteLaw) -> list[tuple[sp.Rational, sp.Rational]]:
    if len(p) != len(q):
        raise ValueError(
            f"the two laws must have the same atoms (got {len(p)} and {len(q)} weights): "
            f"give an atom that one law lacks the weight 0."
        )
    return [(_weight(a), _weight(b)) for a, b in zip(p.weights, q.weights, strict=True)]


def entropy(p: FiniteLaw) -> sp.Expr:
    r""":math:`H(p) = -\sum_x p(x) \log p(x)`, nats."""
    return sp.Add(*(-_weight(a) * sp.log(_weight(a)) for a in p.weights if a))


def kullback_leibler(p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
    r""":math:`KL(p \| q) = \sum_x p(x) \log(p(x)/q(x))`, nats; infinite where q misses an atom of p."""
    pairs = _paired(p, q)
    if any(a > 0 and b == 0 for a, b in pairs):
        return sp.oo
    return sp.Add(*(a * sp.log(a / b) for a, b in pairs if a))


def jensen_shannon(p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
    r""":math:`JSD = \frac12 KL(p \| \frac{p+q}2) + \frac12 KL(q \| \frac{p+q}2)`, nats, in [0, log 2]."""
    terms = []
    for a, b in _paired(p, q):
        terms += [w * sp.log(2 * w / (a + b)) / 2 for w in (a, b) if w]
    return sp.Add(*terms)


def total_variation(p: FiniteLaw, q: FiniteLaw) -> sp.Rational:
    r""":math:`TV = \frac12 \sum_x |p(x) - q(x)|`, in [0, 1]."""
    return sum((abs(a - b) for a, b in _paired(p, q)), sp.Integer(0)) / 2


def wasserstein(p: FiniteLaw, q: FiniteLaw, positions: Sequence[Fraction | int]) -> sp.Rational:
    r""":math:`W_1 = \int |F_p - F_q|` of two laws on the line, in the unit of the positions of their atoms.

    Raises:
        ValueError: there is not one position for each atom.
    """
    pairs = _paired(p, q)
    if len(positions) != len(pairs):
        raise ValueError(f"give one position for each of the {len(pairs)} atoms (got {len(positions)}).")
    places = [Fraction(position) for position in positions]
    ordered = sorted(zip(places, pairs, strict=True), key=lambda placed: placed[0])
    distance, excess = sp.Integer(0), sp.Integer(0)
    for (here, (a, b)), (there, _) in pairwise(ordered):
        excess += a - b
        distance += abs(excess) * _weight(there - here)
    return distance


def neural_distance(
    p: FiniteLaw,
    q: FiniteLaw,
    discriminators: Sequence[Sequence[Fraction | int]],
    measuring: Callable[[sp.Expr], sp.Expr] = lambda output: output,
) -> sp.Expr:
    r""":math:`\max_D E_p\,\phi(D) + E_q\,\phi(1 - D) - 2\phi(\tfrac12)` over finitely many discriminators.

    No absolute value stands around the expectations: with one, the distance of a law from itself would be
    4 log 2 for :math:`\phi = \log` and D = 1/2. For :math:`\phi(t) = t` and a class that holds 1 - D with
    each D it is :math:`\max_D |E_p D - E_q D|`.

    Args:
        p: the one law.
        q: the other, on the same atoms.
        discriminators: the outputs of each on the atoms, in [0, 1].
        measuring: :math:`\phi`, from the exact number in [0, 1] to an exact number.

    Raises:
        ValueError: there is no discriminator, or one has not an output in [0, 1] for each atom.
    """
    pairs = _paired(p, q)
    values = []
    for outputs in discriminators:
        exact = [_weight(Fraction(output)) for output in outputs]
        if len(exact) != len(pairs) or not all(0 <= output <= 1 for output in exact):
            raise ValueError(
                f"a discriminator has one output in [0, 1] for each of the {len(pairs)} atoms (got {exact})."
            )
        weighed = [(a, D) for (a, _), D in zip(pairs, exact, strict=True)]
        weighed += [(b, 1 - D) for (_, b), D in zip(pairs, exact, strict=True)]
        gain = sp.Add(*(weight * measuring(output) for weight, output in weighed if weight))
        values.append(gain - 2 * measuring(half))
    if not values:
        raise ValueError("the class of discriminators is empty: give at least one.")
    # Where the measuring function is infinite it is minus infinity, as log 0 is: no maximum is there.
    finite = [value for value in values if value.is_finite]
    return max(finite, key=lambda value: ball(value, {}).mid(), default=-oo)
