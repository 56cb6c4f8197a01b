r"""What collisions in a batch say about the support, exactly; the steps are checked here as well."""

from fractions import Fraction
from itertools import product
from math import ceil, exp, factorial, prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.birthday_collisions import THEOREM

PROBABILITY, LARGEST, EFFECTIVE, AT_LEAST = THEOREM.predictions


def probability(batch: int, support: int, mass: Fraction | int = 1) -> Fraction:
    """The predicted least probability of a collision."""
    exact = PROBABILITY.at(batch=batch, support=support, mass=mass).exact
    return Fraction(int(exact.p), int(exact.q))


def collision_probability(law: FiniteLaw, batch: int) -> Fraction:
    """The probability that some two of a batch are equal, by listing every batch."""
    colliding = (
        prod((law.weights[atom] for atom in atoms), start=Fraction(1))
        for atoms in product(range(len(law)), repeat=batch)
        if len(set(atoms)) < batch
    )
    return sum(colliding, start=Fraction(0))


def test_nothing_is_cited() -> None:
    """Maclaurin's inequality is derived, draw by draw."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(finite_laws(max_atoms=5), st.integers(1, 4))
def test_one_more_draw_differs_less_often_than_for_the_uniform_law(law: FiniteLaw, draws: int) -> None:
    """N d_{k+1} <= (N - k) d_k, the step of the proof, by listing; with equality for the uniform law."""
    N, uniform = len(law), FiniteLaw([Fraction(1, len(law))] * len(law))

    def differ(of: FiniteLaw, count: int) -> Fraction:
        return 1 - collision_probability(of, count)

    assert N * differ(law, draws + 1) <= max(N - draws, 0) * differ(law, draws)
    assert N * differ(uniform, draws + 1) == max(N - draws, 0) * differ(uniform, draws)


@given(st.integers(2, 5), st.integers(1, 5))
def test_the_uniform_law_by_counting(batch: int, support: int) -> None:
    """Two roads: the sum over how many draws differ, and a count of every batch."""
    uniform = FiniteLaw([Fraction(1, support)] * support)

    assert probability(batch, support) == collision_probability(uniform, batch)


@given(finite_laws(max_atoms=5), st.integers(2, 4))
def test_no_law_collides_less_than_the_uniform_one(law: FiniteLaw, batch: int) -> None:
    """On as many atoms, any weights collide at least as often."""
    assert collision_probability(law, batch) >= probability(batch, len(law))


@given(finite_laws(max_atoms=4), st.integers(2, 4), st.integers(1, 4), st.integers(4, 8))
def test_mass_outside_only_adds(law: FiniteLaw, batch: int, share: int, outside: int) -> None:
    """With mass rho on N atoms and the rest on any others, collisions are at least as likely as predicted."""
    rho = Fraction(share, 4)
    whole = FiniteLaw([*(rho * w for w in law.weights), *([(1 - rho) / outside] * outside)])

    assert collision_probability(whole, batch) >= probability(batch, len(law), rho)


TRIALS, FALSE_ALARM = 2000, 1e-6
RADIUS = (np.log(2 / FALSE_ALARM) / (2 * TRIALS)) ** 0.5  # Hoeffding: 0.0602


def share_that_collides(batch: int, support: int) -> float:
    """The share of 2,000 simulated batches with a repetition."""
    rng = np.random.default_rng(20)
    draws = np.sort(rng.integers(support, size=(TRIALS, batch)), axis=1)
    return float((np.diff(draws, axis=1) == 0).any(axis=1).mean())


@pytest.mark.parametrize(("batch", "support"), [(23, 365), (10, 50), (400, 115_260)])
def test_a_simulation_collides_as_often(batch: int, support: int) -> None:
    """Another road: numpy draws the batches.

    A false alarm has probability at most 1e-6 for each of the three; a difference of twice the radius, 0.12,
    is missed with no more. A sampler whose support is half as large differs by more than that, and is seen.
    """
    predicted = float(probability(batch, support))

    assert abs(share_that_collides(batch, support) - predicted) < RADIUS
    assert float(probability(batch, support // 2)) - predicted > 2 * RADIUS
    assert abs(share_that_collides(batch, support // 2) - predicted) > RADIUS


def test_115260_is_the_largest_support_that_collides_half_of_the_time() -> None:
    """In integers, without the prediction's own code: 400 distinct draws of N, twice, are at most N^400."""

    def collides(N: int) -> bool:
        return 2 * prod(range(N - 399, N + 1)) <= N**400

    assert collides(115_260)
    assert not collides(115_261)
    assert LARGEST.at(batch=400, probability="1/2").exact == 115_260
    assert LARGEST.at(batch=500, probability="1/2").exact == 180_142
    assert LARGEST.at(batch=1000, probability="1/2").exact == 720_959
    assert not collides(160_000)  # 400 squared, the rule of thumb


def test_23_people_share_a_birthday() -> None:
    """The classic: 23 of 365 collide with probability above one half, 22 do not."""
    assert probability(22, 365) < Fraction(1, 2) < probability(23, 365)
    assert probability(23, 365) == 1 - Fraction(factorial(365) // factorial(342), 365**23)
    assert (
        LARGEST.at(batch=23, probability="1/2").exact >= 365 > LARGEST.at(batch=22, probability="1/2").exact
    )


@given(st.integers(2, 40), st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100))
def test_the_largest_support_is_sharp(batch: int, gamma: Fraction) -> None:
    """At N the uniform law collides with at least gamma, at N + 1 with less."""
    N = int(LARGEST.at(batch=batch, probability=gamma).exact)

    assert probability(batch, N) >= gamma > probability(batch, N + 1)


