r"""The linear payoff's best response, found by way of the log payoff.

:math:`E_p D - E_q D` is flat wherever D is near 0 or 1, so its own gradient settles for the first few atoms
that it cuts off: on 16 learned atoms in the plane, 64 neurons reached 0.08 that way and 0.54 through the log
payoff. That stage separates as a classifier does; a second one, on the linear payoff itself, sharpens.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float

from empirical.networks import MLP, apply, flatten, initial, unflatten
from empirical.targets import FiniteTarget
from empirical.training.best_response import BestResponse
from empirical.training.games import GAMES
from empirical.training.optimizers import Adam, update, zero_moments


def sharp_response(
    discriminator: MLP,
    target: FiniteTarget,
    points: Float[torch.Tensor, "runs m d"],
    weights: Float[torch.Tensor, "runs m"],
    seeds: Sequence[int],
    *,
    steps: tuple[int, int] = (500, 250),
    adams: tuple[Adam, Adam] = (Adam(5e-2), Adam(2e-2)),
) -> BestResponse:
    r"""Trains fresh discriminators against one finite law each, full batch, and keeps the best linear payoff.

    .. math:: \text{gap} = \max_{\text{seen}} E_\mu D - E_\nu D \in [0, 1]

    It is attained by a discriminator, so it bounds the supremum over the class from below. The learning rate
    falls linearly to 0 in each stage.

    Args:
        discriminator: the architecture of the class.
        target: the data law.
        points: the atoms of the law that each run faces.
        weights: of those atoms, each row of sum 1.
        seeds: one whole number per run.
        steps: on the log payoff, then on the linear payoff.
        adams: the optimiser of each stage.

    Raises:
        ValueError: no seed, or another number of seeds than of laws.
    """
    if len(seeds) != len(points):
        raise ValueError(
            f"each law needs one seed (got {len(points)} laws and {len(seeds)} seeds): repeat a law for "
            f"several tries."
        )
    values = flatten(discriminator, initial(discriminator, seeds, purpose="discriminator's start"))
    best, best_values = torch.full((len(seeds),), -torch.inf, dtype=values.dtype), values.clone()
    inputs = torch.cat((target.atoms.expand(len(seeds), -1, -1), points), dim=1)
    real_weights = target.probabilities.expand(len(seeds), -1)
    split = len(target.atoms)
    for name, count, adam in zip(("minimax", "linear"), steps, adams, strict=True):
        moments = zero_moments(values)
        for step in range(count + 1):
            leaf = values.detach().requires_grad_()
            logits = apply(discriminator, unflatten(discriminator, leaf), inputs)[..., 0]
            sides = logits[:, :split], logits[:, split:], real_weights, weights
            linear = GAMES["linear"].payoff(*sides)
            better = linear.detach() > best  # never true of NaN
            best = torch.where(better, linear.detach(), best)
            best_values = torch.where(better[:, None], values, best_values)
            if step < count:
                goal = linear if name == "linear" else GAMES[name].payoff(*sides)
                (gradient,) = torch.autograd.grad(-goal.sum(), leaf)
                update(adam, values, gradient, moments, rate=1 - step / count)
    return BestResponse(best, best.clamp(min=0), unflatten(discriminator, best_values))
