"""Chunks are a fixed function of the grid: one shape each, and no more than a plan allows."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.sweeps import Cell, Chunk, Finished, Plan, Work, chunks, compute_chunk, grid

widths = st.lists(st.integers(1, 4), min_size=1, max_size=30)


def nothing(cells: object) -> list[Finished]:
    """A work that forgets its cells."""
    return []


def shape(cell: Cell) -> str:
    return str(cell.configuration.get("width"))


def seconds(cell: Cell) -> float:
    return cell.configuration.get("seconds", 1.0)


def memory(cell: Cell) -> int:
    return cell.configuration.get("memory", 10)


WORK = Work(compute=nothing, shape=shape, seconds=seconds, memory=memory)


@given(widths, st.floats(0.5, 5.0), st.integers(10, 50))
def test_chunks_hold_each_cell_once(wide: list[int], time: float, space: int) -> None:
    """Each cell in one chunk, each chunk of one shape and within the plan unless one cell is too long."""
    cells = [Cell.of({"width": width, "number": number}) for number, width in enumerate(wide)]

    made = chunks(cells, WORK, Plan(time, space))

    assert sorted(cell.text for chunk in made for cell in chunk.cells) == sorted(cell.text for cell in cells)
    for chunk in made:
        assert len({shape(cell) for cell in chunk.cells}) == 1
        assert chunk.seconds == len(chunk.cells)
        assert chunk.memory == 10 * len(chunk.cells) <= space
        assert len(chunk.cells) == 1 or chunk.seconds <= time


def test_chunks_are_as_full_as_they_may_be() -> None:
    """Of seven cells of one shape and chunks of three, and in the order of the grid."""
    made = chunks(grid({}, number=list(range(7))), WORK, Plan(3.0, 1000))

    assert [[cell.configuration["number"] for cell in chunk.cells] for chunk in made] == [
        [0, 1, 2],
        [3, 4, 5],
        [6],
    ]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ([], "grid is empty"),
        ([Cell.of({"width": 1}), Cell.of({"width": 1})], r'duplicate cells: \{"width":1\}'),
        ([Cell.of({"seconds": 0.0})], "0.0 s and 10 bytes: seconds must be positive"),
        ([Cell.of({"memory": -1})], "-1 bytes"),
        ([Cell.of({"memory": 5 << 30})], r"one cell needs 5.00 GiB of memory and may use 1.00 GiB"),
    ],
)
def test_a_grid_that_cannot_be_swept_is_refused(cells: list[Cell], fault: str) -> None:
    """Empty, doubled, or with estimates that are none; the sentence names the cell."""
    with pytest.raises(ValueError, match=fault):
        chunks(cells, WORK)


def test_a_work_that_forgets_a_cell_is_refused() -> None:
    """Results are matched to cells by their order, so their numbers must agree."""
    with pytest.raises(ValueError, match="1 cells were computed together and left 0 results"):
        compute_chunk(WORK, Chunk((Cell.of({}),), 1.0, 0))


def test_a_work_of_any_top_level_functions_reaches_a_worker() -> None:
    """What is sent to workers is pickled by name; a partial of a named function is, too."""
    import pickle

    sent = Work(compute=nothing, shape=shape, seconds=partial(seconds), memory=memory)

    assert pickle.loads(pickle.dumps(sent)).shape(Cell.of({"width": 3})) == "3"
