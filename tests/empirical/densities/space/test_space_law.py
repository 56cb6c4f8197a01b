"""Laws in space: closed forms, brute force, and samples."""

from itertools import product
from math import inf, log, pi

import numpy as np
import pytest
import torch
from scipy.stats import binom, chi2, norm

from empirical.densities import LineLaw
from empirical.densities.latents import Normal, Uniform
from empirical.densities.line.piecewise_linear import piecewise_linear
from empirical.densities.space.space_law import SpaceLaw
from tests.empirical.densities.space.generators import clamp, linear, random_generator, space_law_of

LATENTS = [Normal(3), Uniform(3)]
SHAPES = [[3, 6, 3], [3, 6, 6, 3], [3, 8, 8, 3]]
FALSE_ALARM = 1e-6
DRAWS = 100_000


def rotation(seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0]


# --- laws known in closed form ----------------------------------------------------------------------------


def test_affine_generator_of_normal_noise_is_normal() -> None:
    """The law of A Z + b is N(b, A A')."""
    random = np.random.default_rng(0)
    matrix, shift = random.standard_normal((3, 3)), random.standard_normal(3)
    law = space_law_of(linear(matrix, shift), Normal(3))
    x = 3 * random.standard_normal((50, 3))
    z = np.linalg.solve(matrix, (x - shift).T).T
    exact = norm.logpdf(z).sum(axis=1) - np.log(abs(np.linalg.det(matrix)))
    # Two roundings in z, squared.
    assert np.allclose(law.log_prob(x), exact, rtol=1e-13, atol=1e-13)


def test_rotated_uniform_noise() -> None:
    """A rotation carries the density 1/8 of the cube to the rotated cube, and none outside."""
    turn = rotation(1)
    law = space_law_of(linear(turn, np.zeros(3)), Uniform(3))
    z = np.random.default_rng(2).uniform(-1.3, 1.3, (500, 3))
    density = np.exp(law.log_prob(z @ turn.T))
    assert np.abs(density - np.where((np.abs(z) <= 1).all(axis=1), 1 / 8, 0)).max() < 1e-15


def absolute_value() -> torch.nn.Sequential:
    """(|z1|, z2, z3)."""
    first = linear(
        np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]), np.zeros(6)
    )
    second = linear(np.array([[1.0, 1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, -1]]), np.zeros(3))
    return torch.nn.Sequential(first, torch.nn.ReLU(), second)


def test_outputs_that_miss_an_atom_by_rounding_are_at_it() -> None:
    """The corners of the clamped law: every float64 output of a latent that is flat in all coordinates.

    On its surfaces and edges log_prob knows the density of the other part only.
    """
    law = space_law_of(clamp(0.1), Normal(3))
    z = law.latent.sample(2000, np.random.default_rng(0))
    flat = ((z > 0) | (z < -0.1)).all(axis=1)
    x = law.subdivision(z)
    assert len(law.atoms) == 8 and len(np.unique(x[flat], axis=0)) > 8
    assert np.array_equal(law.log_prob(x) == inf, flat)
    assert (law.log_prob(law.atoms + 1e-9) < inf).all()
    plane = space_law_of(linear(np.diag([1.0, 1.0, 0.0]), np.zeros(3)), Normal(3))
    assert plane.mass.singular == pytest.approx(1) and (plane.log_prob(plane.sample(50, 0)) == -inf).all()


def test_a_fold_sums_two_preimages() -> None:
    """The density of (|Z1|, Z2, Z3) is twice the normal one where x1 > 0, and 0 where x1 < 0."""
    law = space_law_of(absolute_value(), Normal(3))
    x = np.random.default_rng(3).standard_normal((200, 3))
    exact = np.where(x[:, 0] > 0, norm.logpdf(x).sum(axis=1) + log(2), -inf)
    assert np.allclose(law.log_prob(x), exact, rtol=1e-14, atol=1e-14)
    assert law.mass.absolutely_continuous == pytest.approx(1, abs=1e-14)
    cells = law.cell_probability(np.array([-inf, 0, 1, inf]), np.array([-inf, inf]), np.array([0.0, 2.0]))
    wanted = [0, 2 * (norm.cdf(1) - 0.5) * (norm.cdf(2) - 0.5), 2 * norm.sf(1) * (norm.cdf(2) - 0.5)]
    assert cells[:, 0, 0] == pytest.approx(wanted, abs=1e-15)


