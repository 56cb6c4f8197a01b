r"""Divergences and entropy of laws whose densities are constant on polygons: finite sums over an overlay.

A law may have mass on lines or points, too, where the other one has none: each unit of it adds
:math:`\tfrac12 \log 2` to the Jensen-Shannon divergence and :math:`\tfrac12` to the total variation.
"""

from collections.abc import Callable
from math import inf, log

import numpy as np
from jaxtyping import Float
from scipy.special import rel_entr, xlogy

from empirical.densities.plane.overlay import Overlay, Sheets, overlay
from empirical.measurement import Measurement
from empirical.observables.bin_bounds import RoadsDisagree

Values = Float[np.ndarray, " cells"]


def _jensen_shannon(p: Values, q: Values) -> Values:
    return (rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)) / 2


def _total_variation(p: Values, q: Values) -> Values:
    return np.abs(p - q) / 2


def _relative(p: Values, q: Values) -> Values:
    return np.where(q > 0, rel_entr(p, np.where(q > 0, q, 1.0)), 0.0)


INTEGRANDS: dict[str, tuple[Callable[[Values, Values], Values], float]] = {
    "jensen_shannon": (_jensen_shannon, log(2) / 2),
    "total_variation": (_total_variation, 0.5),
    "kullback_leibler": (_relative, 0.0),
}


def measure_sheets(name: str, p: Sheets, q: Sheets, singular: tuple[float, float]) -> Measurement:
    """A divergence of p from q.

    Args:
        name: ``"jensen_shannon"``, ``"total_variation"`` or ``"kullback_leibler"``.
        p: the density of the first law.
        q: of the second.
        singular: the mass without density of both laws.

    Raises:
        ValueError: both laws have mass without a density, or the overlay has too many cells.
        RoadsDisagree: a density does not integrate to its mass.
    """
    if min(singular) > 0:
        raise ValueError(
            f"both laws have mass on lines or points (got {singular[0]:.3g} and {singular[1]:.3g}), which "
            f"may coincide: compare a law with one that has a density."
        )
    cells = overlay(p, q)
    _check_masses(cells, (1 - singular[0], 1 - singular[1]))
    if name == "kullback_leibler" and (reason := _infinite(cells, singular[0])):
        return Measurement(
            observable=name, value=inf, lower=inf, upper=inf, confidence=1.0, unit="nats", obtained=reason
        )
    integrand, share = INTEGRANDS[name]
    value, rounding = cells.integral(integrand)
    value += share * sum(singular)
    return _around(name, value, rounding, f"finite sum over {len(cells):,} cells of constant densities", 0.0)


def sheets_entropy(law: Sheets) -> Measurement:
    r""":math:`-\int p \log p`, nats, of a law that has a density and nothing else.

    Raises:
        ValueError: the overlay has too many cells.
        RoadsDisagree: the density does not integrate to 1.
    """
    cells = overlay(law)
    _check_masses(cells, (1.0,))
    value, rounding = cells.integral(lambda p: -xlogy(p, p))
    return _around(
        "entropy", value, rounding, f"finite sum over {len(cells):,} cells of constant density", -inf
    )


def _check_masses(cells: Overlay, wanted: tuple[float, ...]) -> None:
    # The rounding of a mass: the strips between cells, at the densities of both.
    for law, mass in enumerate(wanted):
        found, rounding = cells.integral(lambda *densities, law=law: densities[law])
        if abs(found - mass) > rounding + 1e-9:
            raise RoadsDisagree(
                f"a density integrates to {found:.12g} over its cells instead of {mass:.12g}: a determinant "
                f"is wrong, or a region is missing or counted twice."
            )


def _infinite(cells: Overlay, singular: float) -> str | None:
    """Why p certainly has mass where q has none, if it has."""
    if singular > 0:
        return f"the law has mass {singular:.6g} on lines or points, where the target has none: infinite"
    missed, rounding = cells.integral(lambda p, q: np.where(q > 0, 0.0, p))
    if missed > 2 * rounding + 1e-12:
        return f"the first law has mass {missed:.6g} where the second has no density: infinite"
    return None


def _around(name: str, value: float, rounding: float, how: str, least: float) -> Measurement:
    lower = max(least, value - rounding)
    return Measurement(
        observable=name,
        value=max(lower, value),
        lower=lower,
        upper=max(lower, value + rounding),
        confidence=1.0,
        unit="1" if name == "total_variation" else "nats",
        obtained=f"{how}; the interval is its rounding",
    )
