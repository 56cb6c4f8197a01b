"""A cell is one frozen configuration, named by its content."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import Any

Configuration = Mapping[str, Any]
"""Names to plain JSON values."""


def canonical(value: object) -> str:
    """The one JSON text of a plain value: sorted names, no spaces.

    Raises:
        ValueError: the value is not plain JSON, or holds NaN or an infinity.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as fault:
        raise ValueError(
            f"a configuration must be plain JSON ({fault}): use numbers, text, true, false, null, lists and "
            f"objects with text for names; write a fraction as text."
        ) from None


def plain(configuration: Configuration) -> dict[str, Any]:
    """A configuration as its JSON tells it, where a tuple is a list.

    Raises:
        ValueError: it is not plain JSON.
    """
    return json.loads(canonical(dict(configuration)))


@dataclass(frozen=True)
class Cell:
    """One configuration of a sweep, kept as text because text does not change.

    Args:
        text: the canonical JSON of the configuration.
    """

    text: str

    @classmethod
    def of(cls, configuration: Configuration) -> "Cell":
        """The cell of a configuration."""
        return cls(canonical(dict(configuration)))

    @property
    def configuration(self) -> dict[str, Any]:
        """A fresh copy of the configuration."""
        return json.loads(self.text)

    @property
    def name(self) -> str:
        """The first 128 bits of the SHA-256 of the canonical JSON, in hexadecimal."""
        return sha256(self.text.encode()).hexdigest()[:32]

    @property
    def seed(self) -> int:
        """The seed of the cell's random draws, in [0, 2^63): another for each other configuration."""
        return int(sha256(f"seed of {self.text}".encode()).hexdigest()[:16], 16) >> 1


def grid(fixed: Configuration, **axes: Sequence[Any]) -> tuple[Cell, ...]:
    """One cell for each combination of the axes' values, the last axis fastest, each with the fixed part.

    Raises:
        ValueError: an axis is empty, is also fixed, or repeats a value.
    """
    for name, values in axes.items():
        if name in fixed:
            raise ValueError(f"{name} is both fixed and an axis: give it once.")
        if not values or len({canonical(value) for value in values}) < len(values):
            raise ValueError(f"the axis {name} must list different values (got {list(values)}).")
    return tuple(
        Cell.of({**fixed, **dict(zip(axes, point, strict=True))}) for point in product(*axes.values())
    )
