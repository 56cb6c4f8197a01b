"""Exact confidence limits of a probability from a number of hits in independent trials."""

from fractions import Fraction

from flint import arb, fmpq
from scipy.special import betaincinv

from theory.kernel.balls import precision

DIGITS = 52  # binary, of the first step outwards from a rounded limit


def clopper_pearson(hits: int, trials: int, confidence: Fraction) -> tuple[Fraction, Fraction]:
    r"""The lower and the upper confidence limit of a probability, each one-sided at this confidence.

    With :math:`K \sim \mathrm{Bin}(n, \gamma)` and k hits, the lower limit is the :math:`\gamma` with
    :math:`P(K \ge k) = 1 - c` (0 at k = 0), the upper the one with :math:`P(K \le k) = 1 - c` (1 at k = n).
    Each bounds the true probability with probability at least c, whatever that is.

    Args:
        hits: number of trials that succeeded, 0 to ``trials``.
        trials: number of independent trials.
        confidence: c, of each limit alone.

    Returns:
        Rationals on the safe side of the two limits: the lower is no larger and the upper no smaller.

    Raises:
        ValueError: hits, trials or confidence are outside their range.

    Source: clopperpearson1934.
    """
    if trials < 1 or not 0 <= hits <= trials:
        raise ValueError(
            f"hits must lie between 0 and the number of trials (got {hits} of {trials}): count each trial "
            f"once."
        )
    if not 0 < confidence < 1:
        raise ValueError(
            f"the confidence must lie strictly between 0 and 1 (got {confidence}): pass 0.95 for 95 %."
        )
    # A limit from above for hits is one from below for misses.
    return _lower(hits, trials, 1 - confidence), 1 - _lower(trials - hits, trials, 1 - confidence)


def _lower(hits: int, trials: int, error: Fraction) -> Fraction:
    if hits == 0:
        return Fraction(0)
    guess = Fraction(float(betaincinv(hits, trials - hits + 1, float(error))))
    # The guess is rounded; step outwards until a ball proves that the tail is no larger than allowed.
    for digits in range(DIGITS, 0, -1):
        limit = guess - min(guess, 1 - guess) / 2**digits
        with precision(256):
            point = arb(fmpq(limit.numerator, limit.denominator))
            tail = point.beta_lower(hits, trials - hits + 1, regularized=True)  # P(K >= hits)
            if tail <= arb(fmpq(error.numerator, error.denominator)):
                return limit
    return Fraction(0)  # true whatever the tail is
