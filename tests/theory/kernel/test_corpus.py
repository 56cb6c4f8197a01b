import pytest

from tests.theory.kernel.falsehoods import CORPUS, Pair
from theory.kernel import Enclosed, Grade, Outcome, check_step


def names(pair: Pair) -> str:
    return pair.name


def test_the_corpus_is_large_and_covers_every_way_to_fail() -> None:
    """At least 25 pairs of distinct names; each outcome but HOLDS is met."""
    assert len({pair.name for pair in CORPUS}) == len(CORPUS) >= 25
    assert {pair.outcome for pair in CORPUS} == set(Outcome) - {Outcome.HOLDS}


@pytest.mark.parametrize("pair", CORPUS, ids=names)
def test_a_falsehood_fails_as_it_should(pair: Pair) -> None:
    """No falsehood holds; a false claim comes with the point that refutes it."""
    evidence = check_step(pair.false)

    assert evidence.outcome is pair.outcome, (evidence.witness, evidence.open)
    assert evidence.grade is Grade.UNCHECKED
    assert (evidence.witness is not None) == (pair.outcome in (Outcome.REFUTED, Outcome.ILL_DEFINED))


@pytest.mark.parametrize("pair", CORPUS, ids=names)
def test_its_true_twin_holds(pair: Pair) -> None:
    """A kernel that refused everything would pass the falsehoods: each twin is proved."""
    evidence = check_step(pair.true)

    assert evidence.outcome is Outcome.HOLDS, (evidence.witness, evidence.open)
    by_balls = isinstance(pair.true.by, Enclosed)
    assert evidence.grade is (Grade.CERTIFIED if by_balls else Grade.EXACT)


@pytest.mark.parametrize("pair", CORPUS, ids=names)
def test_the_careless_proof_fails_by_itself(pair: Pair) -> None:
    """No falsehood is stopped by its points alone: the rule leaves something open, or refuses the terms."""
    if pair.outcome is Outcome.VACUOUS:
        return
    evidence = check_step(pair.false)

    assert evidence.open or not evidence.shown
