"""The encoder-decoder pair on a finite model, by enumerating every draw of the kept images."""

from fractions import Fraction
from itertools import product
from math import ceil, exp, log
from random import Random

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import theory
from theory.theorems import small_support
from theory.theorems.encoder_decoder import THEOREM, mutual_information

(KEPT,) = THEOREM.predictions
PARAMETERS = {
    "parameters": 100,
    "radius": 1,
    "lipschitz": 10,
    "measuring_lipschitz": 1,
    "bound": 1,
    "epsilon": "1/10",
    "failure_probability": "1/20",
}
weights = st.lists(st.integers(1, 5), min_size=2, max_size=3).map(
    lambda counts: [Fraction(c, sum(counts)) for c in counts]
)


def test_what_is_cited() -> None:
    """What small-support cites, and nothing else; the construction itself is exact."""
    evidence = theory.prove(THEOREM)
    exact = {s.name for s in evidence.steps if s.grade is theory.Grade.EXACT}

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.CITED)
    assert {fact.key for fact in evidence.cited} == {"independence-factorises", "lebesgue-measure"}
    assert {"code-without-information", "law-of-the-pair", "expectation-over-the-draws"} <= exact


@given(weights, weights, st.integers(1, 3), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_expectation_over_all_draws_is_that_of_the_data(
    images: list[Fraction], codes: list[Fraction], blocks: int, random: Random
) -> None:
    """For any payoff table: the mean over every choice of kept images is the encoder's mean, exactly.

    Code z lies in block z mod m; the masses of the blocks need not be equal for the means to agree.
    """
    payoff = [[Fraction(random.randint(-9, 9), 9) for _ in codes] for _ in images]
    encoder = sum(a * b * payoff[x][z] for x, a in enumerate(images) for z, b in enumerate(codes))
    generator = Fraction(0)
    for kept in product(range(len(images)), repeat=blocks):
        probability = Fraction(1)
        for x in kept:
            probability *= images[x]
        generator += probability * sum(b * payoff[kept[z % blocks]][z] for z, b in enumerate(codes))

    assert generator == encoder


def test_few_draws_deviate() -> None:
    """All 2^10 choices of ten kept images: the share that deviates obeys 2 exp(-m eps^2 / 2 Delta^2).

    Ten blocks of one code each, values in [-1, 1], two images alike; one discriminator.
    """
    blocks, tolerance = 10, 0.9
    values = np.random.default_rng(3).choice([-1.0, 1.0], size=(blocks, 2))
    target = values.mean()
    means = np.array(
        [np.mean([values[i, x] for i, x in enumerate(kept)]) for kept in product(range(2), repeat=blocks)]
    )

    assert np.mean(means) == pytest.approx(target, abs=1e-12)
    assert np.mean(np.abs(means - target) >= tolerance) <= 2 * exp(-blocks * tolerance**2 / 2)


@given(weights, weights)
def test_the_encoder_carries_no_information(images: list[Fraction], codes: list[Fraction]) -> None:
    """Encode every image with every noise: image and code have mutual information zero, exactly."""
    joint = [[sp.S.Zero] * len(codes) for _ in images]
    for (x, a), (z, b) in product(enumerate(images), enumerate(codes)):
        noised = (x, z)  # the clean coordinate and the noisy one
        code = noised[1]
        joint[x][code] += sp.Rational((a * b).numerator, (a * b).denominator)

    assert mutual_information(joint) == 0


def test_an_encoder_that_copies_carries_the_entropy() -> None:
    """Log 2 nats for a fair image, which no discriminator of the theorem would be needed to see."""
    half = sp.Rational(1, 2)

    assert mutual_information([[half, sp.S.Zero], [sp.S.Zero, half]]) == sp.log(2)


def test_the_number_is_that_of_small_support() -> None:
    """(8 Delta^2 / eps^2)(p log(1 + 8 R L L_phi / eps) + log(2 / delta)), by another road."""
    kept = int(KEPT.at(**PARAMETERS).exact)

    assert kept == ceil(800 * (100 * log(801) + log(40)))
    assert kept == int(
        small_support.THEOREM.predictions[0]
        .at(
            parameters=100,
            radius=1,
            lipschitz=10,
            epsilon="1/10",
            range_width=2,
            failure_probability="1/20",
        )
        .exact
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("bound", "0", "bound must be positive"),
        ("lipschitz", "-1", "lipschitz must be positive"),
        ("measuring_lipschitz", "0", "measuring_lipschitz must be positive"),
        ("epsilon", "0", "epsilon must be positive"),
        ("failure_probability", "1", "strictly between 0 and 1"),
    ],
)
def test_where_nothing_is_predicted(name: str, value: str, message: str) -> None:
    """Each parameter outside its range is refused in one sentence."""
    with pytest.raises(ValueError, match=message):
        KEPT.at(**{**PARAMETERS, name: value})
