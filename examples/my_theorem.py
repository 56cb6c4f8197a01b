"""A theorem of one's own. Check it with: pytest examples/my_theorem.py.

Jensen's inequality for the square: the mean of a square is at least the square of the mean.
"""

from theory import Hypothesis, NearMiss, Source, Theorem
from theory.kernel import Fact, Functional, Integrated, Step, at_least, certificate, equal, real, square

x, mean = real("x"), real("mean")
E = Functional("E", over=(x,), facts=(Fact(1, 1), Fact(x, mean)), integrable=(x**2,))

STATEMENT = at_least(E(x**2), mean**2)

THEOREM = Theorem(
    id="second-moment",
    title="The mean of a square is at least the square of the mean",
    sentence=r"If $E X = \mu$ and $E X^2$ is finite, then $E X^2 \ge \mu^2$.",
    hypotheses=(Hypothesis("X has the mean mu and a finite second moment"),),
    statement=STATEMENT,
    derivation=(
        Step(
            "jensen",
            STATEMENT,
            # x^2 - mean^2 = (x - mean)^2 + 2 mean x - 2 mean^2, and the last two have the total zero.
            Integrated({E: certificate((1, square(x - mean)))}, {E: (mean**2, -2 * mean)}),
            because="The mean of (x - mean)^2 is at least zero.",
        ),
    ),
    predictions=(),
    near_misses=(
        NearMiss("no-spread", equal(E(x**2), mean**2), "Equality holds only for a constant."),
        NearMiss("twice", at_least(E(x**2), 2 * mean**2), "A constant attains the bound without the two."),
    ),
    source=Source("hardy1952inequalities", "chapter 2", as_we_derive_it=True),
)