def test_a_latent_on_a_fold_counts_once() -> None:
    """The points (0, x2, x3) have one preimage each, on the fold between two regions: rationals decide."""
    law = space_law_of(absolute_value(), Normal(3))
    x = np.array([[0.0, 0.3, -0.7], [0.0, -1.5, 0.2], [0.5, 0.0, 0.3], [0.0, 0.0, 0.0]])
    found = law.preimages(x)
    assert np.bincount(found.point).tolist() == [1, 1, 2, 1] and found.undecided > 0


@pytest.mark.parametrize("latent", LATENTS)
def test_rectified_coordinates_have_parts_of_every_dimension(latent: Normal | Uniform) -> None:
    """Of max(Z, 0) in each coordinate, 1/8 has a density, 3/8 lies on planes, 3/8 on lines, 1/8 at 0."""
    law = space_law_of(torch.nn.Sequential(linear(np.eye(3), np.zeros(3)), torch.nn.ReLU()), latent)
    assert np.sort(law.ranks).tolist() == [0, 1, 1, 1, 2, 2, 2, 3]
    mass = law.mass
    parts = [mass.absolutely_continuous, mass.singular, mass.atoms]
    assert parts == pytest.approx([1 / 8, 6 / 8, 1 / 8], abs=1e-15)
    assert law.atoms.tolist() == [[0, 0, 0]] and law.atom_probabilities == pytest.approx([1 / 8], abs=1e-15)
    assert law.log_prob(np.zeros((1, 3)))[0] == inf
    inside = np.array([[0.25, 0.5, 0.75]])
    density = -(inside**2).sum() / 2 - 1.5 * log(2 * pi) if isinstance(latent, Normal) else -log(8)
    assert law.log_prob(inside)[0] == pytest.approx(density, rel=1e-14)
    assert law.log_prob(-inside)[0] == -inf
    # The atom lies in the cell that is closed below at 0, and in the last cell where that ends at 0.
    everything = np.array([-inf, 0.0, inf])
    cells = law.cell_probability(everything, everything, everything)
    assert cells[1, 1, 1] == pytest.approx(1, abs=1e-14) and cells.sum() == cells[1, 1, 1]
    below = law.cell_probability(*[np.array([-1.0, 0.0])] * 3)
    assert below[0, 0, 0] == pytest.approx(1 / 8, abs=1e-15)


def line_network(seed: int, negative_slope: float) -> torch.nn.Sequential:
    return random_generator([1, 4, 1], negative_slope, seed)


def side_by_side(lines: list[torch.nn.Sequential], negative_slope: float) -> torch.nn.Sequential:
    """A network on three coordinates that acts on each by one of three networks on the line."""
    layers: list[torch.nn.Module] = []
    for place in (0, 2):
        column = [layer for line in lines if isinstance(layer := line[place], torch.nn.Linear)]
        weights = [layer.weight.detach().numpy() for layer in column]
        bias = np.concatenate([layer.bias.detach().numpy() for layer in column])
        rows, columns = weights[0].shape
        together = np.zeros((3 * rows, 3 * columns))
        for number, weight in enumerate(weights):
            together[number * rows : (number + 1) * rows, number * columns : (number + 1) * columns] = weight
        layers += [linear(together, bias), torch.nn.LeakyReLU(negative_slope)]
    return torch.nn.Sequential(*layers[:-1])


