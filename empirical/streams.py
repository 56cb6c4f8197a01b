r"""Random numbers that are a function of who asks and when: counter-based streams.

A draw is named by (seed of the run, purpose, update). Its 32-bit words are Philox4x32-10 of a counter under
the seed as key, so a run draws the same numbers alone or among others, in any engine, in any order, and after
any restart: nothing has to be saved. Whole words are equal in every engine; uniforms are equal to rounding,
and normals are, because each engine computes logarithm and sine in its own precision.

Number i of a draw of n comes from word :math:`\lfloor i / B \rfloor` of block :math:`i \bmod B`, with
:math:`B = \lceil n/4 \rceil`: neighbours are neighbouring blocks, which a processor computes side by side.

Source:
    salmon2011philox, section 3.3.
"""

import operator
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt32
from numpy.typing import DTypeLike

from empirical.native import FUSED, arguments, finish, library

SOURCE = Path(__file__).with_suffix(".cpp")

PURPOSES = (
    "generator's start",
    "discriminator's start",
    "data's choice",  # one uniform number a point: which atom or mode
    "data's noise",  # dim normal numbers a point: where in the mode
    "fake batch",  # the latents of a discriminator's update
    "generator's batch",  # those of a generator's update
    "real instance noise",
    "fake instance noise",
    "interpolation",  # between real and fake points, for the gradient penalty
    "renewal",  # of a crowd's members, the first ones included
    "sample",  # of a trained generator
    "generator's data choice",  # of the real points beside a generator's batch, where its update reads them
    "generator's data noise",
    "generator's real instance noise",
    "generator's fake instance noise",
    "generator's interpolation",
    "judge's start",  # of a fresh discriminator that judges what a run has learned
)

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
ROUNDS = 10
WORD = 2**32  # a counter's word: so many updates, and so many blocks of a draw
_DTYPES = (np.dtype(np.float64), np.dtype(np.float32))


def whole_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    """Seeds as Python's whole numbers; those of numpy and torch are taken too.

    Raises:
        ValueError: one of them is no whole number, or outside 0 to 2^64 - 1.
    """
    found = []
    for seed in seeds:
        try:
            found.append(operator.index(seed))
        except TypeError as error:
            raise ValueError(
                f"a seed is a whole number (got {seed!r}): pass int({seed!r}), say, or range(8) for eight."
            ) from error
    if found and not (min(found) >= 0 and max(found) < WORD**2):
        raise ValueError(
            f"a seed is a whole number from 0 to 2^64 - 1 (got {min(found)} to {max(found)}): hash others."
        )
    return tuple(found)


def words(
    seeds: Sequence[int], purpose: str, update: int, blocks: int
) -> UInt32[np.ndarray, "runs 4 blocks"]:
    """The words of this draw for each run: counter (block, update, purpose, 0), key the run's seed.

    Args:
        seeds: one for each run, from 0 to 2^64 - 1.
        purpose: one of ``PURPOSES``.
        update: how many draws of this purpose the run has made before, below 2^32.
        blocks: how many blocks of four words, at most 2^32.

    Raises:
        ValueError: a seed, an update or a number of blocks that is no whole number or out of its range.
    """
    seeds, update, blocks = whole_seeds(seeds), _counted("update", update, WORD - 1), _blocks(4 * blocks)
    counter = [
        np.broadcast_to(np.arange(blocks, dtype=np.uint64), (len(seeds), blocks)),
        np.full((len(seeds), 1), update, dtype=np.uint64),
        np.full((len(seeds), 1), PURPOSES.index(purpose), dtype=np.uint64),
        np.zeros((len(seeds), 1), dtype=np.uint64),
    ]
    keys = np.array(seeds, dtype=np.uint64)[:, None]
    return np.stack(np.broadcast_arrays(*philox(counter, [keys & _LOW, keys >> _HALF])), axis=1)


