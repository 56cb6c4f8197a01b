"""Games whose value looks obvious, and guarantees that no law gives."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import Outcome, at_least, at_most, equal, interval, positive, real
from theory.kernel.programs import Duality, GameValue, game_value

half, third = sp.Rational(1, 2), sp.Rational(1, 3)
a, x = positive("a"), real("x")
weight, lighter = interval("weight", 0, 1), interval("weight", 0, half)
PENNIES = [[1, 0], [0, 1]]
ROCK_PAPER_SCISSORS = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]

PROGRAMS = (
    pair(
        "value-is-the-best-pure-guarantee",
        Outcome.REFUTED,
        (equal(game_value(PENNIES), 0), Duality((1, 0), (half, half))),
        (equal(game_value(PENNIES), half), Duality((half, half), (half, half))),
    ),
    pair(
        "weights-below-zero",
        Outcome.REFUTED,
        (at_least(game_value([[3, 1], [1, 0]]), 2), Duality(primal=(2, -1))),
        (at_least(game_value([[3, 1], [1, 0]]), 1), Duality(primal=(1, 0))),
    ),
    pair(
        "mass-two",
        Outcome.REFUTED,
        (at_least(game_value(PENNIES), 1), Duality(primal=(1, 1))),
        (at_least(game_value(PENNIES), half), Duality(primal=(half, half))),
    ),
    pair(
        "mass-one-half",
        Outcome.REFUTED,
        (at_most(game_value(PENNIES), third), Duality(dual=(third, third))),
        (at_most(game_value(PENNIES), half), Duality(dual=(half, half))),
    ),
    pair(
        "an-upper-bound-from-the-row-player",
        Outcome.UNDECIDED,
        (at_most(game_value(PENNIES), 1), Duality(primal=(half, half))),
        (at_most(game_value(PENNIES), 1), Duality(dual=(half, half))),
    ),
    pair(
        "one-of-two-laws",
        Outcome.UNDECIDED,
        (equal(game_value(ROCK_PAPER_SCISSORS), 0), Duality(primal=(third, third, third))),
        (
            equal(game_value(ROCK_PAPER_SCISSORS), 0),
            Duality((third, third, third), (third, third, third)),
        ),
    ),
    pair(
        "a-law-of-another-game",
        Outcome.UNDECIDED,
        (
            equal(game_value(ROCK_PAPER_SCISSORS), 0),
            Duality((half, half, 0), (third, third, third)),
        ),
        (
            equal(game_value([[0, -1, 1], [1, 0, 1], [-1, 1, 0]]), third),
            Duality((0, 2 * third, third), (third, 2 * third, 0)),
        ),
    ),
    pair(
        "payoffs-missing",
        Outcome.ILL_DEFINED,
        (equal(GameValue(2, 2, 1, 0, 0), half), Duality((half, half), (half, half))),
        (equal(GameValue(2, 2, 1, 0, 0, 1), half), Duality((half, half), (half, half))),
    ),
    pair(
        "prize-of-either-sign",
        Outcome.REFUTED,
        (
            equal(game_value([[x, 0], [0, 1]]), x / (x + 1)),
            Duality((1 / (x + 1), x / (x + 1)), (1 / (x + 1), x / (x + 1))),
        ),
        (
            equal(game_value([[a, 0], [0, 1]]), a / (a + 1)),
            Duality((1 / (a + 1), a / (a + 1)), (1 / (a + 1), a / (a + 1))),
        ),
    ),
    pair(
        "a-weight-that-is-too-heavy",
        Outcome.REFUTED,
        (at_least(game_value(PENNIES), weight), Duality(primal=(weight, 1 - weight))),
        (at_least(game_value(PENNIES), lighter), Duality(primal=(lighter, 1 - lighter))),
    ),
)
