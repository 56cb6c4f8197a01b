r"""Two classes whose inner maximum is a formula: a ball of wave features, and cosine neurons on the torus.

The ball :math:`D_v(x) = (1 + \langle v, \varphi(x) \rangle)/2` with :math:`|v| \le 1` and n features of
norm 1, the random waves :math:`(\cos\langle w_j, x\rangle, \sin\langle w_j, x\rangle)/\sqrt{n/2}`, has

.. math:: \max_v E_\mu D_v - E_\nu D_v = \tfrac12 |E_\mu \varphi - E_\nu \varphi|,

by Cauchy and Schwarz. One cosine neuron :math:`D(x) = (1 + \cos(\langle t, x\rangle + b))/2` with
:math:`t \in \{-L, \dots, L\}^p` under uniform data on the torus has

.. math:: \max_{t, b} E_\mu D - E_\nu D = \tfrac12 \max_{t \ne 0} |E_\nu e^{i \langle t, x \rangle}|,

a maximum over finitely many t, since b turns the mean to the negative axis. Laws of m atoms are found by
descent from several starts, so that the support is attained; it may not be the smallest.
"""

from bisect import bisect_left
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import ceil, cos, log, pi

import numpy as np
from jaxtyping import Complex, Float
from scipy.optimize import minimize

ROUNDING = 1e-12  # of a mean of at most a thousand waves in float64: hundreds of roundings
STARTS = 3  # of each descent
STEPS = {"maxiter": 150}
SHARPNESS = (4, 16)  # powers under which a sum over frequencies comes near to its largest term


def wave_numbers(count: int, dim: int, scale: float, seed: int) -> Float[np.ndarray, "count dim"]:
    """Random wave numbers: normal, of this standard deviation."""
    return scale * np.random.default_rng(seed).standard_normal((count, dim))


def ball_advantage(
    waves: Float[np.ndarray, "k d"],
    real: Float[np.ndarray, "n d"],
    fake: Float[np.ndarray, "m d"],
    weights: Float[np.ndarray, " m"],
) -> float:
    """The exact maximum over the ball of 2k wave features, against equal weights on the real points."""
    difference = _means(waves, real, np.full(len(real), 1 / len(real))) - _means(waves, fake, weights)
    return float(np.linalg.norm(difference)) / len(waves) ** 0.5 / 2


def ball_support(
    waves: Float[np.ndarray, "k d"], real: Float[np.ndarray, "n d"], epsilon: float, seed: int, most: int
) -> int:
    """So few atoms, of any places and weights, that a descent fools the ball and with one less fails."""
    goal = _means(waves, real, np.full(len(real), 1 / len(real)))
    dim = real.shape[1]

    def loss(numbers: np.ndarray, count: int) -> tuple[float, np.ndarray]:
        points, raw = numbers[: count * dim].reshape(count, dim), numbers[count * dim :]
        weights = _softmax(raw)
        turned = np.exp(1j * points @ waves.T)
        off = weights @ turned - goal
        pull = np.real(turned * off.conj())  # the derivative of half the squared norm by a weight
        slope = np.real(1j * turned * off.conj()) @ waves * weights[:, None]
        by_raw = weights * (pull.sum(axis=1) - weights @ pull.sum(axis=1))
        value = float(np.vdot(off, off).real) / 2
        return value, np.concatenate([slope.reshape(-1), by_raw])

    def fooled(count: int) -> bool:
        for start in range(STARTS):
            generator = np.random.default_rng((seed, count, start))
            first = real[generator.choice(len(real), count, replace=count > len(real))]
            begin = np.concatenate([first.reshape(-1), np.zeros(count)])
            numbers = minimize(loss, begin, (count,), jac=True, method="L-BFGS-B", options=STEPS).x
            points, weights = numbers[: count * dim].reshape(count, dim), _softmax(numbers[count * dim :])
            if ball_advantage(waves, real, points, weights) <= epsilon - ROUNDING:
                return True
        return False

    return _fewest(fooled, most)


