"""Planes through a latent space of more dimensions: on one of them a network has two inputs."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer


def slice_layers(
    layers: Sequence[AffineLayer], origin: Float[np.ndarray, " k"], frame: Float[np.ndarray, "k 2"]
) -> tuple[AffineLayer, ...]:
    r"""The network :math:`u \mapsto G(o + Fu)` on a plane of latents, with two inputs instead of k.

    If Z is standard normal, the columns of F are orthonormal and o is orthogonal to them, then u standard
    normal gives the law of :math:`G(Z)` conditional on the part of Z across the plane being o.

    Args:
        layers: of a network with k inputs.
        origin: o, a point of the plane.
        frame: F, two directions that span it.

    Raises:
        ValueError: the shapes do not fit, a number is not finite, or the two directions are dependent.

    >>> identity = AffineLayer(np.eye(3), np.zeros(3), np.ones(3))
    >>> (on_plane,) = slice_layers([identity], np.array([0.0, 0.0, 7.0]), np.eye(3, 2))
    >>> on_plane.weight @ np.array([1.0, 2.0]) + on_plane.bias
    array([1., 2., 7.])
    """
    first, *rest = layers
    inputs = first.weight.shape[1]
    if len(origin) != inputs or len(frame) != inputs:
        raise ValueError(
            f"a plane in {inputs} latent coordinates needs an origin of {inputs} numbers and a frame of "
            f"shape ({inputs}, 2) (got {len(origin)} numbers and {frame.shape}): pass numpy.eye({inputs}, 2)."
        )
    if not (np.isfinite(origin).all() and np.isfinite(frame).all()):
        raise ValueError("a plane needs finite numbers (got NaN or infinity): check origin and frame.")
    if np.linalg.matrix_rank(frame) < 2:
        raise ValueError(
            "the two directions of a plane must be independent (got a frame of lower rank): pass the first "
            "two columns of an orthogonal matrix."
        )
    on_plane = AffineLayer(first.weight @ frame, first.weight @ origin + first.bias, first.negative_slope)
    return on_plane, *rest
