"""What an experiment observed: a number with its interval, and how it was obtained."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A number observed in the world, with its interval.

    Args:
        observable: the name of the number; the judge compares like with like.
        value: the point estimate, or the midpoint of an enclosure.
        lower: lower end of the interval; ``-inf`` where the data give none.
        upper: upper end of the interval; ``inf`` where the data give none.
        confidence: coverage probability of [lower, upper]; 1 for an enclosure.
        unit: ``"1"``, ``"nats"``, ``"atoms"`` or ``"probability"``.
        parameters: the setting in which it was observed.
        seed: seed of every random draw behind it; None for a deterministic computation.
        obtained: one sentence on how value and interval were computed.

    Raises:
        ValueError: the interval does not contain the value, or the confidence is not in (0, 1].
    """

    observable: str
    value: float
    lower: float
    upper: float
    confidence: float
    unit: str
    obtained: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None

    def __post_init__(self) -> None:
        if math.isnan(self.value) or not self.lower <= self.value <= self.upper:
            raise ValueError(
                f"the interval of {self.observable} must contain its value "
                f"(got {self.value} with [{self.lower}, {self.upper}]): pass lower <= value <= upper."
            )
        if not 0 < self.confidence <= 1:
            raise ValueError(
                f"the confidence of {self.observable} must lie in (0, 1] (got {self.confidence}): "
                f"pass 1 for an enclosure, or the coverage probability of the interval."
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; an unbounded end becomes None."""
        plain = asdict(self)
        plain["parameters"] = dict(self.parameters)
        for end in ("value", "lower", "upper"):
            if math.isinf(plain[end]):
                plain[end] = None
        return plain
