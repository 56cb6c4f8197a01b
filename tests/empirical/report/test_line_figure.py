"""Figures of laws on the line: the density's own values, atoms as stems, the distribution function."""

import numpy as np
import pytest
import torch

from empirical.densities import LineLaw, Normal, Uniform, exact_density
from empirical.densities.maps.line_map import line_map
from empirical.report.line_figure import line_figure


def hinge(scale: float = 2.0) -> LineLaw:
    """max(scale Z, 0): half of the mass on one atom."""
    linear = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
    torch.nn.init.constant_(linear.weight, scale)
    law = exact_density(torch.nn.Sequential(linear, torch.nn.ReLU()), Normal(1))
    assert isinstance(law, LineLaw)
    return law


def test_the_map_is_the_laws() -> None:
    """2Z where it is positive: the map's values are the normal's, with the atom of 1/2 at 0."""
    drawn = line_map(hinge())
    inside = drawn.x > 0

    expected = -((drawn.x[inside] / 2) ** 2) / 2 - np.log(2 * np.pi) / 2 - np.log(2)
    assert drawn.log_density[inside] == pytest.approx(expected, abs=1e-12)
    assert not np.isposinf(drawn.log_density).any()
    assert (drawn.atoms.tolist(), drawn.atom_masses.tolist()) == ([0.0], [0.5])
    assert drawn.cumulative[0] == 0.0
    assert drawn.cumulative[-1] > 0.99


def test_a_single_atom_has_a_stretch() -> None:
    """A constant generator has no spread: one unit on both sides is shown."""
    drawn = line_map(hinge(scale=0.0))

    assert (drawn.x[0], drawn.x[-1]) == (-1.0, 1.0)
    assert drawn.atom_masses.tolist() == [1.0]


def test_stems_are_drawn_only_for_atoms() -> None:
    """A law with an atom has a second scale with its stem; one without has none."""
    linear = torch.nn.Linear(1, 1)
    smooth = exact_density(torch.nn.Sequential(linear), Uniform(1))
    assert isinstance(smooth, LineLaw)

    assert len(line_figure(line_map(hinge()), "t").axes) == 3
    assert len(line_figure(line_map(smooth), "t").axes) == 2
