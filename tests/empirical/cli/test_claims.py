"""ganproof list, prove, predict and cite: the promised JSON, the anchors, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

import theory
from empirical.cli.claims import parsed
from tests.empirical.cli.command import Command
from theory.theorems.optimal_discriminator import THEOREM

COMMANDS = ("list", "prove", "predict", "cite", "check", "capacity", "birthday", "report", "reproduce")
IDS = [theorem.id for theorem in theory.catalog]


def test_the_list_is_the_catalogue(ganproof: Command) -> None:
    """Every id in reading order, with its title, grade and source."""
    listed = ganproof("list", "--json").json["theorems"]

    assert [entry["id"] for entry in listed] == IDS
    assert [entry["title"] for entry in listed] == [theorem.title for theorem in theory.catalog]
    assert {entry["grade"] for entry in listed} <= {"EXACT", "CERTIFIED", "CITED"}


def test_a_proof_has_the_promised_shape(ganproof: Command) -> None:
    """Id, outcome, grade, cited facts, steps and seconds; with controls their counts."""
    answer = ganproof("prove", "optimal-discriminator", "--controls", "--json")

    assert answer.code == 0
    (found,) = answer.json["theorems"]
    assert {"id", "outcome", "grade", "cited", "steps", "seconds"} <= found.keys()
    assert (found["outcome"], found["grade"]) == ("HOLDS", "EXACT")
    controls = answer.json["controls"]
    assert controls["survived"] == []
    assert controls["mutants"] == controls["rejected"] + controls["proved_equal"]


def test_a_false_theorem_fails(ganproof: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivation that does not hold gives exit code 1 and the point that refutes it."""
    false = THEOREM.near_misses[0].claim
    (step,) = THEOREM.derivation[0].steps
    spoiled = replace(THEOREM, statement=false, derivation=(replace(step, claim=false),))
    monkeypatch.setattr(theory, "theorem", lambda _: spoiled)

    answer = ganproof("prove", THEOREM.id)

    assert answer.code == 1
    assert f"FAILS: {THEOREM.id}: {theory.Outcome.REFUTED.value}. at D = " in answer.out


def test_the_anchor_of_the_optimal_discriminator(ganproof: Command) -> None:
    """P = 3/10 and q = 1/5 give exactly 3/5, in words and in JSON."""
    arguments = ("predict", "optimal-discriminator", "p=3/10", "q=1/5")

    assert "3/5" in ganproof(*arguments).out
    assert ganproof(*arguments, "--json").json == {
        "id": "optimal-discriminator",
        "predictions": {
            "discriminator_output": {
                "exact": "3/5",
                "value": 0.6,
                "relation": "EQUALS",
                "unit": "1",
                "identified": True,
            }
        },
    }


def test_the_anchors_of_the_birthday_test(ganproof: Command) -> None:
    """Batch 400 at one half: 115260. No collision in one batch: at least 26772, and no upper bound."""
    half = ganproof("predict", "birthday-collisions", "batch=400", "probability=1/2", "--json").json
    none = ganproof(
        "predict",
        "birthday-collisions",
        "batch=400",
        "batches=1",
        "collisions=0",
        "confidence=19/20",
        "--json",
    ).json["predictions"]

    assert half["predictions"]["largest_support"]["exact"] == "115260"
    assert none["support_at_least"]["exact"] == "26772"
    assert none["effective_support_at_most"]["value"] is None
    assert none["effective_support_at_most"]["identified"] is False


def test_decimals_are_exact(ganproof: Command) -> None:
    """0.3 is three tenths, not the nearest float."""
    written = ganproof("predict", "optimal-discriminator", "p=0.3", "q=0.2", "--json")

    assert written.json == ganproof("predict", "optimal-discriminator", "p=3/10", "q=1/5", "--json").json


def test_an_exact_value_may_have_many_digits(ganproof: Command) -> None:
    """A rational of ten thousand digits is printed like any other."""
    answer = ganproof("predict", "birthday-collisions", "batch=3000", "support=100000", "mass=1/2", "--json")

    exact = answer.json["predictions"]["collision_probability"]["exact"]
    assert len(exact) > 10_000
    assert 0.9999 < answer.json["predictions"]["collision_probability"]["value"] <= 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("prove", "optimal-discriminatr"), "did you mean 'optimal-discriminator'"),
        (("cite", "smal-support"), "did you mean 'small-support'"),
        (("check", "birthday"), "did you mean 'birthday-collisions'"),
        (("check", "dirac-gan"), "dirac-gan has no experiment"),
        (("predict", "optimal-discriminator", "p=1"), "discriminator_output takes p, q"),
        (("predict", "optimal-discriminator", "p=1", "q=x"), "q must be"),
        (("predict", "optimal-discriminator", "p=0", "q=0"), "not both zero"),
        (("predict", "optimal-discriminator", "p=1", "p=2"), "given twice"),
        (("predict", "optimal-discriminator", "p"), "name=value"),
        (("predict", "equilibrium-value", "p=1/2,1/3", "q=1/2,1/2"), "sum to one"),
        (("predict", "birthday-collisions", "batch=400", "probability=nan"), "probability must be"),
        (("reproduce", "--preset", "quik"), "quick"),
        (("nothing",), "nothing"),
        (("prove", "--nothing"), "--nothing"),
    ],
)
def test_bad_input_is_one_sentence(ganproof: Command, arguments: tuple[str, ...], named: str) -> None:
    """Exit code 2, one line on standard error that names the fault, nothing on standard output."""
    assert named in ganproof.refused(*arguments)


def test_an_epsilon_that_is_not_positive_is_refused(ganproof: Command) -> None:
    """Epsilon = 0 and below would need infinitely many atoms."""
    rest = ("parameters=10", "radius=1", "lipschitz=1", "range_width=1", "failure_probability=1/2")
    for epsilon in ("0", "-1"):
        assert "epsilon" in ganproof.refused("predict", "small-support", f"epsilon={epsilon}", *rest)


@pytest.mark.parametrize("form", ["bibtex", "latex", "markdown"])
@pytest.mark.parametrize("identifier", IDS)
def test_every_theorem_can_be_cited(ganproof: Command, identifier: str, form: str) -> None:
    """Each form names the theorem by its id."""
    answer = ganproof("cite", identifier, "--format", form)

    assert answer.code == 0
    assert identifier in answer.out


@pytest.mark.parametrize(
    "command", ["list", "prove", "predict", "check", "capacity", "birthday", "cite", "report"]
)
def test_every_command_explains_itself(ganproof: Command, command: str) -> None:
    """Help succeeds and shows an example that starts as it must be typed."""
    answer = ganproof(command, "--help")

    assert answer.code == 0
    assert f"ganproof {command}" in answer.out


def test_no_command_shows_the_help(ganproof: Command) -> None:
    """A newcomer who types the bare name is shown the commands."""
    answer = ganproof()

    assert answer.code == 0
    assert "reproduce" in answer.out


def test_assignments_keep_later_equals_signs() -> None:
    """Only the first equals sign parts name and value."""
    assert parsed(["a=b=c"]) == {"a": "b=c"}


def test_a_report_of_something_else_is_refused(ganproof: Command, tmp_path: Path) -> None:
    """A folder that no run wrote is named, and nothing is written into it."""
    assert "holds no results of ganproof" in ganproof.refused("report", tmp_path)
    assert list(tmp_path.iterdir()) == []
