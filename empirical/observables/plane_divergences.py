r"""Divergences of two laws of the plane, from two roads that share nothing but the laws.

The first road averages functions of the densities over draws of both laws, and only bounded ones. With the
share :math:`s = p/(p+q)` and :math:`g(s) = \log 2 + s\log s + (1-s)\log(1-s)`, in [0, log 2],

.. math::

    JSD &= \tfrac12 E_p[g(s)] + \tfrac12 E_q[g(s)]
         = E_p\Big[\frac{g(s)}{2s}; s \ge \tfrac12\Big] + E_q\Big[\frac{g(s)}{2(1-s)}; s < \tfrac12\Big], \\
    TV &= E_p[(1 - q/p)_+] = E_q[(1 - p/q)_+] = \tfrac12 E_p|2s - 1| + \tfrac12 E_q|2s - 1| .

All forms must agree, and so must :math:`E_p[1 - s] = E_q[s]`; they would not if a density did not integrate
to 1. The form :math:`\tfrac12 E_p|1 - q/p|` is never used: its integrand is unbounded, and where q has mass
that p almost misses, no draw of p shows it. It was seen to be wrong by 0.04 for several seeds alike.

The second road uses no density: exact probabilities of cells bound each divergence from below. A bound above
the first road's interval means that one of the two is wrong, and raises ``RoadsDisagree``. That is so where
the interval is a theorem. The log ratio of Kullback-Leibler is unbounded: a rare part of p that no draw saw
may explain any contradiction. There the upper end is given up, and the densities are checked by JSD.

A part of a law on lines or points, where the other law has no mass, has share 1; nothing else changes. If
both laws have such parts, these may coincide but for rounding, and the lower end leaves room for that.
"""

from collections.abc import Callable
from math import inf, log, sqrt

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import xlogy
from scipy.stats import norm

from empirical.densities import AtomicLaw, LineLaw
from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.plane.overlay import Sheets, TooManyCells, uniform_sheets
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables.bin_bounds import Cells, RoadsDisagree, bin_bounds, common_cells
from empirical.observables.bounded_means import Mean, bounded_mean
from empirical.observables.overlay_divergences import measure_sheets
from empirical.observables.shares import Effort, Shares, check_balance, shares
from empirical.observables.sides import Draws, Side, side
from empirical.targets import GaussianMixture

Values = Float[np.ndarray, " n"]
Planar = AtomicLaw | LineLaw | PlaneLaw | FlowLaw | GaussianMixture
Form = Callable[[Shares], Values]  # values in [0, its bound], at the draws of one law

ENDS = (
    ": it may be finite, since float64 ends a normal latent at 39 standard deviations, where its density "
    "underflows"
)


def is_planar(law: object) -> bool:
    """Whether a law has a density in the plane, or may have one."""
    return isinstance(law, PlaneLaw | FlowLaw | GaussianMixture) and law.dim == 2


def compare(name: str, law: Planar, target: Planar, effort: Effort) -> Measurement:
    """A divergence of two laws, one of them of the plane, by whatever says most about them.

    Two uniform latents give densities that are constant on polygons, and a finite sum, if there are not too
    many; a law on atoms and one with a density have nothing in common.

    Raises:
        ValueError: one law does not live in the plane, or both have mass on lines or points.
        RoadsDisagree: two independent computations of the number contradict each other.
    """
    if isinstance(law, AtomicLaw | LineLaw) or isinstance(target, AtomicLaw | LineLaw):
        return _against_atoms(name, law, target)
    p, q = side(law), side(target)
    if isinstance(law, PlaneLaw) and isinstance(target, PlaneLaw):
        # Constant on polygons, and no lines of both laws that could coincide.
        if p.bounded and q.bounded and min(p.singular, q.singular) == 0:
            try:
                return measure_sheets(name, _sheets(law), _sheets(target), (p.singular, q.singular))
            except TooManyCells:
                pass  # too many for a sum, not for draws
    return measure(name, p, q, effort)


def _sheets(law: PlaneLaw) -> Sheets:
    return uniform_sheets(law.mesh, np.flatnonzero(law.ranks == 2))


def _against_atoms(name: str, law: Planar, target: Planar) -> Measurement:
    density = target if isinstance(law, AtomicLaw | LineLaw) else law
    atoms = law if isinstance(law, AtomicLaw | LineLaw) else target
    if isinstance(density, AtomicLaw | LineLaw) or isinstance(atoms, LineLaw) or atoms.dim != 2:
        raise ValueError(
            "the two laws must live in one space (got a law of the plane and one of another dimension): "
            "compare a generator with a target of its output's dimension."
        )
    singular = side(density).singular
    if singular > 0:
        raise ValueError(
            f"the generator has mass {singular:.3g} on lines or points, which may meet the other law's "
            f"atoms: compare it with a target that has a density."
        )
    value = {"jensen_shannon": log(2), "total_variation": 1.0, "kullback_leibler": inf}[name]
    how = "one law has a density and the other only atoms: they have nothing in common"
    return _measurement(name, (value, value, value), 1.0, None, how)


