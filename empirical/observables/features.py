r"""How often a generator makes a feature: the exact probability that a sample lies where the feature is.

A feature is a half-plane, a convex polygon or a disc in the plane of the data. The latents that land in it
are a polygon in each region of the generator, whose probabilities are summed. Nothing is sampled and no
density is integrated. A boundary is known to rounding only, so each probability is enclosed between those of
two sets a little smaller and a little larger.
"""

from dataclasses import dataclass
from math import isfinite, pi

import numpy as np

from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.bins import convex_probability, disc_probability
from empirical.densities.plane.mesh import Mesh
from empirical.measurement import Measurement
from empirical.targets import GaussianMixture

Pair = tuple[float, float]


@dataclass(frozen=True)
class HalfPlane:
    r"""The points x with :math:`n \cdot x \ge c`.

    Args:
        normal: n, not zero.
        at_least: c.

    Raises:
        ValueError: the normal is zero, or a number is not finite.
    """

    normal: Pair
    at_least: float

    def __post_init__(self) -> None:
        if not (any(self.normal) and all(isfinite(number) for number in (*self.normal, self.at_least))):
            raise ValueError(
                f"a half-plane needs a finite normal that is not zero and a finite bound (got {self.normal} "
                f"and {self.at_least}): HalfPlane((0.0, 1.0), 0.0) is the upper half."
            )


@dataclass(frozen=True)
class Polygon:
    """A convex polygon with its inside.

    Args:
        corners: counterclockwise, at least three.

    Raises:
        ValueError: the corners are not those of a convex polygon, counterclockwise.
    """

    corners: tuple[Pair, ...]

    def __post_init__(self) -> None:
        corners = np.array(self.corners, dtype=float).reshape(-1, 2)
        side = np.roll(corners, -1, axis=0) - corners
        then = np.roll(side, -1, axis=0)
        turn = side[:, 0] * then[:, 1] - side[:, 1] * then[:, 0]
        turned = np.arctan2(turn, (side * then).sum(axis=1)).sum()
        if len(corners) < 3 or not np.isfinite(corners).all() or not (turn > 0).all() or turned > 3 * pi:
            raise ValueError(
                f"a convex polygon needs at least three finite corners and turns left at each, once around "
                f"in all (got {list(self.corners)}): list its corners counterclockwise."
            )


@dataclass(frozen=True)
class Disc:
    """All points within a distance of a centre.

    Args:
        centre: of the disc.
        radius: positive.

    Raises:
        ValueError: the radius is not positive, or a number is not finite.
    """

    centre: Pair
    radius: float

    def __post_init__(self) -> None:
        if not (self.radius > 0 and all(isfinite(number) for number in (*self.centre, self.radius))):
            raise ValueError(
                f"a disc needs a finite centre and a positive, finite radius (got {self.centre} and "
                f"{self.radius}): Disc((0.0, 0.0), 1.0) is the unit disc."
            )


Feature = HalfPlane | Polygon | Disc

SIDES = 128  # of the polygons inside and around a disc: they differ by 6e-4 of its area


def feature_probability(
    mesh: Mesh, latent: Normal | Uniform, feature: Feature, name: str, *, sides: int = SIDES
) -> Measurement:
    """P(G(Z) in the feature), enclosed.

    Args:
        mesh: of the generator, on a box that holds all of the latent's mass.
        latent: two coordinates.
        feature: where a sample has it.
        name: of the feature, kept with the measurement.
        sides: of the polygons that stand for a disc; the enclosure narrows like their inverse square.

    Raises:
        ValueError: the generator has not two outputs.

    >>> import torch
    >>> from empirical.densities.affine_layers import affine_layers
    >>> from empirical.densities.plane.subdivision import subdivide
    >>> linear = torch.nn.Linear(2, 2, bias=False)
    >>> _ = torch.nn.init.eye_(linear.weight)
    >>> mesh = subdivide(affine_layers(torch.nn.Sequential(linear)), -1.0, 1.0).mesh
    >>> feature_probability(mesh, Uniform(2), HalfPlane((1.0, 0.0), 0.5), "right quarter").value
    0.25
    """
    match feature:
        case Disc(centre, radius):
            lower, upper = disc_probability(mesh, latent, np.array(centre), radius, sides=sides)
            how = "between the probabilities of regular polygons inside and around the disc"
        case HalfPlane(normal, at_least):
            lower, upper = convex_probability(mesh, latent, -np.array([normal]), np.array([-at_least]))
            how = "between the probabilities of half-planes moved in and out by rounding"
        case Polygon(corners):
            points = np.array(corners)
            side = np.roll(points, -1, axis=0) - points
            outward = np.stack([side[:, 1], -side[:, 0]], axis=1)
            lower, upper = convex_probability(mesh, latent, outward, (outward * points).sum(axis=1))
            how = "between the probabilities of polygons with sides moved in and out by rounding"
    return _measured(name, lower, upper, f"latent mass of the regions' parts that land there, {how}")


def mode_probabilities(
    mesh: Mesh, latent: Normal | Uniform, target: GaussianMixture, sigmas: float = 3.0, *, sides: int = SIDES
) -> tuple[Measurement, ...]:
    """For each mode of a mixture, the exact probability of a sample within this many sigmas of its centre.

    What the target's own samples achieve is ``target.mode_masses(sigmas)``.

    Raises:
        ValueError: the generator or the target is not in the plane, or sigmas is not positive.
    """
    if target.dim != 2:
        raise ValueError(
            f"modes in the plane need a target in the plane (got {target.dim} coordinates of {target.name})."
        )
    return tuple(
        feature_probability(mesh, latent, Disc((x, y), sigmas * target.sigma), f"mode {number}", sides=sides)
        for number, (x, y) in enumerate(target.centres)
    )


def high_quality_share(modes: tuple[Measurement, ...]) -> Measurement:
    """The probability of a sample near some mode, of discs that do not overlap."""
    lower, upper = (sum(getattr(mode, end) for mode in modes) for end in ("lower", "upper"))
    return _measured("high quality", lower, min(1.0, upper), f"sum of {len(modes)} exact probabilities")


def expected_modes(modes: tuple[Measurement, ...], n: int) -> Measurement:
    r"""The expected number of modes that n samples hit, :math:`\sum_i 1 - (1 - m_i)^n`, enclosed.

    It is to be read beside ``target.expected_modes(n)``, what the target's own samples hit.

    Raises:
        ValueError: n is negative.
    """
    if n < 0:
        raise ValueError(f"the number of samples cannot be negative (got {n}): pass n >= 0.")
    lower, upper = (
        sum(-np.expm1(n * np.log1p(-min(getattr(mode, end), 1.0))) if n else 0.0 for mode in modes)
        for end in ("lower", "upper")
    )
    return Measurement(
        observable="expected_modes",
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        confidence=1.0,
        unit="1",
        parameters={"samples": n},
        obtained=f"from the exact probabilities of {len(modes)} modes",
    )


def _measured(name: str, lower: float, upper: float, obtained: str) -> Measurement:
    return Measurement(
        observable="feature_probability",
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        confidence=1.0,
        unit="probability",
        parameters={"feature": name},
        obtained=obtained,
    )
