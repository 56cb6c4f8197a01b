"""Laws in the plane: closed forms, brute force over all regions, and the parts without a density."""

from dataclasses import replace
from itertools import pairwise
from math import cos, inf, log, pi, sin

import numpy as np
import pytest
import torch
from scipy.stats import norm

from empirical.densities import Normal, Uniform
from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.plane.subdivision import subdivide

LATENTS = [Normal(2), Uniform(2)]
TURN = [[cos(1.0), -sin(1.0)], [sin(1.0), cos(1.0)]]


def affine(weight: list[list[float]], bias: list[float], slope: float = 1.0) -> AffineLayer:
    return AffineLayer(np.array(weight), np.array(bias), np.full(len(bias), slope))


def law_of(layers: list[AffineLayer], latent: Normal | Uniform) -> PlaneLaw:
    end = 39.0 if isinstance(latent, Normal) else 1.0
    return PlaneLaw(tuple(layers), subdivide(layers, -end, end), latent)


def random_network(seed: int, slope: float, widths: tuple[int, ...] = (2, 10, 10, 2)) -> list[AffineLayer]:
    modules: list[torch.nn.Module] = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for inputs, outputs in pairwise(widths):
            modules += [torch.nn.Linear(inputs, outputs).double(), torch.nn.LeakyReLU(slope)]
    return list(affine_layers(torch.nn.Sequential(*modules[:-1])))


# --- laws known in closed form: equality to 1e-12, for a few roundings of numbers below 40 ----------------

X = np.random.default_rng(0).normal(size=(200, 2))


@pytest.mark.parametrize(
    "matrix", [np.eye(2).tolist(), TURN, [[3.0, 0.0], [0.0, 0.5]], [[1.0, 2.0], [0.5, -1.0]]]
)
def test_affine_maps_of_a_normal_are_normal(matrix: list[list[float]]) -> None:
    """The law of A Z + b has the density of N(b, A A')."""
    law = law_of([affine(matrix, [0.5, -1.0])], Normal(2))
    z = np.linalg.solve(np.array(matrix), (X - [0.5, -1.0]).T).T
    expected = -(z**2).sum(axis=1) / 2 - log(2 * pi) - log(abs(np.linalg.det(matrix)))
    assert law.log_prob(X) == pytest.approx(expected, abs=1e-12)
    assert law.log_volume_gain == pytest.approx(log(abs(np.linalg.det(matrix))), abs=1e-12)
    assert law.mass.absolutely_continuous == pytest.approx(1, abs=1e-14)
    assert law.preimages(X).latent == pytest.approx(z, abs=1e-12)


@pytest.mark.parametrize(
    "fold",
    [
        [affine([[1.0, 0.0], [0.0, 1.0]], [0.0, 40.0], -1.0), affine([[1.0, 0.0], [0.0, 1.0]], [0.0, -40.0])],
        [
            affine([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [0.0] * 4, 0.0),
            affine([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]], [0.0, 0.0]),
        ],
    ],
    ids=["leaky ReLU of slope -1", "two ReLUs"],
)
def test_a_fold_doubles_the_density(fold: list[AffineLayer]) -> None:
    """The law of (|Z1|, Z2) has the density 2 phi for x1 > 0, by two preimages, and none for x1 < 0.

    In the first network the second unit folds too, but outside the box of latents.
    """
    law = law_of(fold, Normal(2))
    x = X[np.abs(X[:, 0]) > 1e-9]
    expected = np.where(x[:, 0] > 0, log(2) + norm.logpdf(x).sum(axis=1), -inf)
    got = law.log_prob(x)
    assert np.array_equal(np.isinf(got), np.isinf(expected))
    assert got[x[:, 0] > 0] == pytest.approx(expected[x[:, 0] > 0], abs=1e-12)
    assert law.preimages(np.array([[0.7, -0.2]])).point.tolist() == [0, 0]


