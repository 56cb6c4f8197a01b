"""The smallest support that fools a class of discriminators, found by computation and certified exactly.

Each ``..._support`` function returns a measurement of the observable ``fooling_support`` with confidence 1:
its upper end is the support of a law whose gap was computed in rationals to be small enough; its lower end is
one more than a size of support on which every law is told apart, again in rationals. Where a solver in
floating point proposes something, it counts only after it was checked exactly.
"""

from empirical.observables.fooling.balls import Norm, SupportGap, ball_support, gap_on_support
from empirical.observables.fooling.spans import matching_law, random_features, span_support
from empirical.observables.fooling.thresholds import (
    Staircase,
    forced_staircase,
    kolmogorov_smirnov,
    needs_an_atom,
    threshold_support,
)

__all__ = [
    "Norm",
    "Staircase",
    "SupportGap",
    "ball_support",
    "forced_staircase",
    "gap_on_support",
    "kolmogorov_smirnov",
    "matching_law",
    "needs_an_atom",
    "random_features",
    "span_support",
    "threshold_support",
]
