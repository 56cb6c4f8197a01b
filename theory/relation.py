"""How a claim compares its two sides; read alike by the kernel, the judge, the plot and the test."""

from enum import Enum
from typing import Any


class Relation(Enum):
    """The three relations that ganproof claims, each with the symbol that renders it."""

    EQUALS = "="
    AT_MOST = "<="
    AT_LEAST = ">="

    def holds(self, lhs: Any, rhs: Any) -> bool:  # noqa: ANN401 - whatever is ordered
        """Whether the relation is true of two numbers."""
        if self is Relation.EQUALS:
            return bool(lhs == rhs)
        return bool(lhs <= rhs if self is Relation.AT_MOST else lhs >= rhs)

    @property
    def flipped(self) -> "Relation":
        """The relation with its sides exchanged: a <= b becomes b >= a."""
        return {
            Relation.EQUALS: Relation.EQUALS,
            Relation.AT_MOST: Relation.AT_LEAST,
            Relation.AT_LEAST: Relation.AT_MOST,
        }[self]
