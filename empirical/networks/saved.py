"""One network of affine and (leaky) ReLU layers as a file that holds no code."""

from pathlib import Path
from typing import Any

import torch

from empirical.networks.tensor_file import read_tensors, write_tensors


def save_module(module: torch.nn.Sequential, path: Path) -> None:
    """Saves a module of Linear, LeakyReLU and ReLU layers: its tensors, and its layers as JSON.

    Raises:
        TypeError: it has a layer of another kind.
    """
    layers = [_described(layer) for layer in module]
    write_tensors(path, module.state_dict(), kind="network", record={"layers": layers})


def load_module(path: Path) -> torch.nn.Sequential:
    """The module that ``save_module`` wrote, in the precision in which it was saved.

    Raises:
        ValueError: the file is missing, damaged or foreign, or its tensors do not fit its layers.
    """
    record, tensors = read_tensors(path, kind="network")
    try:
        module = torch.nn.Sequential(*(_built(layer) for layer in record["layers"]))
        dtypes = {tensor.dtype for tensor in tensors.values()}
        module = module.to(dtypes.pop() if dtypes else torch.float64)
        module.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(
            f"the tensors of {path} do not fit the layers that it lists ({error}): save the network again."
        ) from error
    return module


def _described(layer: torch.nn.Module) -> dict[str, Any]:
    match layer:
        case torch.nn.Linear():
            return {
                "layer": "linear",
                "in": layer.in_features,
                "out": layer.out_features,
                "bias": layer.bias is not None,
            }
        case torch.nn.LeakyReLU():
            return {"layer": "leaky-relu", "negative_slope": layer.negative_slope}
        case torch.nn.ReLU():
            return {"layer": "leaky-relu", "negative_slope": 0.0}
        case _:
            raise TypeError(
                f"only Linear, LeakyReLU and ReLU layers can be saved (got {type(layer).__name__}): "
                f"rewrite the module as an nn.Sequential of these."
            )


def _built(layer: dict[str, Any]) -> torch.nn.Module:
    if layer["layer"] == "linear":
        # Not initialised: the saved tensors follow, and torch's global generator is left alone.
        return torch.nn.utils.skip_init(torch.nn.Linear, layer["in"], layer["out"], bias=layer["bias"])
    if layer["layer"] != "leaky-relu":
        raise TypeError(f"no layer called {layer['layer']!r} can be loaded, only linear and leaky-relu")
    return torch.nn.LeakyReLU(layer["negative_slope"])
