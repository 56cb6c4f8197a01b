"""Cells are named by what they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.sweeps import Cell, grid

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
configurations = st.dictionaries(st.text(), plain, max_size=4)


@given(configurations)
def test_a_cell_holds_its_configuration(configuration: dict[str, object]) -> None:
    """What goes in comes out, and a change of the copy does not reach the cell."""
    cell = Cell.of(configuration)
    copy = cell.configuration
    copy["planted"] = 1

    assert cell.configuration == configuration
    assert Cell.of(configuration) == cell


@given(configurations)
def test_the_name_does_not_depend_on_the_order(configuration: dict[str, object]) -> None:
    """Canonical JSON sorts names, so equal configurations are one cell."""
    backwards = dict(reversed(configuration.items()))

    assert Cell.of(backwards).name == Cell.of(configuration).name


@given(configurations, configurations)
def test_different_configurations_have_different_names_and_seeds(
    one: dict[str, object], other: dict[str, object]
) -> None:
    """Names and seeds are hashes of the whole content."""
    cells = Cell.of(one), Cell.of(other)

    assert (cells[0].name == cells[1].name) == (cells[0] == cells[1])
    assert (cells[0].seed == cells[1].seed) == (cells[0] == cells[1])
    assert 0 <= cells[0].seed < 2**63


def test_a_grid_is_the_product_of_its_axes() -> None:
    """Each combination once, the last axis fastest, with the fixed part."""
    cells = grid({"epsilon": "1/10"}, width=[2, 4], seed=[0, 1, 2])

    assert [(cell.configuration["width"], cell.configuration["seed"]) for cell in cells] == [
        (2, 0),
        (2, 1),
        (2, 2),
        (4, 0),
        (4, 1),
        (4, 2),
    ]
    assert all(cell.configuration["epsilon"] == "1/10" for cell in cells)


@pytest.mark.parametrize(
    ("fixed", "axes", "fault"),
    [
        ({}, {"width": [2, 2]}, "different values"),
        ({}, {"width": []}, "different values"),
        ({"width": 3}, {"width": [2]}, "both fixed and an axis"),
        ({}, {"width": [float("nan")]}, "plain JSON"),
        ({"law": object()}, {"width": [2]}, "plain JSON"),
    ],
)
def test_a_grid_that_is_no_grid_is_refused(
    fixed: dict[str, object], axes: dict[str, list[object]], fault: str
) -> None:
    """A repeated value would be computed twice under one name; what JSON cannot hold cannot be named."""
    with pytest.raises(ValueError, match=fault):
        grid(fixed, **axes)
