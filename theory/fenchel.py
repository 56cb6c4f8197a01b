"""What is shown of each f-divergence: the steps behind its variational bound, with its certificates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

import sympy as sp

from theory.divergences import Divergence, p, q, u
from theory.kernel import (
    Claim,
    Functional,
    Integrated,
    Proved,
    Rule,
    Step,
    at_least,
    at_most,
    certificate,
    equal,
    normal_form,
)


@dataclass(frozen=True)
class Row:
    """What proves one row of the table.

    Args:
        divergence: the row.
        both: proves it where p, q > 0.
        model_alone: proves it where p = 0, if f(0) is finite.
        data_alone: proves it where q = 0, if f'(oo) is finite.
        room: what the activation leaves to each end of the conjugate's domain, as terms that exceed zero.
        most: proves q f(p/q) <= q f(0) + p f'(oo), if both are finite: no two laws are further apart.
    """

    divergence: Divergence
    both: Rule
    model_alone: Rule | None = None
    data_alone: Rule | None = None
    room: tuple[sp.Expr, ...] = ()
    most: Rule | None = None


def integrand_of(f: sp.Expr) -> sp.Expr:
    """Q f(p/q)."""
    return q * f.xreplace({u: p / q})


def bound(row: Row) -> tuple[Claim, Rule]:
    """D_f(P || Q) >= E_P T - E_Q f*(T), where the laws overlap and where each is alone."""
    d = row.divergence
    pieces = (d.integrand, p * d.output, q * d.conjugate)
    overlap = Functional(
        "I", (p, q, d.output), given=d.given, integrable=tuple(chain(*map(summands, pieces)))
    )
    divergence, seen = overlap(d.integrand), overlap(p * d.output) - overlap(q * d.conjugate)
    pointwise = {overlap: row.both}
    if row.model_alone:
        cost = q * d.conjugate
        model = Functional("I_Q", (q, d.output), given=d.given, integrable=(q, *summands(cost)))
        divergence, seen = divergence + d.at_zero * model(q), seen - model(cost)
        pointwise[model] = row.model_alone
    if row.data_alone:
        data = Functional("I_P", (p, d.output), given=d.given, integrable=(p, p * d.output))
        divergence, seen = divergence + d.slope * data(p), seen + data(p * d.output)
        pointwise[data] = row.data_alone
    return at_least(divergence, seen), Integrated(pointwise)


def fenchel_young(row: Row, at: Mapping[sp.Symbol, sp.Expr] = MappingProxyType({})) -> Proved:
    """Q f(p/q) - p T + q f*(T) >= 0 at terms for p, q and T, as a term of a certificate."""
    d = row.divergence
    return Proved(at_least(d.integrand, p * d.output - q * d.conjugate, *d.given), row.both, dict(at))


def summands(term: sp.Expr) -> tuple[sp.Expr, ...]:
    """The summands of an integrand, each of which must be integrable."""
    return sp.Add.make_args(sp.expand(term, deep=False))


def steps(row: Row) -> Iterator[Step]:
    """What is shown of one row, in reading order."""
    d = row.divergence
    ratio = {u: p / q}
    best = d.optimal.xreplace(ratio)
    yield Step(
        f"{d.name}-integrand",
        equal(q * d.f.xreplace(ratio), d.integrand),
        normal_form,
        because="The integral that a table prints is the one of its f: D_f(P || Q), in this order.",
    )
    yield Step(f"{d.name}-bound", *bound(row), because="Fenchel and Young at each point, times q.")
    yield Step(
        f"{d.name}-optimal",
        equal(
            d.integrand,
            p * best - q * d.conjugate.xreplace({d.output: best}),
            *(given.at(ratio) for given in d.smooth),
        ),
        normal_form,
        because="At T* = f'(p/q) the bound is an equality: no smaller conjugate would do.",
    )
    for number, (room, left) in enumerate(zip(d.room, row.room, strict=True), 1):
        yield Step(
            f"{d.name}-activation-{number}",
            at_least(room.xreplace({d.output: d.activation}), 0),
            certificate((1, left), strict_unless=(sp.S.One,)),
            because="The activation maps every real number into the conjugate's domain.",
        )
    if row.most:
        yield Step(
            f"{d.name}-most",
            at_most(d.integrand, q * d.at_zero + p * d.slope),
            row.most,
            because="Hence D_f <= f(0) + f'(oo), which laws on disjoint sets attain.",
        )
    tangent = sp.S.Zero if d.smooth else d.optimal.xreplace({u: sp.S.One})
    yield Step(
        f"{d.name}-least",
        at_least(d.integrand, q * d.at_one + (p - q) * tangent),
        certificate((1, fenchel_young(row, {d.output: tangent}))),
        because="The bound at T = f'(1): for laws of mass one D_f >= f(1), which equal laws attain.",
    )
