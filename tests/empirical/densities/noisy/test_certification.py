"""The certificate of a noisy decoder holds for right laws, and each fault turns a check red."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.latents import Normal, Uniform
from empirical.densities.noisy.cubature import latent_integral
from empirical.densities.noisy.joint_cells import IntervalCells, PolygonCells
from empirical.densities.noisy.noisy_law import NoisyLaw, noisy_law
from empirical.densities.plane.mesh import Mesh

LATENTS = (Normal(1), Uniform(1), Normal(2), Uniform(2))


def decoder(widths: Sequence[int], seed: int, negative_slope: float) -> tuple[AffineLayer, ...]:
    random = torch.Generator().manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.normal_(std=1.5 / inputs**0.5, generator=random)
            layer.bias.normal_(std=0.5, generator=random)
        layers += [layer, torch.nn.LeakyReLU(negative_slope)]
    return affine_layers(torch.nn.Sequential(*layers[:-1]))


def small(latent: Normal | Uniform) -> NoisyLaw:
    return noisy_law(decoder([latent.dim, 4, 2], 1, 0.2), latent, 0.5)


def failed(law: NoisyLaw) -> set[str]:
    return {check.name for check in law.certificate.failed}


def likeliest(law: NoisyLaw) -> int:
    return int(np.argmax(law.cells.log_mass))


@pytest.mark.parametrize("latent", LATENTS)
def test_right_laws_are_certified(latent: Normal | Uniform) -> None:
    """Random decoders of several shapes, with pieces that a plain ReLU collapses, noise from 1e-5 to 1."""
    for seed, (widths, noise) in enumerate((((6, 6, 2), 0.1), ((8, 3), 1e-5), ((6, 1), 1.0), ((2,), 0.3))):
        law = noisy_law(decoder([latent.dim, *widths], seed, 0.2 * (seed % 2)), latent, noise)
        assert law.certificate.holds, law.certificate.failed


def test_the_cubature_is_the_gaussian_law_of_a_linear_decoder() -> None:
    """N(b, A A' + sigma^2 I) to 1e-13, for one and for two latents, from one simplex or two."""
    for k, pieces in (
        (1, np.array([[[-50.0], [50.0]]])),
        (2, np.array([[[-50.0, -50], [50, -50], [50, 50]], [[-50, -50], [50, 50], [-50, 50]]])),
    ):
        law = noisy_law(decoder([k, 2], 0, 0.2), Normal(k), 0.5)
        (layer,) = law.layers
        covariance = layer.weight @ layer.weight.T + 0.25 * np.eye(2)
        residual = np.array([1.0, -0.5]) - layer.bias
        known = -(residual @ np.linalg.solve(covariance, residual)) / 2
        known -= np.log(np.linalg.det(2 * np.pi * covariance)) / 2
        found = latent_integral(law, pieces, np.array([1.0, -0.5]))
        assert found.log_density == pytest.approx(known, abs=1e-13)
        assert found.log_left_out < known - 36  # less than 1e-15 of it


@pytest.mark.parametrize("latent", LATENTS)
def test_another_noise_is_seen(latent: Normal | Uniform) -> None:
    """The planted fault of a closed form with a sigma that is off by 1e-6 of itself."""
    law = small(latent)
    assert failed(replace(law, cells=replace(law.cells, noise=law.noise * (1 + 1e-6)))) == {"density"}


@pytest.mark.parametrize("latent", LATENTS[:2])
def test_a_missed_breakpoint_is_seen(latent: Normal | Uniform) -> None:
    """The planted fault of a piece whose neighbour reaches over it, and of one that is left out at an end."""
    law = small(latent)
    assert isinstance(law.cells, IntervalCells)
    curve = law.cells.curve

    def with_pieces(edges: np.ndarray, kept: np.ndarray) -> NoisyLaw:
        faulty = replace(curve, edges=edges, linear=curve.linear[kept], offset=curve.offset[kept])
        return replace(law, cells=replace(law.cells, curve=faulty))

    every = np.arange(len(curve))
    assert "pieces" in failed(with_pieces(np.delete(curve.edges, 1), np.delete(every, 1)))
    assert {"order", "mass", "pieces"} <= failed(with_pieces(curve.edges[1:], every[1:]))


@pytest.mark.parametrize("latent", LATENTS[2:])
def test_a_dropped_region_is_seen(latent: Normal | Uniform) -> None:
    """The planted fault of a hole in the mesh: by its edges, by the mass that is missing, by the area."""
    law = small(latent)
    assert isinstance(law.cells, PolygonCells)
    mesh, dropped = law.cells.mesh, likeliest(law)
    kept = np.arange(len(mesh)) != dropped
    starts = np.concatenate([[0], np.cumsum(np.diff(mesh.starts)[kept])])
    corners = mesh.corners[mesh.region != dropped]
    faulty = Mesh(mesh.vertices, mesh.images, starts, corners, mesh.linear[kept], mesh.offset[kept])
    subdivision = law.cells.subdivision
    holed = replace(subdivision, mesh=faulty, packed=subdivision.packed[kept])

    assert {"boundary", "mass"} <= failed(replace(law, cells=replace(law.cells, subdivision=holed)))


@pytest.mark.parametrize("latent", LATENTS)
def test_a_wrong_map_is_seen(latent: Normal | Uniform) -> None:
    """The planted fault of an offset that is off by 1e-6 on the likeliest region."""
    law = small(latent)
    match law.cells:
        case IntervalCells() as cells:
            offset = cells.curve.offset.copy()
            offset[likeliest(law)] += 1e-6
            wrong = replace(cells, curve=replace(cells.curve, offset=offset))
            name = "pieces"
        case PolygonCells() as cells:
            offset = cells.mesh.offset.copy()
            offset[likeliest(law)] += 1e-6
            moved = replace(cells.mesh, offset=offset)
            wrong = replace(cells, subdivision=replace(cells.subdivision, mesh=moved))
            name = "affine-maps"

    assert {name, "density"} <= failed(replace(law, cells=wrong))


def test_latents_outside_the_mesh_are_seen() -> None:
    """The planted fault of a mesh that ends where a tenth of a millionth of the latents begins."""
    law = small(Normal(2))
    assert isinstance(law.cells, PolygonCells)
    mesh = law.cells.mesh
    shrunk = replace(mesh, vertices=mesh.vertices * (5 / np.abs(mesh.vertices).max()))
    subdivision = replace(law.cells.subdivision, mesh=shrunk)

    assert "tail" in failed(replace(law, cells=replace(law.cells, subdivision=subdivision)))
