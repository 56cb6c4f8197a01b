"""What a theorem predicts: an observable, a relation and an exact value at given parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import sympy as sp

from theory.laws import FiniteLaw
from theory.relation import Relation

Value = Fraction | int | FiniteLaw


class Kind(Enum):
    """What a parameter ranges over; the value is the sentence shown to the user."""

    RATIONAL = "an exact number such as 3/10 or 0.3"
    INTEGER = "an integer such as 400"
    LAW = "probabilities that sum to one, such as 3/10,7/10"


@dataclass(frozen=True)
class Parameter:
    """One free parameter of a prediction: its name, what it ranges over, and a sentence on its meaning."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class PredictedValue:
    """A prediction at given parameters.

    ``exact`` is a closed SymPy number; ``sympy.oo`` stands for a bound that the data do not identify.
    """

    observable: str
    relation: Relation
    exact: sp.Expr
    unit: str

    @property
    def identified(self) -> bool:
        """False where the theorem gives no finite bound."""
        return bool(self.exact.is_finite)

    def __float__(self) -> float:
        return float(self.exact)


@dataclass(frozen=True)
class Prediction:
    """A claim about a number that an experiment can observe.

    Args:
        observable: the name of the number, a stable key of the JSON.
        relation: how the observed number compares with the predicted one.
        formula: maps exact parameters, by name, to a closed exact expression; raises ValueError outside
            its domain.
        parameters: what ``formula`` takes.
        unit: ``"1"``, ``"nats"``, ``"atoms"`` or ``"probability"``.
        display: the expression as LaTeX.
    """

    observable: str
    relation: Relation
    formula: Callable[..., sp.Expr]
    parameters: tuple[Parameter, ...]
    unit: str
    display: str

    def at(self, **values: Value | str) -> PredictedValue:
        """The exact predicted value at these parameters.

        Raises:
            ValueError: a parameter is missing, unknown, unreadable or outside the domain.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        unknown = sorted(values.keys() - known.keys())
        missing = sorted(known.keys() - values.keys())
        if unknown or missing:
            wanted = ", ".join(f"{p.name} ({p.kind.value})" for p in self.parameters)
            fault = f"unknown {', '.join(unknown)}" if unknown else f"missing {', '.join(missing)}"
            raise ValueError(f"{self.observable} cannot be predicted ({fault}): give exactly {wanted}.")
        exact = {name: read(known[name], value) for name, value in values.items()}
        return PredictedValue(self.observable, self.relation, sp.sympify(self.formula(**exact)), self.unit)


def read(parameter: Parameter, value: Value | str) -> Value:
    """The exact value of a parameter, from an exact object or from what a user typed.

    Raises:
        ValueError: the value is not of the parameter's kind.
    """
    if isinstance(value, FiniteLaw) and parameter.kind is Kind.LAW:
        return value
    text = str(value)
    try:
        match parameter.kind:
            case Kind.INTEGER:
                return int(text)
            case Kind.RATIONAL:
                return Fraction(text)
            case Kind.LAW:
                weights = [Fraction(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError):
        raise ValueError(
            f"{parameter.name} must be {parameter.kind.value} (got {text!r}): {parameter.meaning}."
        ) from None
    return FiniteLaw(weights)
