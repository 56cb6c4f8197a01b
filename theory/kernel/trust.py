"""What a step may be made of: the kernel's own types. A subclass from elsewhere could answer anything."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import sympy as sp

from theory.kernel.domains import Variable
from theory.kernel.terms import FunctionalName, IllDefined

OWN = ("theory.kernel.", "theory.relation")


def require_own_types(part: object) -> None:
    """Refuse a claim or a proof that holds an object of a type from outside of the kernel.

    The nodes of a term are left to ``require_terms``; here it is asked what its functionals and domains are.

    Raises:
        IllDefined: a part is such an object.
    """
    if isinstance(part, sp.Basic):
        _require_own_symbols(part)
    elif isinstance(part, Mapping) and type(part).__module__ == "builtins":
        for key, value in part.items():
            require_own_types(key)
            require_own_types(value)
    elif isinstance(part, (tuple, list, frozenset)) and type(part).__module__ == "builtins":
        for item in part:
            require_own_types(item)
    elif is_dataclass(part) and type(part).__module__.startswith(OWN):
        for field in fields(part):
            value = getattr(part, field.name)
            if not callable(value) or is_dataclass(value):
                require_own_types(value)
    elif not type(part).__module__.startswith((*OWN, "builtins", "fractions")):
        raise IllDefined(
            f"{type(part).__name__} is not a type of the kernel: its own code would be believed."
        )


def _require_own_symbols(term: sp.Expr) -> None:
    for symbol in term.free_symbols:
        if isinstance(symbol, FunctionalName):
            require_own_types(symbol.functional)
        elif isinstance(symbol, Variable):
            require_own_types(symbol.domain)
