"""Counter-based streams: the published vectors, independence of company, and the laws of the numbers."""

import numpy as np
import pytest
from scipy.stats import kstest

from empirical import streams
from empirical.native import FUSED, library
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


compiled = pytest.mark.skipif(library(streams.SOURCE, FUSED) is None, reason="there is no C++ compiler")
SEEDS = (0, 11, 2**32 + 5, 2**64 - 1)


@compiled
@pytest.mark.parametrize("count", [1, 3, 4, 63, 64, 65, 1000, 7501])
def test_compiled_draws_are_numpy_s(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Uniforms in double are equal to the bit, and so are their words, which they hold whole.

    Tolerances: a float32 is rounded at most twice, by 2^-24 each. A normal number is at most 6.8, a product
    of a root and a cosine whose errors are a few units of the last place: 4e-15 in double, 2e-6 in float32.
    """

    def drawn(update: int) -> list[np.ndarray]:
        return [
            draw(SEEDS, "fake batch", update, count, dtype)
            for draw in (uniforms, normals)
            for dtype in (np.float64, np.float32)
        ]

    fast, others = drawn(9), drawn(10)
    monkeypatch.setattr(streams, "library", lambda *_: None)
    slow = drawn(9)
    for tolerance, mine, numpy_s, other in zip((0, 2**-23, 4e-15, 2e-6), fast, slow, others, strict=True):
        assert mine.dtype == numpy_s.dtype
        assert mine.shape == numpy_s.shape == (len(SEEDS), count)
        assert np.abs(mine.astype(float) - numpy_s.astype(float)).max() <= tolerance
        assert np.abs(mine.astype(float) - other.astype(float)).max() > 1e-3  # the comparison can fail


@compiled
def test_small_normal_numbers_keep_their_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32 too they are relatively accurate, near 0 as well, where 1 - u and the angle cancel.

    Of 50,000 radii the smallest is about 0.006, with 1 - u = 2e-5: from u rounded to float32, which is off by
    up to 3e-8, it would have an error of 7e-4.
    """
    fast = normals((3,), "fake batch", 0, 100_000, np.float32)[0].astype(float)
    monkeypatch.setattr(streams, "library", lambda *_: None)
    exact = normals((3,), "fake batch", 0, 100_000)[0]
    assert (np.abs(fast - exact) <= 1e-6 * np.abs(exact)).all()
    pairs = exact.reshape(2, 2, -1)
    assert np.hypot(pairs[:, 0], pairs[:, 1]).min() < 0.02


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("draw", [uniforms, normals])
def test_the_precision_asked_for_is_the_precision_of_the_rows(draw) -> None:
    """However float32 and float64 are named they mean the same; other types of numbers are refused.

    Compiled code writes numbers of four or eight bytes into the rows, so a name that it took for the other
    one would write beyond their end.
    """
    for same in (np.float32, np.dtype("float32"), "float32", "f4"):
        rows = draw((3,), "fake batch", 0, 1001, same)
        assert rows.dtype == np.float32
        assert np.array_equal(rows, draw((3,), "fake batch", 0, 1001, np.float32))
    for other in (np.int64, np.float16, "complex128", object):
        with pytest.raises(ValueError, match="as float64 or float32"):
            draw((3,), "fake batch", 0, 1001, other)


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("draw", [uniforms, normals, words])
def test_what_no_counter_holds_is_refused(draw) -> None:
    """Updates and blocks have 32 bits, seeds 64: beyond them draws would be those of another, unnoticed."""
    assert draw((2**64 - 1,), "fake batch", 2**32 - 1, 4).shape[0] == 1
    assert draw((1,), "fake batch", 0, 0).size == 0
    for update in (-1, 2**32, 1.5):
        with pytest.raises(ValueError, match="update is a whole number from 0 to 4294967295"):
            draw((1,), "fake batch", update, 4)
    for count in (-5, 2**35, 1.5):
        with pytest.raises(ValueError, match="count is a whole number from 0 to"):
            draw((1,), "fake batch", 0, count)
    for seed in (-1, 2**64):
        with pytest.raises(ValueError, match=r"from 0 to 2\^64 - 1"):
            draw((seed,), "fake batch", 0, 4)


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("draw", [uniforms, normals, words])
def test_a_seed_is_a_whole_number_of_any_kind(draw) -> None:
    """Those of numpy draw what Python's do; 1.5 is refused, for it would be cut to 1 without a word."""
    for seeds in (np.arange(3), np.array([0, 1, 2], dtype=np.uint8), tuple(np.arange(3)), range(3)):
        assert np.array_equal(draw(seeds, "fake batch", 0, 8), draw((0, 1, 2), "fake batch", 0, 8))
    for seed in (1.5, 1.0, "1"):
        with pytest.raises(ValueError, match=r"a seed is a whole number \(got"):
            draw((seed,), "fake batch", 0, 8)
