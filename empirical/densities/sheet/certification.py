"""Checks of a law on sheets at random latents, by the layers of the generator alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from empirical.densities.affine_layers import AffineLayer, apply_layers
from empirical.densities.certificate import Check
from empirical.densities.sheet.sheets import Sheets

# Each piece's mass has its own quadrature, good to 1e-14 of it, or is a difference of distribution functions.
MASS = 1e-12
# Of a latent found from its image, and of the log of its stretch: 1e-16 times a condition number below 1e6.
FOUND = 1e-9


def sheet_checks(
    layers: Sequence[AffineLayer],
    sheets: Sheets,
    total: float,
    z: Float[np.ndarray, "n k"],
    tolerance: float,
    collapsed: Bool[np.ndarray, " n"],
) -> tuple[Check, Check, Check]:
    """The checks ``mass``, ``preimages`` and ``stretches``.

    If sheets are missing or wrong on a set of probability f, n independent latents all miss it with
    probability (1 - f)^n. A latent whose derivative is too ill-conditioned to be compared fails the check,
    unless its image has mass on a segment or an atom: what was not looked at has not passed.

    Args:
        layers: of the generator.
        sheets: as the density uses them.
        total: the sum of all masses of the law.
        z: independent latents.
        tolerance: the rounding of an image.
        collapsed: the latents with images on segments or atoms of the law.
    """
    jacobian = _jacobians(layers, z)
    size = np.linalg.svd(jacobian, compute_uv=False)
    well = size[:, -1] > FOUND * size[:, 0]
    regular, unseen = np.flatnonzero(well), int((~well & ~collapsed).sum())
    found = sheets.find(apply_layers(layers, z[regular]), tolerance)
    gap = np.abs(found.latent - z[regular][found.point]).max(axis=1, initial=0)
    own = gap < FOUND * (1 + np.abs(z).max(initial=0))
    times = np.bincount(found.point[own], minlength=len(regular))
    expected = np.log(size[regular]).sum(axis=1)[found.point[own]]
    off = np.abs(sheets.log_stretches[found.sheet[own]] - expected).max(initial=0)
    return (
        Check(
            "mass", abs(total - 1) <= MASS, f"the masses of all pieces sum to 1 within {abs(total - 1):.1e}"
        ),
        Check(
            "preimages",
            bool((times == 1).all()) and unseen == 0,
            f"of {len(regular)} random latents with a regular derivative {int((times == 0).sum())} are not "
            f"found from their images, and {int((times > 1).sum())} more than once; {unseen} more, of "
            f"{len(z)}, lie on sheets with a condition number above {1 / FOUND:.0e}, too large to find them",
        ),
        Check(
            "stretches",
            bool(off <= FOUND),
            f"there log sqrt(det A'A) differs from that of the layers' own derivative by at most {off:.1e}",
        ),
    )


def _jacobians(layers: Sequence[AffineLayer], z: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d k"]:
    """The derivative at each latent, by the chain rule through the layers."""
    values, linear = z, np.broadcast_to(np.eye(z.shape[1]), (len(z), z.shape[1], z.shape[1]))
    for layer in layers:
        values, linear = values @ layer.weight.T + layer.bias, layer.weight @ linear
        factors = np.where(values > 0, 1.0, layer.negative_slope)
        values, linear = values * factors, linear * factors[:, :, None]
    return linear
