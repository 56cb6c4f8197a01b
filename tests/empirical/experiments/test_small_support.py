"""Few atoms fool the cosine neurons as often as promised, and a bound that promised too much would fail."""

from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp

from empirical.experiments import small_support
from empirical.experiments.result import Progress
from empirical.experiments.small_support import SUFFICIENT, Configuration, experiment

SMALL = Configuration(trials=90, radius="3", epsilon="3/10")


def test_the_predicted_number_of_atoms_suffices(tmp_path: Path, watched: Progress) -> None:
    """Both verdicts hold; fewer atoms than predicted suffice, and one or two do not."""
    result = experiment("small", SMALL, tmp_path, watched)
    failure, support = result.verdicts

    assert (failure["outcome"], support["outcome"]) == ("HOLDS", "HOLDS")
    assert support["measured"]["upper"] < support["predicted"]["value"]
    fewest = result.data["fewer-atoms"]["rungs"][0]
    assert fewest["atoms"] == 2
    assert fewest["failure_probability"][0] > 0.1  # far too few atoms: they fail more often than delta


def test_a_bound_that_promises_too_much_fails(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If three atoms were said to suffice, the trials would refute it, and so would the search for fewer."""
    monkeypatch.setattr(
        small_support, "SUFFICIENT", replace(SUFFICIENT, formula=lambda **parameters: sp.Integer(3))
    )
    result = experiment("small", SMALL, tmp_path, watched)

    assert result.verdicts[0]["outcome"] == "FAILS"
    assert result.verdicts[1]["outcome"] != "HOLDS"


def test_a_lipschitz_constant_that_is_too_small_decides_nothing(tmp_path: Path, watched: Progress) -> None:
    """The bound at Lambda = 1/4 is not about these neurons: the hypothesis is named."""
    result = experiment("small", replace(SMALL, trials=3, lipschitz="1/4"), tmp_path, watched)

    for verdict in result.verdicts:
        assert verdict["outcome"] == "UNDECIDED"
        assert "'h_v is Lambda-Lipschitz in v at every point'" in verdict["sentence"]


def test_few_trials_decide_nothing(tmp_path: Path, watched: Progress) -> None:
    """Three trials without failure do not show that failures are rarer than one in ten."""
    result = experiment("small", replace(SMALL, trials=3), tmp_path, watched)

    assert {verdict["outcome"] for verdict in result.verdicts} == {"UNDECIDED"}


def test_a_finished_result_is_read_again(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is drawn: drawing is out of reach. Another epsilon is refused."""
    few = replace(SMALL, trials=3)
    first = experiment("small", few, tmp_path, watched)
    monkeypatch.delattr(small_support, "largest_advantage")

    assert experiment("small", few, tmp_path, watched) == first
    with pytest.raises(ValueError, match="another configuration"):
        experiment("small", replace(few, epsilon="1/4"), tmp_path, watched)
