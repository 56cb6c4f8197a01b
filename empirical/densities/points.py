"""What a law is asked about: points as a float64 matrix, or one sentence on what they should be."""

from typing import Any

import numpy as np
from jaxtyping import Float


def as_points(x: Any, dim: int) -> Float[np.ndarray, "n d"]:  # noqa: ANN401 - whatever a caller passes
    """The points as float64, one a row.

    Raises:
        TypeError: it is no NumPy array of numbers.
        ValueError: it is not of shape (n, dim), or holds NaN.
    """
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fiu":
        raise TypeError(
            f"points are a NumPy array of numbers (got {type(x).__name__}): pass numpy.asarray(x, "
            f"dtype=float), or x.detach().numpy() of a tensor."
        )
    if x.ndim != 2 or x.shape[1] != dim:
        raise ValueError(
            f"points of this law have shape (n, {dim}) (got {x.shape}): one point is x[None], and "
            f"coordinates are columns."
        )
    points = np.ascontiguousarray(x, dtype=np.float64)
    if np.isnan(points).any():
        raise ValueError(
            f"points must not be NaN (got {int(np.isnan(points).any(axis=1).sum())} of {len(points)} with "
            f"NaN): remove them, for example with x[~numpy.isnan(x).any(axis=1)]."
        )
    return points
