"""Decoders with Gaussian noise: the closed form against quadrature, samples and linear algebra."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import log, pi

import numpy as np
import pytest
import torch
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.curve import Curve, affine_curve
from empirical.densities.joint_cells import IntervalCells
from empirical.densities.latents import Normal, Uniform
from empirical.densities.noisy_law import NoisyLaw, noisy_law

LATENTS = (Normal(1), Uniform(1))


def decoder(widths: Sequence[int], seed: int, negative_slope: float = 0.2) -> tuple[AffineLayer, ...]:
    """A random network whose outputs spread over a few units."""
    random = torch.Generator().manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.normal_(std=1.5 / inputs**0.5, generator=random)
            layer.bias.normal_(std=0.5, generator=random)
        layers += [layer, torch.nn.LeakyReLU(negative_slope)]
    return affine_layers(torch.nn.Sequential(*layers[:-1]))


def outputs(layers: Sequence[AffineLayer], z: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
    """The decoder itself, layer by layer."""
    for layer in layers:
        z = z @ layer.weight.T + layer.bias
        z = np.where(z > 0, z, layer.negative_slope * z)
    return z


def by_quadrature(law: NoisyLaw, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """The same integral over one latent by Gauss-Legendre on short steps between the breakpoints."""
    curve = law.cells.curve
    # A point far off the data may have its likeliest latents far out: 14 would be too few for those below.
    edges = np.unique(np.clip(curve.edges, -30, 30))
    # Steps of at most a third of a standard deviation of the noise in data space, over which the exponent
    # of a point 60 of them away changes by 20.
    speed = np.linalg.norm(curve.linear, axis=(1, 2)).max() / law.noise + 1
    steps = [
        np.linspace(left, right, 2 + int(3 * (right - left) * speed))[:-1] for left, right in pairwise(edges)
    ]
    fine = np.append(np.concatenate(steps), edges[-1])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    z = (fine[:-1, None] + np.diff(fine)[:, None] * (nodes + 1) / 2).ravel()
    weight = np.log((np.diff(fine)[:, None] * weights / 2).ravel()) + law.latent.log_density(z)
    images = outputs(law.layers, z[:, None])
    logs = [weight - ((point - images) ** 2).sum(axis=1) / (2 * law.noise**2) for point in x]
    total = np.array([np.logaddexp.reduce(log_terms) for log_terms in logs])
    return total - law.dim * (log(law.noise) + log(2 * pi) / 2)


def by_linear_algebra(law: NoisyLaw, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """The log density of N(b, A A' + sigma^2 I), whose eigenvectors are those of A A'."""
    (layer,) = law.layers
    values, vectors = np.linalg.eigh(layer.weight @ layer.weight.T)
    variance = np.maximum(values, 0) + law.noise**2
    along = (x - layer.bias) @ vectors
    return -(along**2 / variance + np.log(2 * pi * variance)).sum(axis=1) / 2


def points(law: NoisyLaw, count: int = 20) -> Float[np.ndarray, "n d"]:
    """Half of them samples, half of them off the data, many standard deviations of the noise away."""
    away = 3 * np.random.default_rng(1).normal(size=(count // 2, law.dim))
    return np.concatenate([law.sample(count // 2, seed=0), away])


# --- the density ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data_dim", [1, 2, 7, 40])
@pytest.mark.parametrize("noise", [0.05, 1.0, 30.0])
def test_a_linear_decoder_has_a_gaussian_law(data_dim: int, noise: float) -> None:
    """N(b, A A' + sigma^2 I) to 1e-12 of the log density.

    The eigenvalues of the other road err by a rounding of the largest, which counts in the smallest, sigma^2.
    """
    law = noisy_law(decoder([1, data_dim], seed=data_dim), Normal(1), noise)
    x = points(law)
    condition = 1 + (law.layers[0].weight ** 2).sum() / noise**2

    tolerance = 1e-12 + 2.0**-52 * condition
    assert law.log_prob(x) == pytest.approx(by_linear_algebra(law, x), rel=tolerance, abs=1e-12)


@pytest.mark.parametrize("latent", LATENTS)
@pytest.mark.parametrize("noise", [0.05, 0.5])
@pytest.mark.parametrize("negative_slope", [0.0, 0.01, 0.2])
def test_the_closed_form_is_the_integral(
    latent: Normal | Uniform, noise: float, negative_slope: float
) -> None:
    """Flat pieces of plain ReLUs too, and points whose density is e^-10000 or less.

    Both roads round exponents of size h to h 2^-52 (1 + |x| / noise), below 1e-11 of their size here.
    """
    for data_dim, seed in ((1, 0), (3, 1), (8, 2)):
        law = noisy_law(decoder([1, 12, 12, data_dim], seed, negative_slope), latent, noise)
        x = points(law)
        assert law.log_prob(x) == pytest.approx(by_quadrature(law, x), rel=1e-11, abs=1e-10)


def test_a_constant_decoder_only_adds_noise() -> None:
    """Whatever the latent, the law is N(b, sigma^2 I)."""
    constant = (AffineLayer(np.zeros((2, 1)), np.array([1.0, -2.0]), np.ones(2)),)
    x = np.array([[1.0, -2.0], [4.0, 0.5]])
    expected = -((x - constant[0].bias) ** 2).sum(axis=1) / (2 * 0.3**2) - log(2 * pi * 0.3**2)
    for latent in LATENTS:
        assert noisy_law(constant, latent, 0.3).log_prob(x) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("latent", LATENTS)
def test_the_density_integrates_to_one(latent: Normal | Uniform) -> None:
    """In one and in two dimensions, by the trapezoidal rule.

    For a function as smooth as a Gaussian of width sigma a step of sigma/2 leaves an error of
    exp(-2 pi^2 sigma^2 / step^2) = 5e-35; the box ends where 1e-13 of the mass is left.
    """
    noise, step = 0.4, 0.2
    for data_dim in (1, 2):
        law = noisy_law(decoder([1, 10, 10, data_dim], data_dim), latent, noise)
        reach = np.abs(outputs(law.layers, np.linspace(-7.6, 7.6, 20_001)[:, None])).max() + 8 * noise
        axis = np.arange(-reach, reach + step, step)
        grid = np.stack(np.meshgrid(*[axis] * data_dim, indexing="ij"), axis=-1).reshape(-1, data_dim)
        assert np.exp(law.log_prob(grid)).sum() * step**data_dim == pytest.approx(1, abs=1e-12)


def test_samples_follow_the_density() -> None:
    """E[-log p(X)] over samples is the entropy, which the trapezoidal rule gives; 5 standard errors.

    The chance of a false alarm is below 6e-7; the same comparison with a sampler of 1.1 times the noise
    fails.
    """
    law = noisy_law(decoder([1, 10, 10, 1], 3), Normal(1), 0.1)
    grid = np.arange(-30, 30, 0.05)[:, None]
    logs = law.log_prob(grid)
    entropy = -(np.exp(logs) * logs).sum() * 0.05

    def surprise(sampled: NoisyLaw) -> float:
        losses = -law.log_prob(sampled.sample(20_000, seed=5))
        return abs(losses.mean() - entropy) / (losses.std() / 20_000**0.5)

    assert surprise(law) < 5
    assert surprise(replace(law, noise=0.13)) > 5


# --- what is left out, and what may not be ----------------------------------------------------------------


def test_leaving_out_small_terms_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every region summed the density is the same to rounding: those left out are below 1e-17 of it."""
    law = noisy_law(decoder([1, 20, 20, 4], 0), Normal(1), 0.05)
    x = points(law)
    quick = law.log_prob(x)
    monkeypatch.setattr("empirical.densities.noisy_law.NEGLIGIBLE", -np.inf)

    assert law.log_prob(x) == pytest.approx(quick, rel=1e-15)


def without_piece(law: NoisyLaw, piece: int) -> NoisyLaw:
    """The fault of a region that was missed: its neighbour's edge reaches over nothing."""
    curve = law.cells.curve
    edges = np.delete(curve.edges, piece)
    faulty = Curve(edges, np.delete(curve.linear, piece, axis=0), np.delete(curve.offset, piece, axis=0))
    return replace(law, cells=IntervalCells(faulty, law.latent, law.noise))


def test_planted_faults_are_seen_by_the_quadrature() -> None:
    """A wrong sigma and a dropped region move the density by far more than the two roads differ."""
    law = noisy_law(decoder([1, 12, 12, 2], 0), Normal(1), 0.3)
    x = points(law)
    true = by_quadrature(law, x)
    wrong_noise = noisy_law(law.layers, law.latent, 0.3001)
    middle = len(law.cells.log_mass) // 2

    assert np.abs(law.log_prob(x) - true).max() < 1e-10
    assert np.abs(wrong_noise.log_prob(x) - true).max() > 1e-4
    assert np.abs(without_piece(law, middle).log_prob(x) - true).max() > 1e-4


# --- the pieces -------------------------------------------------------------------------------------------


def test_the_curve_is_the_network() -> None:
    """On random networks of several shapes, at random latents, to rounding; pieces meet continuously."""
    for seed in range(20):
        layers = decoder([1, 4 + seed, 6, 3], seed, (0.0, 0.01, 0.2)[seed % 3])
        curve = affine_curve(layers, (-np.inf, np.inf))
        z = np.random.default_rng(seed).normal(size=500) * 4
        piece = np.searchsorted(curve.edges[1:-1], z)
        values = curve.linear[piece, :, 0] * z[:, None] + curve.offset[piece]
        assert np.abs(values - outputs(layers, z[:, None])).max() < 1e-12
        inner = curve.edges[1:-1, None]
        left = curve.linear[:-1, :, 0] * inner + curve.offset[:-1]
        right = curve.linear[1:, :, 0] * inner + curve.offset[1:]
        assert np.abs(left - right).max() < 1e-11


# --- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.0, -1.0, float("nan"), float("inf")])
def test_the_noise_must_be_a_standard_deviation(noise: float) -> None:
    """Without noise another law is meant, and the sentence says which call."""
    with pytest.raises(ValueError, match="without noise call exact_density"):
        noisy_law(decoder([1, 2], 0), Normal(1), noise)


def test_dimensions_must_fit() -> None:
    """Of latent and decoder, of points and data."""
    with pytest.raises(ValueError, match="takes 1 latent coordinates, but the latent has 2"):
        noisy_law(decoder([1, 2], 0), Normal(2), 1.0)
    with pytest.raises(ValueError, match="needs one or two latent coordinates"):
        noisy_law(decoder([3, 2], 0), Normal(3), 1.0)
    law = noisy_law(decoder([1, 2], 0), Normal(1), 1.0)
    with pytest.raises(ValueError, match="finite rows of 2 coordinates"):
        law.log_prob(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="finite rows of 2 coordinates"):
        law.log_prob(np.full((1, 2), np.nan))
