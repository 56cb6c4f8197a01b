"""Any torch module as a network of many runs at once: stacked parameters, and vmap over the runs."""

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch.func import functional_call, vmap

from empirical.networks.parameters import Parameters
from empirical.streams import normals, words

FIXED_INPUTS = 16  # of sizes from 1/100 to 100, at which two modules are compared


@dataclass(frozen=True)
class ModuleNetwork:
    """A torch module, drawn afresh for every run; the module itself is only read.

    Each run's parameters come from the ``reset_parameters`` of its layers, under a torch generator seeded
    from the run's own counter-based stream. That generator keeps 32 bits of its seed: among n runs two start
    alike with probability about n^2 / 2^33. Two modules are the same setting if they print alike.

    Args:
        network: the module; batch norm must use each batch's own statistics (track_running_stats=False).
        in_dim: coordinates of an input.
        out_dim: coordinates of an output.

    Raises:
        ValueError: the module has buffers, parameters that no layer can draw, random layers, or does not map
            a batch of such inputs to such outputs.
    """

    network: torch.nn.Module
    in_dim: int
    out_dim: int

    def __post_init__(self) -> None:
        if names := [name for name, _ in self.network.named_buffers()]:
            raise ValueError(
                f"a network must be a function of its parameters and inputs (got the buffers {names}): give "
                f"batch norm track_running_stats=False."
            )
        for layer in self.network.modules():
            own = [name for name, _ in layer.named_parameters(recurse=False)]
            if own and not hasattr(layer, "reset_parameters"):
                raise ValueError(
                    f"{type(layer).__name__} has parameters {own} and no way to draw them: give it a method "
                    f"reset_parameters()."
                )
        x = torch.zeros(1, 3, self.in_dim, dtype=torch.float64)
        try:
            found = tuple(self.outputs(self.draw((0,), "sample", 0), x).shape[1:])
        except RuntimeError as error:
            raise ValueError(
                f"the network cannot be applied to a batch of shape (3, {self.in_dim}) ({error}): its in_dim "
                f"must fit, and it may draw no random numbers, as dropout does."
            ) from error
        if found != (3, self.out_dim):
            raise ValueError(
                f"the network maps a batch of shape (3, {self.in_dim}) to {found}, not (3, {self.out_dim}): "
                f"pass out_dim={found[-1]}."
            )

    def __repr__(self) -> str:
        """The module as it prints, and a hash of its outputs at the fixed inputs, which that may not show."""
        x = torch.from_numpy(normals((0,), "sample", 1, FIXED_INPUTS * self.in_dim))
        x = x.view(1, FIXED_INPUTS, self.in_dim) * torch.logspace(-2, 2, FIXED_INPUTS).double()[:, None]
        outputs = self.outputs(self.draw((0,), "sample", 0), x).flatten().tolist()
        # Rounded: the last digits depend on the machine, where a checkpoint may have come from another.
        digest = hashlib.sha256(" ".join(f"{output:.6e}" for output in outputs).encode()).hexdigest()
        return f"ModuleNetwork({self.network!r}, {self.in_dim}, {self.out_dim}, function {digest[:16]})"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The module's own parameters, by their names in its state dict."""
        return {name: tuple(value.shape) for name, value in self.network.named_parameters()}

    @property
    def pointwise(self) -> bool:
        """Unknown of a module: its batches are never joined."""
        return False

    def draw(self, seeds: Sequence[int], purpose: str, update: int) -> Parameters:
        """What the layers draw for each run in torch's default precision, as float64."""
        module = copy.deepcopy(self.network)
        drawn: list[Parameters] = []
        with torch.random.fork_rng(devices=[]):
            for seed in seeds:
                first, second = words((seed,), purpose, update, 1)[0, :2, 0].tolist()
                torch.manual_seed(first << 32 | second)
                for layer in module.modules():
                    if hasattr(layer, "reset_parameters"):
                        layer.reset_parameters()  # pyright: ignore[reportCallIssue]
                drawn.append(
                    {name: value.detach().double().clone() for name, value in module.named_parameters()}
                )
        return {name: torch.stack([one[name] for one in drawn]) for name in self.shapes}

    def outputs(
        self, parameters: Parameters, x: Float[torch.Tensor, "runs batch in"]
    ) -> Float[torch.Tensor, "runs batch out"]:
        """The output of run i's network for run i's batch."""
        return vmap(lambda one, batch: functional_call(self.network, one, (batch,)))(parameters, x)

    def module(self, one: Parameters) -> torch.nn.Sequential:
        """A copy of the module that holds one run's parameters."""
        module = copy.deepcopy(self.network).to(next(iter(one.values())).dtype)
        module.load_state_dict(one, strict=False)  # shared parameters are named once
        return module if isinstance(module, torch.nn.Sequential) else torch.nn.Sequential(module)