@pytest.mark.parametrize(("negative_slope", "normal"), list(product((0.2, 0.0), (True, False))))
def test_products_of_laws_on_the_line(negative_slope: float, normal: bool) -> None:
    """A network that acts on each coordinate alone has the product of three laws on the line."""
    latent = Normal(1) if normal else Uniform(1)
    lines = [line_network(seed, negative_slope) for seed in (1, 2, 5)]
    laws = [LineLaw(piecewise_linear(line, latent.ends), latent) for line in lines]
    law = space_law_of(side_by_side(lines, negative_slope), Normal(3) if normal else Uniform(3))
    x = np.column_stack([one.sample(300, seed) for seed, one in enumerate(laws)])
    x += 0.01 * np.random.default_rng(9).standard_normal(x.shape)  # off the atoms of each
    exact = sum(one.log_prob(x[:, axis, None]) for axis, one in enumerate(laws))
    assert np.isfinite(exact).sum() > 30
    # Each density is a sum of a few terms with some ten roundings, in front of slopes of size one.
    assert np.allclose(np.exp(law.log_prob(x)), np.exp(exact), rtol=1e-11, atol=0)
    edges = [np.concatenate([[-inf], np.quantile(x[:, axis], [0.3, 0.6]), [inf]]) for axis in range(3)]
    cells = [one.cell_probability(edge) for one, edge in zip(laws, edges, strict=True)]
    wanted = np.einsum("i,j,k->ijk", *cells)
    assert np.abs(law.cell_probability(*edges) - wanted).max() < 1e-14
    continuous = np.prod([one.mass.absolutely_continuous for one in laws])
    atoms = np.prod([one.mass.atoms for one in laws])
    assert law.mass.absolutely_continuous == pytest.approx(continuous, abs=1e-14)
    assert law.mass.atoms == pytest.approx(atoms, abs=1e-14)


# --- random networks --------------------------------------------------------------------------------------

CASES = [(widths, slope, latent) for widths, slope, latent in product(SHAPES, (0.2, 0.0), LATENTS)]


def brute_force(law: SpaceLaw, x: np.ndarray) -> np.ndarray:
    """The log density from all regions of rank 3 whose inverse image the layers carry back to the point."""
    regions = np.flatnonzero(law.ranks == 3)
    maps = law.subdivision.maps.value[regions]
    total = np.full(len(x), -inf)
    for place, point in enumerate(x):
        z = np.linalg.solve(maps[:, :, :3], point[:, None] - maps[:, :, 3:])[:, :, 0]
        back = law.subdivision(z)
        # What is carried back is so to rounding; what is not misses by far, but for points within 1e-9 of a
        # fold, which random points are not.
        hit = (np.abs(back - point).max(axis=1) < 1e-9) & (
            np.abs(z).max(axis=1) <= law.subdivision.half_width
        )
        terms = law.latent.log_density(z[hit]).sum(axis=1)
        scale = np.log(np.abs(np.linalg.det(maps[hit][:, :, :3])))
        total[place] = np.logaddexp.reduce(terms - scale, initial=-inf)
    return total


@pytest.mark.parametrize(("widths", "slope", "latent"), CASES)
def test_density_by_brute_force(widths: list[int], slope: float, latent: Normal | Uniform) -> None:
    """The tree of boxes and the tests of faces lose no preimage and add none."""
    law = space_law_of(random_generator(widths, slope, seed=11), latent)
    x = law.sample(60, seed=12) + 1e-3 * np.random.default_rng(13).standard_normal((60, 3))
    assert np.isfinite(law.log_prob(x)).sum() > 10
    assert np.allclose(law.log_prob(x), brute_force(law, x), rtol=0, atol=1e-9)


def chi_square(law: SpaceLaw, samples: np.ndarray, edges: list[np.ndarray]) -> float:
    """The probability that counts so far from the exact cell probabilities, or farther, come from the law."""
    probability = law.cell_probability(*edges).ravel()
    counts = np.histogramdd(samples, edges)[0].ravel()
    expected = len(samples) * probability
    rare = expected < 20  # chi-square is a limit; rare cells are pooled
    expected = np.append(expected[~rare], max(expected[rare].sum(), 1e-9))
    counts = np.append(counts[~rare], counts[rare].sum())
    if expected[-1] < 20:
        # Too few for chi-square: a binomial test instead, and no part in the sum.
        if binom.sf(counts[-1] - 1, len(samples), min(1.0, expected[-1] / len(samples))) < FALSE_ALARM:
            return 0.0
        expected, counts = expected[:-1], counts[:-1]
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), len(expected) - 1))


