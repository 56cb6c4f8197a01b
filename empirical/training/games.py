r"""The games, as small functions of the discriminator's logits l, where D = sigmoid(l).

Logarithms of D are taken from the logit: :math:`\log D = -\log(1 + e^{-l})` stays finite where D rounds to 0.
Each expectation is the mean over a batch, or an exact weighted sum over atoms. Where a game's discriminator
is no probability, it plays the logit itself.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from jaxtyping import Float
from torch.nn.functional import logsigmoid

from empirical.training.f_gan import activation, conjugate
from theory.divergences import F_DIVERGENCES, Divergence

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


def critic_payoff(
    real: Float[torch.Tensor, "runs n"],
    fake: Float[torch.Tensor, "runs m"],
    real_weights: Float[torch.Tensor, "runs n"] | None = None,
    fake_weights: Float[torch.Tensor, "runs m"] | None = None,
) -> Losses:
    r"""The Wasserstein game's payoff :math:`E_p l - E_q l` of the logit itself.

    Its supremum over functions of slope at most 1 is the distance :math:`W_1`; over all it is infinite, so
    that it is played with weight clipping or a gradient penalty.

    Source:
        arjovsky2017wgan, equation 2.
    """
    return expectation(real, real_weights) - expectation(fake, fake_weights)


def critic_loss(fake: Logits, weights: Weights = None) -> Losses:
    r"""The Wasserstein generator minimises :math:`-E_q l`."""
    return -expectation(fake, weights)


def squares_payoff(
    real: Float[torch.Tensor, "runs n"],
    fake: Float[torch.Tensor, "runs m"],
    real_weights: Float[torch.Tensor, "runs n"] | None = None,
    fake_weights: Float[torch.Tensor, "runs m"] | None = None,
) -> Losses:
    r"""What a least-squares discriminator maximises, :math:`-\frac12 E_p (l - 1)^2 - \frac12 E_q l^2`.

    Source:
        mao2017least, equation 2, with the labels 0 for fake and 1 for real.
    """
    return -(expectation((real - 1) ** 2, real_weights) + expectation(fake**2, fake_weights)) / 2


def squares_loss(fake: Logits, weights: Weights = None) -> Losses:
    r"""The least-squares generator minimises :math:`\frac12 E_q (l - 1)^2`: it wants the label of the data.

    Source:
        mao2017least, equation 2, with c = 1.
    """
    return expectation((fake - 1) ** 2, weights) / 2


@dataclass(frozen=True)
class Game:
    """What each side wants.

    Args:
        name: how settings call it.
        payoff: of real and fake logits and their weights; the discriminator maximises it.
        generator_loss: of fake logits and their weights; the generator minimises it.
        blind: the payoff of the best discriminator that answers the same everywhere, for log payoffs 1/2.
    """

    name: str
    payoff: Callable[..., torch.Tensor]
    generator_loss: Callable[..., torch.Tensor]
    blind: float


def f_gan(divergence: Divergence) -> Game:
    r"""The game of a row of the catalogue: its payoff's supremum is the divergence :math:`D_f(p \| q)`.

    .. math:: E_p\, g(l) - E_q\, f^*(g(l)),

    of which the generator minimises its own part. Where g or f* grows like an exponential (Kullback-Leibler,
    its reverse, Neyman and squared Hellinger), a logit beyond 709 of the wrong sign overflows float64, and
    one beyond 88 float32: the run then ends with its reason. A constant logit is worth at most f(1).

    Source:
        nowozin2016fgan, equations 5 and 6.
    """

    def payoff(
        real: torch.Tensor, fake: torch.Tensor, real_weights: Weights = None, fake_weights: Weights = None
    ) -> torch.Tensor:
        return expectation(activation(divergence)(real), real_weights) - expectation(
            conjugate(divergence)(fake), fake_weights
        )

    def generator_loss(fake: torch.Tensor, weights: Weights = None) -> torch.Tensor:
        return -expectation(conjugate(divergence)(fake), weights)

    return Game(f"f-gan {divergence.name}", payoff, generator_loss, blind=float(divergence.at_one))


_LOG_4 = math.log(4)
GAMES = {
    played.name: played
    for played in (
        Game("minimax", log_payoff, saturating_loss, blind=-_LOG_4),
        Game("non-saturating", log_payoff, non_saturating_loss, blind=-_LOG_4),
        Game("linear", linear_payoff, linear_loss, blind=0.0),
        Game("wasserstein", critic_payoff, critic_loss, blind=0.0),
        Game("least-squares", squares_payoff, squares_loss, blind=-0.25),
        *map(f_gan, F_DIVERGENCES),
    )
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
