"""What training needs of a network, whatever it is made of; the first axis of every tensor is the run."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float

from empirical.networks.parameters import Architecture, Parameters


@runtime_checkable
class Network(Architecture, Protocol):
    """A differentiable function of points and parameters, for many runs at once."""

    @property
    def in_dim(self) -> int:
        """Coordinates of an input."""
        ...

    @property
    def out_dim(self) -> int:
        """Coordinates of an output."""
        ...

    @property
    def pointwise(self) -> bool:
        """Whether a point's output is sure not to depend on the rest of its batch."""
        ...

    def outputs(
        self, parameters: Parameters, x: Float[torch.Tensor, "runs batch in"]
    ) -> Float[torch.Tensor, "runs batch out"]:
        """The output of run i's network for run i's batch."""
        ...

    def module(self, one: Parameters) -> torch.nn.Sequential:
        """The network of one run's parameters, without an axis of runs, as a torch module that owns them."""
        ...


def apply(
    architecture: Network, parameters: Parameters, x: Float[torch.Tensor, "runs batch in"]
) -> Float[torch.Tensor, "runs batch out"]:
    """The output of run i's network for run i's batch, for all runs at once."""
    return architecture.outputs(parameters, x)


def single(architecture: Network, parameters: Parameters, run: int) -> torch.nn.Sequential:
    """One run's network as an ordinary torch module with its own copy of the parameters.

    Raises:
        IndexError: there is no such run.
    """
    return architecture.module({name: stacked[run].detach().clone() for name, stacked in parameters.items()})
