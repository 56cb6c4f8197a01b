"""No sample bounds a support from above; the steps are checked here as well."""

from fractions import Fraction
from itertools import product
from math import ceil, log, prod

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.birthday_collisions import THEOREM as COLLISIONS
from theory.theorems.support_not_identifiable import THEOREM

VARIATION, AT_MOST, SHOW_ALL = THEOREM.predictions


def with_new_atoms(law: FiniteLaw, moved: Fraction, atoms: int) -> FiniteLaw:
    """The law times 1 - moved, and the moved mass on new atoms."""
    return FiniteLaw([*((1 - moved) * w for w in law.weights), *([moved / atoms] * atoms)])


def samples(law: FiniteLaw, draws: int) -> dict[tuple[int, ...], Fraction]:
    """The probability of every sample."""
    return {
        sample: prod((law.weights[atom] for atom in sample), start=Fraction(1))
        for sample in product(range(len(law)), repeat=draws)
    }


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(finite_laws(max_atoms=3), st.integers(1, 3), st.fractions(0, 1, max_denominator=9), st.integers(1, 2))
def test_the_total_variation_by_listing_samples(
    law: FiniteLaw, draws: int, moved: Fraction, new: int
) -> None:
    """Two roads: the closed form, and half of the l1 distance between the two laws of the whole sample."""
    old, changed = samples(law, draws), samples(with_new_atoms(law, moved, new), draws)
    distance = sum(abs(probability - old.get(sample, 0)) for sample, probability in changed.items()) / 2

    assert VARIATION.at(draws=draws, moved=moved).exact == distance


def test_a_bound_that_looks_safe_is_not() -> None:
    """Twice the number of distinct atoms of three draws covers two atoms always, and their neighbour never.

    The neighbour has mass 1/1000 on five new atoms; samples of the two laws differ with probability 3/1000.
    """
    law = FiniteLaw([Fraction(1, 2), Fraction(1, 2)])
    neighbour = with_new_atoms(law, Fraction(1, 1000), 5)

    def coverage(target: FiniteLaw) -> Fraction:
        covered = (p for atoms, p in samples(target, 3).items() if 2 * len(set(atoms)) >= len(target))
        return sum(covered, start=Fraction(0))

    assert coverage(law) == 1
    assert coverage(neighbour) == 0
    assert VARIATION.at(draws=3, moved="1/1000").exact < Fraction(3, 1000)


def test_one_heavy_atom_collides_half_of_the_time() -> None:
    """Two roads: the prediction with a support of one, and that the atom comes at most once."""

    def at_most_once(mass: Fraction) -> Fraction:
        return (1 - mass) ** 400 + 400 * mass * (1 - mass) ** 399

    collides = {p.observable: p for p in COLLISIONS.predictions}["collision_probability"]
    for mass in (Fraction("0.004192"), Fraction("0.004193")):
        assert collides.at(batch=400, support=1, mass=mass).exact == 1 - at_most_once(mass)
    assert 1 - at_most_once(Fraction("0.004192")) < Fraction(1, 2) < 1 - at_most_once(Fraction("0.004193"))
    assert float(1 - at_most_once(Fraction("0.004192"))) == pytest.approx(0.5, abs=5e-5)


def test_without_a_least_mass_there_is_no_bound() -> None:
    """The prediction says so instead of giving a number."""
    nothing = AT_MOST.at(least_mass=0)

    assert nothing.exact == sp.oo
    assert not nothing.identified
    assert AT_MOST.at(least_mass="3/10").exact == 3


@given(finite_laws(max_atoms=4, positive=True), st.integers(1, 4))
def test_a_least_mass_shows_every_atom(law: FiniteLaw, draws: int) -> None:
    """The probability that some atom is unseen, by listing samples, is at most (1 - mu)^s / mu."""
    least = min(law.weights)
    unseen = sum(p for sample, p in samples(law, draws).items() if len(set(sample)) < len(law))

    assert unseen <= (1 - least) ** draws / least


@given(st.fractions(Fraction(1, 60), Fraction(59, 60), max_denominator=60), st.sampled_from(["1/2", "1/20"]))
def test_the_fewest_draws_are_sharp(least: Fraction, failure: str) -> None:
    """One draw fewer does not do; the logarithms agree."""
    draws = int(SHOW_ALL.at(least_mass=least, failure_probability=failure).exact)
    wanted = least * Fraction(failure)

    assert (1 - least) ** draws <= wanted < (1 - least) ** (draws - 1)
    assert draws == pytest.approx(log(wanted) / log(1 - least), abs=1 + 1e-9)


def test_where_the_bound_is_met_exactly() -> None:
    """(1/2)^2 = 1/2 x 1/2: balls cannot tell, rationals do; and a large count comes at once."""
    assert SHOW_ALL.at(least_mass="1/2", failure_probability="1/2").exact == 2
    many = SHOW_ALL.at(least_mass="1/1000000", failure_probability="1/20").exact
    assert many == ceil(log(1e-6 / 20) / log(1 - 1e-6))


@pytest.mark.parametrize(
    ("prediction", "values", "message"),
    [
        (VARIATION, {"draws": 0, "moved": "1/2"}, "draws must be at least 1"),
        (VARIATION, {"draws": 2, "moved": 2}, r"moved lie in \[0, 1\]"),
        (AT_MOST, {"least_mass": -1}, r"must lie in \[0, 1\]"),
        (SHOW_ALL, {"least_mass": 0, "failure_probability": "1/2"}, "strictly between 0 and 1"),
        (SHOW_ALL, {"least_mass": "1/2", "failure_probability": 1}, "strictly between 0 and 1"),
    ],
)
def test_bad_parameters_are_refused(prediction: theory.Prediction, values: dict, message: str) -> None:
    """One clear sentence for each."""
    with pytest.raises(ValueError, match=message):
        prediction.at(**values)


def test_a_long_power_stays_a_power() -> None:
    """100,000 draws: the value prints at once."""
    variation = VARIATION.at(draws=100_000, moved="1/1000000")

    assert str(variation.exact) == "1 - (999999/1000000)**100000"
    assert float(variation) == pytest.approx(1 - (1 - 1e-6) ** 100_000)
