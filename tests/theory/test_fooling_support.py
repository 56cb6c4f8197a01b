"""The laws of the smallest fooling support, as integers: each is the least m of its inequality."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory import fooling_support
from theory.fooling_support import CARATHEODORY, CARATHEODORY_WITH_CONSTANT, L2_BALL, LINF_BALL, THRESHOLDS
from theory.relation import Relation

tolerances = st.fractions(Fraction(1, 50), 3, max_denominator=50)
sizes = st.integers(1, 200)


def at(law: fooling_support.FoolingLaw, **parameters: Fraction | int) -> int:
    return int(law.prediction.at(**parameters).exact)


@given(sizes, tolerances)
def test_the_l2_ball_law_is_the_least_m_within_tolerance(n: int, epsilon: Fraction) -> None:
    """1/m - 1/n <= eps^2 at m and not at m - 1: m equal atoms are all that m atoms can do."""
    m = at(L2_BALL, functions=n, epsilon=epsilon)

    assert 1 <= m <= n
    assert Fraction(1, m) - Fraction(1, n) <= epsilon**2
    assert m == 1 or Fraction(1, m - 1) - Fraction(1, n) > epsilon**2


@given(sizes, tolerances)
def test_the_linf_ball_law_is_the_least_m_within_tolerance(n: int, epsilon: Fraction) -> None:
    """2 (1 - m/n) <= eps at m and not at m - 1; one atom at least."""
    m = at(LINF_BALL, functions=n, epsilon=epsilon)

    assert 1 <= m <= n
    assert 2 * (1 - Fraction(m, n)) <= epsilon
    assert m == 1 or 2 * (1 - Fraction(m - 1, n)) > epsilon


@given(tolerances)
def test_the_threshold_law_is_the_least_m_within_tolerance(epsilon: Fraction) -> None:
    """1/(2m) <= eps at m and not at m - 1: m quantiles leave half a step each way."""
    m = at(THRESHOLDS, epsilon=epsilon, largest_atom=0)

    assert Fraction(1, 2 * m) <= epsilon
    assert m == 1 or Fraction(1, 2 * (m - 1)) > epsilon


def test_a_constant_in_the_span_saves_one_atom() -> None:
    """Total mass and n moments ask for n + 1 atoms, unless the span holds the constant: then n."""
    assert at(CARATHEODORY, functions=7) == 8
    assert at(CARATHEODORY_WITH_CONSTANT, functions=7) == 7


@given(st.integers(2, 40), st.integers(1, 2000))
def test_thresholds_are_refused_exactly_on_coarse_grids(k: int, points: int) -> None:
    """At eps = 1/(2k) the law holds on N equal points if and only if N > k (k - 1)."""
    law, epsilon, largest = THRESHOLDS.prediction, Fraction(1, 2 * k), Fraction(1, points)

    if ceil(1 / (Fraction(1, k) + largest)) == k:
        assert points > k * (k - 1)
        assert law.at(epsilon=epsilon, largest_atom=largest).exact == k
    else:
        assert points <= k * (k - 1)
        with pytest.raises(ValueError, match="a finer grid"):
            law.at(epsilon=epsilon, largest_atom=largest)


def test_the_general_bound_covers_the_l2_ball() -> None:
    """The l2 ball is a case of the small-support theorem, R = Lambda = 1 and w = 2: its law lies below."""
    for n in (1, 10, 1000):
        for epsilon in (Fraction(1, 2), Fraction(1, 10)):
            bound = fooling_support.SMALL_SUPPORT.prediction.at(
                parameters=n,
                radius=1,
                lipschitz=1,
                epsilon=epsilon,
                range_width=2,
                failure_probability=Fraction(1, 2),
            )
            assert bound.relation is Relation.AT_MOST
            assert at(L2_BALL, functions=n, epsilon=epsilon) <= bound.exact


@pytest.mark.parametrize("law", [L2_BALL, LINF_BALL])
@pytest.mark.parametrize(("functions", "epsilon"), [(0, Fraction(1, 2)), (3, Fraction(0)), (3, Fraction(-1))])
def test_parameters_outside_the_domain_are_refused(
    law: fooling_support.FoolingLaw, functions: int, epsilon: Fraction
) -> None:
    """No function, or no tolerance, has no law."""
    with pytest.raises(ValueError, match="must be positive"):
        law.prediction.at(functions=functions, epsilon=epsilon)


def test_laws_are_found_by_name() -> None:
    """Names are keys: different, and each finds its law; another one is refused with the list."""
    assert [fooling_support.law(law.name) for law in fooling_support.LAWS] == list(fooling_support.LAWS)
    with pytest.raises(ValueError, match="l2-ball"):
        fooling_support.law("l3-ball")


def test_every_law_speaks_of_one_observable() -> None:
    """All are in atoms of the same number, so that points and curves share an axis."""
    assert {(law.prediction.observable, law.prediction.unit) for law in fooling_support.LAWS} == {
        ("fooling_support", "atoms")
    }
