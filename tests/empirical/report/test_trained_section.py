"""The page on the trained sweep: slopes with their tests, compute, and what falls short."""

import pytest

from empirical.report.trained_section import trained_caption, trained_tables
from tests.empirical.report.trained_record import trained_record


def test_the_caption_says_what_the_slopes_say() -> None:
    """The power with its interval at one epsilon; nothing about slopes where there are none."""
    assert "to the power 1.00 [−0.27, 2.27]" in trained_caption(trained_record())
    assert "Too few classes" in trained_caption(trained_record(sloped=False))
    assert trained_caption({}).endswith("not certified.")


def test_tables_hold_tests_time_and_compute() -> None:
    """p-values by name, the paired change, updates, learning rates and batch."""
    shown = trained_tables(trained_record())

    assert "p against 0" in shown
    assert "p against 1" in shown
    assert "× 2" in shown
    assert "full batch, all 256 points" in shown
    assert "30 to 30 of judges" in shown
    assert "1/9" in shown  # twice four restarts and one more


def test_the_page_says_what_the_numbers_are_not() -> None:
    """Neither bound, the selected law, the sign test's limit; the ceiling, R and L, and which data law."""
    shown = trained_tables(trained_record())

    assert "neither an upper nor a lower bound" in shown
    assert "not for the law that was selected" in shown
    assert "2<sup>−1</sup> = 0.5" in shown  # two seeds
    assert "at ε = 1/5 the ceiling is 205 atoms, left out above half of it: 4" in shown
    assert "no law of capacity" in shown
    assert "<td>12\N{NARROW NO-BREAK SPACE}345</td><td>678.5</td>" in shown
    assert "uniform law on the torus" in shown


def test_the_page_says_how_well_laws_were_judged() -> None:
    """The last gain, settled seeds and data subsets; verdicts on generators and judges apart."""
    shown = trained_tables(trained_record())

    assert "<td>0.012</td><td>2</td><td>1 of 2</td><td>50 %</td>" in shown
    assert "Generators only × 2 at ε = 1/5: not shown to be equivalent" in shown
    assert "Judges only × 2 at ε = 1/5: not shown to be equivalent" in shown
    assert "average and 0.75 at worst" in shown


def test_a_support_below_what_slabs_prove_is_named() -> None:
    """The page says so where the opponents met were weaker than the class, and only there."""
    record = trained_record()
    assert "No found support lies below" in trained_tables(record)
    record["classes"][0]["at_least"]["1/5"] = 99

    assert "1 at ε = 1/5 (28 found, 99 needed)" in trained_tables(record)


@pytest.mark.parametrize("record", [{}, trained_record(sloped=False)])
def test_what_was_not_estimated_is_not_shown(record: dict[str, object]) -> None:
    """No table of training time without slopes, and nothing at all without a record."""
    assert "paired by seed" not in trained_tables(record)