def measure(name: str, p: Side, q: Side, effort: Effort) -> Measurement:
    """A divergence of p from q, ``"jensen_shannon"``, ``"total_variation"`` or ``"kullback_leibler"``.

    Raises:
        ValueError: there are too few samples, the bins are no power of 2, or both laws have mass without a
            density, which Kullback-Leibler does not bear.
        RoadsDisagree: two forms, or the two roads, contradict each other beyond the stated confidence; for
            Kullback-Leibler those of Jensen-Shannon.
    """
    together = _coincidence(name, p.singular, q.singular)
    if name == "kullback_leibler" and (certain := _certainly_infinite(p, q)):
        return _measurement(name, (inf, inf, inf), 1.0, None, certain)
    ours, theirs = effort.seeds
    of_p, of_q = p.draw(effort.samples, ours), q.draw(effort.samples, theirs)
    pilot = np.concatenate([of_p.points, of_q.points])
    errors = p.cell_error, q.cell_error
    cells = common_cells(p.cell_probability, q.cell_probability, pilot, effort.bins, errors)
    at_p, at_q = shares(p, q, of_p, True), shares(p, q, of_q, False)
    # The log ratio is unbounded, and no contradiction of its average is certain: what checks it is bounded.
    bounded = "jensen_shannon" if name == "kullback_leibler" else name
    interval, how = _bounded(bounded, at_p, at_q, effort)
    interval = Mean(interval.value, max(0.0, interval.lower - together), interval.upper)
    _check_roads(bounded, interval, cells)
    # An edge may run between two lines that are one but for rounding.
    bounds = [(side, max(0.0, bound - together)) for side, bound in bin_bounds(name, cells)]
    if name == "kullback_leibler":
        interval, how = _opened(*_relative(p, q, of_p, effort), bounds[-1])
    lower = max(interval.lower, bounds[-1][1])
    ladder = ", ".join(f"{bound:.4g} of {side}^2" for side, bound in bounds)
    proven = p.cells_proven and q.cells_proven
    allowed = f"errors of {p.cell_error:.1g} and {q.cell_error:.1g} of a cell's probability under either law"
    return _measurement(
        name,
        (lower, max(lower, interval.value), interval.upper),
        1.0 if interval.upper == inf and proven else effort.confidence,  # inf bounds everything
        effort.seed,
        f"{how}; the lower end is no less than the bounds of cells, which use no density and allow for "
        f"{allowed}{'' if proven else ' (of a flow, an estimate and no bound)'}: {ladder}",
    )


def _check_roads(name: str, interval: Mean, cells: Cells) -> None:
    side, bound = bin_bounds(name, cells)[-1]
    if bound > interval.upper:
        raise RoadsDisagree(
            f"{name}: exact probabilities of {side}^2 cells prove at least {bound:.6g}, the densities say "
            f"at most {interval.upper:.6g}: the law's density and its cells cannot both be right."
        )


def _opened(interval: Mean, how: str, finest: tuple[int, float]) -> tuple[Mean, str]:
    """The interval of an unbounded mean, with no upper end if cells refute the one that draws gave."""
    side, bound = finest
    if bound <= interval.upper:
        return interval, how
    return Mean(bound, bound, inf), (
        f"{how}; but {side}^2 cells show at least {bound:.4g}, the draws at most {interval.upper:.4g}: they "
        f"missed a rare part of the first law where the log ratio is large, and there is no upper end"
    )


def _coincidence(name: str, of_p: float, of_q: float) -> float:
    """How much less a divergence may be if the parts of both laws without density lie on the same lines."""
    if min(of_p, of_q) == 0:
        return 0.0
    if name == "kullback_leibler":
        raise ValueError(
            f"both laws have mass on lines or points (got {of_p:.3g} and {of_q:.3g}), which may coincide: "
            f"compare a law with a target that has a density, or use jensen_shannon."
        )
    both = of_p + of_q
    # Atoms of these weights at one place instead of two.
    return (
        min(of_p, of_q)
        if name == "total_variation"
        else (xlogy(both, both) - xlogy(of_p, of_p) - xlogy(of_q, of_q)) / 2
    )


def _g(at: Shares) -> Values:
    return log(2) + xlogy(at.of_p, at.of_p) + xlogy(at.of_q, at.of_q)


def _where(condition: Bool[np.ndarray, " n"], numerator: Values, denominator: Values) -> Values:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=condition)


def _positive_part(share: Values, other: Values) -> Values:
    return _where(share > other, share - other, share)


