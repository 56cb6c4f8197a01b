"""Adam on a stack of runs: every run has its own moments, so each moves as it would alone."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float

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


@dataclass
class Moments:
    """Running means of each parameter's gradient and of its square, after this many updates."""

    first: Rows
    second: Rows
    updates: int = 0


def zero_moments(values: Rows) -> Moments:
    """The moments before the first update."""
    return Moments(torch.zeros_like(values), torch.zeros_like(values))


def update(adam: Adam, values: Rows, gradient: Rows, moments: Moments, rate: float = 1.0) -> None:
    r"""Moves the values in place against the gradient, with the learning rate multiplied by ``rate``.

    :math:`m \gets \beta_1 m + (1 - \beta_1) g,\; v \gets \beta_2 v + (1 - \beta_2) g^2`, then
    :math:`x \gets x - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)` with
    :math:`\hat m = m / (1 - \beta_1^t),\; \hat v = v / (1 - \beta_2^t)`. Every operation is elementwise: no
    run reads another's numbers.
    """
    beta1, beta2 = adam.betas
    moments.updates += 1
    moments.first.lerp_(gradient, 1 - beta1)
    moments.second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    correction1, correction2 = (1 - beta**moments.updates for beta in adam.betas)
    scale = moments.second.sqrt().div_(math.sqrt(correction2)).add_(adam.epsilon)
    values.addcdiv_(moments.first, scale, value=-rate * adam.learning_rate / correction1)
