r"""Where the payoff of a discriminator is largest, and how large, enclosed from one that was trained.

On atoms with weights p of the data and q of the generator the payoff is :math:`\sum_x f_x(D(x))` with
:math:`f(D) = p \log D + q \log(1 - D)`. Nothing is assumed about its maximum; only calculus at the trained
output is used. From :math:`-f'' = p/D^2 + q/(1 - D)^2 \ge p + q` on (0, 1), at any output D of slope
:math:`s = f'(D)`

- the maximiser lies on the side of D to which f rises, within :math:`|s| / (p + q)`;
- the maximum is at least :math:`f(D)`, and at most :math:`f(D) + s^2 / (2(p + q))` and at most 0.

So a trained discriminator proves by itself how far from optimal it can be: well trained, it leaves a narrow
interval, badly trained, a wide one that still holds the truth.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from empirical.measurement import Measurement
from theory.laws import FiniteLaw

ROUNDING = 2.0**-40  # a few operations of error 2^-53 each, with room; far below every resolution

Logits = Float[np.ndarray, "runs atoms"]


def payoffs(p: FiniteLaw, q: FiniteLaw, logits: Logits) -> Float[np.ndarray, " runs"]:
    r"""Each run's payoff, :math:`\sum_x p(x) \log D(x) + q(x) \log(1 - D(x))`, D = sigmoid(logit), nats."""
    return _payoff(*_weights(p, q, logits), logits).sum(axis=1)


def best_outputs(
    p: FiniteLaw, q: FiniteLaw, logits: Logits, parameters: Mapping[str, Any], seed: int
) -> tuple[Measurement, ...]:
    """The output of the optimal discriminator at each atom, enclosed by every run.

    The interval is the hull of the runs' enclosures, so that all of them agree with whatever lies outside it.

    Args:
        p: the data's law.
        q: the generator's law on the same atoms, not zero where p is.
        logits: (runs, atoms) of trained discriminators.
        parameters: the setting, kept with the measurements.
        seed: of the runs.

    Raises:
        ValueError: the laws and the logits have different atoms, or an atom has no weight in either law.
    """
    data, fake = _weights(p, q, logits)
    outputs, slope = expit(logits), _slope(data, fake, logits)
    reach = np.abs(slope) / (data + fake) + ROUNDING
    lower = np.where(slope >= 0, outputs - ROUNDING, outputs - reach).clip(0, 1)
    upper = np.where(slope <= 0, outputs + ROUNDING, outputs + reach).clip(0, 1)
    return tuple(
        Measurement(
            observable="discriminator_output",
            value=float(np.median(outputs[:, atom])),
            lower=float(lower[:, atom].min()),
            upper=float(upper[:, atom].max()),
            confidence=1.0,
            unit="1",
            parameters={**parameters, "atom": atom, "p": str(p.weights[atom]), "q": str(q.weights[atom])},
            seed=seed,
            obtained=(
                f"median output of {len(logits)} trained discriminators; the interval holds, for each of "
                f"them, every output at which the payoff can be largest, from its slope and least curvature"
            ),
        )
        for atom in range(logits.shape[1])
    )


def game_value(
    p: FiniteLaw, q: FiniteLaw, logits: Logits, parameters: Mapping[str, Any], seed: int
) -> Measurement:
    """The largest payoff of all discriminators, nats: at least the best run's, at most each run's bound.

    The arguments are those of ``best_outputs``, and so are the errors.
    """
    data, fake = _weights(p, q, logits)
    payoff, slope = _payoff(data, fake, logits), _slope(data, fake, logits)
    with np.errstate(over="ignore"):
        above = np.minimum(payoff + slope**2 / (2 * (data + fake)), 0).sum(axis=1)
    attained = float(payoff.sum(axis=1).max())
    slack = ROUNDING * (1 + abs(attained))
    return Measurement(
        observable="game_value",
        value=attained,
        lower=attained - slack,
        upper=float(above.min()) + slack,
        confidence=1.0,
        unit="nats",
        parameters={**parameters, "p": _written(p), "q": _written(q)},
        seed=seed,
        obtained=(
            f"best payoff of {len(logits)} trained discriminators, which the value of the game cannot be "
            f"below; bounded above by the payoff's slope and least curvature at their outputs"
        ),
    )


def jensen_shannon_from(value: Measurement) -> Measurement:
    r"""The divergence that a value of the game amounts to, :math:`(C + \log 4)/2`, nats."""
    value_of, lower, upper = ((end + np.log(4)) / 2 for end in (value.value, value.lower, value.upper))
    return Measurement(
        observable="jensen_shannon",
        value=float(value_of),
        lower=float(lower),
        upper=float(upper),
        confidence=value.confidence,
        unit="nats",
        parameters=value.parameters,
        seed=value.seed,
        obtained=f"half of log 4 plus the value of the game: {value.obtained}",
    )


def _written(law: FiniteLaw) -> str:
    return ",".join(str(weight) for weight in law.weights)


def _weights(
    p: FiniteLaw, q: FiniteLaw, logits: Logits
) -> tuple[Float[np.ndarray, " atoms"], Float[np.ndarray, " atoms"]]:
    if not len(p) == len(q) == logits.shape[1]:
        raise ValueError(
            f"the laws and the discriminators must share their atoms (got {len(p)}, {len(q)} and "
            f"{logits.shape[1]}): pass one logit for each atom."
        )
    data, fake = (np.array([float(weight) for weight in law.weights]) for law in (p, q))
    if not (data + fake > 0).all():
        raise ValueError("an atom has no weight in either law: leave it out, every output is optimal there.")
    return data, fake


def _payoff(
    data: Float[np.ndarray, " atoms"], fake: Float[np.ndarray, " atoms"], logits: Logits
) -> Float[np.ndarray, "runs atoms"]:
    # log D = -log(1 + exp(-logit)) stays finite where D rounds to 0 or 1.
    return -data * np.logaddexp(0, -logits) - fake * np.logaddexp(0, logits)


def _slope(
    data: Float[np.ndarray, " atoms"], fake: Float[np.ndarray, " atoms"], logits: Logits
) -> Float[np.ndarray, "runs atoms"]:
    """Derivative of the payoff in the output; infinite where the output is too close to 0 or 1 to tell."""
    output, rest = expit(logits), expit(-logits)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return np.where(data > 0, data / output, 0) - np.where(fake > 0, fake / rest, 0)
