"""What a sample has not seen: mass and atoms; the steps are checked here as well."""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import beta

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.missing_mass import THEOREM

MISSING, BIAS, BIAS_AT_MOST, AT_MOST, UNSEEN, MASS_AT_LEAST, MASS_AT_MOST = THEOREM.predictions


def expected(law: FiniteLaw, draws: int, times: int) -> tuple[Fraction, Fraction]:
    """The expected number and the expected mass of the atoms seen so many times, by listing samples."""
    number = mass = Fraction(0)
    for sample in product(range(len(law)), repeat=draws):
        probability = prod((law.weights[atom] for atom in sample), start=Fraction(1))
        counts = Counter(sample)
        seen = [atom for atom in range(len(law)) if counts[atom] == times]
        number += probability * len(seen)
        mass += probability * sum(law.weights[atom] for atom in seen)
    return number, mass


def uniform(atoms: int) -> FiniteLaw:
    """Equal masses."""
    return FiniteLaw([Fraction(1, atoms)] * atoms)


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(finite_laws(max_atoms=4), st.integers(2, 4))
def test_missing_mass_and_bias_by_listing(law: FiniteLaw, draws: int) -> None:
    """Two roads: the sums over atoms, and the sum over every sample."""
    missing = expected(law, draws, 0)[1]
    once = expected(law, draws, 1)[0]

    assert MISSING.at(law=law, draws=draws).exact == missing
    assert BIAS.at(law=law, draws=draws).exact == once / draws - missing
    assert 0 <= once / draws - missing <= BIAS_AT_MOST.at(draws=draws).exact


@given(finite_laws(max_atoms=4), st.integers(2, 3))
def test_the_estimate_is_unbiased_for_one_draw_less(law: FiniteLaw, draws: int) -> None:
    """E f_1 / n is the missing mass after n - 1 draws: the last draw is new exactly then."""
    assert expected(law, draws + 1, 1)[0] / (draws + 1) == expected(law, draws, 0)[1]


@pytest.mark.parametrize("draws", [2, 3, 10, 400])
def test_the_largest_bias_is_attained(draws: int) -> None:
    """By the uniform law on as many atoms as draws; on one atom more or fewer it is smaller."""
    largest = BIAS_AT_MOST.at(draws=draws).exact

    assert BIAS.at(law=uniform(draws), draws=draws).exact == largest
    assert BIAS.at(law=uniform(draws + 1), draws=draws).exact < largest
    assert BIAS.at(law=uniform(draws - 1), draws=draws).exact < largest


@given(finite_laws(max_atoms=8), st.integers(2, 12))
def test_no_law_misses_more(law: FiniteLaw, draws: int) -> None:
    """For every number of atoms, as many as draws or not."""
    assert MISSING.at(law=law, draws=draws).exact <= AT_MOST.at(draws=draws, support=len(law)).exact


@pytest.mark.parametrize(("draws", "support"), [(2, 2), (5, 5), (5, 9), (100, 1000)])
def test_the_uniform_law_misses_as_much(draws: int, support: int) -> None:
    """Where there are as many atoms as draws; one atom made lighter misses less."""
    most = AT_MOST.at(draws=draws, support=support).exact
    tilt = Fraction(1, 2 * support)
    tilted = FiniteLaw(
        [Fraction(1, support) - tilt, Fraction(1, support) + tilt, *uniform(support).weights[2:]]
    )

    assert MISSING.at(law=uniform(support), draws=draws).exact == most
    assert MISSING.at(law=tilted, draws=draws).exact < most


def test_fewer_atoms_than_draws_need_the_other_bound() -> None:
    """Two atoms, eight draws: a light atom is missed with more mass than under the uniform law."""
    law = FiniteLaw([Fraction(1, 9), Fraction(8, 9)])

    assert MISSING.at(law=law, draws=8).exact > MISSING.at(law=uniform(2), draws=8).exact
    assert MISSING.at(law=law, draws=8).exact <= AT_MOST.at(draws=8, support=2).exact


@given(finite_laws(max_atoms=4), st.integers(2, 4))
def test_the_unseen_atoms_by_listing(law: FiniteLaw, draws: int) -> None:
    """E f_0 is at least Chao's bound, and the singletons need their atoms."""
    law = FiniteLaw([w for w in law.weights if w > 0])
    unseen, once, twice = (expected(law, draws, times)[0] for times in range(3))
    assume(len(law) > 1)

    assert UNSEEN.at(draws=draws, singletons=once, doubletons=twice).exact <= unseen
    assert once <= len(law) * Fraction(draws - 1, draws) ** (draws - 1)


@pytest.mark.parametrize(("draws", "support"), [(2, 3), (10, 7), (400, 50)])
def test_chao_is_sharp_for_equal_masses(draws: int, support: int) -> None:
    """With (n-1)/n: without it the bound exceeds the truth."""
    one = Fraction(1, support)
    unseen = support * (1 - one) ** draws
    once = draws * (1 - one) ** (draws - 1)
    twice = Fraction(draws * (draws - 1), 2) * one * (1 - one) ** (draws - 2)

    assert UNSEEN.at(draws=draws, singletons=once, doubletons=twice).exact == unseen
    assert once**2 / (2 * twice) > unseen


