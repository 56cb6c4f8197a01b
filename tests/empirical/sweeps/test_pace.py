"""The pace of a sweep is counted from the finished chunks and the monotonic clock."""

import pytest

from empirical.sweeps import Cell, Chunk, pace
from empirical.sweeps.pace import Pace, duration

CELLS = tuple(Cell.of({"number": number}) for number in range(10))
CHUNKS = [Chunk(CELLS[4:6], 2.0, 0), Chunk(CELLS[6:], 6.0, 0)]


def test_the_time_left_is_told_by_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four of ten cells were done; two more, a quarter of what is left, take 5 s: the rest takes 15 s."""
    clock = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    seen = Pace(10, CHUNKS, ["first", "second", None])
    assert (seen.share, seen.cells_per_second, seen.seconds_left) == (0.4, None, None)
    assert seen.sentence == "4 of 10 cells; second; first"

    clock[0] = 105.0
    seen.finish(CHUNKS[0], ["third", None])
    assert (seen.share, seen.cells_per_second, seen.seconds_left) == (0.6, 0.4, 15.0)
    assert seen.sentence == "6 of 10 cells, 0.4 cells/s, 15 s left; third; second"

    clock[0] = 110.0
    seen.finish(CHUNKS[1], ["fourth"])
    assert (seen.share, seen.cells_per_second, seen.seconds_left) == (1.0, 0.6, 0.0)
    assert seen.sentence == "10 of 10 cells, 0.6 cells/s; fourth; third"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0 s"), (89.0, "89 s"), (90.0, "2 min"), (3599.0, "1 h 0 min"), (7500.0, "2 h 5 min")],
)
def test_durations_are_said_in_words(seconds: float, said: str) -> None:
    """Rounded to what a person wants to know."""
    assert duration(seconds) == said
