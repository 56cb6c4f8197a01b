"""The conventions on which a factor two or a log two depends, said once; docs and report quote them."""

CONVENTIONS: tuple[tuple[str, str], ...] = (
    ("logarithm", "natural; every divergence, entropy and loss is in nats"),
    ("zero", "0 log 0 = 0, and a log(a/0) = infinity for a > 0"),
    ("total variation", "half of the L1 distance, in [0, 1]"),
    ("Jensen-Shannon divergence", "the mean of the two divergences from the middle, in [0, log 2]"),
    (
        "f-divergence",
        "integral of q f(p/q) where q > 0, plus f'(infinity) P(q = 0); f(1) = 0 except in the game's row",
    ),
    (
        "neural distance",
        "max of E_p phi(D) + E_q phi(1 - D) - 2 phi(1/2), with no absolute value: zero for equal laws",
    ),
    ("densities", "with respect to one measure for both laws; atoms are listed apart"),
    ("effective support", "1 / sum of squared probabilities (Renyi order 2), at most the support"),
)
