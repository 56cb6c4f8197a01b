"""A smallest fooling support between two certificates, as a measurement."""

from collections.abc import Mapping
from typing import Any

from empirical.measurement import Measurement
from theory.fooling_support import OBSERVABLE


def bracket(lower: int, upper: int, parameters: Mapping[str, Any], obtained: str) -> Measurement:
    """The enclosure [lower, upper] of a smallest support; the value is the support that was shown to fool."""
    return Measurement(
        observable=OBSERVABLE,
        value=float(upper),
        lower=float(lower),
        upper=float(upper),
        confidence=1.0,
        unit="atoms",
        parameters=parameters,
        obtained=obtained,
    )
