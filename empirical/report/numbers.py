"""Numbers, intervals and relations as a reader sees them."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

SIGNS = {"=": "=", "<=": "≤", ">=": "≥"}


def number(value: float | int | None) -> str:
    """A number for a reader: five significant digits, thin spaces in thousands, ∞ where there is none."""
    if value is None or math.isinf(value):
        return "∞"
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "−")
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        return _scientific(value, 3)
    return f"{value:.5g}".replace("-", "−")


def interval(measured: Mapping[str, Any]) -> str:
    """The observed interval: value and half width where both ends look alike; an open end is infinite."""
    lower, upper = measured["lower"], measured["upper"]
    if lower is not None and upper is not None and number(lower) == number(upper):
        half = (upper - lower) / 2
        return number((lower + upper) / 2) + (f" ± {_scientific(half, 0)}" if half else "")
    left = "(−∞" if lower is None else f"[{number(lower)}"
    right = "∞)" if upper is None else f"{number(upper)}]"
    return f"{left}, {right}"


def confidence(measured: Iterable[Mapping[str, Any]]) -> str:
    """How sure these intervals are, each on its own: the least of their confidences."""
    least = min(each["confidence"] for each in measured)
    return "certain" if least == 1 else f"{100 * least:g} %"


def percent(measured: Mapping[str, Any], digits: int = 2) -> str:
    """The interval of a probability in percent, its ends rounded outwards."""
    lower, upper = outwards({end: 100 * measured[end] for end in ("lower", "upper")}, digits)
    return f"{lower} %" if lower == upper else f"{lower} to {upper} %"


def outwards(measured: Mapping[str, Any], digits: int) -> tuple[str, str]:
    """The ends of an interval with so many decimals, the lower rounded down and the upper one up."""
    scale = 10**digits
    lower, upper = math.floor(measured["lower"] * scale) / scale, math.ceil(measured["upper"] * scale) / scale
    return f"{lower:.{digits}f}".replace("-", "−"), f"{upper:.{digits}f}".replace("-", "−")


def _scientific(value: float | int, digits: int) -> str:
    """The value with this many digits after the point, times a power of ten."""
    mantissa, exponent = f"{value:.{digits}e}".replace("-", "−").split("e")
    raised = str(int(exponent.replace("−", "-"))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}×10{raised}"
