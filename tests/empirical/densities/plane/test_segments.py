"""Densities along lines: closed forms, their integrals against region masses and cells, and faults."""

from dataclasses import replace
from itertools import pairwise
from math import inf, log, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from empirical.densities import Normal, Uniform
from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane.segments import Segments
from tests.empirical.densities.plane.test_plane_law import LATENTS, affine, law_of, random_network

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def integral(segments: Segments, line: int, low: float, high: float) -> float:
    """The density along one segment's line, integrated between two arc lengths from the segment's anchor.

    Gauss-Legendre between the images of all corners on that line, where the density has kinks.
    """
    anchor, direction = segments.anchors[line], segments.directions[line]
    length = np.diff(segments.starts)
    corners = np.repeat(segments.anchors, length, axis=0) + (
        (segments.along * np.repeat(segments.stretches, length))[:, None]
        * np.repeat(segments.directions, length, axis=0)
    )
    cuts = np.clip((corners - anchor) @ direction, low, high)
    # No panel is longer than what two standard deviations of the latent make of it.
    fine = np.linspace(low, high, 2 + int((high - low) / segments.stretches.min() / 2))
    cuts = np.unique(np.concatenate([cuts, fine]))
    left, right = cuts[:-1, None], cuts[1:, None]
    t = left + (right - left) * (NODES + 1) / 2
    density = np.exp(segments.log_density(anchor + t.reshape(-1, 1) * direction))
    return float((density.reshape(t.shape) @ WEIGHTS * (right - left)[:, 0] / 2).sum())


def alone(segments: Segments, number: int) -> Segments:
    """One segment without the others."""
    part = slice(segments.starts[number], segments.starts[number + 1])
    rows = slice(number, number + 1)
    return replace(
        segments,
        **{
            name: getattr(segments, name)[rows]
            for name in ("regions", "masses", "anchors", "directions", "stretches", "feet")
        },
        starts=segments.starts[number : number + 2] - segments.starts[number],
        along=segments.along[part],
        across=segments.across[part],
    )


def reach(segments: Segments, number: int) -> tuple[float, float]:
    ends = (segments.ends[number] - segments.anchors[number]) @ segments.directions[number]
    return float(ends[0]), float(ends[1])


def test_a_projection_has_its_normal_density_along_the_line() -> None:
    """The law of (3, 4) (Z1 + Z2) + b is N(0, 2) stretched by 5, on one line."""
    law = law_of([affine([[3.0, 3.0], [4.0, 4.0]], [1.0, -2.0])], Normal(2))
    t = np.array([-20.0, -3.0, 0.0, 7.5])
    on_line = np.array([1.0, -2.0]) + t[:, None] * [0.6, 0.8]
    assert law.segments.log_density(on_line) == pytest.approx(norm.logpdf(t, scale=5 * sqrt(2)), abs=1e-12)
    assert (law.segments.log_density(on_line + np.array([0.8, -0.6])) == -inf).all()
    assert (law.log_prob(on_line) == inf).all() and law.mass.singular == pytest.approx(1, abs=1e-14)
    # Off by 1e-9 is off the line, unless the caller calls that rounding.
    assert (law.segments.log_density(on_line + 1e-9 * np.array([0.8, -0.6])) == -inf).all()
    assert (law.segments.log_density(on_line + 1e-9 * np.array([0.8, -0.6]), tolerance=1e-8) > -inf).all()


def test_regions_on_one_line_add_up() -> None:
    """(|Z1|, 0): two half planes on one half line, with twice the density; one alone has half of it."""
    fold = [affine([[1.0, 0.0], [-1.0, 0.0]], [0.0, 0.0], 0.0), affine([[1.0, 1.0], [0.0, 0.0]], [0.0, 0.0])]
    law = law_of(fold, Normal(2))
    x = np.array([[0.5, 0.0], [3.0, 0.0], [-0.5, 0.0]])
    expected = [log(2) + norm.logpdf(0.5), log(2) + norm.logpdf(3), -inf]
    assert law.segments.log_density(x) == pytest.approx(expected, abs=1e-12)
    half = alone(law.segments, 0).log_density(x)
    assert half == pytest.approx(np.array(expected) - log(2), abs=1e-12)