def test_two_tents_keep_the_uniform_law() -> None:
    """1 - 2 |u| maps [-1, 1] twice onto itself: applied to both coordinates the law stays uniform."""
    tents = [
        affine([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [0.0] * 4, 0.0),
        affine([[-2.0, -2.0, 0.0, 0.0], [0.0, 0.0, -2.0, -2.0]], [1.0, 1.0]),
    ]
    law = law_of(tents, Uniform(2))
    x = np.random.default_rng(1).uniform(-1, 1, (300, 2))
    assert law.log_prob(x) == pytest.approx(-log(4), abs=1e-12)
    assert len(law.preimages(x).point) == 1200
    assert (law.log_prob(x + 2.0) == -inf).all()
    assert law.log_volume_gain == pytest.approx(log(4), abs=1e-12)


def test_a_network_built_to_have_a_given_density() -> None:
    """Half of u below 0 and twice u above in each coordinate: densities 1, 1/4, 1/4 and 1/16."""
    law = law_of(
        [
            affine([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [0.0] * 4, 0.0),
            affine([[2.0, -0.5, 0.0, 0.0], [0.0, 0.0, 2.0, -0.5]], [0.0, 0.0]),
        ],
        Uniform(2),
    )
    points = np.array([[-0.3, -0.4], [1.9, -0.1], [-0.1, 0.2], [1.0, 1.5], [-0.6, 0.0]])
    assert np.exp(law.log_prob(points)) == pytest.approx([1, 1 / 4, 1 / 4, 1 / 16, 0], abs=1e-12)
    # The entropy of an injective image is the latent's and the gain: here E of minus the log density.
    assert law.log_volume_gain + log(4) == pytest.approx(log(1) / 4 + 2 * log(4) / 4 + log(16) / 4, abs=1e-12)


# --- every region tried -----------------------------------------------------------------------------------


def by_brute_force(law: PlaneLaw, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The density by every region's map and latent polygon, and how near a preimage comes to an edge."""
    mesh = law.mesh
    z = np.einsum("rij,nrj->nri", np.linalg.inv(mesh.linear), x[:, None] - mesh.offset)
    start, edge = mesh.vertices[mesh.corners], mesh.vertices[mesh.following] - mesh.vertices[mesh.corners]
    step = z[:, mesh.region] - start
    side = (edge[:, 0] * step[..., 1] - edge[:, 1] * step[..., 0]) / np.hypot(*edge.T)
    depth = np.minimum.reduceat(side, mesh.starts[:-1], axis=1)
    density = np.exp(law.latent.log_density(z).sum(axis=2)) / np.abs(np.linalg.det(mesh.linear))
    return np.where(depth > 0, density, 0).sum(axis=1), np.abs(depth).min(axis=1)


@pytest.mark.parametrize("latent", LATENTS)
@pytest.mark.parametrize("slope", [0.2, 0.01, -0.5])
def test_the_density_is_that_of_brute_force(slope: float, latent: Normal | Uniform) -> None:
    """The sum over preimages equals the sum over all regions that hold their own solution of G(z) = x.

    Away from edges by 1e-9 in the latent plane; a determinant is good to 1e-16 times the condition number.
    """
    law = law_of(random_network(3, slope), latent)
    low, high = np.quantile(law.sample(2000, 1), [0.01, 0.99], axis=0)
    x = np.concatenate([law.sample(200, 2), np.random.default_rng(3).uniform(low, high, (200, 2))])
    expected, distance = by_brute_force(law, x)
    clear = distance > 1e-9
    assert clear.mean() > 0.95
    assert np.exp(law.log_prob(x[clear])) == pytest.approx(expected[clear], rel=1e-10)
    assert (expected[:200][clear[:200]] > 0).all()


@pytest.mark.parametrize("latent", LATENTS)
def test_preimages_are_preimages(latent: Normal | Uniform) -> None:
    """The network maps each preimage back to its point, and the latent that drew a point is among them."""
    layers = random_network(4, 0.2)
    law = law_of(layers, latent)
    z = latent.sample(500, np.random.default_rng(5))
    x = law.sample(500, 5)
    found = law.preimages(x)
    back = found.latent
    for layer in layers:
        back = back @ layer.weight.T + layer.bias
        back = np.where(back > 0, back, layer.negative_slope * back)
    # Rounding of the solution, of size 1e-15 times a condition number below 1e3, at images below 10.
    assert np.abs(back - x[found.point]).max() < 1e-11
    near = np.abs(found.latent - z[found.point]).max(axis=1) < 1e-9
    assert np.array_equal(np.bincount(found.point, near, minlength=500), np.ones(500))


@pytest.mark.parametrize("latent", LATENTS)
def test_the_volume_gain_is_the_mean_over_latents(latent: Normal | Uniform) -> None:
    """E log |det J| by region masses is the mean over sampled latents, by automatic differentiation."""
    law = law_of(random_network(6, 0.2), latent)
    z = torch.from_numpy(latent.sample(4000, np.random.default_rng(7)))

    def network(latents: torch.Tensor) -> torch.Tensor:
        for layer in law.layers:
            latents = latents @ torch.from_numpy(layer.weight).T + torch.from_numpy(layer.bias)
            latents = torch.where(latents > 0, latents, torch.from_numpy(layer.negative_slope) * latents)
        return latents

    jacobians = torch.func.vmap(torch.func.jacrev(network))(z)
    logs = torch.linalg.slogdet(jacobians).logabsdet.numpy()
    error = logs.std() / np.sqrt(len(logs))
    assert abs(logs.mean() - law.log_volume_gain) < 6 * error  # a false alarm in 5e8
    assert abs(logs.mean() - law.log_volume_gain - 0.2) > 6 * error  # what it resolves


@pytest.mark.parametrize("latent", LATENTS)
def test_points_in_float32_are_the_points_they_are(latent: Normal | Uniform) -> None:
    """Whatever a point is stored in, its density and its preimages are those of the same point in float64."""
    law = law_of(random_network(5, 0.2), latent)
    x = law.sample(300, 1).astype(np.float32)
    same = x.astype(np.float64)
    assert np.array_equal(law.log_prob(x), law.log_prob(same))
    assert np.array_equal(law.preimages(x).latent, law.preimages(same).latent)
    assert np.array_equal(law.log_prob(x[::2]), law.log_prob(same)[::2])


@pytest.mark.parametrize("scale", [1e100, 1e-100])
def test_a_law_in_any_units_is_certified(scale: float) -> None:
    """The law of c Z has the log density of Z at x / c, less 2 log c, and its certificate holds."""
    law = law_of([affine([[scale, 0.0], [0.0, scale]], [0.0, 0.0])], Normal(2))
    expected = norm.logpdf(X).sum(axis=1) - 2 * log(scale)
    assert law.log_prob(scale * X) == pytest.approx(expected, rel=1e-14)
    assert law.certificate.holds, law.certificate.failed


@pytest.mark.parametrize("scale", [1e160, 1e300, 1e-170, 1e-300])
def test_scales_beyond_float64_are_refused(scale: float) -> None:
    """A determinant that over- or underflows would be NaN in the density: one sentence instead."""
    with pytest.raises(ValueError, match=r"scale is beyond float64.*rescale its weights"):
        law_of([affine([[scale, 0.0], [0.0, scale]], [0.0, 0.0])], Normal(2))


# --- mass without a density -------------------------------------------------------------------------------

HINGES = [affine(np.eye(2).tolist(), [0.0, 0.0], 0.0)]


@pytest.mark.parametrize("latent", LATENTS)
def test_two_hinges_have_three_masses(latent: Normal | Uniform) -> None:
    """(max(Z1, 0), max(Z2, 0)): a quarter with a density, half on two half lines, a quarter at the origin."""
    law = law_of(HINGES, latent)
    assert law.mass.absolutely_continuous == pytest.approx(0.25, abs=1e-14)
    assert law.mass.singular == pytest.approx(0.5, abs=1e-14)
    assert law.mass.atoms == pytest.approx(0.25, abs=1e-14)
    assert law.atoms.tolist() == [[0.0, 0.0]] and law.atom_probabilities == pytest.approx([0.25], abs=1e-14)
    points = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5], [0.5, 0.25], [-0.5, 0.0], [0.0, -0.5]])
    inside = latent.log_density(np.array([0.5, 0.25])).sum()
    assert law.log_prob(points) == pytest.approx([inf, inf, inf, inside, -inf, -inf])
    assert law.log_volume_gain == -inf
    # Along the half lines: half of the density of one coordinate.
    along = np.exp(law.segments.log_density(np.array([[0.5, 0.0], [0.0, 0.25], [0.5, 0.25], [-0.5, 0.0]])))
    line = np.exp(latent.log_density(np.array([0.5, 0.25]))) / 2
    assert along == pytest.approx([*line, 0.0, 0.0], abs=1e-14)


