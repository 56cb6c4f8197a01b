"""The judge's truth table, ends of the interval included."""

import json
import math

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from empirical.judge import HypothesisCheck, Outcome, Verdict, judge
from empirical.measurement import Measurement
from theory.prediction import PredictedValue
from theory.relation import Relation

EQUALS, AT_MOST, AT_LEAST = Relation.EQUALS, Relation.AT_MOST, Relation.AT_LEAST
HOLDS, FAILS, UNDECIDED = Outcome.HOLDS, Outcome.FAILS, Outcome.UNDECIDED
INFINITY = math.inf
BEFORE, AFTER = math.nextafter(2.0, 0.0), math.nextafter(2.0, 3.0)  # the floats next to the predicted 2


def predicted(relation: Relation, exact: sp.Expr | int = 2, unit: str = "nats") -> PredictedValue:
    return PredictedValue("divergence", relation, sp.sympify(exact), unit)


def measured(lower: float, upper: float, confidence: float = 1.0, unit: str = "nats") -> Measurement:
    return Measurement(
        observable="divergence",
        value=lower if math.isfinite(lower) else upper,
        lower=lower,
        upper=upper,
        confidence=confidence,
        unit=unit,
        obtained="given",
    )


TABLE = [
    # relation, lower, upper, resolution, outcome
    (EQUALS, 1.9, 2.05, 0.2, HOLDS),
    (EQUALS, 2.0, 2.1, 0.2, HOLDS),  # the prediction at the lower end is inside
    (EQUALS, 1.9, 2.0, 0.2, HOLDS),  # and at the upper end
    (EQUALS, 2.0, 2.0, 0.2, HOLDS),
    (EQUALS, 1.75, 2.25, 0.5, UNDECIDED),  # as wide as the resolution is not narrower
    (EQUALS, 1.75, 2.25, math.nextafter(0.5, 1), HOLDS),
    (EQUALS, 1.0, 3.0, 0.5, UNDECIDED),
    (EQUALS, -INFINITY, INFINITY, 0.5, UNDECIDED),
    (EQUALS, 2.0, 2.0, None, UNDECIDED),  # no resolution stated: nothing is confirmed
    (EQUALS, AFTER, 2.1, 0.2, FAILS),
    (EQUALS, 1.9, BEFORE, 0.2, FAILS),
    (EQUALS, AFTER, INFINITY, None, FAILS),  # an excluded value is excluded at any width
    (AT_MOST, 1.0, 1.9, None, HOLDS),
    (AT_MOST, 1.0, 2.0, None, HOLDS),
    (AT_MOST, -INFINITY, 2.0, None, HOLDS),
    (AT_MOST, 1.0, AFTER, None, UNDECIDED),
    (AT_MOST, 2.0, 2.1, None, UNDECIDED),
    (AT_MOST, 2.0, INFINITY, None, UNDECIDED),
    (AT_MOST, AFTER, 2.1, None, FAILS),
    (AT_MOST, AFTER, INFINITY, None, FAILS),
    (AT_LEAST, 2.1, 3.0, None, HOLDS),
    (AT_LEAST, 2.0, 3.0, None, HOLDS),
    (AT_LEAST, 2.0, INFINITY, None, HOLDS),
    (AT_LEAST, BEFORE, 3.0, None, UNDECIDED),
    (AT_LEAST, 1.0, 2.0, None, UNDECIDED),
    (AT_LEAST, -INFINITY, 2.0, None, UNDECIDED),
    (AT_LEAST, 1.0, BEFORE, None, FAILS),
    (AT_LEAST, -INFINITY, BEFORE, None, FAILS),
]


@pytest.mark.parametrize(("relation", "lower", "upper", "resolution", "outcome"), TABLE)
def test_truth_table(
    relation: Relation, lower: float, upper: float, resolution: float | None, outcome: Outcome
) -> None:
    """Each cell of the table, and the floats on either side of each of its boundaries."""
    verdict = judge(predicted(relation), measured(lower, upper), resolution=resolution)
    assert verdict.outcome is outcome
    # The margin has the outcome's sign, or is absent.
    match outcome:
        case Outcome.HOLDS:
            assert verdict.margin is not None and verdict.margin >= 0
        case Outcome.FAILS:
            assert verdict.margin is not None and verdict.margin < 0
        case Outcome.UNDECIDED:
            assert verdict.margin is None


@given(
    st.sampled_from(Relation),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(sorted),
    st.integers(-3, 3),
    st.sampled_from([None, 1.0, 2.5]),
)
def test_outcome_covers_every_number_in_the_interval(
    relation: Relation, interval: list[int], value: int, resolution: float | None
) -> None:
    """HOLDS only if every number in [l, u] satisfies the relation (to the resolution), FAILS iff none does.

    Integer ends and values suffice: an order relation on an interval is decided at the two ends.
    """
    lower, upper = interval
    satisfies = {EQUALS: lambda t: t == value, AT_MOST: lambda t: t <= value, AT_LEAST: lambda t: t >= value}
    inside = [satisfies[relation](t) for t in range(lower, upper + 1)]
    outcome = judge(
        predicted(relation, value), measured(float(lower), float(upper)), resolution=resolution
    ).outcome
    assert (outcome is FAILS) == (not any(inside))
    if relation is EQUALS:
        assert (outcome is HOLDS) == (any(inside) and resolution is not None and upper - lower < resolution)
    else:
        assert (outcome is HOLDS) == all(inside)


