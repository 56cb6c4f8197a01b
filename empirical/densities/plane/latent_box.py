"""The mesh of the box that holds a latent's mass, if it has no more regions than are allowed."""

from collections.abc import Sequence

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.estimate import estimate_regions
from empirical.densities.plane.subdivision import Subdivision, subdivide

# Beyond 39 standard deviations the normal density is 0 in float64; the uniform one ends at 1.
HALF_WIDTH = {Normal: 39.0, Uniform: 1.0}
# The estimate is off by up to half of the number; a network that it condemns is large without a doubt.
DOUBT = 2.0


def subdivide_latent(
    layers: Sequence[AffineLayer], latent: Normal | Uniform, max_regions: int
) -> Subdivision:
    """The conforming mesh of the latents that have density, two coordinates each.

    The number of regions is estimated first, so that a network far too large is refused at once.

    Raises:
        ValueError: the generator or the latent has not two latent coordinates, or there are more regions
            than ``max_regions``.
    """
    if (latent.dim, layers[0].weight.shape[1]) != (2, 2):
        raise ValueError(
            f"a mesh of the plane needs two latent coordinates (got a generator of "
            f"{layers[0].weight.shape[1]} and a latent of {latent.dim}): pass {type(latent).__name__}(2) "
            f"and begin with torch.nn.Linear(2, ...)."
        )
    half_width = HALF_WIDTH[type(latent)]
    expected = estimate_regions(layers, -half_width, half_width)
    if expected > DOUBT * max_regions:
        raise ValueError(
            f"the generator has about {float(f'{expected:.2g}'):,.0f} affine regions, more than the "
            f"{max_regions:,} allowed: allow more with max_regions={int(2 * expected)} (--max-regions on the "
            f"command line), or take a smaller network."
        )
    return subdivide(layers, -half_width, half_width, max_regions=max_regions)
