"""A mutant that only adds a known total is true; one that adds anything else is not taken for it."""

import pytest
import sympy as sp

from theory.kernel import Claim, Fact, Functional, Slope, at_least, equal, integer, positive, real
from theory.kernel.known_totals import follows_from_facts

t, x = real("t"), real("x")
p, s, v = positive("p"), real("s"), real("v")
S = Functional("S", (p, s), (Fact(p, 1), Fact(s, 0)), finite=True)
E = Functional("E", (v,), (Fact(1, 1), Fact(v, x), Fact(v**2, x**2 + 1)), finite=True)
index = integer("j", 0)
count = Functional("Sum", (index,), index_range=integer("M", 1))


@pytest.mark.parametrize(
    "claim",
    [
        equal(S(s * sp.log(p)), S(s * sp.log(3 * p))),
        equal(S(2 * p + sp.log(2) * s), 2),
        equal(Slope(S((p + t * s) * sp.log(p + t * s)), t, 0), S(s * sp.log(p))),
        equal(E(3 * v - 2), 3 * x - 2),
    ],
    ids=str,
)
def test_what_follows(claim: Claim) -> None:
    """Multiples of what sums to zero, and of the masses, may be added."""
    assert follows_from_facts(claim)


@pytest.mark.parametrize(
    "claim",
    [
        equal(S(s * sp.log(p)), S(s * sp.log(p + 1))),
        equal(S(2 * p + sp.log(2) * s), 3),
        equal(Slope(S((p + t * s) * sp.log(p + t * s)), t, 0), S(2 * s * sp.log(p))),
        equal(E(3 * v - 2), 3 * x),
        equal(E(v**2), x**2),
        equal(S(sp.log(p - 1)), S(sp.log(p - 1))),
        at_least(S(p), 0),
        equal(x, x),
        equal(count(index), count(index) + 1),
    ],
    ids=str,
)
def test_what_does_not(claim: Claim) -> None:
    """What is false, undefined, no equality, or holds no total."""
    assert not follows_from_facts(claim)
