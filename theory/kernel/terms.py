"""The language of claims: which expressions the kernel accepts, and what they mean."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import flint
import sympy as sp

from theory.kernel.domains import Variable


class WeightedLog(sp.Function):
    r""":math:`w \log t` with the convention :math:`0 \log t = 0`, for t = 0 and t = infinity too."""

    @classmethod
    def eval(cls, weight: sp.Expr, argument: sp.Expr) -> sp.Expr | None:
        """Only the convention and the value at argument one are evaluated."""
        if argument is sp.nan:
            return sp.nan
        if weight.is_zero or argument == 1:
            return sp.S.Zero
        return None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Partial derivatives of w log t, where t > 0."""
        weight, argument = self.args
        return sp.log(argument) if argindex == 1 else weight / argument

    def _latex(self, printer: Any, exp: str | None = None) -> str:  # noqa: ANN401 - SymPy's printing protocol
        weight, argument = (printer._print(a) for a in self.args)
        product = rf"{weight} \log\!\left({argument}\right)"
        return product if exp is None else rf"\left({product}\right)^{{{exp}}}"


class ExactFunction(sp.Function):
    """A function that a theorem defines by its exact value at exact points, through SymPy's ``eval``.

    ``eval`` is asked at rational arguments only, and nothing else of SymPy's may be defined: a derivative, a
    sign or a value at symbols would be believed without a proof.

    Raises:
        TypeError: a subclass defines more than ``eval`` and how it prints, or derives from another function.
    """

    def __init_subclass__(cls) -> None:
        if cls.__bases__ != (ExactFunction,):
            # Taken for the other function at terms, it would have values of its own at numbers.
            raise TypeError(f"{cls.__name__} must derive from ExactFunction alone.")
        # SymPy looks for its hooks, such as _eval_expand_mul, by name: most are not defined on the base.
        own = {n for n in vars(cls) if hasattr(sp.Function, n) or n.startswith(("_eval", "is_"))}
        more = own - {"eval", "_latex", "_sympystr", "__module__", "__qualname__", "__doc__"}
        if more:
            raise TypeError(
                f"{cls.__name__} may define eval and how it prints, not {', '.join(sorted(more))}."
            )
        super().__init_subclass__()

    def __new__(cls, *arguments: sp.Expr | int) -> sp.Expr:
        """The value at rational arguments, the function unevaluated elsewhere."""
        exact = all(isinstance(sp.sympify(argument), sp.Rational) for argument in arguments)
        value = super().__new__(cls, *arguments, evaluate=exact)
        if not isinstance(value, (sp.Rational, cls)):
            raise IllDefined(f"{cls.__name__} has the value {value}, which is not a rational number.")
        return value


class Head(sp.Function):
    """A function of the kernel's own language; what each part of the kernel knows of it stands here.

    Raises:
        TypeError: a class outside the kernel derives from it.
    """

    def __init_subclass__(cls) -> None:
        if not cls.__module__.startswith("theory.kernel."):
            raise TypeError(f"{cls.__name__} cannot be a head of the language: define an ExactFunction.")

    def in_balls(self, value: Callable[[sp.Expr], flint.arb], point: Mapping, laws: Mapping) -> flint.arb:
        """A ball that contains the value at an exact point; ``value`` gives that of an argument.

        Raises:
            IllDefined: there is none.
        """
        raise IllDefined(f"{self} cannot be evaluated.")

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr | None:
        """The rational function that it equals, given that of an argument; None where it is a generator."""
        return None

    def is_defined(self, values: Mapping[sp.Symbol, sp.Expr]) -> bool:
        """Whether its arguments, with these values put in, are shown to be ones that it has a value at."""
        return True

    def squared(self) -> sp.Expr | None:
        """A term without this head that equals its square; None where there is none."""
        return None

    def lower(self) -> sp.Expr:
        """A lower bound of every value."""
        return -sp.oo

    def upper(self) -> sp.Expr:
        """An upper bound of every value."""
        return sp.oo


@dataclass(frozen=True)
class Given:
    """A hypothesis: an expression that is at least zero, or above zero if strict."""

    expression: sp.Expr
    strict: bool = False

    def at(self, values: Mapping[sp.Expr, sp.Expr]) -> "Given":
        """The hypothesis with terms put for variables."""
        return Given(self.expression.xreplace(dict(values)), self.strict)

    def __str__(self) -> str:
        return f"{self.expression} {'>' if self.strict else '>='} 0"


