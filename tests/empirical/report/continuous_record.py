"""A stored record of ``capacity continuous`` with planted slopes."""

from typing import Any


def measured(value: float, half: float = 0.1) -> dict[str, Any]:
    """A stored interval."""
    return {"value": value, "lower": value - half, "upper": value + half, "confidence": 0.95}


def slopes(early: float, late: float, verdict: str | None, left_out: list[list[int]]) -> dict[str, Any]:
    """The slopes of one number at both steps; without a verdict, too few classes have one at both."""
    earlier: dict[str, Any] = {"left_out": left_out, "difference": None, "verdict": verdict}
    if verdict:
        earlier |= {
            "exponent": measured(early),
            "exponent_after": measured(late),
            "difference": measured(late - early),
        }
    return {
        "left_out": [],
        "exponent": measured(0.4),
        "sentence": "the number of modes grows: told",
        "tests": [{"student": 0.01}, {"student": 0.02}],
        "plateau": {"chosen": False, "level": measured(9.04), "errors": [0.63, 0.31]},
        "earlier": earlier,
    }


def record(**covered: object) -> dict[str, Any]:
    """A record in which the slope of the modes hit is training time, and that of the modes covered is not."""
    growth = {
        "covered": {
            "parameters": slopes(0.4, 0.4, "steady", []) | covered,
            "width": {"left_out": [[1]], "exponent": None},
        },
        "hit": {
            "parameters": slopes(0.51, 0.14, "changes", [[1], [2]]),
            "width": slopes(0.2, 0.9, "changes", []),
        },
        "effective": {"parameters": slopes(0.3, 0.35, "open", []), "width": slopes(0.3, 0.35, None, [[4]])},
    }
    fixed = {"steps": 2_000, "earlier": 500, "batch": 128, "learning_rate": 0.002}
    return fixed | {"margin": 0.1, "confidence": 0.95, "growth": growth}
