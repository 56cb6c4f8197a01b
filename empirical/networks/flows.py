r"""Normalizing flows, built on zuko: invertible generators with a normal base, and their files.

A flow is an invertible map f from data to independent standard normals. Its density is
:math:`r(f(x)) |\det Df(x)|`, and its generator is the inverse g of f.

Importing zuko changes torch for everybody: it switches off the validation of all distributions and renames a
class. It is imported when a flow is first built, and what it changed is put back.
"""

import importlib
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from empirical.networks.tensor_file import read_tensors, write_tensors

FAMILIES = ("coupling", "autoregressive", "spline")


@dataclass(frozen=True)
class FlowArchitecture:
    """A flow of one of three families, each transform an elementwise map whose parameters a network gives.

    ``"coupling"`` maps every second coordinate by an affine map that depends on the others;
    ``"autoregressive"`` maps each by an affine map that depends on those before it; ``"spline"`` does the
    same with monotone rational-quadratic splines on [-5, 5], and leaves coordinates outside as they are. The
    networks have hyperbolic tangents, so that the density is smooth but for the ends of the splines' pieces.

    Args:
        family: one of the three.
        dim: coordinates of a point; a coupling needs two.
        transforms: how many are composed.
        hidden: widths of each network's hidden layers.
        bins: pieces of each spline; the other families ignore it.

    Raises:
        ValueError: an unknown family, or a number out of its range.

    Source:
        dinh2017density, section 3; papamakarios2017masked, section 3; durkan2019neural, section 3.1.
    """

    family: str
    dim: int
    transforms: int = 3
    hidden: tuple[int, ...] = (32, 32)
    bins: int = 8

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"a flow is of one of the families {', '.join(FAMILIES)} (got {self.family!r}).")
        least = 2 if self.family == "coupling" else 1
        if self.dim < least:
            raise ValueError(
                f"a flow of the family {self.family!r} needs at least {least} coordinates (got {self.dim}): "
                f"pass family='spline' for the line."
            )
        if min(self.transforms, self.bins, *self.hidden) < 1:
            raise ValueError(
                f"a flow needs at least one transform, unit and bin (got transforms={self.transforms}, "
                f"hidden={self.hidden}, bins={self.bins}): pass transforms=3, hidden=(32, 32), bins=8, say."
            )


@cache
def zuko() -> ModuleType:
    """The package zuko, imported without its changes to torch that others could notice."""
    if "zuko" not in sys.modules:
        distribution, inverse = torch.distributions.Distribution, torch.distributions.transforms
        validate, constraints = vars(distribution)["_validate_args"], vars(distribution)["arg_constraints"]
        name = inverse._InverseTransform.__name__
        importlib.import_module("zuko")

        # Its own distributions count on the changes, so they keep them.
        for own in vars(sys.modules["zuko.distributions"]).values():
            if isinstance(own, type) and own.__module__.startswith("zuko."):
                own._validate_args, own.arg_constraints = False, {}
        for attribute, before in (("_validate_args", validate), ("arg_constraints", constraints)):
            setattr(distribution, attribute, before)
        inverse._InverseTransform.__name__ = name
    return sys.modules["zuko"]


def is_flow(module: torch.nn.Module) -> bool:
    """Whether the module is one of zuko's; asking does not import it."""
    return "zuko" in sys.modules and isinstance(module, sys.modules["zuko"].lazy.LazyDistribution)


def build_flow(architecture: FlowArchitecture, seed: int) -> torch.nn.Module:
    """A flow in float64 whose first parameters are drawn from this seed alone."""
    flows = zuko().flows
    shared: dict[str, Any] = {
        "features": architecture.dim,
        "transforms": architecture.transforms,
        "hidden_features": architecture.hidden,
        "activation": torch.nn.Tanh,
    }
    if architecture.dim == 1:  # without other coordinates to depend on there is no network
        del shared["hidden_features"], shared["activation"]
    # The package draws from torch's global generator, which is put back as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        match architecture.family:
            case "coupling":
                flow = flows.NICE(**shared)
            case "autoregressive":
                flow = flows.MAF(**shared)
            case _:
                flow = flows.NSF(**shared, bins=architecture.bins)
    return flow.double()


def save_flow(architecture: FlowArchitecture, flow: torch.nn.Module, path: str | Path) -> None:
    """Saves the flow's parameters, and the architecture that gives everything else.

    Raises:
        ValueError: the flow is not of this architecture.
    """
    parameters = {name: tensor.detach() for name, tensor in flow.named_parameters()}
    try:
        twin = _with(architecture, parameters)
    except (TypeError, RuntimeError) as error:
        raise ValueError(
            f"the flow is not of the architecture {architecture} ({error}): pass its own."
        ) from error
    # Equal names and shapes do not show equal functions: an activation has no parameters.
    points = torch.linspace(-2, 2, 16 * architecture.dim).reshape(16, architecture.dim)
    points = points.to(next(iter(parameters.values())))
    with torch.no_grad():
        same = torch.equal(twin().log_prob(points), flow().log_prob(points))
    if not same:
        raise ValueError(
            f"the flow is not of the architecture {architecture}, which gives another density with the same "
            f"parameters: build it with build_flow."
        )
    write_tensors(Path(path), parameters, kind="flow", record={"architecture": asdict(architecture)})


def load_flow(path: str | Path) -> torch.nn.Module:
    """The flow that ``save_flow`` wrote, in the precision in which it was saved.

    Raises:
        ValueError: the file is missing, damaged or foreign, or its tensors do not fit its architecture.
    """
    record, tensors = read_tensors(Path(path), kind="flow")
    try:
        described: dict[str, Any] = record["architecture"]
        architecture = FlowArchitecture(**{**described, "hidden": tuple(described["hidden"])})
        return _with(architecture, tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"the tensors of {path} do not fit the architecture that it names ({error}): save the flow again."
        ) from error


def _with(architecture: FlowArchitecture, parameters: dict[str, torch.Tensor]) -> torch.nn.Module:
    """A flow of this architecture with these parameters, which must be all that it has."""
    flow = build_flow(architecture, seed=0)
    dtypes = {tensor.dtype for tensor in parameters.values()}
    if len(dtypes) != 1 or not all(dtype.is_floating_point for dtype in dtypes):
        raise TypeError(f"its tensors have the types {sorted(map(str, dtypes))}, not one of floating point")
    flow = flow.to(dtypes.pop())
    # The masks and the base are not read from a file: they come with the architecture.
    buffers = dict(flow.named_buffers())
    flow.load_state_dict({**buffers, **parameters})
    return flow
