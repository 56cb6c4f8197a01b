"""The catalogue as a whole: found by id, proved, and attacked."""

import pytest

import theory
from theory.kernel import Step, at_least, at_least_zero, certificate, enumeration, real, square
from theory.kernel.earlier import Earlier
from theory.kernel.mutants import mutants
from theory.statement import Theorem

x, y = real("x"), real("y")
STATEMENT = at_least(x**2, 0)
SQUARE = Step("square", STATEMENT, certificate((1, square(x))))


def theorem(**changed: object) -> Theorem:
    """A small theorem, except for what is changed."""
    fields = {
        "id": "a-square",
        "title": "A square",
        "sentence": "Squares are nonnegative.",
        "hypotheses": (),
        "statement": STATEMENT,
        "derivation": (SQUARE,),
        "predictions": (),
        "near_misses": (),
        "source": theory.Source("nobody2000nothing", "page 1"),
    }
    return Theorem(**(fields | changed))  # type: ignore[arg-type] - wrong or partial on purpose


@pytest.mark.parametrize("known", theory.catalog, ids=lambda known: known.id)
def test_a_theorem_holds_with_its_controls(known: Theorem) -> None:
    """Proved, below certified only by cited facts; no mutant survives; each near miss has a witness."""
    evidence, controls, misses = theory.prove(known), theory.controls(known), theory.near_misses(known)

    assert evidence.outcome is theory.Outcome.HOLDS
    assert evidence.grade >= theory.Grade.CERTIFIED or evidence.cited
    assert controls.survived == ()
    assert controls.mutants == controls.rejected + controls.proved_equal
    assert [miss.name for miss in misses if not miss.is_refuted] == []
    assert len(misses) >= 3


def test_the_mutants_are_many() -> None:
    """At least 1,500 in all, and some in every step whose proof stands there and is no enumeration."""
    steps = [step for known in theory.catalog for part in known.derivation for step in part.steps]
    counts = {step.name: len(list(mutants(step))) for step in steps if step.by is not enumeration}
    elsewhere = {step.name for step in steps if isinstance(step.by, Earlier)}

    assert sum(counts.values()) >= 1500
    assert [name for name, count in counts.items() if count < (1 if name in elsewhere else 3)] == []


def test_a_theorem_is_found_by_its_id() -> None:
    """An unknown id is answered with the nearest one."""
    assert all(theory.theorem(known.id) is known for known in theory.catalog)
    with pytest.raises(ValueError, match="did you mean 'small-support'"):
        theory.theorem("smal-suport")


def test_what_a_theorem_uses_comes_before_it() -> None:
    """The catalogue is in reading order."""
    seen: set[str] = set()
    for known in theory.catalog:
        assert set(known.uses) <= seen
        seen.add(known.id)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": "A Square"}, "lower case with dashes"),
        ({"derivation": (SQUARE, SQUARE)}, "distinct names"),
        ({"statement": at_least(x**2, 0, at_least_zero(y))}, "assumes y >= 0 without saying so"),
    ],
)
def test_a_malformed_theorem_is_refused(changed: dict, message: str) -> None:
    """When it is written, not when it is proved."""
    assert theory.prove(theorem()).outcome is theory.Outcome.HOLDS
    with pytest.raises(ValueError, match=message):
        theorem(**changed)
