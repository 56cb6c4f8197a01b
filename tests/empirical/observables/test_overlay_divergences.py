"""Divergences by finite sums over cells: closed forms, data processing by exact cells, planted faults."""

from dataclasses import replace
from math import inf, log

import numpy as np
import pytest
import torch

from empirical.densities import Uniform
from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane.bins import cell_probability
from empirical.densities.plane.clipping import Polygons
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.overlay import Sheets, uniform_sheets
from empirical.densities.plane.subdivision import subdivide
from empirical.observables.bin_bounds import DIVERGENCES, RoadsDisagree
from empirical.observables.overlay_divergences import measure_sheets, sheets_entropy

NONE = (0.0, 0.0)


def rectangle(x: tuple[float, float], y: tuple[float, float], mass: float = 1.0) -> Sheets:
    (left, right), (low, high) = x, y
    points = np.array([[left, low], [right, low], [right, high], [left, high]])
    area = (right - left) * (high - low)
    return Sheets(Polygons(np.array([0, 4]), points), np.array([mass / area]))


def random_mesh(seed: int) -> Mesh:
    torch.manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in ((2, 5), (5, 5), (5, 2)):
        layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.LeakyReLU(0.3)]
    return subdivide(affine_layers(torch.nn.Sequential(*layers[:-1])), -1.0, 1.0).mesh


def test_rectangles() -> None:
    """Rectangles that share part of their area, or contain one another: the exact values to 1e-12."""
    p, q = rectangle((0.0, 2.0), (0.0, 2.0)), rectangle((1.0, 3.0), (0.0, 2.0))
    half = {"jensen_shannon": log(2) / 2, "total_variation": 0.5, "kullback_leibler": inf}
    for name, exact in half.items():
        measured = measure_sheets(name, p, q, NONE)
        assert measured.value == pytest.approx(exact, abs=1e-12) and measured.confidence == 1
    inner = rectangle((0.5, 1.5), (0.5, 1.5))
    assert measure_sheets("kullback_leibler", inner, p, NONE).value == pytest.approx(log(4), abs=1e-12)
    assert measure_sheets("kullback_leibler", p, inner, NONE).value == inf
    assert measure_sheets("total_variation", inner, p, NONE).value == pytest.approx(0.75, abs=1e-12)
    # Share of the inner law where both are: 4/5; outside only the outer one, of mass 3/4.
    js = (0.25 * log(2 * 0.2) + 0.75 * log(2) + log(2 * 0.8)) / 2
    assert measure_sheets("jensen_shannon", inner, p, NONE).value == pytest.approx(js, abs=1e-12)
    assert sheets_entropy(p).value == pytest.approx(log(4), abs=1e-12)


def test_mass_on_lines_adds_its_share() -> None:
    """A law with a quarter of its mass on lines, beside a rectangle: only that quarter differs."""
    p, q = rectangle((0.0, 1.0), (0.0, 1.0), mass=0.75), rectangle((0.0, 1.0), (0.0, 1.0))
    assert measure_sheets("total_variation", p, q, (0.25, 0.0)).value == pytest.approx(0.25, abs=1e-12)
    s = 0.75 / 1.75
    js = (0.75 * log(2 * s) + log(2 * (1 - s)) + 0.25 * log(2)) / 2
    assert measure_sheets("jensen_shannon", p, q, (0.25, 0.0)).value == pytest.approx(js, abs=1e-12)
    assert measure_sheets("kullback_leibler", p, q, (0.25, 0.0)).value == inf
    # The other way it is finite: the second law has a density everywhere on the first one's support.
    assert measure_sheets("kullback_leibler", q, p, (0.0, 0.25)).value == pytest.approx(log(4 / 3), abs=1e-12)
    with pytest.raises(ValueError, match="both laws have mass on lines"):
        measure_sheets("total_variation", p, p, (0.25, 0.25))


def test_exact_cells_never_exceed_the_sum() -> None:
    """Bounds of 8^2 and 64^2 cells, which use no density, rise and stay below the value."""
    for seed in range(3):
        p, q = random_mesh(2 * seed), random_mesh(2 * seed + 1)
        shift = p.images.mean(axis=0) - q.images.mean(axis=0)
        q = replace(q, images=q.images + shift, offset=q.offset + shift)
        points = np.concatenate([p.images, q.images])
        for name in ("jensen_shannon", "total_variation"):
            measured = measure_sheets(name, uniform_sheets(p), uniform_sheets(q), NONE)
            bounds = []
            for bins in (8, 64):
                x, y = (np.linspace(c.min() - 1, c.max() + 1, bins + 1) for c in points.T)
                bounds.append(DIVERGENCES[name](*(cell_probability(m, Uniform(2), x, y) for m in (p, q))))
            assert bounds[0] < bounds[1] <= measured.upper
            assert bounds[1] > 0.5 * measured.value  # 64^2 even cells see more than half of it


def test_a_law_and_itself() -> None:
    """All divergences of a law from itself are 0 within the stated rounding; KL is not infinite."""
    sheets = uniform_sheets(random_mesh(3))
    for name in ("jensen_shannon", "total_variation", "kullback_leibler"):
        measured = measure_sheets(name, sheets, sheets, NONE)
        assert measured.lower == 0 and measured.upper < 1e-6


def test_planted_faults_are_raised() -> None:
    """A determinant twice too large, and a missing region: no number is given."""
    sheets = uniform_sheets(random_mesh(4))
    wrong = sheets.densities.copy()
    wrong[0] /= 2
    with pytest.raises(RoadsDisagree, match="determinant"):
        sheets_entropy(replace(sheets, densities=wrong))
    rest = Sheets(sheets.polygons.select(np.arange(1, len(sheets.densities))), sheets.densities[1:])
    with pytest.raises(RoadsDisagree, match="instead of 1"):
        measure_sheets("jensen_shannon", rest, sheets, NONE)
