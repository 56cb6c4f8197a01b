"""Terms: S-expressions as nested tuples, and how to read, replace and differentiate them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from flint import fmpq

Term = Any  # a variable, a number, or a head with its arguments
ZERO, ONE = fmpq(0), fmpq(1)


WEIGHTED = "weighted"
"""The head of this checker's own product: zero where its first factor is, whatever the second may be."""


class Disagrees(Exception):
    """The step does not follow."""


class NotCovered(Exception):
    """This checker cannot tell."""


class Undefined(Exception):
    """The term has no value at the point."""


@cache
def parse(text: str | int) -> Term:
    """An S-expression as nested tuples."""
    stack: list[list] = [[]]
    for token in re.findall(r"[()]|[^\s()]+", str(text)):
        if token == "(":
            stack.append([])
        elif token == ")":
            inner = _shared(tuple(stack.pop()))
            stack[-1].append(inner)
        else:
            stack[-1].append(_number(token) if re.fullmatch(r"-?\d+(/\d+)?", token) else token)
    ((term,),) = stack
    return term


@cache
def _shared(term: tuple) -> tuple:
    """One object for all equal terms that are read."""
    return term


def _number(text: str) -> fmpq:
    over, _, under = text.partition("/")
    return fmpq(int(over), int(under or 1))


def arguments(term: Term) -> tuple:
    """What a head is applied to."""
    return term[1:] if isinstance(term, tuple) else ()


def nodes(term: Term) -> Iterator[Term]:
    """The term and all its parts."""
    yield term
    for part in arguments(term):
        yield from nodes(part)


def atoms(terms: Iterable[Term]) -> set[str]:
    """The variables in terms; those that a functional binds are among them, that of a slope is not."""
    return set().union(*(_free(term) for term in terms))


@cache
def _free(term: Term) -> frozenset[str]:
    if isinstance(term, str):
        return frozenset({term} if term[-1:] in "[]" else ())
    if isinstance(term, tuple) and term[0] == "Slope":
        return (_free(term[1]) - {term[2]}) | _free(term[3])
    return frozenset().union(*map(_free, arguments(term)))


def substitute(term: Term, values: Mapping[Term, Term]) -> Term:
    """The term with parts replaced."""
    if term in values:
        return values[term]
    if isinstance(term, tuple) and term[0] == "Slope":
        # The variable of a slope is bound in the term, not in the point.
        outside = {old: new for old, new in values.items() if old != term[2]}
        return ("Slope", substitute(term[1], outside), term[2], substitute(term[3], values))
    return (term[0], *(substitute(part, values) for part in term[1:])) if isinstance(term, tuple) else term


def add(*terms: Term) -> Term:
    """A sum."""
    return ("+", *terms)


def times(*terms: Term) -> Term:
    """A product."""
    return ("*", *terms)


def minus(a: Term, b: Term) -> Term:
    """A difference."""
    return add(a, times(fmpq(-1), b))


def derivative(term: Term, v: str) -> Term:
    """The derivative in a variable, by the rules of school."""
    if v not in atoms([term]):
        return ZERO
    if isinstance(term, str):
        return ONE
    head, *parts = term
    if head == "+":
        return add(*(derivative(part, v) for part in parts))
    if head == "*":
        return add(*(times(*parts[:i], derivative(part, v), *parts[i + 1 :]) for i, part in enumerate(parts)))
    if head == "exp":
        return times(term, derivative(parts[0], v))
    if head == "log":
        return times(("^", parts[0], fmpq(-1)), derivative(parts[0], v))
    if head == "wlog":
        weight, argument = parts
        if v not in atoms([weight]):
            return (WEIGHTED, weight, derivative(("log", argument), v))
        return derivative(times(weight, ("log", argument)), v)
    if head == "^":
        base, power = parts
        inner = times(power, ("^", base, minus(power, ONE)), derivative(base, v))
        return inner if v not in atoms([power]) else derivative(("exp", times(power, ("log", base))), v)
    if head == "total":
        return ("total", parts[0], derivative(parts[1], v))
    if head == "StopGradient":
        return ZERO
    raise NotCovered(f"the derivative of {head} is not known here")


def slope(term: Term, v: str, at: Term) -> Term:
    """The derivative at a point; what is held fixed is a constant, and keeps its value there."""
    return substitute(derivative(term, v), {v: at})