def test_a_constant_network_is_an_atom() -> None:
    """Complete collapse: all mass on one point."""
    law = law_of([affine([[0.0, 0.0], [0.0, 0.0]], [0.5, 0.25])], Normal(2))
    assert law.mass.atoms == pytest.approx(1, abs=1e-14) and law.atoms.tolist() == [[0.5, 0.25]]
    assert law.log_prob(np.array([[0.5, 0.25], [0.5, 0.26]])).tolist() == [inf, -inf]
    assert len(law.preimages(np.zeros((3, 2))).point) == 0


@pytest.mark.parametrize("latent", LATENTS)
@pytest.mark.parametrize("seed", [1, 8])
def test_draws_from_lines_and_atoms_have_infinite_density(seed: int, latent: Normal | Uniform) -> None:
    """Of a plain ReLU network, exactly the draws from flat regions are where the density is infinite."""
    law = law_of(random_network(seed, 0.0, (2, 5, 5, 5, 2)), latent)
    x, regular = law.draw(4000, 2)
    density = law.log_prob(x)
    assert np.array_equal(density == inf, ~regular) and not (density == -inf).any()
    assert np.array_equal(law.sample(4000, 2), x)
    # Within six standard errors: a false alarm in 5e8.
    flat = law.mass.singular + law.mass.atoms
    assert flat > 0.01 and abs((~regular).mean() - flat) < 6 * np.sqrt(flat * (1 - flat) / 4000)
    assert law.mass.absolutely_continuous + flat == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("seed", [1, 8])
