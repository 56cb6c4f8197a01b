"""Maximum likelihood for a softmax over finitely many labels, by Adam on batches of a real sample."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch.nn.functional import cross_entropy

from empirical.training.optimizers import Adam, update, zero_moments
from empirical.training.streams import stream


def maximum_likelihood(
    labels: Int[torch.Tensor, " m"],
    atoms: int,
    seed: int,
    *,
    checkpoints: Sequence[int],
    batch: int,
    adam: Adam,
    progress: Callable[[float], None] | None = None,
) -> Float[torch.Tensor, "checkpoints atoms"]:
    r"""The logits at each of these steps, from equal weights on, while :math:`-\log q(x)` falls on batches.

    Args:
        labels: the sample, whole numbers from 0 to atoms - 1.
        atoms: number of labels there are.
        seed: of the batches, drawn with replacement.
        checkpoints: increasing steps at which to keep the logits; 0 is before the first.
        batch: labels in a batch.
        adam: the optimiser.
        progress: called with the share of the steps done.

    Raises:
        ValueError: no checkpoint, checkpoints that do not increase from 0 on, or a batch below 1.
    """
    steps = list(checkpoints)
    if not steps or steps[0] < 0 or any(b <= a for a, b in pairwise(steps)) or batch < 1:
        raise ValueError(
            f"checkpoints must increase from 0 on, and a batch hold a label (got {steps} and {batch}): "
            f"pass checkpoints=(0, 10, 100) and batch=100, say."
        )
    draws = stream(seed, "training")
    values = torch.zeros(1, atoms, dtype=torch.float64)
    moments = zero_moments(values)
    kept = []
    for step in range(steps[-1] + 1):
        if step == steps[len(kept)]:
            kept.append(values[0].clone())
        if step < steps[-1]:
            chosen = labels[torch.randint(len(labels), (batch,), generator=draws)]
            leaf = values.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(cross_entropy(leaf.expand(batch, -1), chosen), leaf)
            update(adam, values, gradient, moments)
            if progress is not None:
                progress((step + 1) / steps[-1])
    return torch.stack(kept)
