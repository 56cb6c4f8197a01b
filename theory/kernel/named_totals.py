"""The rule that treats totals as the real numbers that they are: products and squares are allowed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy as sp

from theory.kernel.claims import Claim
from theory.kernel.domains import Variable
from theory.kernel.obligations import Obligation, Rule
from theory.kernel.slopes import Slope
from theory.kernel.terms import Given, Total, variables
from theory.relation import Relation


@dataclass(frozen=True)
class NamedTotals(Rule):
    """A claim about totals follows from a claim about numbers that satisfy what was shown of the totals.

    Args:
        names: for each total of the claim a fresh real variable.
        shown: inequalities between these totals with their proofs. They show that the totals exist, too.
        by: proves the claim with the names for the totals, given the inequalities in the names.
    """

    names: Mapping[Total, Variable]
    shown: tuple[tuple[Claim, Rule], ...]
    by: Rule

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Fresh names for all totals, the proofs of what is shown, and the claim about numbers.

        Raises:
            IllDefined: one of the claims is not well formed.
        """
        totals = set(claim.totals)
        met = {total for known, _ in self.shown for total in known.totals}
        yield Obligation("each total of the claim has a name, and an inequality that shows it", totals <= met)
        yield Obligation("the named totals are those that are met", set(self.names) == totals | met)
        # Under a name, a total would no longer move with what a slope varies.
        slopes = {
            s for c in (claim, *(known for known, _ in self.shown)) for t in c.terms for s in t.atoms(Slope)
        }
        yield Obligation("no total stands inside a slope", not any(s.atoms(Total) for s in slopes))
        used = {v for c in (claim, *(known for known, _ in self.shown)) for v in variables(*c.terms)}
        taken = {v.name for v in used}
        fresh = [v for v in self.names.values() if v.name not in taken and v.domain.lower == -sp.oo]
        everywhere = [v for v in fresh if v.domain.upper == sp.oo and not v.domain.integer]
        yield Obligation(
            "the names are distinct fresh real variables", len(set(everywhere)) == len(self.names)
        )
        supposed = set(claim.functionals)
        for known, rule in self.shown:
            known.require_well_formed()
            yield Obligation(f"{known} is an inequality", known.relation is not Relation.EQUALS)
            yield Obligation(f"{known} needs no more than is given", set(known.given) <= set(claim.given))
            yield Obligation("its functionals are those of the claim", set(known.functionals) <= supposed)
            for o in rule.obligations(known):
                yield Obligation(f"{known}: {o.sentence}", o.holds, o.cited, o.grade)
        named = self.named(claim)
        named.require_well_formed()
        yield from self.by.obligations(named)

    def named(self, claim: Claim) -> Claim:
        """The claim about numbers."""
        given = tuple(Given(known.gap.xreplace(dict(self.names))) for known, _ in self.shown)
        names = dict(self.names)
        return Claim(
            claim.lhs.xreplace(names), claim.relation, claim.rhs.xreplace(names), (*claim.given, *given)
        )

    def identity(self, claim: Claim) -> Claim | None:
        """The identity behind the claim about numbers."""
        return self.by.identity(self.named(claim))
