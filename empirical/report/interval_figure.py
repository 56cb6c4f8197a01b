"""One verdict as a small picture: the observed interval on a line, beside what was predicted."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from empirical.report.numbers import SIGNS, interval, number

WIDTH, HEIGHT, MARGIN = 200.0, 24.0, 10.0
SAME = 1e-9  # numbers closer than this, relative to their size, would be one dot on any screen
LINE = 12.0  # height of the number line
DECADES = 1.5  # beyond this many powers of ten between the ends, the line is logarithmic


def interval_figure(verdict: Mapping[str, Any]) -> str:
    """Inline SVG of a stored verdict: the allowed side shaded, the interval a bar, the prediction a tick.

    An end that the data leave open is an arrow at the margin; a prediction that is not finite is left out.
    """
    predicted = verdict["predicted"]["value"]
    measured = verdict["measured"]
    lower, value, upper = measured["lower"], measured["value"], measured["upper"]
    known = [number for number in (predicted, lower, value, upper) if number is not None]
    place = _scale(known)

    left = MARGIN if lower is None else place(lower)
    right = WIDTH - MARGIN if upper is None else place(upper)
    marks = [f'<line class="axis" x1="0" y1="{LINE}" x2="{WIDTH}" y2="{LINE}"/>']
    if predicted is not None:
        marks += _prediction(place(predicted), verdict["relation"])
    marks.append(f'<line class="interval" x1="{left:.1f}" y1="{LINE}" x2="{right:.1f}" y2="{LINE}"/>')
    marks += [_arrow(left, -1)] if lower is None else []
    marks += [_arrow(right, +1)] if upper is None else []
    if value is not None:
        marks.append(f'<circle class="value" cx="{place(value):.1f}" cy="{LINE}" r="3.6"/>')
    outcome = verdict["outcome"].lower()
    return (
        f'<svg class="line {outcome}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{describe(verdict)}">{"".join(marks)}</svg>'
    )


def describe(verdict: Mapping[str, Any]) -> str:
    """The same comparison in words."""
    measured, predicted = verdict["measured"], verdict["predicted"]["value"]
    return (
        f"observed {number(measured['value'])} in {interval(measured)}, "
        f"predicted {SIGNS[verdict['relation']]} {number(predicted)}"
    )


def _scale(known: list[float | int]) -> Callable[[float | int], float]:
    """Maps numbers to places on the line so that all known ones are inside its middle."""
    low, high = min(known), max(known)
    logarithmic = low > 0 and math.log10(high / low) > DECADES
    turn = math.log if logarithmic else float
    low, high = turn(low), turn(high)
    if high - low <= SAME * max(abs(low), abs(high)):
        return lambda _: WIDTH / 2
    room = WIDTH - 6 * MARGIN  # what is left for the numbers when an arrow or a shade follows at both ends
    return lambda x: 3 * MARGIN + room * (turn(x) - low) / (high - low)


def _prediction(place: float, relation: str) -> list[str]:
    """The tick of the predicted value, and a shade over the side that an inequality allows."""
    shade = {"<=": (0.0, place), ">=": (place, WIDTH - place), "=": (0.0, 0.0)}[relation]
    return [
        f'<rect class="allowed" x="{shade[0]:.1f}" y="{LINE - 9}" width="{shade[1]:.1f}" height="18"/>',
        f'<line class="predicted" x1="{place:.1f}" y1="{LINE - 9}" x2="{place:.1f}" y2="{LINE + 9}"/>',
    ]


def _arrow(place: float, direction: int) -> str:
    tip = place + direction * 9
    return f'<path class="open" d="M{place:.1f} {LINE - 5} L{tip:.1f} {LINE} L{place:.1f} {LINE + 5} Z"/>'
