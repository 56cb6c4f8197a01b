"""What `ganproof density` is given: the generator, its latent, points, edges and features."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from empirical.cli.latent_name import LatentName
from empirical.densities import Normal, Uniform
from empirical.networks import load_module
from empirical.networks.flows import is_flow, load_flow
from empirical.networks.tensor_file import kind_of
from empirical.observables import load_samples
from empirical.observables.features import Disc, Feature, HalfPlane, Polygon
from empirical.targets import Target, target
from empirical.targets.grid import grid
from empirical.targets.ring import ring

EXAMPLE = '{"normal": [0, 1], "at_least": 0}'  # of a feature: the upper half


def load_generator(path: Path) -> torch.nn.Module:
    """A network by ``save_module`` or a flow by ``save_flow``.

    Raises:
        ValueError: the file is missing, damaged or foreign.
    """
    kind = kind_of(path)
    if kind is None and path.is_file():
        raise ValueError(
            f"{path} holds no generator that can be read (text, .pt files and safetensors of other programs "
            f"hold none): write it with empirical.networks.save_module."
        )
    return load_flow(path) if kind == "flow" else load_module(path)


def latent_of(generator: torch.nn.Module, name: LatentName) -> Normal | Uniform:
    """The latent of this kind with as many coordinates as the generator takes.

    Raises:
        ValueError: the network has no affine layer; a flow is fed uniform noise; or it is a network with more
            than three latent coordinates.
    """
    if is_flow(generator):
        if name is LatentName.UNIFORM:
            raise ValueError("a flow is fed normal noise (got --latent uniform): leave --latent out.")
        return Normal(flow_dim(generator))
    affine = [layer for layer in generator.modules() if isinstance(layer, torch.nn.Linear)]
    if not affine:
        raise ValueError("the generator has no affine layer: begin with torch.nn.Linear(latent_dim, ...).")
    dim = affine[0].in_features
    if dim > 3 and affine[-1].out_features != dim:
        raise ValueError(
            f"the exact density needs at most 3 latent coordinates (got {dim}): on a plane of latents it "
            f"is exact, by empirical.densities.plane.slices.slice_layers; for all of them count samples in "
            f"bins, with the exact limits of empirical.observables.frequency."
        )
    return Normal(dim) if name is LatentName.NORMAL else Uniform(dim)


def read_points(path: Path, dim: int) -> Float[np.ndarray, "n d"]:
    """The points of a query.

    Raises:
        ValueError: no such file, no numbers, another dimension than the data, or NaN.
    """
    points = load_samples(path)
    if points.shape[1] != dim:
        raise ValueError(
            f"the points of {path} must have the data's {dim} coordinates (got shape {points.shape}): save "
            f"an array of shape (n, {dim})."
        )
    if not np.isfinite(points).all():
        rows = np.flatnonzero(~np.isfinite(points).all(axis=1))
        raise ValueError(
            f"the points of {path} must be finite (got NaN or infinity in {len(rows)} of {len(points)} rows, "
            f"first in row {rows[0]}): remove these rows."
        )
    return points


def read_edges(path: Path, dim: int) -> tuple[Float[np.ndarray, " n"], ...]:
    """The edges of cells, one increasing row for each axis; a single row is that of every axis.

    Raises:
        ValueError: no such file, no numbers, another number of rows, or edges that do not increase.
    """
    edges = load_samples(path)
    rows = edges.T if edges.shape[1] == 1 else edges
    if len(rows) not in (1, dim):
        raise ValueError(
            f"{path} must hold one row of edges, or one for each of the {dim} axes (got shape "
            f"{edges.shape}): save numpy.linspace(-1, 1, 33), say."
        )
    if np.isnan(rows).any() or rows.shape[1] < 2 or not (np.diff(rows, axis=1) > 0).all():
        raise ValueError(f"the edges of {path} must increase, at least two to a row: sort them.")
    return tuple(rows[axis % len(rows)] for axis in range(dim))


def read_features(path: Path) -> dict[str, Feature]:
    """Features by name, from JSON.

    One of three shapes each: ``{"normal": [a, b], "at_least": c}`` is the half-plane ax + by >= c,
    ``{"corners": [[x, y], ...]}`` a convex polygon, counterclockwise, ``{"centre": [x, y], "radius": r}`` a
    disc.

    Raises:
        ValueError: no such file, no JSON, or an entry of another shape.
    """
    if not path.is_file():
        raise ValueError(
            f'there are no features at {path}: write them as JSON such as {{"upper half": {EXAMPLE}}}.'
        )
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f'the features in {path} are not JSON ({error}): write {{"upper half": {EXAMPLE}}}, say.'
        ) from None
    if not isinstance(entries, dict) or not entries:
        raise ValueError(f'{path} must map names to features, such as {{"upper half": {EXAMPLE}}}.')
    return {name: _feature(path, name, entry) for name, entry in entries.items()}


def _feature(path: Path, name: str, entry: Any) -> Feature:  # noqa: ANN401 - whatever JSON holds
    try:
        match entry:
            case {"normal": [a, b], "at_least": c, **rest} if not rest:
                return HalfPlane((float(a), float(b)), float(c))
            case {"corners": corners, **rest} if not rest:
                return Polygon(tuple((float(x), float(y)) for x, y in corners))
            case {"centre": [x, y], "radius": radius, **rest} if not rest:
                return Disc((float(x), float(y)), float(radius))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name!r} in {path} is no feature: {error}") from None
    raise ValueError(
        f"{name!r} in {path} is no feature (got {entry}): give a half-plane as {EXAMPLE}, a polygon as "
        f'{{"corners": [[0, 0], [1, 0], [0, 1]]}} or a disc as {{"centre": [0, 0], "radius": 1}}.'
    )


def read_target(name: str, sigma: float | None) -> Target:
    """The target of this name; with a sigma, the ring or the grid with modes of this width.

    Raises:
        ValueError: there is no such target, or it has no sigma.
    """
    found = target(name)
    if sigma is None:
        return found
    made = {"ring": ring, "grid": grid}
    if name not in made:
        raise ValueError(f"only ring and grid have a --sigma (got --target {name}): leave --sigma out.")
    return made[name](sigma=sigma)


def flow_dim(flow: torch.nn.Module) -> int:
    """Coordinates of a flow's points."""
    from empirical.densities.flow.bijection import flow_bijection

    return flow_bijection(flow).dim