def philox(counter: Sequence[np.ndarray], key: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Ten rounds of Philox4x32 on arrays of 32-bit words held as uint64; words as uint32."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (second >> _HALF) ^ c1 ^ k0,
            second & _LOW,
            (first >> _HALF) ^ c3 ^ k1,
            first & _LOW,
        )
        k0, k1 = (k0 + np.uint64(_WEYL[0])) & _LOW, (k1 + np.uint64(_WEYL[1])) & _LOW
    return [word.astype(np.uint32) for word in (c0, c1, c2, c3)]


def uniforms(
    seeds: Sequence[int], purpose: str, update: int, count: int, dtype: DTypeLike = np.float64
) -> Float[np.ndarray, "runs {count}"]:
    r"""Numbers :math:`(w + 1/2) / 2^{32}` in (0, 1), one row for each run; as float32 they may round to 1.

    Raises:
        ValueError: as ``words``, or a dtype other than float64 and float32.
    """
    compiled = _compiled("uniforms", seeds, purpose, update, count, dtype)
    if compiled is not None:
        return compiled
    blocks = _blocks(count)
    drawn = (words(seeds, purpose, update, blocks) + 0.5) / 2.0**32
    return drawn.reshape(len(seeds), 4 * blocks)[:, :count].astype(dtype, copy=False)


def normals(
    seeds: Sequence[int], purpose: str, update: int, count: int, dtype: DTypeLike = np.float64
) -> Float[np.ndarray, "runs {count}"]:
    r"""Standard normal numbers, one row for each run.

    Of a block's words the first two make a pair, and the last two,
    :math:`\sqrt{-2 \log u}\, (\cos 2\pi u', \sin 2\pi u')`.
    A uniform of 32 bits keeps them below :math:`\sqrt{2 \log 2^{33}} < 6.77`, beyond which lies 1.3e-11.

    Raises:
        ValueError: as ``words``, or a dtype other than float64 and float32.

    Source:
        box1958normal, equation 1.
    """
    compiled = _compiled("normals", seeds, purpose, update, count, dtype)
    if compiled is not None:
        return compiled
    blocks = _blocks(count)
    u = ((words(seeds, purpose, update, blocks) + 0.5) / 2.0**32).reshape(len(seeds), 2, 2, blocks)
    radius, angle = np.sqrt(-2 * np.log(u[:, :, 0])), 2 * np.pi * u[:, :, 1]
    pairs = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=2)
    return pairs.reshape(len(seeds), 4 * blocks)[:, :count].astype(dtype, copy=False)


def _compiled(
    law: str, seeds: Sequence[int], purpose: str, update: int, count: int, dtype: DTypeLike
) -> Float[np.ndarray, "runs {count}"] | None:
    """The same numbers to rounding, of the precision asked for; None where there is no compiler."""
    seeds, update, blocks = whole_seeds(seeds), _counted("update", update, WORD - 1), _blocks(count)
    of_rows = np.dtype(dtype)
    if of_rows not in _DTYPES:  # compiled code would write numbers of another length than the rows have
        raise ValueError(f"numbers are drawn as float64 or float32 (got {of_rows}): convert afterwards.")
    code = library(SOURCE, FUSED)
    if code is None:
        return None
    numbers = np.empty((len(seeds), 4 * blocks), of_rows)
    keys = np.array(seeds, dtype=np.uint64).view(np.int64)
    draw = getattr(code, f"{law}_{'float' if of_rows == np.float32 else 'double'}")
    status = draw(*arguments(len(seeds), keys, PURPOSES.index(purpose), update, count, numbers))
    finish(status, f"draw {count} numbers for each of {len(seeds)} runs: draw fewer at once")
    return numbers[:, :count]


def _blocks(count: int) -> int:
    """How many blocks so many numbers come from."""
    return -(-_counted("count", count, 4 * WORD) // 4)


def _counted(name: str, number: int, most: int) -> int:
    try:
        found = operator.index(number)
    except TypeError:
        found = -1
    if not 0 <= found <= most:
        raise ValueError(f"{name} is a whole number from 0 to {most} (got {number}): pass one.")
    return found