def at_least_zero(expression: sp.Expr) -> Given:
    """The hypothesis expression >= 0."""
    return Given(sp.sympify(expression))


def above_zero(expression: sp.Expr) -> Given:
    """The hypothesis expression > 0."""
    return Given(sp.sympify(expression), strict=True)


@dataclass(frozen=True)
class Fact:
    """The exact total of one integrand: a normalisation, or a finite sum or an integral with its primitive.

    Args:
        integrand: what is summed.
        value: its total.
        antidifference: for a sum over an index j, the F with F(j + 1) - F(j) = integrand, which the kernel
            checks; None for a normalisation, which is then a hypothesis on the functional.
        antiderivative: for an integral over an interval, the F with F' = integrand, which the kernel
            differentiates.
    """

    integrand: sp.Expr
    value: sp.Expr
    antidifference: sp.Expr | None = None
    antiderivative: sp.Expr | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "integrand", sp.sympify(self.integrand))
        object.__setattr__(self, "value", sp.sympify(self.value))


@dataclass(frozen=True, eq=False)
class Functional:
    """A positive linear functional: an integral, an expectation, or a sum.

    The kernel uses linearity, monotonicity and the facts, and nothing else.

    Args:
        name: how it prints.
        over: the variables that take a value at each point.
        facts: totals that are known.
        given: what holds almost everywhere.
        integrable: integrands that are integrable by hypothesis.
        index_range: for a sum over an integer variable from 0 below this bound; None otherwise.
        interval: for an integral over a real variable, its two ends; None otherwise.
        finite: True where only finitely many points carry mass, so that every total exists.

    Raises:
        ValueError: an interval is given with more than one variable, or with the range of an index.
    """

    name: str
    over: tuple[Variable, ...]
    facts: tuple[Fact, ...] = ()
    given: tuple[Given, ...] = ()
    integrable: tuple[sp.Expr, ...] = ()
    index_range: sp.Expr | None = None
    finite: bool = False
    interval: tuple[sp.Expr, sp.Expr] | None = None

    def __post_init__(self) -> None:
        if self.interval is not None:
            lower, upper = self.interval
            if len(self.over) != 1 or self.index_range is not None:
                raise ValueError(f"{self.name} must integrate over one variable: give over=(x,).")
            object.__setattr__(self, "interval", (sp.sympify(lower), sp.sympify(upper)))

    @property
    def ends(self) -> tuple[sp.Expr, ...]:
        """The bounds of its range, where it has one."""
        return self.interval or (() if self.index_range is None else (self.index_range,))

    @property
    def terms(self) -> tuple[sp.Expr, ...]:
        """Every term that describes the functional."""
        facts = tuple(e for fact in self.facts for e in (fact.integrand, fact.value))
        return (*facts, *(g.expression for g in self.given), *self.integrable, *self.ends)

    @property
    def is_shown(self) -> bool:
        """Whether it exists without a hypothesis: what a sum or an interval needs is shown."""
        return bool(self.ends)

    @property
    def assumed(self) -> tuple[str, ...]:
        """What every claim about the functional supposes of it, each as a phrase."""
        if self.index_range is not None:
            return (f"{self.name} runs over {self.over[0]} from 0 below {self.index_range}",)
        if self.interval is not None:
            lower, upper = self.interval
            return (f"{self.name} integrates over {self.over[0]} from {lower} to {upper}",)
        facts = [f"{self.name}[{fact.integrand}] = {fact.value}" for fact in self.facts]
        everywhere = [f"{given} almost everywhere" for given in self.given]
        exists = ["finitely many points"] if self.finite else [f"{e} integrable" for e in self.integrable]
        return (f"every positive linear {self.name} with {', '.join([*facts, *everywhere, *exists])}",)

    def __call__(self, integrand: sp.Expr | int) -> sp.Expr:
        """The total of an integrand, as a term."""
        return Total(sp.sympify(integrand), FunctionalName(self))


