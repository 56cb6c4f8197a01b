"""How far a float64 output of a network may lie from the exact one."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.enclosed import Enclosed, activated, exact, weighted


def rounding_bound(layers: Sequence[AffineLayer], z: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
    """A bound of the rounding of each output at each latent, in whatever order float64 adds the terms.

    >>> from empirical.densities.affine_layers import AffineLayer
    >>> thrice = AffineLayer(np.array([[3.0]]), np.zeros(1), np.ones(1))
    >>> bool(0 < rounding_bound([thrice], np.array([[0.1]]))[0, 0] < 1e-15)
    True
    """
    values = exact(z)
    for layer in layers:
        out = weighted(layer.weight, Enclosed(values.value.T, values.error.T), exact(layer.bias[:, None]))
        values = activated(Enclosed(out.value.T, out.error.T), layer.negative_slope)
    return values.error
