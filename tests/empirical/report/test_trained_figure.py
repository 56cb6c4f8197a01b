"""The plot of the trained sweep: every support and bound at its place, slopes only where they are known."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from empirical.report.trained_figure import trained_figure
from tests.empirical.report.trained_record import HIDDEN, PARAMETERS, trained_record


def points(axes: Axes) -> set[tuple[float, float]]:
    """Every drawn point, to six digits."""
    return {
        (float(f"{x:.6g}"), float(f"{y:.6g}"))
        for line in axes.get_lines()
        for x, y in np.asarray(line.get_xydata()).tolist()
    }


def texts(record: dict[str, Any]) -> str:
    """All words of the figure."""
    figure = trained_figure(record)
    legends = [axes.get_legend() for axes in figure.axes]
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    words += [text.get_text() for legend in legends if legend for text in legend.get_texts()]
    return " ".join([figure.get_suptitle(), *words])


def test_supports_of_every_epsilon_stand_over_their_parameters() -> None:
    """Seeds and means, with the marker of their depth."""
    axes = trained_figure(trained_record()).axes[0]

    assert {(p, 2.0 * p) for p in PARAMETERS} <= points(axes)
    assert {(p, 4.0 * p) for p in PARAMETERS} <= points(axes)
    assert {(p, 1.0 * p) for p in PARAMETERS} <= points(axes)
    markers = {
        str(line.get_marker())
        for line in axes.get_lines()
        if np.asarray(line.get_xydata())[0, 0] == PARAMETERS[-1]
    }
    assert len(HIDDEN[-1]) == 2
    assert markers - {"_"} == {"s"}  # the caps of an interval are lines too


def test_theorems_stand_beside_the_smallest_epsilon() -> None:
    """The sufficient support, the ceiling of all functions, and both known classes with their curves."""
    drawn = points(trained_figure(trained_record()).axes[1])

    assert {(p, 1000.0 * p) for p in PARAMETERS} <= drawn
    assert {(p, 200.0) for p in PARAMETERS} <= drawn
    assert {(2.0, 9.0), (8.0, 70.0), (2.0, 2.0), (8.0, 4.0), (4.0, 3.0)} <= drawn


def test_slopes_are_shown_only_where_they_were_estimated() -> None:
    """With a growth estimate its interval is written, and the change with training time; else neither."""
    shown, without = texts(trained_record()), texts(trained_record(sloped=False))

    assert "slope 1.00 [-0.27, 2.27]" in shown
    assert "× 2: " in shown
    assert "slope 1.00" not in without
    assert "× 2: " not in without


def test_the_exact_maximum_has_its_diagonal() -> None:
    """One neuron: attained over exact, restarts and search included."""
    drawn = points(trained_figure(trained_record()).axes[3])

    assert {(0.0, 0.0), (1.0, 1.0), (0.5, 0.4), (0.5, 0.3), (0.5, 0.5)} <= drawn
