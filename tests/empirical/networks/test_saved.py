"""Networks on disk: the same function comes back, and nothing else is taken for one."""

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from empirical.densities.affine_layers import affine_layers
from empirical.networks import MLP, initial, load_module, save_module, single
from empirical.networks.tensor_file import kind_of, write_tensors


def module(dtype: torch.dtype = torch.float64) -> torch.nn.Sequential:
    architecture = MLP((2, 5, 3), negative_slope=0.3)
    return single(architecture, initial(architecture, (0, 1), dtype), 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_saved_network_comes_back_to_the_bit(tmp_path: Path, dtype: torch.dtype) -> None:
    """Loading gives the same outputs in the same precision."""
    saved = module(dtype)
    save_module(saved, tmp_path / "network.safetensors")
    loaded = load_module(tmp_path / "network.safetensors")
    x = torch.linspace(-3, 3, 20, dtype=dtype).reshape(10, 2)
    assert loaded(x).dtype == dtype
    assert torch.equal(loaded(x), saved(x))


def test_rectifiers_and_layers_without_bias_survive(tmp_path: Path) -> None:
    """A user's own nn.Sequential with ReLU and bias-free layers computes the same after loading."""
    saved = torch.nn.Sequential(torch.nn.Linear(2, 4, bias=False), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    save_module(saved, tmp_path / "network.safetensors")
    x = torch.linspace(-3, 3, 20).reshape(10, 2)
    assert torch.equal(load_module(tmp_path / "network.safetensors")(x), saved(x))


def test_what_exact_density_takes_can_be_saved(tmp_path: Path) -> None:
    """Slopes of one's own, normalisation by running statistics and nested modules compute the same."""
    saved = torch.nn.Sequential(
        torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4), torch.nn.PReLU(4)),
        torch.nn.Dropout(),
        torch.nn.Identity(),
        torch.nn.Linear(4, 2),
        torch.nn.LeakyReLU(-0.5),
    )
    x = torch.linspace(-3, 3, 20).reshape(10, 2)
    saved(x)  # the running statistics move away from where they begin
    save_module(saved, str(tmp_path / "network.safetensors"))
    loaded = load_module(str(tmp_path / "network.safetensors"))

    assert torch.equal(loaded(x), saved.eval()(x))
    assert len(affine_layers(loaded)) == len(affine_layers(saved))


def test_a_layer_without_exact_density_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Saving names the layer that it cannot describe and leaves no file."""
    with pytest.raises(TypeError, match="got Tanh"):
        save_module(torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Tanh()), tmp_path / "network")
    assert not list(tmp_path.iterdir())


def test_whatever_is_not_a_whole_network_is_refused(tmp_path: Path) -> None:
    """Missing, truncated, pickled, foreign, mislabelled and ill-fitting files: one sentence each."""
    whole = tmp_path / "whole"
    save_module(module(), whole)
    (tmp_path / "truncated").write_bytes(whole.read_bytes()[:-8])
    (tmp_path / "pickled").write_bytes(pickle.dumps({"layers": []}))
    save_file({"x": torch.zeros(3)}, tmp_path / "foreign")
    save_file({"x": torch.zeros(3)}, tmp_path / "broken", {"ganproof": "{"})
    write_tensors(tmp_path / "other", {"x": torch.zeros(3)}, kind="checkpoint", record={})
    layers = [{"layer": "linear", "in_features": 1, "out_features": 1, "bias": True}]
    write_tensors(
        tmp_path / "unfit", {"0.weight": torch.zeros(2, 2)}, kind="network", record={"layers": layers}
    )
    expected = {
        "missing": "there is no network",
        "truncated": "cannot be read as a network",
        "pickled": "cannot be read as a network",
        "foreign": "holds foreign tensors",
        "broken": "holds foreign tensors",
        "other": "holds checkpoint",
        "unfit": "do not fit the layers",
    }
    for name, message in expected.items():
        with pytest.raises(ValueError, match=message):
            load_module(tmp_path / name)
    assert load_module(whole)  # the control: the whole file is taken


def test_a_layer_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    """A file that lists a hyperbolic tangent is refused, and the sentence says which layer it is."""
    layers = [{"layer": "linear", "in_features": 1, "out_features": 1, "bias": False}, {"layer": "tanh"}]
    write_tensors(
        tmp_path / "tanh", {"0.weight": torch.zeros(1, 1)}, kind="network", record={"layers": layers}
    )

    with pytest.raises(ValueError, match="no layer called 'tanh'"):
        load_module(tmp_path / "tanh")


def test_the_kind_of_a_file_is_told(tmp_path: Path) -> None:
    """A network is one; what is missing, damaged or foreign has no kind."""
    save_module(module(), tmp_path / "whole")
    (tmp_path / "text").write_text("no tensors")
    save_file({"x": torch.zeros(3)}, tmp_path / "foreign")

    assert [kind_of(tmp_path / name) for name in ("whole", "text", "foreign", "missing")] == [
        "network",
        None,
        None,
        None,
    ]
