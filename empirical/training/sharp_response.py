r"""The linear payoff's best response, found by way of the log payoff.

:math:`E_p D - E_q D` is flat wherever D is near 0 or 1, so its own gradient settles for the first few atoms
that it cuts off: on 16 learned atoms in the plane, 64 neurons reached 0.08 that way and 0.54 through the log
payoff. That stage separates as a classifier does; a second one, on the linear payoff itself, sharpens; and at
last the best threshold of the logit is taken, as steep as it asks for.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float

from empirical.networks import MLP, unflatten
from empirical.streams import whole_seeds
from empirical.targets import FiniteTarget
from empirical.training.ascent import Stage, TwoLaws, ascend, attained
from empirical.training.best_response import BestResponse
from empirical.training.optimizers import Adam
from empirical.training.setting import DTYPES
from empirical.training.threshold import at_best_threshold


def sharp_response(
    discriminator: MLP,
    target: FiniteTarget,
    points: Float[torch.Tensor, "runs m d"],
    weights: Float[torch.Tensor, "runs m"],
    seeds: Sequence[int],
    *,
    steps: tuple[int, int] = (250, 500),
    adams: tuple[Adam, Adam] = (Adam(1e-1), Adam(5e-2)),
    engine: str | None = None,
    dtype: str = "float64",
) -> BestResponse:
    r"""Trains fresh discriminators against one finite law each, full batch, and keeps the best linear payoff.

    .. math:: \text{gap} = \max_{\text{seen}} E_\mu D - E_\nu D \in [0, 1]

    Seen are the parameters before and after each step, and at the end the best of them at the threshold and
    steepness of its last layer that tell most apart. The gap is attained by the discriminator that is handed
    back, in float64, whatever trained it: it bounds the supremum over the class from below. The learning rate
    falls linearly to 0 in each stage. In the native engine a run ends with the bits of the run alone, in
    torch it agrees with it to rounding.

    Args:
        discriminator: the architecture of the class.
        target: the data law.
        points: the atoms of the law that each run faces.
        weights: of those atoms, each row of sum 1.
        seeds: one whole number per run.
        steps: on the log payoff, then on the linear payoff, each at least 1.
        adams: the optimiser of each stage.
        engine: "native" or "torch"; None for the native one where it can.
        dtype: of the training, "float64" or "float32".

    Raises:
        ValueError: no seed, another number of seeds than of laws, points or weights that are not a law's, a
            discriminator of another input or output width, a stage without steps, or an unknown engine or
            dtype.
    """
    if not len(seeds) == len(points) == len(weights):
        raise ValueError(
            f"each law needs one seed (got {len(points)} laws and {len(seeds)} seeds): repeat a law for "
            f"several tries."
        )
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {tuple(DTYPES)} (got {dtype!r}): pass one.")
    seeds = whole_seeds(seeds)
    runs = len(seeds)
    laws = TwoLaws(target.atoms.expand(runs, -1, -1), target.probabilities.expand(runs, -1), points, weights)
    stages = [
        Stage(payoff, count, adam)
        for payoff, count, adam in zip(("minimax", "linear"), steps, adams, strict=True)
    ]
    met = ascend(discriminator, laws, seeds, stages, "linear", engine=engine, dtype=DTYPES[dtype])
    values = at_best_threshold(discriminator, laws, met.double())
    best = attained(discriminator, laws, values, "linear", seeds)
    return BestResponse(best, best.clamp(min=0), unflatten(discriminator, values))