def test_comparison_is_exact() -> None:
    """3/10 lies between the float 0.3 and its successor: the judge does not round the prediction to 0.3."""
    tenths, successor = 0.3, math.nextafter(0.3, 1)
    assert sp.Rational(tenths) < sp.Rational(3, 10) < sp.Rational(successor)
    prediction = predicted(EQUALS, sp.Rational(3, 10))
    assert judge(prediction, measured(tenths, tenths), resolution=1.0).outcome is FAILS
    assert judge(prediction, measured(tenths, successor), resolution=1.0).outcome is HOLDS


def test_irrational_prediction_is_compared_to_more_digits_than_a_float_has() -> None:
    """The irrational log 2 lies between two neighbouring floats: one of them is an upper bound."""
    nearest = float(sp.log(2))
    lower, upper = sorted((nearest, math.nextafter(nearest, 1.0 if nearest < sp.log(2) else 0.0)))
    prediction = predicted(AT_MOST, sp.log(2))
    assert judge(prediction, measured(lower, lower)).outcome is HOLDS
    assert judge(prediction, measured(upper, upper)).outcome is FAILS


@pytest.mark.parametrize(("relation", "lower", "upper", "resolution", "outcome"), TABLE)
def test_broken_hypothesis_decides_nothing(
    relation: Relation, lower: float, upper: float, resolution: float | None, outcome: Outcome
) -> None:
    """An experiment that breaks a hypothesis refutes nothing and confirms nothing, and says which one."""
    met = HypothesisCheck("the law is finite", True, "64 atoms")
    broken = HypothesisCheck("the discriminator is optimal", False, "off by 0.03 nats")
    verdict = judge(
        predicted(relation), measured(lower, upper), resolution=resolution, hypotheses=(met, broken)
    )
    assert verdict.outcome is UNDECIDED
    assert "'the discriminator is optimal' (off by 0.03 nats)" in verdict.sentence
    assert "the law is finite" not in verdict.sentence
    # The control: with the hypothesis met, the table decides again.
    assert (
        judge(predicted(relation), measured(lower, upper), resolution=resolution, hypotheses=(met,)).outcome
        is outcome
    )


@pytest.mark.parametrize("exact", [sp.oo, -sp.oo, sp.nan])
@pytest.mark.parametrize("relation", list(Relation))
def test_infinite_prediction_leaves_nothing_to_check(relation: Relation, exact: sp.Expr) -> None:
    """A bound at infinity is met by every observation, so meeting it says nothing."""
    verdict = judge(predicted(relation, exact), measured(0.0, 0.0), resolution=1.0)
    assert verdict.outcome is UNDECIDED
    assert "nothing to check" in verdict.sentence
    assert verdict.as_dict()["predicted"]["value"] is None


def test_only_like_is_compared_with_like() -> None:
    """Another observable or another unit is an error of the caller, not a verdict."""
    with pytest.raises(ValueError, match="measured in probability"):
        judge(predicted(AT_MOST), measured(0.0, 1.0, unit="probability"))
    other = PredictedValue("collisions", AT_MOST, sp.Integer(2), "nats")
    with pytest.raises(ValueError, match="measure collisions"):
        judge(other, measured(0.0, 1.0))


@pytest.mark.parametrize("resolution", [0.0, -1.0, math.nan])
def test_resolution_is_positive(resolution: float) -> None:
    """No interval is narrower than a width of nothing."""
    with pytest.raises(ValueError, match="resolution must be positive"):
        judge(predicted(EQUALS), measured(1.0, 3.0), resolution=resolution)


def test_sentence_carries_the_confidence() -> None:
    """What is known at 95 % is not said to be certain, and an enclosure is not said to be a guess."""
    assert "(95 % confidence)" in judge(predicted(AT_MOST), measured(0.0, 1.0, confidence=0.95)).sentence
    assert "(certain)" in judge(predicted(AT_MOST), measured(0.0, 1.0)).sentence


@pytest.mark.parametrize(("relation", "lower", "upper", "resolution", "outcome"), TABLE)
def test_verdict_is_plain_json(
    relation: Relation, lower: float, upper: float, resolution: float | None, outcome: Outcome
) -> None:
    """A verdict survives strict JSON, infinite ends as null."""
    verdict: Verdict = judge(predicted(relation), measured(lower, upper), resolution=resolution)
    plain = json.loads(json.dumps(verdict.as_dict(), allow_nan=False))
    assert plain["outcome"] == outcome.name
    assert plain["relation"] == relation.value
    assert (plain["measured"]["upper"] is None) == math.isinf(upper)
