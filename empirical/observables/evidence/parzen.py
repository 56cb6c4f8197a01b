r"""The Parzen window estimate of a log likelihood: a kernel density estimate from the model's samples.

With bandwidth h and m samples the estimate :math:`\hat p(x) = \frac1m \sum_j N(x; x_j, h^2 I)` has for its
mean not p but the law with more noise: of a decoder with noise sigma it is the density with noise
:math:`\sqrt{\sigma^2 + h^2}`, whatever m. The estimate's logarithm lies below that one's in expectation.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from empirical.densities.noisy.noisy_law import NoisyLaw
from empirical.measurement import Measurement
from empirical.observables.evidence.mean_interval import mean_over_points

PAIRS = 1 << 22  # pairs of a point and a sample looked at once


def best_bandwidth(
    law: NoisyLaw, held_out: Float[np.ndarray, "n d"], bandwidths: Sequence[float], *, samples: int, seed: int
) -> float:
    """The bandwidth under which points that are not in the test set are likeliest.

    Args:
        law: the model, which is only sampled.
        held_out: data for the choice.
        bandwidths: candidates.
        samples: of the model.
        seed: of the samples.

    Source:
        goodfellow2014gan, section 5; breuleux2011quickly.
    """
    drawn = law.sample(samples, seed)
    means = [float(log_parzen(drawn, held_out, bandwidth).mean()) for bandwidth in bandwidths]
    return bandwidths[int(np.argmax(means))]


def parzen(
    law: NoisyLaw,
    x: Float[np.ndarray, "n d"],
    bandwidth: float,
    *,
    samples: int,
    repetitions: int,
    seed: int,
) -> Measurement:
    r"""The mean over the points of :math:`E \log \hat p(x)` for samples of the model, nats.

    Args:
        law: the model, which is only sampled.
        x: the points.
        bandwidth: h, chosen without these points and samples.
        samples: m, of the model.
        repetitions: independent sets of samples, at least 2.
        seed: of the first set; the others follow.

    Source:
        goodfellow2014gan, section 5; breuleux2011quickly.
    """
    sets = np.random.SeedSequence(seed).generate_state(repetitions).tolist()
    estimates = [log_parzen(law.sample(samples, one), x, bandwidth) for one in sets]
    # A set of samples serves all points, whose estimates are therefore dependent: a repetition is their mean.
    means = torch.tensor([[float(estimate.mean())] for estimate in estimates], dtype=torch.float64)
    return mean_over_points(
        means,
        "parzen",
        {"samples": samples, "bandwidth": bandwidth, "test_points": len(x)},
        seed,
        f"log of a kernel density estimate from {samples} samples, averaged over the test points",
    )


def log_parzen(
    samples: Float[np.ndarray, "m d"], x: Float[np.ndarray, "n d"], bandwidth: float
) -> Float[np.ndarray, " n"]:
    """Log of the kernel density estimate at each point, nats.

    Raises:
        ValueError: the bandwidth is not positive.
    """
    if not bandwidth > 0:
        raise ValueError(f"a bandwidth must be positive (got {bandwidth}): pass numpy.logspace(-3, 0, 10).")
    step = max(1, PAIRS // len(samples))
    parts = []
    for start in range(0, len(x), step):
        part = torch.from_numpy(x[start : start + step])
        distance = torch.cdist(part, torch.from_numpy(samples), compute_mode="donot_use_mm_for_euclid_dist")
        parts.append((-(distance**2) / (2 * bandwidth**2)).logsumexp(dim=1).numpy())
    scale = math.log(len(samples)) + x.shape[1] * (math.log(bandwidth) + math.log(2 * math.pi) / 2)
    return np.concatenate([np.empty(0), *parts]) - scale
