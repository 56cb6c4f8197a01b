"""The birthday test: published anchors, exact laws, planted supports, and the faults of earlier tests."""

import json
from fractions import Fraction
from itertools import product
from math import inf, nan, prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from empirical.observables.binomial import clopper_pearson
from empirical.observables.birthday import (
    SupportEstimate,
    birthday_support,
    effective_support_limit,
    resolution_at,
    support_limit,
)
from empirical.observables.collisions import count_collisions
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.birthday_collisions import THEOREM

HALF = Fraction(1, 2)


def collision_probability(law: FiniteLaw, batch: int) -> Fraction:
    """1 - M! e_M(p), with the elementary symmetric polynomial e_M by its recurrence, as a rational."""
    free = [Fraction(1)] + [Fraction(0)] * batch
    for weight in law.weights:
        for size in range(batch, 0, -1):
            free[size] += weight * free[size - 1]
    return 1 - prod(range(1, batch + 1)) * free[batch]


def test_twelve_colliding_batches_of_twenty() -> None:
    """12 of 20 batches of 400, 97.5 % each: effective support <= 2.2e5 and support >= 4.8e4."""
    lower, upper = clopper_pearson(12, 20, Fraction(39, 40))
    effective, support = effective_support_limit(400, lower), support_limit(400, upper)
    assert effective is not None
    assert f"{float(effective):.1e}" == "2.2e+05"
    assert f"{support:.1e}" == "4.8e+04"
    # The same through the whole estimate: distinct numbers, with one equal pair planted in 12 batches.
    rows = np.arange(8000.0)[:, None]
    rows[1 : 12 * 400 : 400] = rows[0 : 12 * 400 : 400]
    estimate = birthday_support(rows, batch=400)
    assert (estimate.batches, estimate.colliding_batches) == (20, 12)
    assert estimate.support_at_least == support
    assert estimate.effective_support_at_most == pytest.approx(float(effective), rel=1e-15)
    assert estimate.one_sided_confidence == 0.975


@pytest.mark.parametrize(("batch", "support"), [(100, 1_686), (400, 26_772), (1000, 167_071)])
def test_one_batch_without_collision(batch: int, support: int) -> None:
    """No collision in one batch: a lower limit of the support at 95 %, and no upper limit of anything."""
    estimate = birthday_support(np.arange(float(batch))[:, None], batch=batch)
    assert estimate.support_at_least == support
    assert estimate.one_sided_confidence == 0.95
    assert not estimate.identified
    assert estimate.effective_support_at_most == inf
    plain = json.loads(json.dumps(estimate.as_dict(), allow_nan=False))
    assert plain["effective_support_at_most"] is None
    assert plain["identified"] is False


def test_half_of_the_batches_of_400() -> None:
    """A uniform support of 115,260 is the largest at which a batch of 400 collides with probability >= 1/2.

    It is not 400^2 = 160,000: that is the limit of the effective support, less 400.
    """
    assert support_limit(400, HALF) == 115_261  # the smallest at which it collides with probability <= 1/2
    assert effective_support_limit(400, HALF) == 400 * 399


@given(st.integers(2, 30), st.fractions(0, 1, max_denominator=50))
def test_support_limit_is_the_smallest(batch: int, probability: Fraction) -> None:
    """1 - prod_{j<M} (1 - j/N) <= gamma at the limit N, and > gamma at N - 1."""
    assume(probability > 0)

    def collides(atoms: int) -> Fraction:
        return 1 - prod((Fraction(max(atoms - j, 0), atoms) for j in range(batch)), start=Fraction(1))

    limit = support_limit(batch, probability)
    assert collides(limit) <= probability
    assert limit == 1 or collides(limit - 1) > probability


@given(finite_laws(max_atoms=8), st.integers(2, 10))
def test_limits_hold_for_every_finite_law(law: FiniteLaw, batch: int) -> None:
    """At the exact gamma: 1/sum p^2 <= M(M - 1)/(2 gamma), and the support has at least the limit's atoms."""
    gamma = collision_probability(law, batch)
    assert support_limit(batch, gamma) <= sum(weight > 0 for weight in law.weights)
    effective = 1 / sum(weight**2 for weight in law.weights)
    limit = effective_support_limit(batch, gamma)
    assert limit is not None and effective <= limit


