"""Why an exact law is to be trusted: named checks, each with what it found."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One reason to trust a law, or not to.

    Args:
        name: what was checked, such as ``"euler"``.
        holds: whether it came out as it must.
        detail: one sentence with the numbers that were found.
    """

    name: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Certificate:
    """The checks that were made on a law, in the order in which they were made."""

    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether every check came out as it must; never true of no checks at all."""
        return bool(self.checks) and all(check.holds for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not."""
        return tuple(check for check in self.checks if not check.holds)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "holds": self.holds,
            "checks": [
                {"name": check.name, "holds": check.holds, "detail": check.detail} for check in self.checks
            ],
        }
