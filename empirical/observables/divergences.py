r"""Divergences between two exact laws, with an interval that contains the exact value.

Finite laws are compared in rational arithmetic and the logarithms enclosed by ball arithmetic. Laws on the
line are compared cell by cell: with cells that no critical value divides, Jensen's inequality bounds a cell's
part from below and the chord of the convex integrand from above. Laws of the plane are compared at draws of
both, with exact cells as the second road, or by finite sums where both have uniform latents.

Conventions: nats; total variation is half the L1 distance, in [0, 1]; the Jensen-Shannon divergence lies in
[0, log 2]; the Kullback-Leibler divergence is infinite where the second law misses mass of the first.
"""

from collections.abc import Callable
from fractions import Fraction
from math import inf, nextafter
from typing import Protocol, runtime_checkable

import numpy as np
import sympy as sp
import torch

from empirical.densities import AtomicLaw, LineLaw
from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.generator_law import GeneratorLaw
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables import line_divergences, plane_divergences
from empirical.observables.shares import Effort
from empirical.targets import GaussianMixture, Target
from theory import divergences
from theory.kernel.balls import ball
from theory.laws import FiniteLaw

STANDARD = Effort()
WITHOUT_POINTS = (
    "a FiniteLaw has weights without points, but the other law has points: pass both with points, for "
    "example exact_density(torch.nn.Identity(), Finite(points, weights))."
)
TOLERANCE = 1e-6  # of the enclosures on the line, unless the caller chooses; nats, or 1 for total variation


@runtime_checkable
class FiniteTarget(Protocol):
    """A law on finitely many points with exact weights, such as the target of the real digits."""

    @property
    def atoms(self) -> torch.Tensor:
        """The points, one a row."""
        ...

    @property
    def weights(self) -> FiniteLaw:
        """One exact probability per point."""
        ...


Law = FiniteLaw | GeneratorLaw | FiniteTarget | Target


def kullback_leibler(
    law: Law, target: Law, *, tolerance: float = TOLERANCE, effort: Effort = STANDARD
) -> Measurement:
    r""":math:`KL(p \| q) = \int p \log(p/q)`, nats, of a law p from a target q.

    In the plane the log ratio is unbounded: the interval is that of a normal approximation, and the
    measurement says so; its lower end is no less than what exact cells prove, and it has no upper end where
    they prove more than the draws show. A wrong density is caught by the Jensen-Shannon divergence.

    Args:
        law: p, from ``exact_density``, a finite target, a mixture in the plane, or bare weights.
        target: q, of the same kind.
        tolerance: width that the interval should reach where it is computed by cells of the line.
        effort: draws, cells, seed and confidence in the plane.

    Raises:
        TypeError: a law is not exact, or weights without points meet points.
        ValueError: the laws live in different dimensions or have different numbers of weights, or both have
            mass on lines or points of the plane.
        RoadsDisagree: two independent computations of the number contradict each other.
    """
    return _measure("kullback_leibler", divergences.kullback_leibler, law, target, tolerance, effort)


def jensen_shannon(
    law: Law, target: Law, *, tolerance: float = TOLERANCE, effort: Effort = STANDARD
) -> Measurement:
    r""":math:`JSD = \frac12 KL(p \| \frac{p+q}2) + \frac12 KL(q \| \frac{p+q}2)`, nats, in [0, log 2].

    Args, Raises: as for ``kullback_leibler``.

    >>> from theory.laws import FiniteLaw
    >>> disjoint = jensen_shannon(FiniteLaw([1, 0]), FiniteLaw([0, 1]))
    >>> round(disjoint.value, 12)  # log 2
    0.69314718056
    """
    return _measure("jensen_shannon", divergences.jensen_shannon, law, target, tolerance, effort)


def total_variation(
    law: Law, target: Law, *, tolerance: float = TOLERANCE, effort: Effort = STANDARD
) -> Measurement:
    r""":math:`TV = \frac12 \int |p - q|`, in [0, 1].

    Args, Raises: as for ``kullback_leibler``.
    """
    return _measure("total_variation", divergences.total_variation, law, target, tolerance, effort)