def test_chao_at_the_birthday_test() -> None:
    """All but one pair of 400 draws distinct: f_1 = 398, f_2 = 1 give 79,004 unseen, near 400^2/2."""
    exact = UNSEEN.at(draws=400, singletons=398, doubletons=1).exact

    assert exact == sp.Rational(399, 400) * sp.Rational(398**2, 2)
    assert round(float(exact)) == 79_004


def test_a_simulation_misses_as_much() -> None:
    """Another road: numpy draws 20,000 samples of 50 from a law of 40 atoms, of masses 1 : 2 : ... : 40.

    M_0 lies in [0, 1]: by Hoeffding's inequality the mean is within 0.0191 but with probability 1e-6. That of
    ten draws fewer is farther away, and is told apart.
    """
    law = FiniteLaw([Fraction(w, 820) for w in range(1, 41)])
    masses = np.array([float(w) for w in law.weights])
    tallies = np.random.default_rng(3).multinomial(50, masses, size=20_000)
    observed = ((tallies == 0) * masses).sum(axis=1).mean()
    radius = (np.log(2e6) / (2 * 20_000)) ** 0.5

    assert abs(observed - float(MISSING.at(law=law, draws=50))) < radius
    assert abs(observed - float(MISSING.at(law=law, draws=40))) > radius


@given(st.integers(1, 60), st.data(), st.sampled_from(["1/2", "19/20", "999/1000"]))
def test_the_limits_agree_with_scipy(fresh: int, data: st.DataObject, confidence: str) -> None:
    """Clopper-Pearson in exact arithmetic, and as quantiles of the beta law, good to nine digits."""
    unseen, level = data.draw(st.integers(0, fresh)), float(Fraction(confidence))
    trial = {"fresh": fresh, "unseen": unseen, "confidence": confidence}
    lower = beta.ppf(1 - level, unseen, fresh - unseen + 1) if unseen else 0
    upper = beta.ppf(level, unseen + 1, fresh - unseen) if unseen < fresh else 1

    assert float(MASS_AT_LEAST.at(**trial)) == pytest.approx(lower, rel=1e-9)
    assert float(MASS_AT_MOST.at(**trial)) == pytest.approx(upper, rel=1e-9)


def test_one_new_atom_certifies_that_the_support_is_not_exhausted() -> None:
    """One of 100 fresh draws is new: the missing mass is above 0.0005 at 95 %; none is new: nothing is."""
    assert float(MASS_AT_LEAST.at(fresh=100, unseen=1, confidence="19/20")) > 0.0005
    assert MASS_AT_LEAST.at(fresh=100, unseen=0, confidence="19/20").exact == 0
    assert MASS_AT_MOST.at(fresh=100, unseen=100, confidence="19/20").exact == 1


HELD_OUT = {"fresh": 3, "unseen": 1, "confidence": "1/2"}


@pytest.mark.parametrize(
    ("prediction", "values", "message"),
    [
        (MISSING, {"law": "1", "draws": 1}, "draws must be at least 2"),
        (BIAS, {"law": "1", "draws": 1}, "draws must be at least 2"),
        (BIAS_AT_MOST, {"draws": 0}, "draws must be at least 2"),
        (AT_MOST, {"draws": 2, "support": 0}, "support must be at least 1"),
        (UNSEEN, {"draws": 2, "singletons": -1, "doubletons": 1}, "singletons must be at least 0"),
        (UNSEEN, {"draws": 2, "singletons": 1, "doubletons": 0}, "doubletons above 0"),
        (MASS_AT_LEAST, HELD_OUT | {"unseen": 4}, "between 0 and fresh"),
        (MASS_AT_MOST, HELD_OUT | {"confidence": 1}, "strictly between 0 and 1"),
    ],
)
def test_bad_parameters_are_refused(prediction: theory.Prediction, values: dict, message: str) -> None:
    """One clear sentence for each."""
    with pytest.raises(ValueError, match=message):
        prediction.at(**values)


def test_long_powers_stay_powers() -> None:
    """50,000 draws: the value prints at once as a power; a sum over a law of that length is refused."""
    most = AT_MOST.at(draws=50_000, support=1_000_000)

    assert str(most.exact) == "(999999/1000000)**50000"
    assert float(most) == pytest.approx((1 - 1e-6) ** 50_000)
    assert float(AT_MOST.at(draws=50_000, support=10)) == pytest.approx(
        10 / 50_001 * (50_000 / 50_001) ** 50_000
    )
    assert float(BIAS_AT_MOST.at(draws=50_000)) == pytest.approx(1 / 50_000 * (1 - 1 / 50_000) ** 49_999)
    with pytest.raises(ValueError, match="Take fewer draws"):
        MISSING.at(law="1/3,2/3", draws=50_000)
