"""Where a statement was published: a key of docs/references.bib and the place inside the work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One place in the literature.

    Args:
        key: an entry of ``docs/references.bib``.
        locator: the place inside it, such as ``"Proposition 1"``.
        as_we_derive_it: True where the wording or the constants were not compared with the paper.
    """

    key: str
    locator: str
    as_we_derive_it: bool = False

    def __str__(self) -> str:
        note = ", as we derive it" if self.as_we_derive_it else ""
        return f"{self.key}, {self.locator}{note}"
