"""Optimisers on a stack of runs: every run has its own moments, so each moves as it would alone."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch.optim.adam import adam

Rows = Float[torch.Tensor, "runs parameters"]


@dataclass(frozen=True)
class Adam:
    """The settings of the optimiser; the defaults are those of its authors.

    Raises:
        ValueError: a rate or epsilon that is not positive and finite, or a beta outside [0, 1).

    Source:
        kingma2015adam, algorithm 1.
    """

    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        for name, value in (("learning rate", self.learning_rate), ("epsilon", self.epsilon)):
            if not (math.isfinite(value) and value > 0):
                raise ValueError(
                    f"Adam's {name} must be positive (got {value}): pass a small positive number."
                )
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(
                f"Adam's betas must lie in [0, 1) (got {self.betas}): the usual are (0.9, 0.999)."
            )


@dataclass(frozen=True)
class SGD:
    r"""Gradient descent with momentum: :math:`m \gets \beta m + g,\; x \gets x - \eta m`.

    Raises:
        ValueError: a learning rate that is not positive and finite, or a momentum outside [0, 1).

    Source:
        sutskever2013momentum, section 2.
    """

    learning_rate: float = 1e-2
    momentum: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise ValueError(
                f"the learning rate of SGD must be positive (got {self.learning_rate}): pass 0.01, say."
            )
        if not 0 <= self.momentum < 1:
            raise ValueError(
                f"the momentum of SGD must lie in [0, 1) (got {self.momentum}): the usual are 0 and 0.9."
            )


Optimizer = Adam | SGD


@dataclass
class Moments:
    """Running means of each parameter's gradient and of its square, after this many updates.

    SGD keeps its momentum in the first and leaves the second at zero.
    """

    first: Rows
    second: Rows
    updates: int = 0


def zero_moments(values: Rows) -> Moments:
    """The moments before the first update."""
    return Moments(torch.zeros_like(values), torch.zeros_like(values))


def update(optimizer: Optimizer, values: Rows, gradient: Rows, moments: Moments, rate: float = 1.0) -> None:
    r"""Moves the values in place against the gradient, with the learning rate multiplied by ``rate``.

    Adam: :math:`m \gets \beta_1 m + (1 - \beta_1) g,\; v \gets \beta_2 v + (1 - \beta_2) g^2`, then
    :math:`x \gets x - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)` with
    :math:`\hat m = m / (1 - \beta_1^t),\; \hat v = v / (1 - \beta_2^t)`. Every operation is elementwise: no
    run reads another's numbers.
    """
    moments.updates += 1
    if isinstance(optimizer, SGD):
        moments.first.mul_(optimizer.momentum).add_(gradient)
        values.add_(moments.first, alpha=-rate * optimizer.learning_rate)
        return
    # Torch's own functional form, which passes over the rows once and counts the updates itself.
    adam(
        [values],
        [gradient],
        [moments.first],
        [moments.second],
        [],
        [torch.tensor(float(moments.updates - 1))],
        fused=True,
        amsgrad=False,
        beta1=optimizer.betas[0],
        beta2=optimizer.betas[1],
        lr=rate * optimizer.learning_rate,
        weight_decay=0.0,
        eps=optimizer.epsilon,
        maximize=False,
    )
