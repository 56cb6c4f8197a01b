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
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{mantissa}×10{_raised(int(exponent))}".replace("-", "−")
    return f"{value:.5g}".replace("-", "−")


def interval(measured: Mapping[str, Any]) -> str:
    """The observed interval; an open end is written as infinite."""
    lower, upper = measured["lower"], measured["upper"]
    if lower is not None and lower == upper:
        return f"{{{number(lower)}}}"
    left = "(−∞" if lower is None else f"[{number(lower)}"
    right = "∞)" if upper is None else f"{number(upper)}]"
    return f"{left}, {right}"


def _raised(exponent: int) -> str:
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