def aligned(p: AtomicLaw, q: AtomicLaw) -> tuple[FiniteLaw, FiniteLaw, np.ndarray]:
    """The two laws as weights on the union of their atoms, and that union, one atom a row.

    Raises:
        ValueError: the atoms have different numbers of coordinates.
    """
    if p.dim != q.dim:
        raise ValueError(
            f"the two laws must live in one space (got atoms of {p.dim} and of {q.dim} coordinates): compare "
            f"a generator with a target of its output's dimension."
        )
    both = np.concatenate([p.atoms, q.atoms])
    none_of_p, none_of_q = [Fraction(0)] * len(p.atoms), [Fraction(0)] * len(q.atoms)
    on_union = AtomicLaw.gather(both, [*p.weights.weights, *none_of_q])
    return on_union.weights, AtomicLaw.gather(both, [*none_of_p, *q.weights.weights]).weights, on_union.atoms


def as_exact(law: Law) -> FiniteLaw | AtomicLaw | LineLaw:
    """The law itself, or a finite target as a law on its atoms.

    Raises:
        TypeError: it is no exact law.
    """
    if isinstance(law, FiniteLaw | AtomicLaw | LineLaw):
        return law
    if isinstance(law, FiniteTarget):
        return AtomicLaw.gather(law.atoms.double().cpu().numpy(), law.weights.weights)
    raise TypeError(
        f"an exact law must have finitely many atoms, or live on the line or in the plane (got "
        f"{type(law).__name__}): pass what exact_density returns, a target with .atoms and .weights, or a "
        f"FiniteLaw."
    )


def _measure(
    name: str,
    exact: Callable[[FiniteLaw, FiniteLaw], sp.Expr],
    law: Law,
    target: Law,
    tolerance: float,
    effort: Effort,
) -> Measurement:
    if plane_divergences.is_planar(law) or plane_divergences.is_planar(target):
        return plane_divergences.compare(name, _with_points(law), _with_points(target), effort)
    lower, upper, obtained = _interval(name, exact, as_exact(law), as_exact(target), tolerance)
    infinite = "the law has mass where the target has none"
    return Measurement(
        observable=name,
        value=inf if upper == inf else (lower + upper) / 2,
        lower=lower,
        upper=upper,
        confidence=1.0,
        unit="1" if name == "total_variation" else "nats",
        obtained=infinite if upper == inf else obtained,
    )


def _with_points(law: Law) -> AtomicLaw | LineLaw | PlaneLaw | FlowLaw | GaussianMixture:
    if isinstance(law, PlaneLaw | FlowLaw | GaussianMixture):
        return law
    exact = as_exact(law)
    if isinstance(exact, FiniteLaw):
        raise TypeError(WITHOUT_POINTS)
    return exact


def _interval(
    name: str,
    exact: Callable[[FiniteLaw, FiniteLaw], sp.Expr],
    p: FiniteLaw | AtomicLaw | LineLaw,
    q: FiniteLaw | AtomicLaw | LineLaw,
    tolerance: float,
) -> tuple[float, float, str]:
    """Lower and upper end, and how they were obtained."""
    if isinstance(p, FiniteLaw) and isinstance(q, FiniteLaw):
        weights = p, q
    elif isinstance(p, FiniteLaw) or isinstance(q, FiniteLaw):
        raise TypeError(WITHOUT_POINTS)
    elif isinstance(p, AtomicLaw) and isinstance(q, AtomicLaw):
        weights = aligned(p, q)[:2]
    else:
        lower, upper, cells = line_divergences.enclose(name, p, q, tolerance)
        return lower, upper, f"enclosed between Jensen's bound and the chord on {cells} cells"
    lower, upper = _enclosure(exact(*weights))
    return lower, upper, f"exact rationals on {len(weights[0])} atoms, logarithms by ball arithmetic"


def _enclosure(exact: sp.Expr) -> tuple[float, float]:
    """Two floats around an exact value, neighbours or equal."""
    if exact == sp.oo:
        return inf, inf
    if isinstance(exact, sp.Rational):
        value = Fraction(exact.p, exact.q)
        nearest = float(value)
        return (
            nearest if nearest <= value else nextafter(nearest, -inf),
            nearest if nearest >= value else nextafter(nearest, inf),
        )
    enclosed = ball(exact, {})
    # The ends of the ball are rounded to nearest: one step outwards.
    return nextafter(float(enclosed.lower()), -inf), nextafter(float(enclosed.upper()), inf)
