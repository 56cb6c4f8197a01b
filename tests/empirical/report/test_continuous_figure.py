"""The plot of continuous generators: each seed and mean at its place, the slope only where there is one."""

from typing import Any

import numpy as np
import pytest

from empirical.report.continuous_figure import continuous_figure


def measured(value: float) -> dict[str, Any]:
    """A stored interval."""
    return {"value": value, "lower": 0.8 * value, "upper": 1.2 * value, "confidence": 0.95}


def record(*, slope: bool = True, missing: bool = False) -> dict[str, Any]:
    """A stored record of three classes and two seeds."""
    classes = []
    for parameters, hidden in ((5, [1]), (37, [4, 4]), (177, [8, 8, 8])):
        numbers = {"hit": 20.0, "covered": parameters**0.5, "high_quality": 0.3, "jensen_shannon": 0.5}
        runs = [{name: measured(value) for name, value in numbers.items()} for _ in range(2)]
        means: dict[str, Any] = {name: measured(value) for name, value in numbers.items()}
        if missing and parameters == 5:
            means["covered"] = None
            runs[0]["covered"] = measured(0.0)
        classes.append({"hidden": hidden, "parameters": parameters, "runs": runs, **means})
    exponent = measured(0.5) if slope else None
    growth = {"covered": {"parameters": {"left_out": [], "exponent": exponent}}}
    data = {"modes": 25, "hit": 25.0, "high_quality": 0.9889}
    return {"classes": classes, "growth": growth, "data": data, "sigma": 0.2, "steps": 2_000, "seeds": [0, 1]}


def drawn(stored: dict[str, Any]) -> set[tuple[float, float]]:
    """Every drawn point of the left panel, to three digits."""
    return {
        (float(f"{x:.3g}"), float(f"{y:.3g}"))
        for line in continuous_figure(stored).axes[0].get_lines()
        for x, y in np.asarray(line.get_xydata()).tolist()
    }


def texts(stored: dict[str, Any]) -> str:
    figure = continuous_figure(stored)
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts) + figure.get_suptitle()


def test_covered_and_hit_stand_over_the_parameters() -> None:
    """Both numbers of each class, and the customary ceiling."""
    assert {(5.0, 2.24), (37.0, 6.08), (177.0, 13.3), (5.0, 20.0), (177.0, 20.0)} <= drawn(record())
    assert "all 25 modes" in texts(record())


def test_the_slope_is_shown_only_where_there_is_one() -> None:
    """The power with its interval; without a slope neither line nor words."""
    assert "power 0.50, 95 % interval [0.40, 0.60]" in texts(record())
    assert "to the power 0.50 [0.40, 0.60] after 2,000 steps" in texts(record())
    assert "power" not in texts(record(slope=False))


@pytest.mark.filterwarnings("error")
def test_a_class_whose_seed_has_no_mode_shows_its_seeds_only() -> None:
    """The mean is not drawn where there is none."""
    with_mean, without = drawn(record()), drawn(record(missing=True, slope=False))

    assert (5.0, 2.24) in with_mean
    assert (5.0, 0.0) in without
