"""Parameters of many runs of one architecture, as stacked tensors or as one row of numbers a run."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float

from empirical.streams import whole_seeds

# The first axis of every tensor is the run; an MLP's keys are those of its torch.nn.Sequential's state dict.
Parameters = dict[str, torch.Tensor]


@runtime_checkable
class Architecture(Protocol):
    """A description of parameters: their shapes in one run, and how they are first drawn."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Name and shape of each tensor of one run."""
        ...

    def draw(self, seeds: Sequence[int], purpose: str, update: int) -> Parameters:
        """Initial tensors of one run per seed, float64, of numbers named by seed, purpose and update."""
        ...


def parameter_count(architecture: Architecture) -> int:
    """Numbers that one run learns."""
    return sum(math.prod(shape) for shape in architecture.shapes.values())


def initial(
    architecture: Architecture,
    seeds: Sequence[int],
    dtype: torch.dtype = torch.float64,
    *,
    purpose: str = "generator's start",
    update: int = 0,
) -> Parameters:
    """Initial parameters of one run per seed, each from the counter-based stream of its seed.

    A run's numbers depend on its seed alone, so a run in a stack starts like the run alone, to the bit.
    They are drawn in float64 and rounded once, so that float32 runs start beside their float64 twins.

    Args:
        architecture: what is drawn.
        seeds: one for each run, from 0 to 2^64 - 1.
        dtype: of the tensors.
        purpose: one of ``streams.PURPOSES``: a run that draws two networks names a purpose for each.
        update: how many networks the run has drawn for this purpose before.

    Raises:
        ValueError: there is no seed, or one that is no whole number or out of range.
    """
    seeds = whole_seeds(seeds)
    if not seeds:
        raise ValueError("training needs at least one run (got no seed): pass seeds=(0,) for a single one.")
    drawn = architecture.draw(seeds, purpose, update)
    return {name: tensor.to(dtype) for name, tensor in drawn.items()}


def flatten(architecture: Architecture, parameters: Parameters) -> Float[torch.Tensor, "runs parameters"]:
    """One row of numbers a run, in the order of the architecture's shapes."""
    return torch.cat([parameters[name].flatten(start_dim=1) for name in architecture.shapes], dim=1)


def unflatten(architecture: Architecture, values: Float[torch.Tensor, "runs parameters"]) -> Parameters:
    """The stacked tensors as views of those rows, so that changing the rows changes them too."""
    shapes = architecture.shapes
    pieces = values.split_with_sizes([math.prod(shape) for shape in shapes.values()], dim=1)
    return {
        name: piece.view(len(values), *shape)
        for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
    }
