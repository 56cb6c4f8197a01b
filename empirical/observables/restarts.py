r"""What restarts of a search say about the best value that one more restart would meet.

A search that is started r times from independent random places, and keeps the best value g, proves only that
g can be attained. How much better the best of the whole class is, no number of restarts says. What they say
without any assumption on the search is how probable it is that one more restart does better:

.. math:: P(V_{r+1} > \max(V_1, \dots, V_r)) \le \frac{1}{r + 1},

since the r + 1 values are exchangeable and at most one of them is above all others. And the share of all
starts that lead above g is at most :math:`1 - (1 - \gamma)^{1/r}` with confidence :math:`\gamma`: a share q
is missed r times with probability :math:`(1 - q)^r`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Restarts:
    """What r independent restarts of a search for a maximum met.

    Args:
        best: the largest value, which is attained: a lower end for the maximum.
        typical: the median over restarts.
        weakest: the smallest value.
        count: r.
        one_more: the largest probability with which one more restart beats the best.
        share_above: the largest share of starts that lead above the best, at this confidence.
        confidence: of the share.
    """

    best: float
    typical: float
    weakest: float
    count: int
    one_more: float
    share_above: float
    confidence: float

    def as_dict(self) -> Mapping[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def restarts(values: Sequence[float], *, confidence: float = 0.95) -> Restarts:
    """Summarises the values that independent restarts of one search attained.

    Raises:
        ValueError: no value, or a confidence outside (0, 1).
    """
    if not values:
        raise ValueError("restarts need at least one value (got none): start the search once.")
    if not 0 < confidence < 1:
        raise ValueError(f"the confidence must lie in (0, 1) (got {confidence}): pass 0.95, say.")
    return Restarts(
        best=max(values),
        typical=median(values),
        weakest=min(values),
        count=len(values),
        one_more=1 / (len(values) + 1),
        share_above=1 - (1 - confidence) ** (1 / len(values)),
        confidence=confidence,
    )