def test_uniform_fibres_are_lengths() -> None:
    """The law of Z1 + Z2 is the triangle (2 - |t|) / 4."""
    law = law_of([affine([[1.0, 1.0], [0.0, 0.0]], [0.0, 0.0])], Uniform(2))
    t = np.array([-1.9, -0.5, 0.0, 1.25, 2.1])
    x = np.stack([t, np.zeros(5)], axis=1)
    assert np.exp(law.segments.log_density(x)) == pytest.approx(np.maximum(2 - np.abs(t), 0) / 4, abs=1e-13)


@pytest.mark.parametrize("latent", LATENTS)
@pytest.mark.parametrize("seed", [1, 8, 11])
def test_each_density_integrates_to_the_mass_of_its_region(seed: int, latent: Normal | Uniform) -> None:
    """The fibre integrals along a segment sum to the region's mass, which comes from another quadrature.

    Both are good to 1e-12 of masses that are not thin slivers; corners moved by 1e-5 turn it red.
    """
    law = law_of(random_network(seed, 0.0, (2, 5, 5, 5, 2)), latent)
    segments = law.segments
    assert len(segments) > 1
    for number in np.flatnonzero(segments.masses > 1e-6)[:12]:
        one = alone(segments, int(number))
        assert integral(one, 0, *reach(one, 0)) == pytest.approx(float(one.masses[0]), rel=1e-9)
        wrong = replace(one, along=one.along * (1 + 1e-5))
        assert integral(wrong, 0, *reach(wrong, 0)) != pytest.approx(float(one.masses[0]), rel=1e-8)


def bottleneck(seed: int) -> list[AffineLayer]:
    """A network through one unit: its image is a line."""
    first, second = random_network(seed, 0.2, (2, 8, 8, 1)), affine([[0.8], [-0.6]], [0.25, 0.5])
    return [*first, second]


@pytest.mark.parametrize("latent", LATENTS)
def test_the_density_along_a_line_gives_the_cells(latent: Normal | Uniform) -> None:
    """Integrated between cell edges it is the exact probability of cells, by the latents that land there.

    The density adds up dozens of regions; leaving the heaviest out turns it red.
    """
    law = law_of(bottleneck(2), latent)
    assert law.mass.singular == pytest.approx(1, abs=1e-13) and len(law.segments) > 20
    edges = np.quantile(law.sample(2000, 0)[:, 0], [0.05, 0.3, 0.5, 0.8, 0.95])
    cells = law.cell_probability(edges, np.array([-inf, inf]))[:, 0]

    def integrals(segments: Segments) -> np.ndarray:
        anchor, slope = segments.anchors[0, 0], segments.directions[0, 0]
        t = np.sort((edges - anchor) / slope)
        found = np.array([integral(segments, 0, *pair) for pair in pairwise(t)])
        return found if slope > 0 else found[::-1]

    assert integrals(law.segments) == pytest.approx(cells, rel=1e-9)
    light = np.delete(np.arange(len(law.mesh)), law.segments.regions[law.segments.masses.argmax()])
    fewer = Segments.of(law.mesh, light, np.exp(law.log_masses[light]), latent)
    assert np.abs(integrals(fewer) - cells).max() > 1e-4


def test_far_lines_keep_relative_accuracy() -> None:
    """max(Z1 - 14, 0), with mass 8e-45 beside an atom, has the density of Z1 at 14 + t, to 1e-14 of it."""
    law = law_of([affine([[1.0, 0.0], [0.0, 0.0]], [-14.0, 0.0], 0.0)], Normal(2))
    x = np.array([[4.0, 0.0], [16.0, 0.0]])
    assert law.segments.log_density(x) == pytest.approx(norm.logpdf([18.0, 30.0]), rel=1e-14)
    assert np.log(law.mass.singular) == pytest.approx(norm.logsf(14), rel=1e-14)