def test_outputs_in_different_units_keep_their_lines_apart(seed: int) -> None:
    """In units of 1e4 and 1e-4, too, the density is infinite at draws from flat regions and only there."""
    layers = random_network(seed, 0.0, (2, 5, 5, 5, 2))
    units = np.array([1e4, 1e-4])
    scaled = replace(layers[-1], weight=units[:, None] * layers[-1].weight, bias=units * layers[-1].bias)
    law = law_of([*layers[:-1], scaled], Normal(2))
    x, regular = law.draw(4000, 2)
    assert 0 < (~regular).sum() < 4000
    assert np.array_equal(law.log_prob(x) == inf, ~regular)
    # A step off a line by 1e-9 of each unit is off it.
    assert (law.log_prob(x[~regular] + 1e-9 * units * [1, -1]) < inf).mean() > 0.9
    assert law.certificate.holds, law.certificate.failed


# --- cells, and questions without an answer ---------------------------------------------------------------


def test_cells_need_no_density() -> None:
    """Cells of (|Z1|, Z2) are products of intervals."""
    law = law_of(
        [affine(np.eye(2).tolist(), [0.0, 40.0], -1.0), affine(np.eye(2).tolist(), [0.0, -40.0])], Normal(2)
    )
    cells = law.cell_probability(np.array([0.0, 1.0, inf]), np.array([-inf, 0.0, inf]))
    inner = 2 * norm.cdf(1) - 1
    assert cells == pytest.approx(np.array([[inner, inner], [1 - inner, 1 - inner]]) / 2, abs=1e-14)


def test_questions_without_answer_are_refused() -> None:
    """Points off the plane, NaN, and laws that are not in the plane."""
    law = law_of([affine(np.eye(2).tolist(), [0.0, 0.0])], Normal(2))
    with pytest.raises(ValueError, match=r"shape \(n, 2\) \(got \(4, 3\)\)"):
        law.log_prob(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="must not be NaN"):
        law.log_prob(np.array([[np.nan, 0.0]]))
    assert law.log_prob(np.array([[inf, 0.0], [-inf, inf]])).tolist() == [-inf, -inf]
    with pytest.raises(ValueError, match=r"two latent coordinates and two outputs \(got 2 and 1\)"):
        law_of([affine([[1.0, 0.0]], [0.0])], Normal(2))
    with pytest.raises(ValueError, match="two latent coordinates"):
        PlaneLaw(law.layers, law.subdivision, Normal(3))
    assert law.dim == 2