# Each form is a function at the draws of p and one at those of q, with the bounds of their values.
FORMS: dict[str, dict[str, tuple[tuple[Form, float], tuple[Form, float]]]] = {
    "jensen_shannon": {
        "half of g under each law": (
            (lambda s: _g(s) / 2, log(2) / 2),
            (lambda s: _g(s) / 2, log(2) / 2),
        ),
        "g where each law is larger": (
            (lambda s: _where(s.of_p >= s.of_q, _g(s), 2 * s.of_p), log(2) / 2),
            (lambda s: _where(s.of_q > s.of_p, _g(s), 2 * s.of_q), log(2) / 2),
        ),
    },
    "total_variation": {
        "(1 - q/p)+ under p": (
            (lambda s: _positive_part(s.of_p, s.of_q), 1.0),
            (lambda s: np.zeros_like(s.of_p), 0.0),
        ),
        "(1 - p/q)+ under q": (
            (lambda s: np.zeros_like(s.of_p), 0.0),
            (lambda s: _positive_part(s.of_q, s.of_p), 1.0),
        ),
        "half of |2s - 1| under each law": (
            (lambda s: np.abs(s.of_p - s.of_q) / 2, 0.5),
            (lambda s: np.abs(s.of_p - s.of_q) / 2, 0.5),
        ),
    },
}


def _bounded(name: str, at_p: Shares, at_q: Shares, effort: Effort) -> tuple[Mean, str]:
    """The interval that all bounded forms share, and how it was obtained."""
    forms = FORMS[name]
    error = (1 - effort.confidence) / (2 * len(forms) + 2)  # of each of the means, two for each form
    means = {
        form: _mean(of_p, at_p, error) + _mean(of_q, at_q, error) for form, (of_p, of_q) in forms.items()
    }
    check_balance(at_p, at_q, error)
    lower, upper = max(m.lower for m in means.values()), min(m.upper for m in means.values())
    said = ", ".join(f"{form} {mean.value:.5g}" for form, mean in means.items())
    if lower > upper:
        raise RoadsDisagree(
            f"{name}: the forms of the density road exclude each other ({said}): a density is wrong."
        )
    narrowest = min(means.values(), key=lambda mean: mean.upper - mean.lower)
    value = min(max(narrowest.value, lower), upper)
    return Mean(value, lower, upper), (
        f"{effort.samples:,} draws of each law, bounded functions of the exact densities ({said}), in the "
        f"intersection of their empirical Bernstein intervals"
    )


def _mean(form: tuple[Form, float], at: Shares, error: float) -> Mean:
    values, bound = form
    return bounded_mean(values(at), 0.0, bound, error) if bound else Mean(0.0, 0.0, 0.0)


def _certainly_infinite(p: Side, q: Side) -> str | None:
    """Why p certainly has mass where q has none, if that is certain."""
    if p.singular > 0:
        return f"the law has mass {p.singular:.6g} on lines or points, where the target has none: infinite"
    if p.everywhere and q.bounded:
        return "the first law has mass everywhere, the second only on a bounded set: infinite"
    return None


def _relative(p: Side, q: Side, draws: Draws, effort: Effort) -> tuple[Mean, str]:
    """The average log ratio at draws of p; its interval is an approximation, and says so."""
    with np.errstate(invalid="ignore"):
        ratios = p.log_density(draws.points) - q.log_density(draws.points)
    ratios = ratios[~np.isnan(ratios) & (ratios > -inf)]  # draws on a boundary that rounding puts outside
    missed = int((ratios == inf).sum())
    if missed:
        # Whether the draw has no preimage, or one beyond the mesh, is known where the latent is bounded.
        ends = "" if q.bounded else ENDS
        return Mean(inf, 0.0, inf), (
            f"{missed} of {effort.samples:,} draws of the first law lie where the second has no density in "
            f"float64, so that the value is infinite or too large for the draws to tell{ends}"
        )
    average, deviation = float(ratios.mean()), float(ratios.std(ddof=1))
    radius = norm.ppf((1 + effort.confidence) / 2) * deviation / sqrt(len(ratios))
    return Mean(average, max(0.0, average - radius), max(0.0, average + radius)), (
        f"average log ratio of {effort.samples:,} draws of the first law; the log ratio is unbounded, so the "
        f"interval assumes that the average is nearly normal and the sample's variance the true one, and "
        f"knows nothing of parts of the first law that no draw saw"
    )


def _measurement(
    name: str, ends: tuple[float, float, float], confidence: float, seed: int | None, obtained: str
) -> Measurement:
    lower, value, upper = ends
    return Measurement(
        observable=name,
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        unit="1" if name == "total_variation" else "nats",
        seed=seed,
        obtained=obtained,
    )
