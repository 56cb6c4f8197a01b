"""Numbers, intervals and relations as a reader sees them."""

import math
from collections.abc import Mapping
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


def _scientific(value: float | int, digits: int) -> str:
    """The value with this many digits after the point, times a power of ten."""
    mantissa, exponent = f"{value:.{digits}e}".replace("-", "−").split("e")
    raised = str(int(exponent.replace("−", "-"))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}×10{raised}"
