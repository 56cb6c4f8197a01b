"""What travels is plain, and arrives as it was."""

import math
from functools import partial

import numpy as np
import pytest

from empirical.sweeps.cells import Cell, grid
from empirical.sweeps.wire import function_name, named_function, outcome_of, packed, packed_outcome, unpacked
from empirical.sweeps.work import Chunk, Finished, Outcome, one_by_one


def twice(number: float) -> float:
    """Something to name."""
    return 2 * number


def name_of(cell: Cell) -> str:
    """Something that a sweep may compute."""
    return cell.name


def test_functions_travel_by_name() -> None:
    """A function, and a partial of functions and values, come back as themselves."""
    of_cells = one_by_one(name_of).compute

    assert named_function(function_name(twice)) is twice
    assert named_function(function_name(partial(math.pow, 3)))(2) == 9.0
    back = named_function(function_name(of_cells))
    assert isinstance(back, partial) and isinstance(of_cells, partial)
    assert (back.func, back.args) == (of_cells.func, of_cells.args)


def test_what_has_no_name_is_refused() -> None:
    """A lambda, a function within a function, one of the script itself, a partial with named arguments."""

    def inner() -> None: ...

    for nameless in (lambda: None, inner, math.pow.__call__):
        with pytest.raises(ValueError, match="put the function at the top level"):
            function_name(nameless)
    with pytest.raises(ValueError, match="positional"):
        function_name(partial(twice, number=1.0))


def test_an_outcome_arrives_to_the_bit() -> None:
    """Results, arrays of several types, and who computed them; ten cells, so that numbers have two digits."""
    cells = grid({}, number=list(range(11)))
    finished = tuple(
        Finished(
            {"value": 0.1 + number, "nothing": None},
            {"a": np.array([number, np.nan]), "b/c": np.arange(number, dtype=np.int8)},
            "native",
            "cpu",
        )
        for number in range(11)
    )
    outcome = Outcome(Chunk(cells, 1.0, 0), finished, 0.25, "host:1", "a processor")

    back = outcome_of(outcome.chunk, *unpacked(packed_outcome(outcome)))

    assert (back.seconds, back.worker, back.processor) == (0.25, "host:1", "a processor")
    for sent, came in zip(finished, back.finished, strict=True):
        assert (came.result, came.engine, came.device) == (sent.result, sent.engine, sent.device)
        assert came.arrays.keys() == sent.arrays.keys()
        for name, array in sent.arrays.items():
            assert came.arrays[name].tobytes() == array.tobytes()
            assert came.arrays[name].dtype == array.dtype


def test_objects_do_not_travel() -> None:
    """An array of Python objects, which only a pickle could carry, is refused; so is NaN in a result."""
    with pytest.raises(ValueError, match="pickle"):
        packed({}, {"objects": np.array([object()])})
    with pytest.raises(ValueError):
        packed(math.nan, {})
