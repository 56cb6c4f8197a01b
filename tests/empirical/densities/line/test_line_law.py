"""Laws of piecewise-linear generators on the line: each number by two roads."""

from fractions import Fraction
from itertools import pairwise
from math import erf, exp, inf, log, pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from empirical.densities import LineLaw, Normal, Uniform, exact_density
from empirical.densities.line.piecewise_linear import piecewise_linear
from tests.strategies import line_generators

LATENTS = st.sampled_from([Normal(1), Uniform(1)])


def line_law(generator: torch.nn.Module, latent: Normal | Uniform) -> LineLaw:
    law = exact_density(generator, latent)
    assert isinstance(law, LineLaw)
    return law


def linear(weight: list[list[float]], bias: list[float]) -> torch.nn.Linear:
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return layer


def network(*layers: torch.nn.Module) -> torch.nn.Sequential:
    return torch.nn.Sequential(*layers)


def trained_size(seed: int, negative_slope: float) -> torch.nn.Sequential:
    """A random generator of a size that is trained: four hidden layers of 20 units."""
    random = torch.Generator().manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise([1, 20, 20, 20, 20, 1]):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.normal_(std=sqrt(2 / inputs), generator=random)
            layer.bias.normal_(std=0.5, generator=random)
        layers += [layer, torch.nn.LeakyReLU(negative_slope)]
    return network(*layers[:-1])


ABSOLUTE_VALUE = network(linear([[1.0], [-1.0]], [0.0, 0.0]), torch.nn.ReLU(), linear([[1.0, 1.0]], [0.0]))
HINGE = network(linear([[1.0]], [0.0]), torch.nn.ReLU())
STEP = network(linear([[1.0], [1.0]], [0.0, -1.0]), torch.nn.ReLU(), linear([[3.0, -3.0]], [2.0]))


# --- the pieces -------------------------------------------------------------------------------------------


def exact_value(generator: torch.nn.Sequential, z: Fraction, layers: int | None = None) -> list[Fraction]:
    """The outputs after so many layers at a rational point, in rational arithmetic."""
    values = [z]
    for layer in list(generator)[:layers]:
        if isinstance(layer, torch.nn.Linear):
            rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
            values = [
                sum((Fraction(w) * v for w, v in zip(row, values, strict=True)), Fraction(bias))
                for row, bias in rows
            ]
        else:
            slope = Fraction(getattr(layer, "negative_slope", 0.0))
            values = [v if v > 0 else slope * v for v in values]
    return values


def exact_breakpoints(generator: torch.nn.Sequential) -> list[Fraction]:
    """The roots in [-8, 8] of each preactivation, found between those of earlier layers by two values."""
    points = [Fraction(-8), Fraction(8)]
    for position, layer in enumerate(generator):
        if isinstance(layer, torch.nn.Linear):
            continue
        roots = set(points)
        for left, right in pairwise(points):
            at_left, at_right = (exact_value(generator, z, position) for z in (left, right))
            for a, b in zip(at_left, at_right, strict=True):
                if a * b < 0:
                    roots.add(left + (right - left) * a / (a - b))
        points = sorted(roots)
    return points[1:-1]


@given(line_generators())
def test_breakpoints_by_rational_arithmetic(generator: torch.nn.Sequential) -> None:
    """The breakpoints are the rational roots of the preactivations, and the slopes those of the pieces."""
    function = piecewise_linear(generator, (-8.0, 8.0))
    rationals = exact_breakpoints(generator)
    assert function.exact_breakpoints() == rationals
    exact = [float(root) for root in rationals]
    for root, value, doubt in zip(rationals, function.breakpoints, function.doubts[1:-1], strict=True):
        assert abs(root - Fraction(value)) <= Fraction(doubt)
    for left, right in pairwise([-8.0, *exact, 8.0]):
        middle = Fraction(left + right) / 2
        (value,), (beyond,) = (exact_value(generator, middle + step) for step in (0, Fraction(1, 10**9)))
        piece = np.searchsorted(function.breakpoints, float(middle))
        # Slopes are sums of few products of quarters: exact in float64.
        assert function.slopes[piece] == float((beyond - value) * 10**9)


