r"""The customary score of a benchmark: modes that samples hit, good samples, and the reverse divergence.

A sample has high quality within so many standard deviations of a centre, and captures the nearest one. The
reverse divergence is :math:`\sum_i \hat s_i \log(\hat s_i / w_i)` of the high-quality samples' shares
:math:`\hat s` from the data's weights; a plug-in number, which exceeds its limit by about (k - 1)/2n.
"""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Float, Int
from scipy.special import rel_entr

from empirical.targets import GaussianMixture


@dataclass(frozen=True, eq=False)
class Score:
    """What a benchmark's protocol says of one sample.

    Args:
        counts: high-quality samples at each mode.
        draws: all samples.
        weights: of the data's modes.
    """

    counts: Int[np.ndarray, " k"]
    draws: int
    weights: Float[np.ndarray, " k"]

    @property
    def modes(self) -> int:
        """Modes with at least one high-quality sample."""
        return int(np.count_nonzero(self.counts))

    @property
    def high_quality(self) -> float:
        """Share of the samples near some mode."""
        return float(self.counts.sum() / self.draws)

    @property
    def reverse_divergence(self) -> float:
        """Divergence of the modes' shares from the data's weights, nats; NaN without a good sample."""
        total = self.counts.sum()
        return float(rel_entr(self.counts / total, self.weights).sum()) if total else nan


def score(samples: Float[np.ndarray, "n d"], target: GaussianMixture, sigmas: float = 3.0) -> Score:
    """The score of a sample on a mixture's benchmark.

    What the target's own samples achieve is ``target.expected_modes(n)`` and
    ``target.high_quality_ceiling()``.

    Raises:
        ValueError: there is no sample, it has another dimension, or sigmas is not positive.

    Source:
        lin2018pacgan, section 4.1.
    """
    if not len(samples) or samples.shape[1] != target.dim or not sigmas > 0:
        raise ValueError(
            f"a score needs samples in the {target.dim} coordinates of {target.name} and a positive radius "
            f"(got samples of shape {samples.shape} and {sigmas} sigmas): pass (n, {target.dim}) and 3.0."
        )
    distances = np.linalg.norm(samples[:, None, :] - target.modes.numpy()[None], axis=2)
    nearest = distances.argmin(axis=1)[distances.min(axis=1) <= sigmas * target.sigma]
    counts = np.bincount(nearest, minlength=len(target.centres))
    return Score(counts=counts, draws=len(samples), weights=target.probabilities.numpy())
