"""Which check belongs to which rule, and what earlier theorems of the file say."""

from collections.abc import Callable, Sequence

from .eigenvalues import EIGENVALUES
from .functionals import INTEGRALS
from .goals import Goal, Json, arrived, functionals_in, in_order, read_goal, without_totals
from .intervals import INTERVALS
from .numbers import Numbers
from .points import at_points
from .reductions import REDUCTIONS
from .rules import RULES
from .terms import Disagrees, NotCovered, Term, atoms

CHECKS: dict[str, Callable[["Checker", Json, Goal], None]] = (
    RULES | INTEGRALS | INTERVALS | REDUCTIONS | EIGENVALUES
)


class Checker:
    """Checks the steps of the theorems of one file.

    Args:
        theorems: their records; each may rest on those before it.
        seed: of the random points.
    """

    def __init__(self, theorems: Sequence[Json], seed: int = 0) -> None:
        self.seed = seed
        self.functionals: dict[str, Json] = {}
        self._theorems = {record["id"]: (number, record) for number, record in enumerate(theorems)}
        self._place = 0
        for record in theorems:
            self.functionals |= record["functionals"]

    def step(self, theorem: str, step: Json) -> None:
        """Check one step of a theorem.

        Raises:
            Disagrees: it does not follow.
            NotCovered: this checker cannot tell.
        """
        self._place = self._theorems[theorem][0]
        goal = read_goal(step["claim"])
        names = [variable.partition("@")[0] for variable in goal.variables]
        if len(set(names)) < len(names):
            raise Disagrees("two variables have one name")
        self.prove(step["by"], goal)

    def prove(self, by: Json, goal: Goal) -> None:
        """Check a goal by its rule.

        Raises:
            Disagrees: it does not follow.
            NotCovered: the rule is not known here.
        """
        if by["kind"] not in CHECKS:
            raise NotCovered(f"no check is known for the rule {by['kind']}")
        CHECKS[by["kind"]](self, by, goal)

    def at_points(self, goal: Goal, check: Callable[[Numbers], None], *more: Term) -> None:
        """Check at several points of a goal's domain, at which these terms have their variables too."""
        # A total stands for any number: what its functional binds needs no value.
        bound = self.bound_in([goal.gap, *more])
        used = atoms(without_totals(term) for term in (goal.gap, *more))
        names = goal.variables | atoms(more)
        at_points(names - (bound - used), goal.given, self.seed, check)

    def bound_in(self, terms: Sequence[Term]) -> set[str]:
        """The variables that functionals bind in terms."""
        return {v for name in functionals_in(terms) for v in self.functionals[name]["over"]}

    def said(self, name: str) -> Json:
        """What a theorem or one of its parts says.

        Raises:
            Disagrees: it does not stand before in the file, so that it cannot be rested on.
        """
        theorem, _, part = name.partition("/")
        if name in self._theorems:
            place, record = self._theorems[name]
            if place < self._place:
                return in_order(record["statement"])
        elif theorem in self._theorems and self._theorems[theorem][0] < self._place:
            for piece in self._theorems[theorem][1]["derivation"]:
                for step in (piece, *piece.get("steps", ())):
                    if step["name"] == part:
                        return arrived(step, self.functionals)
        raise Disagrees(f"{name} does not stand before in the file")