def ball_support_at_most(features: int, epsilon: Fraction, mean_square: float) -> int:
    r"""Maurey's bound with Caratheodory's: so many atoms are enough for the ball.

    .. math:: \min\big(n + 1, \lceil (1 - |E_\mu\varphi|^2)/(4\epsilon^2) \rceil\big)

    The mean of m draws from the data is off by :math:`(1 - |E\varphi|^2)/m` in squared norm, on average.

    Args:
        features: n, of norm 1 together.
        epsilon: the largest advantage that counts as fooled.
        mean_square: :math:`|E_\mu \varphi|^2`; 0 gives a bound for any law.
    """
    return min(features + 1, max(1, ceil(Fraction(1 - mean_square) / (4 * epsilon**2))))


def frequencies(dimension: int, largest: int) -> Float[np.ndarray, "k p"]:
    """The integer frequencies up to the largest in each coordinate, one of each pair t and -t, without 0."""
    every = np.array(list(product(range(-largest, largest + 1), repeat=dimension)), dtype=float)
    return every[len(every) // 2 + 1 :]


def cosine_advantage(angles: Float[np.ndarray, "m p"], waves: Float[np.ndarray, "k p"]) -> float:
    """The exact maximum over all cosine neurons of these frequencies against equal weights on the angles."""
    return float(np.abs(_means(waves, angles, np.full(len(angles), 1 / len(angles)))).max()) / 2


def cosine_support(dimension: int, largest: int, epsilon: float, seed: int, most: int) -> int:
    """So few equal atoms of the torus that a descent fools all neurons and with one less fails."""
    waves = frequencies(dimension, largest)

    def loss(numbers: np.ndarray, count: int, power: int) -> tuple[float, np.ndarray]:
        angles = numbers.reshape(count, dimension)
        turned = np.exp(1j * angles @ waves.T)
        means = turned.mean(axis=0)
        squares = np.abs(means) ** 2
        top = squares.max() + 1e-300
        shares = (squares / top) ** (power - 1)
        total = float((shares * squares / top).sum())
        # log of the power mean of the squares, and its derivative by each angle.
        pulls = shares * means.conj() / (top * total)
        slope = np.real(1j * turned * pulls) @ waves * (2 / count)
        return log(top) + log(total) / power, slope.reshape(-1)

    def fooled(count: int) -> bool:
        for start in range(STARTS):
            numbers = np.random.default_rng((seed, count, start)).uniform(0, 2 * pi, count * dimension)
            for power in SHARPNESS:
                numbers = minimize(
                    loss, numbers, (count, power), jac=True, method="L-BFGS-B", options=STEPS
                ).x
                if cosine_advantage(numbers.reshape(count, dimension), waves) <= epsilon - ROUNDING:
                    return True
        return False

    return _fewest(fooled, most)


def cosine_support_at_most(dimension: int, largest: int, epsilon: Fraction) -> int:
    r"""So many equal atoms are enough for the neurons, :math:`\min_J 2\log(2JK)/(2\epsilon c_J)^2`.

    K frequencies make JK functions of mean zero, the cosines of J phases :math:`\pi j/J` each. A complex
    number z is at most :math:`\max_j |\mathrm{Re}\, e^{-i \pi j/J} z| / c_J` large with
    :math:`c_J = \cos(\pi/2J)`, since some phase is that near to it or to its negative. The data may be taken
    to be uniform on the grid of :math:`2L + 1` places a coordinate, where all these functions have mean zero.

    Source:
        the theorem support-lower-bound, step support-at-most.
    """
    pairs = ((2 * largest + 1) ** dimension - 1) // 2
    level = 2 * float(epsilon)
    return min(
        ceil(2 * log(2 * phases * pairs) / (level * cos(pi / (2 * phases))) ** 2 * (1 + ROUNDING))
        for phases in range(2, 17)
    )


def _fewest(fooled: Callable[[int], bool], most: int) -> int:
    """A number m that fools and m - 1 does not, by bisection; ``most`` if none below does."""
    return 1 + bisect_left(range(1, most), True, key=fooled)


def _means(
    waves: Float[np.ndarray, "k d"], points: Float[np.ndarray, "m d"], weights: Float[np.ndarray, " m"]
) -> Complex[np.ndarray, " k"]:
    """The mean of each wave."""
    return weights @ np.exp(1j * points @ waves.T)


def _softmax(raw: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    shifted = np.exp(raw - raw.max())
    return shifted / shifted.sum()