class FunctionalName(sp.Symbol):
    """The name of a functional inside a term; not a variable."""

    __slots__ = ("functional",)
    functional: Functional

    def __new__(cls, functional: Functional) -> "FunctionalName":
        """Wrap a functional as an atom of SymPy's tree."""
        symbol = sp.Symbol.__xnew__(cls, functional.name, commutative=True)
        symbol.functional = functional
        return symbol

    def _hashable_content(self) -> tuple:
        return (*super()._hashable_content(), id(self.functional))


class Total(sp.Function):
    """The total of an integrand under a functional."""

    is_real = True

    @property
    def functional(self) -> Functional:
        """The functional that is applied."""
        return self.args[1].functional

    @property
    def integrand(self) -> sp.Expr:
        """What it is applied to."""
        return self.args[0]

    def _latex(self, printer: Any, exp: str | None = None) -> str:  # noqa: ANN401 - SymPy's printing protocol
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{printer._print(self.args[1])}\!\left[{printer._print(self.args[0])}\right]{power}"

    def _sympystr(self, printer: Any) -> str:  # noqa: ANN401 - SymPy's printing protocol
        return f"{self.functional.name}[{printer._print(self.args[0])}]"


HEADS = (sp.Add, sp.Mul, sp.Pow, sp.log, sp.exp, WeightedLog, Total, ExactFunction, Head)


class IllDefined(ValueError):
    """A term that has no meaning somewhere in its domain, or that lies outside the kernel's language."""


NOT_REAL = frozenset((sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I))
"""What a term must not contain: undefined, infinite and imaginary numbers."""


def require_terms(terms: Iterable[sp.Expr]) -> None:
    """Refuse what the kernel cannot reason about.

    Raises:
        IllDefined: a float, an undeclared symbol, an unknown head, an infinite or undefined number, a total
            inside a total, or two variables of one name.
    """
    seen: dict[str, sp.Symbol] = {}
    for term in terms:
        for variable in _declared(sp.sympify(term)):
            if seen.setdefault(variable.name, variable) != variable:
                raise IllDefined(f"two variables are called {variable}: rename one of them.")


@lru_cache(maxsize=65536)
def _declared(term: sp.Expr) -> frozenset[Variable]:
    """The variables of a term of the language, those bound included.

    Raises:
        IllDefined: the term is outside the language.
    """
    # A subclass of a head would be taken for the head, whatever its own code makes of it.
    if not (
        str(type(term).__module__).startswith(("sympy.", "theory.kernel.")) or isinstance(term, ExactFunction)
    ):
        raise IllDefined(f"{type(term).__name__} is outside the kernel's language: {term}.")
    if isinstance(term, sp.Float):
        raise IllDefined(f"the float {term} is not exact: write a rational, such as sp.Rational(3, 10).")
    if term in NOT_REAL:
        raise IllDefined(f"{term} is not a real number: a term that holds it is undefined.")
    if isinstance(term, Total) and term.integrand.atoms(Total):
        raise IllDefined(f"{term} holds a total inside a total: name the inner one by a variable.")
    if isinstance(term, FunctionalName):
        return frozenset()
    if isinstance(term, Variable):
        return frozenset((term,))
    if isinstance(term, sp.Symbol):
        raise IllDefined(f"the symbol {term} has no domain: mint it, as in positive('{term}').")
    if not isinstance(term, (sp.Rational, sp.core.numbers.Exp1, sp.core.numbers.Pi, *HEADS)):
        raise IllDefined(f"{type(term).__name__} is outside the kernel's language: {term}.")
    return frozenset(chain.from_iterable(map(_declared, term.args)))


def unfold(term: sp.Expr) -> sp.Expr:
    """Write each weighted logarithm as a product; valid where its weight is not zero."""
    return term.replace(WeightedLog, lambda weight, argument: weight * sp.log(argument))


@lru_cache(maxsize=65536)
def unbound(term: sp.Expr) -> frozenset[Variable]:
    """The variables that the term leaves free: a total binds those of its functional, not in its ends."""
    if isinstance(term, Total):
        inside = unbound(term.integrand) - frozenset(term.functional.over)
        return inside.union(*map(unbound, term.functional.ends))
    if isinstance(term, Variable):
        return frozenset((term,))
    return frozenset(chain.from_iterable(map(unbound, term.args)))


def variables(*terms: sp.Expr) -> set[Variable]:
    """The variables of these terms, those bound by a functional included."""
    return {s for term in terms for s in term.free_symbols if isinstance(s, Variable)}
