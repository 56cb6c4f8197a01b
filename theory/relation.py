"""How a claim compares its two sides; read alike by the kernel, the judge, the plot and the test."""

from enum import Enum


class Relation(Enum):
    """The three relations that ganproof claims, each with the symbol that renders it."""

    EQUALS = "="
    AT_MOST = "<="
    AT_LEAST = ">="

    @property
    def flipped(self) -> "Relation":
        """The relation with its sides exchanged: a <= b becomes b >= a."""
        return {
            Relation.EQUALS: Relation.EQUALS,
            Relation.AT_MOST: Relation.AT_LEAST,
            Relation.AT_LEAST: Relation.AT_MOST,
        }[self]