@pytest.mark.parametrize(("widths", "slope", "latent"), CASES)
def test_samples_fall_into_cells(widths: list[int], slope: float, latent: Normal | Uniform) -> None:
    """Torch's outputs hit 216 cells as often as their exact probabilities say, at a false alarm rate of 1e-6.

    The resolved effect: outputs shifted by a twentieth of their deviation are rejected.
    """
    generator = random_generator(widths, slope, seed=14)
    law = space_law_of(generator, latent)
    latents = torch.from_numpy(latent.sample(DRAWS, np.random.default_rng(15)))
    with torch.no_grad():
        outputs = generator(latents).numpy()
    # Between the quantiles, off any atom, whose coordinates many samples share.
    inner = [np.quantile(outputs[:, axis], np.arange(1, 6) / 6) + 1e-4 for axis in range(3)]
    edges = [np.concatenate([[-inf], axis, [inf]]) for axis in inner]
    assert chi_square(law, outputs, edges) > FALSE_ALARM
    assert chi_square(law, law.sample(DRAWS, seed=16), edges) > FALSE_ALARM
    assert chi_square(law, outputs + outputs.std(axis=0) / 20, edges) < FALSE_ALARM


def test_cells_add_up() -> None:
    """Finer cells sum to the coarser ones that they divide, and all of space has mass 1."""
    law = space_law_of(random_generator([3, 6, 6, 3], 0.0, seed=17), Normal(3))
    fine, coarse = np.array([-inf, -0.5, 0.1, 0.6, inf]), np.array([-inf, 0.1, inf])
    whole = law.cell_probability(fine, coarse, fine)
    assert whole.sum() == pytest.approx(1, abs=1e-14)
    summed = whole.reshape(2, 2, 2, 2, 2).sum(axis=(1, 4))
    assert summed == pytest.approx(law.cell_probability(coarse, coarse, coarse), abs=1e-14)


def test_chunks_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number depends on how many points or regions are in work at once."""
    generator = random_generator([3, 6, 6, 3], 0.2, seed=18)
    law = space_law_of(generator, Normal(3))
    x = law.sample(50, seed=19)
    whole = law.log_prob(x)
    monkeypatch.setattr("empirical.densities.space.preimages.CHUNK", 7)
    assert np.array_equal(law.log_prob(x), whole)
    monkeypatch.setattr("empirical.densities.space.subdivision.CHUNK", 100)
    parts = space_law_of(generator, Normal(3)).subdivision
    assert np.array_equal(parts.maps.value, law.subdivision.maps.value)
    assert np.array_equal(parts.planes.error, law.subdivision.planes.error)


def test_questions_without_answer_are_refused() -> None:
    """Points with NaN or of another dimension, and unsorted cells, have no answer in space."""
    law = space_law_of(linear(np.eye(3), np.zeros(3)), Normal(3))
    for latent, generator in (
        (Normal(2), linear(np.eye(3), np.zeros(3))),
        (Uniform(3), linear(np.ones((2, 3)), np.ones(2))),
    ):
        with pytest.raises(ValueError, match=r"needs three latent coordinates, inputs and outputs \(got"):
            space_law_of(generator, latent)
    with pytest.raises(ValueError, match=r"three coordinates that are numbers \(got shape \(3, 2\), 0 NaN\)"):
        law.log_prob(np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"got shape \(1, 3\), 1 NaN\): pass"):
        law.log_prob(np.array([[0.0, np.nan, 0.0]]))
    with pytest.raises(ValueError, match=r"strictly increasing edges.*of axis 1"):
        law.cell_probability(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert law.log_prob(np.array([[inf, 0.0, 0.0]]))[0] == -inf
    assert law.log_prob(np.empty((0, 3))).shape == (0,)
