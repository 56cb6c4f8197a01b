r"""The games, as small functions of the discriminator's logits l, where D = sigmoid(l).

Logarithms of D are taken from the logit: :math:`\log D = -\log(1 + e^{-l})` stays finite where D rounds to 0.
Each expectation is the mean over a batch, or an exact weighted sum over atoms.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from jaxtyping import Float
from torch.nn.functional import logsigmoid

Logits = Float[torch.Tensor, "runs points"]
Weights = Float[torch.Tensor, "runs points"] | None
Losses = Float[torch.Tensor, " runs"]


def expectation(values: Logits, weights: Weights) -> Losses:
    """Mean of each run's values, or their sum with these weights."""
    return values.mean(dim=1) if weights is None else (weights * values).sum(dim=1)


def log_payoff(
    real: Float[torch.Tensor, "runs n"],
    fake: Float[torch.Tensor, "runs m"],
    real_weights: Float[torch.Tensor, "runs n"] | None = None,
    fake_weights: Float[torch.Tensor, "runs m"] | None = None,
) -> Losses:
    r"""What the discriminator maximises, :math:`V = E_p \log D + E_q \log(1 - D) \le 0`, nats.

    Source:
        goodfellow2014gan, equation 1.
    """
    return expectation(logsigmoid(real), real_weights) + expectation(logsigmoid(-fake), fake_weights)


def linear_payoff(
    real: Float[torch.Tensor, "runs n"],
    fake: Float[torch.Tensor, "runs m"],
    real_weights: Float[torch.Tensor, "runs n"] | None = None,
    fake_weights: Float[torch.Tensor, "runs m"] | None = None,
) -> Losses:
    r"""The integral-probability payoff :math:`E_p D - E_q D` with D in (0, 1); its supremum is at most TV."""
    return expectation(real.sigmoid(), real_weights) - expectation(fake.sigmoid(), fake_weights)


def saturating_loss(fake: Logits, weights: Weights = None) -> Losses:
    r"""The minimax generator minimises :math:`E_q \log(1 - D)`, its part of the log payoff, nats."""
    return expectation(logsigmoid(-fake), weights)


def non_saturating_loss(fake: Logits, weights: Weights = None) -> Losses:
    r"""The non-saturating generator minimises :math:`-E_q \log D`, nats.

    Source:
        goodfellow2014gan, section 3.
    """
    return -expectation(logsigmoid(fake), weights)


def linear_loss(fake: Logits, weights: Weights = None) -> Losses:
    r"""The generator of the linear game minimises :math:`-E_q D`, its part of the linear payoff."""
    return -expectation(fake.sigmoid(), weights)


@dataclass(frozen=True)
class Game:
    """What each side wants.

    Args:
        name: how settings call it.
        payoff: of real and fake logits and their weights; the discriminator maximises it.
        generator_loss: of fake logits and their weights; the generator minimises it.
        blind: the payoff of the discriminator that answers 1/2 everywhere.
    """

    name: str
    payoff: Callable[..., torch.Tensor]
    generator_loss: Callable[..., torch.Tensor]
    blind: float


_LOG_4 = math.log(4)
GAMES = {
    "minimax": Game("minimax", log_payoff, saturating_loss, blind=-_LOG_4),
    "non-saturating": Game("non-saturating", log_payoff, non_saturating_loss, blind=-_LOG_4),
    "linear": Game("linear", linear_payoff, linear_loss, blind=0.0),
}


def game(name: str) -> Game:
    """The game of this name.

    Raises:
        ValueError: there is none; the nearest name is suggested.
    """
    if name in GAMES:
        return GAMES[name]
    nearest = get_close_matches(name, GAMES, n=1, cutoff=0)[0]
    raise ValueError(f"no game is called {name!r}: did you mean {nearest!r}? There are {', '.join(GAMES)}.")