@pytest.mark.parametrize("negative_slope", [0.0, 0.2])
def test_pieces_are_the_network(negative_slope: float) -> None:
    """At any latent, the pieces give what the network gives."""
    generator = trained_size(0, negative_slope)
    latents = torch.randn(20_000, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    function = piecewise_linear(generator, (-inf, inf))
    with torch.no_grad():
        # A few hundred roundings of numbers of size one.
        assert np.abs(function(latents[:, 0].numpy()) - generator(latents)[:, 0].numpy()).max() < 1e-13


def test_an_activation_used_twice_counts_twice() -> None:
    """One ReLU object in two places, and Sequentials inside a Sequential, are still all of their layers."""
    relu = torch.nn.ReLU()
    down, up = linear([[1.0]], [-1.0]), linear([[-1.0]], [2.0])
    twice = network(network(linear([[1.0]], [0.0]), relu), network(down, relu, up))
    z = np.linspace(-3, 3, 25)
    expected = 2 - np.maximum(np.maximum(z, 0) - 1, 0)
    assert np.array_equal(piecewise_linear(twice, (-3.0, 3.0))(z), expected)


# --- laws known in closed form ----------------------------------------------------------------------------


def test_affine_generator_of_normal_noise_is_normal() -> None:
    """The law of a Z + b is N(b, a^2)."""
    law = line_law(linear([[-2.0]], [1.0]), Normal(1))
    x = np.linspace(-9, 11, 41)
    # Two roundings in z, squared: a few units in the last place of the logarithm.
    assert np.allclose(law.log_prob(x[:, None]), norm.logpdf(x, 1, 2), rtol=1e-14, atol=0)
    assert np.allclose(law.cumulative_probability(x), norm.cdf(x, 1, 2), rtol=1e-13, atol=0)
    u = np.array([1e-12, 0.1, 0.5, 0.975])
    assert np.allclose(law.quantile(u), norm.ppf(u, 1, 2), rtol=1e-13, atol=1e-13)


def test_absolute_value_sums_two_preimages() -> None:
    """The density of |Z| is 2 phi(x) for x > 0 and nothing below: each x has the preimages x and -x."""
    law = line_law(ABSOLUTE_VALUE, Normal(1))
    x = np.array([0.5, 1.0, 3.0])
    assert np.allclose(law.log_prob(x[:, None]), log(2) + norm.logpdf(x), rtol=1e-14)
    assert law.log_prob(np.array([[-0.5]])) == -inf
    # erf and ndtr round differently in the last place.
    assert np.allclose(law.cumulative_probability(x), [erf(t / sqrt(2)) for t in x], rtol=1e-14)


@pytest.mark.parametrize("latent", [Normal(1), Uniform(1)])
def test_hinge_has_half_of_its_mass_on_one_atom(latent: Normal | Uniform) -> None:
    """The law of max(Z, 0) has an atom of mass 1/2 at 0, where no density exists."""
    law = line_law(HINGE, latent)
    assert law.atoms.tolist() == [[0.0]] and law.atom_probabilities.tolist() == [0.5]
    assert (law.mass.absolutely_continuous, law.mass.singular, law.mass.atoms) == (0.5, 0.0, 0.5)
    assert law.log_prob(np.array([[0.0], [-1.0]])).tolist() == [inf, -inf]
    assert law.cumulative_probability(np.array([-1e-300, 0.0])).tolist() == [0.0, 0.5]
    assert law.cell_probability(np.array([-1.0, 0.0, inf])).tolist() == [0.0, 1.0]
    assert law.quantile(np.array([0.1, 0.5])).tolist() == [0.0, 0.0]


def test_each_plateau_is_one_atom() -> None:
    """A ramp from 2 to 5 between latents 0 and 1: atoms of mass 1/2 and 1/2 - erf(1/sqrt 2)/2 at its ends.

    The upper plateau is a difference of growing numbers, 3 z - 3 (z - 1): still one atom, not a density.
    """
    law = line_law(STEP, Normal(1))
    assert law.atoms.tolist() == [[2.0], [5.0]]
    assert law.atom_probabilities == pytest.approx([0.5, 0.5 - erf(1 / sqrt(2)) / 2], rel=1e-14)
    assert law.log_prob(np.array([[3.5]])) == pytest.approx(-0.125 - log(2 * pi) / 2 - log(3))


@pytest.mark.parametrize("latent", [Normal(1), Uniform(1)])
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_outputs_that_miss_an_atom_by_rounding_are_at_it(latent: Normal | Uniform, scale: float) -> None:
    """relu(z + s / 10) - relu(z) is s / 10 for all z > 0, but its float64 outputs are many numbers around it.

    A point that rounding does not explain is none of them: the tolerance is at most 1e-13 of the terms.
    """
    clamp = network(
        linear([[scale], [scale]], [0.1 * scale, 0.0]), torch.nn.ReLU(), linear([[1.0, -1.0]], [0.0])
    )
    law = line_law(clamp, latent)
    z = np.abs(latent.sample(2000, np.random.default_rng(0)))
    with torch.no_grad():
        outputs = clamp(torch.from_numpy(z)).numpy()
    assert len(np.unique(outputs)) >= 3
    assert (law.log_prob(outputs) == inf).all()
    step = 1e-13 * scale * np.abs(z).max() + law.atom_tolerances.max()
    assert law.atom_tolerances.max() <= 1e-13 * scale * 39
    assert np.isfinite(law.log_prob(law.atoms[1:] - step)).all()
    assert (law.log_prob(law.atoms[1:] + step) == -inf).all()


@pytest.mark.parametrize("seed", range(4))
def test_draws_are_at_atoms_as_often_as_they_have_mass(seed: int) -> None:
    """The network's own outputs at random latents have an infinite density with the probability of atoms."""
    generator, draws = trained_size(seed, 0.0), 20_000
    law = line_law(generator, Normal(1))
    z = torch.from_numpy(Normal(1).sample(draws, np.random.default_rng(1)))
    with torch.no_grad():
        logs = law.log_prob(generator(z).numpy())
    assert not (logs == -inf).any()
    assert binom.cdf((logs == inf).sum(), draws, law.mass.atoms) > 1e-9
    assert binom.sf((logs == inf).sum() - 1, draws, law.mass.atoms) > 1e-9


def test_constant_generator_is_one_atom() -> None:
    """A generator without slope has all its mass on one point: complete collapse, and no density."""
    law = line_law(linear([[0.0]], [0.75]), Normal(1))
    assert law.mass.atoms == 1 and law.atoms.tolist() == [[0.75]]
    assert law.quantile(np.array([0.3])) == 0.75
    assert (law.sample(5, seed=0) == 0.75).all()


def test_uniform_through_a_tent() -> None:
    """Of a uniform latent, |Z| is uniform on [0, 1]; its density ends where the latent's does."""
    law = line_law(ABSOLUTE_VALUE, Uniform(1))
    x = np.array([[-0.1], [0.1], [0.9], [1.1]])
    assert np.exp(law.log_prob(x)) == pytest.approx([0, 1, 1, 0])
    assert law.quantile(np.array([0.25, 0.5])) == pytest.approx([0.25, 0.5], rel=1e-15)


# --- two roads to each number -----------------------------------------------------------------------------


def integrated_density(law: LineLaw, edges: np.ndarray) -> np.ndarray:
    """The density between neighbouring critical values by 30-point Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    left, right = edges[:-1, None], edges[1:, None]
    x = left + (right - left) * (nodes + 1) / 2
    density = np.exp(law.log_prob(x.reshape(-1, 1))).reshape(x.shape)
    return (density @ weights) * (right - left)[:, 0] / 2


def unequal(law: LineLaw, wrong: LineLaw) -> float:
    """The largest difference between integrated density of one law and cell probabilities of the other."""
    edges = law.critical_values
    atoms, _ = np.histogram(law.atoms[:, 0], edges, weights=law.atom_probabilities)
    return float(np.abs(integrated_density(law, edges) - wrong.cell_probability(edges) + atoms).max())


@given(line_generators(), LATENTS)
def test_density_integrates_to_cell_probabilities(
    generator: torch.nn.Sequential, latent: Normal | Uniform
) -> None:
    """Between critical values the integral of the density is the probability of the preimage.

    Thirty nodes integrate a normal density over at most one standard deviation beyond rounding.
    """
    law = line_law(generator, latent)
    if len(law.critical_values) > 1:
        assert unequal(law, law) < 1e-13
    assert law.mass.absolutely_continuous + law.mass.atoms == pytest.approx(1, abs=1e-14)


def test_density_of_a_deep_generator_integrates_to_cell_probabilities() -> None:
    """The same at a size that is trained; and a bias off by 1e-6 turns the check red."""
    generator = trained_size(3, 0.2)
    law = line_law(generator, Normal(1))
    assert unequal(law, law) < 1e-13
    last = generator[-1]
    assert isinstance(last, torch.nn.Linear)
    with torch.no_grad():
        last.bias.add_(1e-6)
    assert unequal(law, line_law(generator, Normal(1))) > 1e-9


def test_one_preimage_is_not_enough() -> None:
    """The control of the sum over preimages: phi alone, without the mirror image, integrates to one half."""
    law = line_law(ABSOLUTE_VALUE, Normal(1))
    edges = law.critical_values
    one_sheet = np.diff(norm.cdf(edges))
    assert np.abs(one_sheet - law.cell_probability(edges)).max() > 0.1


@given(line_generators(), LATENTS, st.lists(st.floats(-5, 5), min_size=3, max_size=6, unique=True))
def test_cells_add_up(generator: torch.nn.Sequential, latent: Normal | Uniform, cuts: list[float]) -> None:
    """Cells are differences of the distribution function; finer cells sum to the coarser one they divide."""
    law = line_law(generator, latent)
    edges = np.array([-inf, *sorted(cuts), inf])
    cells = law.cell_probability(edges)
    # Sums of at most a few dozen probabilities, each rounded once.
    assert cells.sum() == pytest.approx(1, abs=1e-14)
    coarse = law.cell_probability(edges[[0, 2, -1]])
    assert coarse == pytest.approx([cells[:2].sum(), cells[2:].sum()], abs=1e-14)
    # A cell is closed on the left, the distribution function counts a point at its right: compare off atoms.
    inner = edges[1:-1][~np.isin(edges[1:-1], law.atoms)]
    below = [law.cell_probability(np.array([-inf, x, inf]))[0] for x in inner]
    assert law.cumulative_probability(inner) == pytest.approx(below, abs=1e-14)


@given(line_generators(), LATENTS, st.floats(1e-6, 1 - 1e-6))
def test_quantile_inverts_the_distribution_function(
    generator: torch.nn.Sequential, latent: Normal | Uniform, u: float
) -> None:
    """The quantile q is the least x with F(x) >= u: F(q) >= u, and below q the mass is at most u."""
    law = line_law(generator, latent)
    q = law.quantile(np.array([u]))
    assert law.cumulative_probability(q)[0] >= u
    # Below, by a step that is larger than rounding of x (values below 200) and carries little mass unless
    # the density there is huge; then the mass between is measured instead.
    step = 1e-12
    between = law.cell_probability(np.array([q[0] - step, q[0]]))[0]
    assert law.cumulative_probability(q - step)[0] - between <= u + 1e-14


def test_chunks_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number depends on how many preimages are computed at once."""
    law = line_law(trained_size(5, 0.2), Normal(1))
    x = np.linspace(-3, 3, 50)
    edges = np.array([-inf, *x, inf])
    whole = law.log_prob(x[:, None]), law.cumulative_probability(x), law.cell_probability(edges)
    monkeypatch.setattr("empirical.densities.line.line_law.CHUNK", 100)
    parts = law.log_prob(x[:, None]), law.cumulative_probability(x), law.cell_probability(edges)
    assert all(np.allclose(a, b, rtol=1e-13, atol=0) for a, b in zip(whole, parts, strict=True))


# --- samples ----------------------------------------------------------------------------------------------

DRAWS, CELLS, FALSE_ALARM = 40_000, 16, 1e-6


def rejected(law: LineLaw, samples: np.ndarray) -> bool:
    """Whether some cell's count is impossible under the law at a false alarm rate of 1e-6 over all cells."""
    edges = np.concatenate([[-inf], np.unique(law.quantile(np.arange(1, CELLS) / CELLS)), [inf]])
    counts, probability = np.histogram(samples, edges)[0], law.cell_probability(edges)
    each = FALSE_ALARM / len(counts) / 2
    low, high = binom.ppf(each, DRAWS, probability), binom.isf(each, DRAWS, probability)
    return bool(((counts < low) | (counts > high)).any())


@pytest.mark.parametrize("negative_slope", [0.0, 0.2])
@pytest.mark.parametrize("latent", [Normal(1), Uniform(1)])
def test_samples_fall_into_cells(latent: Normal | Uniform, negative_slope: float) -> None:
    """The network's outputs, and the law's samples, hit each cell as often as its probability says.

    The resolved effect: a sampler shifted by a tenth of the law's interquartile range is rejected.
    """
    generator = trained_size(7, negative_slope)
    law = line_law(generator, latent)
    latents = torch.from_numpy(latent.sample(DRAWS, np.random.default_rng(8)))
    with torch.no_grad():
        outputs = generator(latents)[:, 0].numpy()
    lower, upper = law.quantile(np.array([0.25, 0.75]))
    for samples in (outputs, law.sample(DRAWS, seed=9)[:, 0]):
        assert not rejected(law, samples)
        assert rejected(law, samples + (upper - lower) / 10)


def test_samples_of_a_seed_are_the_same() -> None:
    """A seed fixes the samples, another seed draws others."""
    law = line_law(ABSOLUTE_VALUE, Normal(1))
    assert np.array_equal(law.sample(10, seed=1), law.sample(10, seed=1))
    assert not np.array_equal(law.sample(10, seed=1), law.sample(10, seed=2))


# --- far tails and refusals -------------------------------------------------------------------------------


def test_tails_keep_relative_accuracy() -> None:
    """P(30 < Z < 31) is about 5e-198 and known to twelve digits, not 1 - 1."""
    law = line_law(linear([[1.0]], [0.0]), Normal(1))
    upper = law.cell_probability(np.array([30.0, 31.0]))[0]
    lower = law.cell_probability(np.array([-31.0, -30.0]))[0]
    # Mills: phi(x)/x (1 - 1/x^2) < P(Z > x) < phi(x)/x; what lies beyond 31 is 1e-13 of that beyond 30.
    mills = exp(-450) / sqrt(2 * pi) / 30
    assert mills * (1 - 1 / 900) * (1 - 1e-12) < upper < mills
    assert lower == pytest.approx(upper, rel=1e-12)


def test_other_layers_are_refused_by_name() -> None:
    """A layer that is not piecewise linear is named, with what to use instead."""
    smooth = network(torch.nn.Linear(1, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    with pytest.raises(TypeError, match=r"got Tanh.*use LeakyReLU.*Finite latent"):
        exact_density(smooth, Normal(1))


def test_questions_without_answer_are_refused() -> None:
    """NaN, points in the plane, unsorted cells and probabilities beyond (0, 1) have no answer on the line."""
    law = line_law(HINGE, Normal(1))
    with pytest.raises(ValueError, match=r"got shape \(2, 1\), 1 NaN\): pass an array"):
        law.log_prob(np.array([[0.0], [np.nan]]))
    with pytest.raises(ValueError, match=r"one coordinate that is a number \(got shape \(3, 2\)"):
        law.log_prob(np.zeros((3, 2)))
    for edges in ([0.0], [0.0, 0.0], [1.0, 0.0]):
        with pytest.raises(ValueError, match="strictly increasing"):
            law.cell_probability(np.array(edges))
    for u in (0.0, 1.0, 50.0):
        with pytest.raises(ValueError, match="strictly between 0 and 1"):
            law.quantile(np.array([u]))
    with pytest.raises(ValueError, match="at least one dimension"):
        Normal(0)
    with pytest.raises(ValueError, match="at least one dimension"):
        Uniform(0)