def test_12_of_20_batches_of_400() -> None:
    """At most 221,334 effective atoms and at least 48,366, each at 97.5 %.

    Two roads to the limits: integers here, and scipy's beta quantiles, good to nine digits.
    """
    lower, upper = beta.ppf(0.025, 12, 9), beta.ppf(0.975, 13, 8)
    effective = int(EFFECTIVE.at(batch=400, batches=20, collisions=12, confidence="39/40").exact)
    least = int(AT_LEAST.at(batch=400, batches=20, collisions=12, confidence="39/40").exact)

    assert effective == ceil(400 * 399 / 2 / lower)
    assert float(probability(400, least)) <= upper <= float(probability(400, least - 1))
    assert (effective, least) == (221_334, 48_366)


def test_no_collision_in_one_batch_of_400() -> None:
    """At least 26,772 atoms at 95 %, and no upper bound: silence says nothing of how many there are."""
    trial = {"batch": 400, "batches": 1, "collisions": 0, "confidence": "19/20"}
    none = EFFECTIVE.at(**trial)

    assert AT_LEAST.at(**trial).exact == 26_772
    assert probability(400, 26_772) <= Fraction(19, 20) < probability(400, 26_771)
    assert none.exact == sp.oo
    assert not none.identified


def test_a_collision_in_every_batch_bounds_nothing_from_below() -> None:
    """If every batch collides, one atom would explain it."""
    assert AT_LEAST.at(batch=400, batches=5, collisions=5, confidence="19/20").exact == 1


@given(st.integers(1, 60), st.data(), st.sampled_from(["1/2", "19/20", "39/40", "999/1000"]))
def test_the_limits_agree_with_scipy(batches: int, data: st.DataObject, confidence: str) -> None:
    """Clopper-Pearson limits by bisection in exact arithmetic, and as quantiles of the beta law.

    A pair in a batch of two is a collision, so 1/gamma is the limit on the effective support itself; scipy's
    quantiles are good to nine digits.
    """
    hits = data.draw(st.integers(1, batches))
    level = float(Fraction(confidence))
    effective = EFFECTIVE.at(batch=2, batches=batches, collisions=hits, confidence=confidence).exact
    wanted = 1 / beta.ppf(1 - level, hits, batches - hits + 1)

    assert wanted * (1 - 1e-9) <= float(effective) <= wanted * (1 + 1e-9) + 1


@given(finite_laws(max_atoms=6), st.integers(2, 4))
def test_the_effective_support_is_bounded_by_collisions(law: FiniteLaw, batch: int) -> None:
    """1/sum p^2 <= M(M-1)/(2 gamma), for every law and its exact gamma."""
    gamma = collision_probability(law, batch)

    assert 1 / sum(w**2 for w in law.weights) <= Fraction(batch * (batch - 1), 2) / gamma


def test_the_published_forms_are_too_strong() -> None:
    """With M^2 for M(M-1), or rho^2 for the binomial mean, the bound exceeds the truth."""
    assert float(probability(23, 365)) < 1 - exp(-(23**2) / (2 * 365))
    assert float(probability(400, 10**5, Fraction(1, 2))) < 1 - exp(-400 * 399 / 4 / (2 * 10**5))
    assert float(probability(400, 10**5, Fraction(1, 2))) == pytest.approx(0.180806, abs=5e-7)
    assert 1 - exp(-400 * 399 / 4 / (2 * 10**5)) == pytest.approx(0.180860, abs=5e-7)
    assert probability(2, 100) == Fraction(1, 100) < 1 - exp(-(2**2) / 200)
    assert float(probability(23, 365)) > 1 - exp(-23 * 22 / (2 * 365))  # the exponential form that is true


def trials(**changed: object) -> dict[str, object]:
    """One collision in three batches of two, except for what is changed."""
    return {"batch": 2, "batches": 3, "collisions": 1, "confidence": "1/2"} | changed


@pytest.mark.parametrize(
    ("prediction", "values", "message"),
    [
        (PROBABILITY, {"batch": 1, "support": 5, "mass": 1}, "at least 2"),
        (PROBABILITY, {"batch": 2, "support": 0, "mass": 1}, "support must be at least 1"),
        (PROBABILITY, {"batch": 2, "support": 5, "mass": 2}, r"mass lie in \[0, 1\]"),
        (LARGEST, {"batch": 2, "probability": 1}, "strictly between 0 and 1"),
        (
            EFFECTIVE,
            {"batch": 2, "batches": 3, "collisions": 4, "confidence": "1/2"},
            "between 0 and batches",
        ),
        (AT_LEAST, {"batch": 2, "batches": 0, "collisions": 0, "confidence": "1/2"}, "between 0 and batches"),
        (
            AT_LEAST,
            {"batch": 2, "batches": 3, "collisions": 1, "confidence": "1"},
            "strictly between 0 and 1",
        ),
    ],
)
def test_bad_parameters_are_refused(prediction: theory.Prediction, values: dict, message: str) -> None:
    """One clear sentence for each."""
    with pytest.raises(ValueError, match=message):
        prediction.at(**values)
