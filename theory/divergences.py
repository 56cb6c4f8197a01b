r"""Divergences of exact finite laws, as exact expressions, in nats.

Conventions: :math:`0 \log 0 = 0`, :math:`a \log(a/0) = \infty`; total variation is half the L1 distance and
lies in [0, 1]; the Jensen-Shannon divergence lies in [0, log 2].
"""

from fractions import Fraction

import sympy as sp

from theory.laws import FiniteLaw


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
