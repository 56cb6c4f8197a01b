"""Distances of two laws that see how far apart their mass is: Wasserstein and Kolmogorov-Smirnov."""

from empirical.densities import AtomicLaw, LineLaw
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables.divergences import Law, as_exact
from empirical.observables.line_distances import Cumulative, cumulative, enclose_integral, enclose_supremum
from empirical.observables.shares import Effort
from empirical.observables.transport import wasserstein_plane
from empirical.targets import GaussianMixture
from theory.laws import FiniteLaw

STANDARD = Effort()
TOLERANCE = 1e-6  # width that the enclosures should reach, unless the caller chooses


def kolmogorov_smirnov(
    law: Law | GaussianMixture, target: Law | GaussianMixture, *, tolerance: float = TOLERANCE
) -> Measurement:
    r""":math:`\sup_x |P(X \le x) - P(Y \le x)|` of two laws on the line, enclosed; in [0, 1].

    Args:
        law: from ``exact_density``, a target with atoms, or a mixture of Gaussians, on the line.
        target: of the same kind.
        tolerance: width that the interval should reach.

    Raises:
        TypeError: a law is none of these, or has no points.
        ValueError: a law does not live on the line, or the tolerance is not positive.

    >>> from theory.laws import FiniteLaw
    >>> normal = GaussianMixture("normal", ((0.0,),), 1.0, FiniteLaw([1]))
    >>> shifted = GaussianMixture("shifted", ((1.0,),), 1.0, FiniteLaw([1]))
    >>> round(kolmogorov_smirnov(normal, shifted).value, 4)  # erf(1 / sqrt 8)
    0.3829
    """
    p, q = _both(law, target, tolerance)
    lower, upper, cells = enclose_supremum(p, q, tolerance)
    return _enclosed(
        "kolmogorov_smirnov", lower, upper, f"monotone distribution functions on {cells:,} cells"
    )


def wasserstein(
    law: Law | GaussianMixture,
    target: Law | GaussianMixture,
    *,
    tolerance: float = TOLERANCE,
    effort: Effort = STANDARD,
) -> Measurement:
    r""":math:`W_1 = \min E|X - Y|` over couplings of two laws on the line or in the plane, in units of x.

    On the line it is :math:`\int |P(X \le x) - P(Y \le x)|\,dx`, enclosed. In the plane it lies between what
    a 1-Lipschitz function proves and what a coupling costs, each with an interval.

    Args:
        law: from ``exact_density``, a target with atoms on the line, or a mixture of Gaussians.
        target: of the same kind and dimension.
        tolerance: width that the interval should reach on the line.
        effort: draws, seed and confidence in the plane.

    Raises:
        TypeError: a law is none of these, or has no points.
        ValueError: the laws live in different dimensions, or the tolerance is not positive.
        RoadsDisagree: in the plane, where draws and cells of a law contradict each other.

    >>> from theory.laws import FiniteLaw
    >>> normal = GaussianMixture("normal", ((0.0,),), 1.0, FiniteLaw([1]))
    >>> shifted = GaussianMixture("shifted", ((1.0,),), 1.0, FiniteLaw([1]))
    >>> round(wasserstein(normal, shifted).value, 6)  # all of the mass moves by 1
    1.0
    """
    if isinstance(law, PlaneLaw | GaussianMixture) and isinstance(target, PlaneLaw | GaussianMixture):
        if law.dim == target.dim == 2:
            return wasserstein_plane(law, target, effort)
    p, q = _both(law, target, tolerance)
    lower, upper, cells = enclose_integral(p, q, tolerance)
    return _enclosed("wasserstein", lower, upper, f"integrated distribution functions on {cells:,} cells")


def _both(
    law: Law | GaussianMixture, target: Law | GaussianMixture, tolerance: float
) -> tuple[Cumulative, Cumulative]:
    if not tolerance > 0:
        raise ValueError(f"the tolerance must be positive (got {tolerance}): pass 1e-6.")
    return _cumulative(law), _cumulative(target)


def _cumulative(law: Law | GaussianMixture) -> Cumulative:
    exact = law if isinstance(law, GaussianMixture) else as_exact(law)
    if isinstance(exact, FiniteLaw):
        raise TypeError(
            "a FiniteLaw has weights without points, and a distance needs points: pass "
            "exact_density(torch.nn.Identity(), Finite(points, weights))."
        )
    if not isinstance(exact, GaussianMixture | AtomicLaw | LineLaw):
        raise TypeError(
            f"this distance needs two laws on the line (got {type(exact).__name__}): pass what exact_density "
            f"returns for one output; wasserstein also takes generators and mixtures of the plane."
        )
    return cumulative(exact)


def _enclosed(name: str, lower: float, upper: float, how: str) -> Measurement:
    return Measurement(
        observable=name,
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        confidence=1.0,
        unit="1",
        obtained=f"enclosed by {how}",
    )