def test_collision_probability_of_a_law_by_enumeration() -> None:
    """The recurrence above equals the sum over all batches of three from the weights 1/2, 1/3, 1/6."""
    law = FiniteLaw(["1/2", "1/3", "1/6"])
    colliding = (
        prod(law.weights[i] for i in draw) for draw in product(range(3), repeat=3) if len(set(draw)) < 3
    )
    assert collision_probability(law, 3) == sum(colliding)


@given(st.integers(1, 20).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_error_directions(case: tuple[int, int]) -> None:
    """Missing a duplicate raises both limits: the effective support's stays valid, the support's does not."""
    missed, batches = case
    confidence = Fraction(39, 40)
    (low_missed, high_missed), (low, high) = (
        clopper_pearson(hits, batches, confidence) for hits in (missed, missed + 1)
    )
    assert support_limit(10, high_missed) >= support_limit(10, high)
    effective_missed, effective = (effective_support_limit(10, gamma) for gamma in (low_missed, low))
    assert effective is not None
    assert effective_missed is None or effective_missed >= effective


PLANTED, RUNS = 1000, 400


@pytest.fixture(scope="module")
def planted() -> list[SupportEstimate]:
    """Estimates from 400 independent samples of 1,000 equally likely atoms: 20 batches of 40 each."""
    random = np.random.default_rng(20260101)
    atoms = random.normal(size=(PLANTED, 2))
    return [birthday_support(atoms[random.integers(PLANTED, size=800)], batch=40) for _ in range(RUNS)]


def misses(estimates: list[SupportEstimate], support: int) -> int:
    """How many intervals do not contain this number of equally likely atoms."""
    return sum(not e.support_at_least <= support <= e.effective_support_at_most for e in estimates)


# More misses than this among the runs has probability below 1e-6 if each interval misses with probability
# 5 % at most: the false alarm rate of the test below, were its seed drawn anew.
TOO_MANY = int(binom.isf(1e-6, RUNS, 0.05))


def test_intervals_cover_a_planted_support(planted: list[SupportEstimate]) -> None:
    """Intervals at 95 % miss the planted number of atoms in at most 5 % of samples."""
    assert misses(planted, PLANTED) <= TOO_MANY


@pytest.mark.parametrize("wrong", [PLANTED // 4, 4 * PLANTED])
def test_intervals_reject_a_wrong_support(planted: list[SupportEstimate], wrong: int) -> None:
    """The control: a support four times smaller or larger is missed too often to pass as the truth."""
    assert misses(planted, wrong) > TOO_MANY


def test_point_estimate_is_unbiased(planted: list[SupportEstimate]) -> None:
    """The mean share of colliding pairs is sum p^2 = 1/K."""
    shares = np.array([estimate.pair_collision_probability for estimate in planted])
    # Five standard errors of the mean: a false alarm rate below 1e-6 for a mean of 400 nearly normal numbers.
    assert abs(shares.mean() - 1 / PLANTED) < 5 * shares.std() / np.sqrt(RUNS)
    assert abs(shares.mean() - 2 / PLANTED) > 5 * shares.std() / np.sqrt(RUNS)


def test_effective_support_is_not_the_support() -> None:
    """Half of the mass on 10 atoms, half on 10^5: effective support 40, and no bound calls the support 40."""
    random = np.random.default_rng(5)
    few, many = random.integers(10, size=4000), 10 + random.integers(10**5, size=4000)
    rows = np.where(random.random(4000) < 0.5, few, many)[:, None]
    estimate = birthday_support(rows, batch=8)
    effective = 1 / (10 * 0.05**2 + 10**5 * (0.5 / 10**5) ** 2)
    assert effective <= estimate.effective_support_at_most < 10**4
    assert estimate.support_at_least <= 10 + 10**5


def test_pool_with_replacement_reports_its_pool() -> None:
    """Rows drawn with replacement from 400 distinct ones bound 400, although their source has no atoms."""
    random = np.random.default_rng(7)
    pool = random.normal(size=(400, 3))
    estimate = birthday_support(pool[random.integers(400, size=2000)], batch=20)
    assert estimate.support_at_least <= 400 <= estimate.effective_support_at_most
    assert estimate.distinct <= 400
    # The pool itself, each row once, never collides with itself: batches are disjoint.
    assert birthday_support(random.permutation(pool), batch=20).colliding_batches == 0


def test_constant_sample_has_one_atom() -> None:
    """Of a constant sample every pair collides: effective support 1, and the support is at least 1."""
    estimate = birthday_support(np.full((600, 12), 0.25), batch=2)
    assert estimate.colliding_batches == estimate.batches == 300
    assert estimate.effective_support_estimate == 1
    assert estimate.support_at_least == 1
    assert 1 <= estimate.effective_support_at_most < 1.02  # 1 / 0.025^(1/300) = 1.0124
    assert estimate.distinct == 1


def test_support_is_at_least_what_was_seen() -> None:
    """At resolution 0 each distinct row is an atom, even where every batch collides; beyond it is not."""
    rows = np.repeat(np.arange(50.0), 20)[:, None]
    assert birthday_support(rows, batch=1000).support_at_least == 50
    assert birthday_support(rows, batch=1000, resolution=0.5).support_at_least == 1


@pytest.mark.parametrize("support", [5, 60, 1000])
def test_pilot_chooses_batches_that_say_something(support: int) -> None:
    """Without a batch size, a quarter of the rows finds one at which some batches collide and some do not."""
    rows = np.random.default_rng(support).integers(support, size=(2000, 1))
    estimate = birthday_support(rows)
    assert estimate.pilot == 500
    assert estimate.batches * estimate.batch <= 1500 < (estimate.batches + 1) * estimate.batch
    assert 0 < estimate.colliding_batches < estimate.batches
    assert estimate.support_at_least <= support <= estimate.effective_support_at_most < 10 * support


def test_pilot_is_not_counted_again() -> None:
    """Rows that chose the batch size are in no batch: a duplicate among them raises no limit."""
    rows = np.arange(400.0)[:, None]
    rows[1] = rows[0]
    estimate = birthday_support(rows)
    assert estimate.pilot == 100 and estimate.batch < 300
    assert estimate.colliding_batches == 0 and not estimate.identified
    # Without a duplicate in the pilot all other rows make one batch.
    assert birthday_support(np.arange(400.0)[:, None]).batch == 300


def disjoint_pairs_within(resolution: float, pairs: int) -> int:
    """How many of so many independent pairs of standard normal points in the plane collide."""
    random = np.random.default_rng(11)
    gaps = random.normal(size=(pairs, 2)) - random.normal(size=(pairs, 2))
    return int((np.linalg.norm(gaps, axis=1) <= resolution).sum())


def test_resolution_has_the_stated_false_alarm_rate() -> None:
    """Real pairs collide at the stated rate: exactly where it was chosen, and on fresh rows within error."""
    rate, rows = 0.01, np.random.default_rng(3).normal(size=(600, 2))
    resolution = resolution_at(rows, rate)
    assert count_collisions(rows, resolution) == int(rate * 600 * 599 / 2)
    # The share q of colliding pairs among n normal points has variance (4/n)(q^2/3) + 2q/n^2 to leading
    # order: 5.2 % of q here. Five of these, plus five for the binomial count of fresh pairs.
    pairs = 40_000
    tolerance = 5 * np.hypot(0.052 * rate * pairs, np.sqrt(rate * pairs))
    assert abs(disjoint_pairs_within(resolution, pairs) - rate * pairs) < tolerance
    # The control: half of that resolution has about a quarter of the rate.
    assert abs(disjoint_pairs_within(resolution / 2, pairs) - rate * pairs) > tolerance


def test_collapsed_samples_are_set_beside_their_reference() -> None:
    """At one resolution, chosen by real data, eight repeated points have a far smaller support."""
    random = np.random.default_rng(13)
    real = random.normal(size=(2000, 5))
    collapsed = real[:8][random.integers(8, size=2000)] + 1e-3 * random.normal(size=(2000, 5))
    estimate = birthday_support(collapsed, reference=real, false_alarm_rate=1e-3)
    assert estimate.reference is not None
    assert estimate.resolution == estimate.reference.resolution > 0
    assert estimate.resolution_from == "reference"
    assert estimate.reference.samples == 1000  # the half that did not choose
    assert estimate.effective_support_estimate < 10
    assert estimate.effective_support_at_most < estimate.reference.support_at_least
    # By construction about one real pair in a thousand collides; 30 % is six times the deviation as above.
    assert estimate.reference.pair_collision_probability == pytest.approx(1e-3, rel=0.3)
    assert json.dumps(estimate.as_dict(), allow_nan=False)


def test_given_resolution_leaves_the_whole_reference_for_the_estimate() -> None:
    """With a resolution of the caller's own, no row of the reference is spent on choosing one."""
    random = np.random.default_rng(17)
    rows, real = random.normal(size=(100, 2)), random.normal(size=(60, 2))
    estimate = birthday_support(rows, batch=80, resolution=0.1, reference=real)
    assert estimate.reference is not None
    assert estimate.reference.samples == estimate.reference.batch == 60
    assert estimate.false_alarm_rate is None and estimate.resolution_from == "given"


def test_measurements_carry_the_limits() -> None:
    """The three measurements have the estimate's limits as their ends, and an open end stays open."""
    estimate = birthday_support(np.random.default_rng(19).integers(50, size=(400, 1)), batch=10)
    collision, effective, support = estimate.measurements()
    assert (collision.lower, collision.upper) == (
        estimate.collision_probability_at_least,
        estimate.collision_probability_at_most,
    )
    assert collision.confidence == 0.95
    assert effective.lower == 1 and effective.upper == estimate.effective_support_at_most
    assert support.lower == estimate.support_at_least and support.upper == inf
    assert effective.confidence == support.confidence == 0.975
    none = birthday_support(np.arange(10.0)[:, None], batch=10)
    assert [m.upper for m in none.measurements()] == [pytest.approx(0.95), inf, inf]


ROWS = np.arange(40.0)[:, None]


@pytest.mark.parametrize(
    ("samples", "settings", "sentence"),
    [
        (np.array([[1.0], [nan]]), {}, "samples must be finite"),
        (np.array([[1.0], [inf]]), {}, "samples must be finite"),
        (np.arange(3.0), {}, r"samples must be an array of shape \(n, d\)"),
        (ROWS, {"batch": 41}, "between 2 and 40"),
        (ROWS, {"batch": 1}, "between 2 and 40"),
        (ROWS, {"resolution": -0.1}, "resolution must be a finite distance"),
        (ROWS, {"resolution": nan}, "resolution must be a finite distance"),
        (ROWS, {"confidence": 0.0}, "confidence must lie strictly between"),
        (ROWS, {"confidence": 1.0}, "confidence must lie strictly between"),
        (ROWS, {"confidence": nan}, "confidence must lie strictly between"),
        (ROWS, {"false_alarm_rate": 0.1}, "pass reference="),
        (ROWS, {"reference": np.full((9, 1), nan)}, "reference must be finite"),
        (ROWS, {"reference": np.zeros((9, 2))}, "same number of coordinates"),
        (ROWS, {"reference": ROWS, "false_alarm_rate": 1.5}, "false alarm rate must lie strictly between"),
        (ROWS, {"reference": ROWS, "false_alarm_rate": 1e-4}, "cannot be seen in the 190 pairs"),
        (ROWS, {"reference": np.zeros((40, 1)), "false_alarm_rate": 0.1}, "same smallest distance 0"),
        (ROWS, {"reference": ROWS, "false_alarm_rate": 0.1, "resolution": 0.1}, "one of the two"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    samples: np.ndarray, settings: dict[str, object], sentence: str
) -> None:
    """Whatever cannot be estimated is refused with what was got and what to pass."""
    with pytest.raises(ValueError, match=sentence):
        birthday_support(samples, **settings)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("batch", "batches", "collisions"),
    [(400, 20, 12), (400, 1, 0), (1000, 1, 0), (100, 20, 1), (7, 12, 11), (30, 5, 5), (2, 25, 3)],
)
@pytest.mark.parametrize("confidence", ["39/40", "19/20"])
def test_limits_are_what_the_theorem_predicts(
    batch: int, batches: int, collisions: int, confidence: str
) -> None:
    """Limits by the incomplete beta function in balls equal the theorem's by binomial sums in rationals."""
    predictions = {prediction.observable: prediction for prediction in THEOREM.predictions}
    counted = {"batch": batch, "batches": batches, "collisions": collisions, "confidence": confidence}
    lower, upper = clopper_pearson(collisions, batches, Fraction(confidence))
    support = predictions["support_at_least"].at(**counted)
    assert support_limit(batch, upper) == support.exact
    effective = predictions["effective_support_at_most"].at(**counted)
    limit = effective_support_limit(batch, lower)
    assert effective.identified == (limit is not None)
    if limit is not None:
        # The theorem rounds up to a whole number of atoms.
        assert 0 <= float(effective) - limit < 1 + 1e-6
