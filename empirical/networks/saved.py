"""One network of affine and (leaky) ReLU layers as a file that holds no code."""

from pathlib import Path
from typing import Any

import torch

from empirical.networks.tensor_file import read_tensors, write_tensors

# What is saved of each kind of layer beside its tensors: the arguments that build it again.
KINDS: dict[type[torch.nn.Module], tuple[str, tuple[str, ...]]] = {
    torch.nn.Linear: ("linear", ("in_features", "out_features", "bias")),
    torch.nn.LeakyReLU: ("leaky-relu", ("negative_slope",)),
    torch.nn.ReLU: ("relu", ()),
    torch.nn.PReLU: ("prelu", ("num_parameters",)),
    torch.nn.BatchNorm1d: ("batch-norm", ("num_features", "eps", "affine")),
}
UNCHANGING = (torch.nn.Identity, torch.nn.Flatten, torch.nn.Dropout)


def save_module(module: torch.nn.Sequential, path: str | Path) -> None:
    """Saves what ``exact_density`` takes: a module of affine and (leaky) ReLU layers, as it is in evaluation.

    The tensors are saved as they are, the layers as JSON. Identity, Flatten and Dropout, which change nothing
    in evaluation, are left out; a Sequential inside is written out.

    Raises:
        TypeError: it has a layer of another kind.
    """
    kept = [layer for layer in _leaves(module) if type(layer) not in UNCHANGING]
    layers = [_described(layer) for layer in kept]
    write_tensors(
        Path(path), torch.nn.Sequential(*kept).state_dict(), kind="network", record={"layers": layers}
    )


def load_module(path: str | Path) -> torch.nn.Sequential:
    """The module that ``save_module`` wrote, in the precision in which it was saved.

    Raises:
        ValueError: the file is missing, damaged or foreign, or its tensors do not fit its layers.
    """
    record, tensors = read_tensors(Path(path), kind="network")
    try:
        module = torch.nn.Sequential(*(_built(layer) for layer in record["layers"]))
        dtypes = {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()}
        module = module.to(dtypes.pop() if dtypes else torch.float64)
        module.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(
            f"the tensors of {path} do not fit the layers that it lists ({error}): save the network again."
        ) from error
    return module.eval()


def _leaves(module: torch.nn.Module) -> list[torch.nn.Module]:
    if type(module) is not torch.nn.Sequential:
        return [module]
    return [leaf for layer in module for leaf in _leaves(layer)]


def _described(layer: torch.nn.Module) -> dict[str, Any]:
    # Exact types only: a subclass may compute something else.
    kind = type(layer)
    if kind not in KINDS:
        raise TypeError(
            f"only affine and (leaky) ReLU layers can be saved (got {kind.__name__}): rewrite the module as "
            f"an nn.Sequential of Linear, LeakyReLU, ReLU, PReLU and BatchNorm1d."
        )
    name, arguments = KINDS[kind]
    described = {argument: getattr(layer, argument) for argument in arguments}
    if "bias" in described:
        described["bias"] = layer.bias is not None
    return {"layer": name} | described


def _built(layer: dict[str, Any]) -> torch.nn.Module:
    arguments = {name: value for name, value in layer.items() if name != "layer"}
    known = {name: kind for kind, (name, _) in KINDS.items()}
    if layer["layer"] not in known:
        raise TypeError(f"no layer called {layer['layer']!r} can be loaded, only {', '.join(known)}")
    kind = known[layer["layer"]]
    # Not initialised: the saved tensors follow, and torch's global generator is left alone.
    return torch.nn.utils.skip_init(kind, **arguments) if kind is torch.nn.Linear else kind(**arguments)
