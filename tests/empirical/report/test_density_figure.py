"""Figures of densities: all at its place, nothing where there is nothing, small as vectors."""

from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from empirical.densities.maps.density_map import DensityMap, DiscriminatorMap, Window
from empirical.report.density_figure import BLANK, NATS, colour_range, density_figure
from empirical.report.pictures import svg_of

WHOLE, DETAIL = Window(-2.0, 2.0, -2.0, 2.0), Window(0.0, 1.0, 0.0, 1.0)


def bell(window: Window) -> np.ndarray:
    """A standard normal's log density on 40 x 40 pixels."""
    return -np.square(window.pixels(40)).sum(axis=-1) / 2 - np.log(2 * np.pi)


def drawn(creases: int = 3, atoms: int = 0) -> Figure:
    """The figure of a bell with invented creases, half of them folds, and invented atoms."""
    random = np.random.default_rng(0)
    segments = random.uniform(-2, 2, (creases, 2, 2))
    points = random.uniform(0, 1, (atoms, 2))
    maps = [
        DensityMap(
            window,
            bell(window),
            segments,
            np.arange(creases) % 2 == 0,
            segments[:atoms],
            np.full(atoms, 0.1),
            points,
            np.full(atoms, 0.1),
        )
        for window in (WHOLE, DETAIL)
    ]
    return density_figure(maps[0], maps[1], "a bell")


def lines(axes: Axes) -> int:
    """Segments in the collections of a panel."""
    return sum(len(made.get_segments()) for made in axes.collections if isinstance(made, LineCollection))


def test_each_panel_shows_its_own() -> None:
    """The density alone; the same with all creases; the detail with them; each at its window."""
    plain, creased, close = drawn(creases=7).axes[:3]

    assert (lines(plain), lines(creased), lines(close)) == (0, 7, 7)
    assert plain.get_xlim() == (-2.0, 2.0)
    assert close.get_xlim() == (0.0, 1.0)


def test_without_creases_no_panel_is_empty() -> None:
    """Two panels and a bar, in a narrower figure; y labels are printed where no panel is in their way."""
    without, with_creases = drawn(creases=0), drawn()

    assert [bool(axes.images) for axes in without.axes[:2]] == [True, True]
    assert without.get_figwidth() < with_creases.get_figwidth()
    labelled = [axes.yaxis.get_tick_params()["labelleft"] for axes in with_creases.axes[:3]]
    assert labelled == [True, False, True]


def test_mass_without_density_is_drawn() -> None:
    """Segments and atoms appear in the plain panel, and only where there are any."""
    with_atoms, without = drawn(atoms=2).axes[0], drawn(atoms=0).axes[0]

    assert lines(with_atoms) == 2
    assert len(with_atoms.collections) == 2
    assert len(without.collections) == 0


def test_colours_span_a_fixed_ratio_below_the_top() -> None:
    """One rare spike does not darken the scale, and -inf does not widen it."""
    values = np.zeros((100, 100))
    values[0, 0], values[1] = 50.0, -np.inf

    assert colour_range(values) == (-NATS, 0.0)


def test_the_difference_is_the_difference() -> None:
    """The third panel of the second row is D - D*, blank where D* is."""
    optimal = np.full((40, 40), 0.25)
    optimal[0, 0] = np.nan
    outputs = DiscriminatorMap(np.full((40, 40), 0.75), optimal)
    whole, detail = (DensityMap(window, bell(window)) for window in (WHOLE, DETAIL))

    panels = {axes.get_title(loc="left"): axes for axes in density_figure(whole, detail, "t", outputs).axes}
    shown = panels["D − D*"].images[0].get_array()

    assert shown is not None
    assert shown[1, 1] == 0.5
    assert np.ma.getmaskarray(shown)[0, 0]
    assert matches(panels["D − D*"], BLANK)


def matches(axes: Axes, colour: str) -> bool:
    """Whether the panel's ground has this colour."""
    ground = tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(axes.patch.get_facecolor())[:3] == pytest.approx(ground)


def test_many_creases_stay_small_as_vectors() -> None:
    """Ten thousand creases are one raster, not ten thousand paths."""
    paths = [
        len(ElementTree.fromstring(svg_of(drawn(count))).findall(".//{http://www.w3.org/2000/svg}path"))
        for count in (10, 10_000)
    ]

    assert paths[1] <= paths[0] + 20  # the title's count of creases has more digits


def test_the_same_map_gives_the_same_bytes() -> None:
    """The figure is a function of the map."""
    assert svg_of(drawn()) == svg_of(drawn())
