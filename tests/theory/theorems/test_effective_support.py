"""Collisions measure the effective support 1 / sum p^2; the steps are checked here as well."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.effective_support import THEOREM

EFFECTIVE, MEAN, VARIANCE, LARGEST, LEAST, MASS, SIZE, COVER = THEOREM.predictions


def power_sum(law: FiniteLaw, power: int) -> Fraction:
    """The probability that as many draws agree."""
    return sum((w**power for w in law.weights), start=Fraction(0))


def counts(law: FiniteLaw, draws: int) -> list[tuple[int, Fraction]]:
    """The number of agreeing pairs of every sample, with its probability."""
    return [
        (
            sum(a == b for a, b in combinations(sample, 2)),
            prod((law.weights[a] for a in sample), start=Fraction(1)),
        )
        for sample in product(range(len(law)), repeat=draws)
    ]


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone, with the union bound of the theorem before it."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()
    assert THEOREM.uses == ("birthday-collisions",)


@given(finite_laws())
def test_it_is_at_most_the_support(law: FiniteLaw) -> None:
    """With equality for the uniform law only; and the largest mass bounds it from both sides."""
    masses = [w for w in law.weights if w > 0]
    found, largest = Fraction(str(EFFECTIVE.at(law=law).exact)), max(masses)

    assert found <= len(masses)
    assert (found == len(masses)) == (len(set(masses)) == 1)
    assert 1 / largest <= found <= 1 / largest**2
    if len(masses) > 1:
        assert 1 / found >= largest**2 + (1 - largest) ** 2 / (len(masses) - 1)


@given(finite_laws(max_atoms=4), st.integers(2, 5))
def test_the_moments_by_listing_samples(law: FiniteLaw, draws: int) -> None:
    """Two roads: the closed forms, and the sum over every sample."""
    listed = counts(law, draws)
    mean = sum(c * w for c, w in listed)

    assert MEAN.at(law=law, draws=draws).exact == mean
    assert VARIANCE.at(law=law, draws=draws).exact == sum(c**2 * w for c, w in listed) - mean**2


def test_the_moments_by_simulation() -> None:
    """Another road: numpy draws 20,000 samples of 30 from a law of three masses.

    C lies in [0, 435]. Of 20,000 samples the mean of C has standard deviation below 0.4 (checked here by the
    predicted variance); six of them leave a false alarm of about 2e-9 for a normal mean.
    """
    law = FiniteLaw([Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)])
    rng = np.random.default_rng(7)
    tallies = rng.multinomial(30, [float(w) for w in law.weights], size=20_000)
    pairs = (tallies * (tallies - 1) // 2).sum(axis=1)
    spread = (float(VARIANCE.at(law=law, draws=30)) / len(pairs)) ** 0.5

    assert spread < 0.4
    assert abs(pairs.mean() - float(MEAN.at(law=law, draws=30))) < 6 * spread
    assert (
        abs(pairs.mean() - 30**2 / 2 * float(power_sum(law, 2))) > 6 * spread
    )  # s^2/2 pairs are seen to fail


@given(finite_laws(max_atoms=5), st.integers(2, 4))
def test_collisions_bound_it_from_both_sides(law: FiniteLaw, draws: int) -> None:
    """For every law and its exact collision probability; floats are good to nine digits."""
    gamma = sum(w for c, w in counts(law, draws) if c > 0)
    found = 1 / power_sum(law, 2)

    assert LARGEST.at(draws=draws, probability=gamma).exact >= found
    assert float(LEAST.at(draws=draws, probability=gamma)) <= float(found) * (1 + 1e-9)


def test_the_published_supports_are_effective_supports() -> None:
    """Half of the batches of 400 collide: at most 159,600, the published 400^2; of 1,000: 999,000."""
    assert LARGEST.at(draws=400, probability="1/2").exact == 159_600
    assert LARGEST.at(draws=1000, probability="1/2").exact == 999_000
    assert float(LEAST.at(draws=400, probability="1/2")) == pytest.approx(8_259, abs=1)


@given(finite_laws(positive=True), st.integers(1, 9))
def test_the_heavy_set(law: FiniteLaw, tenths: int) -> None:
    """Its size and its mass, for every law and threshold; the notes' weaker mass is never larger."""
    pair, largest = power_sum(law, 2), max(law.weights)
    threshold = pair * Fraction(tenths, 10)
    heavy = [w for w in law.weights if w >= threshold]
    values = {"threshold": threshold, "pair_probability": pair, "largest_mass": largest}
    mass = Fraction(str(MASS.at(**values).exact))

    assert len(heavy) <= SIZE.at(**values).exact
    assert sum(heavy) >= mass >= (pair - threshold) / largest


def test_the_heavy_set_of_a_uniform_law_is_everything() -> None:
    """Where the weaker bound (1 - tau) q_0 / p_max says one half only."""
    assert MASS.at(threshold="1/20", pair_probability="1/10", largest_mass="1/10").exact == 1


def test_the_bound_on_the_mass_is_sharp() -> None:
    """One atom of mass 1/4, many just below 1/100: the set is that atom, and the bound tends to its mass."""
    light, atoms = Fraction(1, 100) - Fraction(1, 10**6), 75
    pair = Fraction(1, 16) + atoms * light**2
    rest = Fraction(3, 4) - atoms * light
    pair += rest**2
    bound = MASS.at(threshold="1/100", pair_probability=pair, largest_mass="1/4").exact

    assert Fraction(1, 4) - Fraction(1, 1000) < bound <= Fraction(1, 4)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_a_cover_by_near_duplicates(points: list[int]) -> None:
    """Points on a line, near if at most 2 apart, which is not transitive: the least cover is large enough."""
    near = Fraction(sum(abs(a - b) <= 2 for a in points for b in points), len(points) ** 2)
    cliques, reach = 0, -1
    for point in sorted(points):
        if point > reach:
            cliques, reach = cliques + 1, point + 2

    assert COVER.at(near_duplicates=near).exact <= cliques


def test_a_wrong_variance_is_seen() -> None:
    """Pairs as if independent: for three draws of (1/2, 1/4, 1/4) the variance differs."""
    law = FiniteLaw([Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)])
    pair = power_sum(law, 2)

    assert VARIANCE.at(law=law, draws=3).exact != comb(3, 2) * (pair - pair**2)


HEAVY = {"threshold": "1/20", "pair_probability": "1/10", "largest_mass": "1/5"}


@pytest.mark.parametrize(
    ("prediction", "values", "message"),
    [
        (MEAN, {"law": "1", "draws": 1}, "at least 2"),
        (VARIANCE, {"law": "1", "draws": 0}, "at least 2"),
        (LARGEST, {"draws": 2, "probability": 0}, r"must lie in \(0, 1\]"),
        (LEAST, {"draws": 2, "probability": 2}, r"must lie in \(0, 1\]"),
        (MASS, HEAVY | {"threshold": "1/10"}, "only a threshold"),
        (SIZE, HEAVY | {"largest_mass": "1/11"}, "only a threshold"),
        (COVER, {"near_duplicates": 0}, r"must lie in \(0, 1\]"),
    ],
)
def test_bad_parameters_are_refused(prediction: theory.Prediction, values: dict, message: str) -> None:
    """One clear sentence for each."""
    with pytest.raises(ValueError, match=message):
        prediction.at(**values)
