"""A theorem that is subtly false. Watch it fail with: pytest examples/my_false_theorem.py.

The mean of a reciprocal is *not* at most the reciprocal of the mean: Jensen's inequality goes the other way.
The proof looks right, and its identity is; only the direction is wrong.
"""

from theory import Hypothesis, Source, Theorem
from theory.kernel import Fact, Functional, Integrated, Step, at_most, certificate, positive, square

x, mean = positive("x"), positive("mean")
E = Functional("E", over=(x,), facts=(Fact(1, 1), Fact(x, mean)), integrable=(1 / x,))

STATEMENT = at_most(E(1 / x), 1 / mean)

THEOREM = Theorem(
    id="mean-of-a-reciprocal",
    title="The mean of a reciprocal is at most the reciprocal of the mean",
    sentence=r"If $X > 0$ has the mean $\mu$, then $E[1/X] \le 1/\mu$.",
    hypotheses=(Hypothesis("X is positive, with the mean mu and a finite mean of 1/X"),),
    statement=STATEMENT,
    derivation=(
        Step(
            "tangent",
            STATEMENT,
            Integrated(
                {E: certificate((1 / (x * mean**2), square(x - mean)))}, {E: (-2 / mean, 1 / mean**2)}
            ),
            because="1/x is compared with its tangent at the mean.",
        ),
    ),
    predictions=(),
    near_misses=(),
    source=Source("hardy1952inequalities", "chapter 2", as_we_derive_it=True),
)
