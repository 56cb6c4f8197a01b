r"""How much of a mixture a generator makes: numbers of modes from the exact probabilities of the modes.

That a few of 2,500 samples lie near a centre says little where a generator spreads its samples over the whole
plane: such a cloud hits every mode and makes none. Two numbers are read beside that customary count. With the
generator's probabilities :math:`m_i` of the modes' discs and the data's own :math:`M_i`,

.. math::

    \text{covered} = \sum_i \min(m_i / M_i, 1), \qquad
    \text{effective} = \exp\Big(-\sum_i s_i \log s_i\Big), \quad s_i = m_i \Big/ \sum_j m_j .

The first counts a mode in the part to which its probability is reached; the second says among how many
equally likely modes the same entropy is spread, whatever lies far from all of them.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import entr

from empirical.measurement import Measurement


def covered_modes(modes: Sequence[Measurement], masses: Float[np.ndarray, " k"]) -> Measurement:
    r""":math:`\sum_i \min(m_i / M_i, 1)`, enclosed: it increases in every probability.

    Args:
        modes: the generator's probability of each mode's disc, enclosed.
        masses: the data's own.

    Raises:
        ValueError: another number of masses than of modes, or a mass that is not positive.
    """
    if len(masses) != len(modes) or not np.all(masses > 0):
        raise ValueError(
            f"each mode needs the data's own positive mass (got {len(modes)} modes and masses "
            f"{masses.tolist()}): pass target.mode_masses() of the same target."
        )
    lower, upper = (
        float(np.minimum([getattr(mode, end) for mode in modes] / masses, 1.0).sum())
        for end in ("lower", "upper")
    )
    return _enclosed("covered_modes", lower, upper, f"from the exact probabilities of {len(modes)} modes")


def effective_modes(modes: Sequence[Measurement]) -> Measurement:
    r""":math:`\exp(-\sum_i s_i \log s_i)`, enclosed; 0 where nothing lies near any mode.

    Each share lies between :math:`l_i / (l_i + \sum_{j \ne i} u_j)` and :math:`u_i / (u_i + \sum_{j \ne i}
    l_j)`, and :math:`-s \log s` is concave with its maximum at 1/e, so each term is enclosed by itself.
    """
    low, high = (np.array([getattr(mode, end) for mode in modes]) for end in ("lower", "upper"))
    if high.sum() == 0:
        return _enclosed("effective_modes", 0.0, 0.0, "nothing lies near any mode")
    others_low, others_high = low.sum() - low, high.sum() - high
    # A mode that alone may have mass has share 1, whatever its mass.
    least = np.divide(low, low + others_high, out=np.zeros_like(low), where=low > 0)
    most = np.divide(high, high + others_low, out=np.zeros_like(high), where=high > 0)
    terms_low = np.minimum(entr(least), entr(most))
    terms_high = np.where(
        (least <= 1 / np.e) & (1 / np.e <= most), 1 / np.e, np.maximum(entr(least), entr(most))
    )
    count = np.count_nonzero(high)
    lower, upper = max(1.0, np.exp(terms_low.sum())), min(float(count), np.exp(terms_high.sum()))
    return _enclosed(
        "effective_modes",
        float(min(lower, upper)),
        float(upper),
        f"exponential of the entropy of {len(modes)} exact probabilities, each term enclosed",
    )


def _enclosed(observable: str, lower: float, upper: float, obtained: str) -> Measurement:
    return Measurement(
        observable=observable,
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        confidence=1.0,
        unit="1",
        obtained=obtained,
    )
