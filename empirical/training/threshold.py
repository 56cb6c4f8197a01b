r"""A discriminator's logit as a statistic: the threshold and the steepness at which it tells most apart.

The class is closed under :math:`l \mapsto s (l - t)`, a change of the last layer. As s grows, the payoff
:math:`E_\mu D - E_\nu D` tends to :math:`\mu(l > t) - \nu(l > t)`, whose maximum over t, and over both signs
of s, is the largest difference of the logit's distribution functions: sorting finds it. Training becomes as
steep only by many small steps.
"""

import torch
from jaxtyping import Float

from empirical.networks import MLP, apply, unflatten
from empirical.training.ascent import TwoLaws

SCALES = 2.0 ** torch.arange(
    31, dtype=torch.float64
)  # the steepest is far beyond what weights of size 1 ask for
SLACK = 1e-3  # of the payoff, given up for smaller parameters


def at_best_threshold(
    discriminator: MLP, laws: TwoLaws, values: Float[torch.Tensor, "runs parameters"]
) -> Float[torch.Tensor, "runs parameters"]:
    """Each run's parameters with its last layer moved to the threshold that tells its laws best apart.

    Among the powers of two it takes the smallest steepness that comes within ``SLACK`` of the best one; a run
    that is better as it stands is left so. The payoffs that are compared are attained, in float64.

    Args:
        discriminator: the architecture of the class, with one output.
        laws: two for each run.
        values: one row of parameters for each run, float64.
    """
    # One run after another: a stack would multiply in an order that knows its height.
    moved = [_moved(discriminator, laws, values, run) for run in range(len(values))]
    return torch.cat(moved)


def _moved(
    discriminator: MLP, laws: TwoLaws, values: torch.Tensor, run: int
) -> Float[torch.Tensor, "1 parameters"]:
    row = values[run, None].clone()
    parameters = unflatten(discriminator, row)  # views: to change them is to change the row
    points = torch.cat((laws.real[run], laws.fake[run])).double()[None]
    weights = torch.cat((laws.real_weights[run], -laws.fake_weights[run])).double()
    logits = apply(discriminator, parameters, points)[0, :, 0]

    levels, order = logits.sort()
    below = weights[order].cumsum(0)[:-1]  # mass of the data, less that of the law, up to each level
    below[levels[1:] == levels[:-1]] = 0.0  # no threshold parts atoms of one level
    if not len(below) or not below.isfinite().all():
        return row
    best = int(below.abs().argmax())
    threshold = float((levels[best] + levels[best + 1]) / 2)
    sign = -float(below[best].sign())  # D is high where the data has more mass
    scales = sign * SCALES
    payoffs = (scales[:, None] * (logits - threshold)).sigmoid() @ weights
    if not float(payoffs.max()) > float(logits.sigmoid() @ weights):
        return row
    scale = scales[int((payoffs >= payoffs.max() - SLACK).nonzero()[0])]
    last = 2 * (len(discriminator.widths) - 2)
    parameters[f"{last}.weight"] *= scale
    parameters[f"{last}.bias"] -= threshold
    parameters[f"{last}.bias"] *= scale
    return row
