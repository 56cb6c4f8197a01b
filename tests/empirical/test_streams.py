"""Counter-based streams: the published vectors, independence of company, and the laws of the numbers."""

import numpy as np
import pytest
from scipy.stats import kstest

from empirical.streams import PURPOSES, normals, philox, uniforms, words

FALSE_ALARM = 1e-6  # of each test of a law


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_words_are_those_of_the_generator_s_authors(
    counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    """The three known answers that Random123 ships for ten rounds of Philox4x32."""
    given = [np.array([word], dtype=np.uint64) for word in (*counter, *key)]
    assert tuple(int(word[0]) for word in philox(given[:4], given[4:])) == expected


def test_a_run_draws_the_same_alone_and_in_company() -> None:
    """Row i depends on seed i alone; another seed, purpose or update gives other numbers."""
    alone, beside = words((7,), "fake batch", 3, 50), words((6, 7, 2**64 - 1), "fake batch", 3, 50)
    assert np.array_equal(alone[0], beside[1])
    others = [
        words((6,), "fake batch", 3, 50),
        words((7 + 2**32,), "fake batch", 3, 50),
        words((7,), "generator's batch", 3, 50),
        words((7,), "fake batch", 4, 50),
    ]
    assert all((alone != other).mean() > 0.99 for other in others)


def test_no_word_of_a_run_is_drawn_twice() -> None:
    """Over purposes, updates and blocks no two counters coincide: blocks of four words are all different."""
    drawn = [words((1,), purpose, update, 20)[0].T for purpose in PURPOSES for update in range(20)]
    blocks = np.concatenate(drawn)
    assert len(np.unique(blocks, axis=0)) == len(blocks)


def shifted(numbers: np.ndarray) -> np.ndarray:
    """The control: moved by twelve standard errors."""
    return numbers + 12 * numbers.std() / len(numbers) ** 0.5


@pytest.mark.parametrize(("draw", "law"), [(uniforms, "uniform"), (normals, "norm")])
def test_numbers_follow_their_law(draw, law: str) -> None:
    """A Kolmogorov-Smirnov test at a false-alarm rate of 1e-6 passes them, and rejects them shifted."""
    numbers = draw((11, 12), "data's noise", 5, 40_001).ravel()
    assert kstest(numbers, law).pvalue > FALSE_ALARM
    assert kstest(shifted(numbers), law).pvalue < FALSE_ALARM


def test_neighbours_are_uncorrelated() -> None:
    """Products of each normal number with others near and far have mean 0, to five standard errors."""
    z = normals((3,), "fake batch", 0, 400_000)[0]
    for lag in (1, 2, 100_000, 200_000):
        products = z[:-lag] * z[lag:]
        assert abs(products.mean()) < 5 / len(products) ** 0.5
