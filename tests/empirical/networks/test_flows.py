"""Flows: one seed gives one flow, a file gives it back, and torch is left as it was."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from empirical.networks.flows import FAMILIES, FlowArchitecture, build_flow, load_flow, save_flow
from empirical.networks.tensor_file import read_tensors, write_tensors

PLANE = FlowArchitecture("coupling", dim=2, transforms=2, hidden=(5,))
POINTS = torch.linspace(-3, 3, 20, dtype=torch.float64).reshape(10, 2)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_flow_comes_back_to_the_bit(family: str, tmp_path: Path) -> None:
    """Each family: the loaded flow has the same density, in the same precision."""
    architecture = replace(PLANE, family=family)
    for dtype in (torch.float64, torch.float32):
        flow = build_flow(architecture, seed=1).to(dtype)
        save_flow(architecture, flow, tmp_path / "flow")
        density = load_flow(tmp_path / "flow")().log_prob(POINTS.to(dtype))
        assert density.dtype == dtype
        assert torch.equal(density, flow().log_prob(POINTS.to(dtype)))


def test_a_seed_decides_and_the_global_generator_is_left_alone() -> None:
    """Equal seeds give equal flows and others not; torch's own next number is the one it would have been."""
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, again, other = (build_flow(PLANE, seed)().log_prob(POINTS) for seed in (0, 0, 1))

    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_torch_is_as_before_and_zuko_is_loaded_only_when_needed() -> None:
    """In a fresh interpreter: the command line does not load zuko, and a flow leaves torch's checks on."""
    program = """
import sys, torch
import empirical.cli, empirical.densities
assert "zuko" not in sys.modules
law = torch.distributions.Distribution
before = dict(vars(law)), torch.distributions.transforms._InverseTransform.__name__
from empirical.networks.flows import FlowArchitecture, build_flow
build_flow(FlowArchitecture("spline", dim=2), seed=0)().sample((3,))
assert "zuko" in sys.modules
assert before == (dict(vars(law)), torch.distributions.transforms._InverseTransform.__name__)
try:
    torch.distributions.Normal(0.0, -1.0)
except ValueError:
    print("checked")
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert done.stdout == "checked\n", done.stderr


def test_a_flow_of_another_architecture_is_not_saved(tmp_path: Path) -> None:
    """Other tensors, and the same tensors under another activation, are refused; no file is left."""
    flow = build_flow(PLANE, seed=0)
    with pytest.raises(ValueError, match="is not of the architecture"):
        save_flow(replace(PLANE, transforms=3), flow, tmp_path / "flow")
    for module in flow.modules():
        if isinstance(module, torch.nn.Sequential):
            module[1] = torch.nn.ReLU()
    with pytest.raises(ValueError, match="another density with the same parameters"):
        save_flow(PLANE, flow, tmp_path / "flow")
    assert not list(tmp_path.iterdir())


def test_whatever_does_not_fit_is_not_loaded(tmp_path: Path) -> None:
    """A foreign family, a missing and an additional tensor, whole numbers, and another kind of file."""
    save_flow(PLANE, build_flow(PLANE, seed=0), tmp_path / "whole")
    record, tensors = read_tensors(tmp_path / "whole", kind="flow")
    del record["kind"]
    first = next(iter(tensors))
    spoiled = {
        "family": (tensors, {"architecture": record["architecture"] | {"family": "os.system"}}),
        "argument": (tensors, {"architecture": record["architecture"] | {"activation": "os.system"}}),
        "missing": ({n: t for n, t in tensors.items() if n != first}, record),
        "additional": (tensors | {"more": tensors[first]}, record),
        "whole-numbers": ({n: t.long() for n, t in tensors.items()}, record),
    }
    for name, (parts, described) in spoiled.items():
        write_tensors(tmp_path / name, parts, kind="flow", record=described)
        with pytest.raises(ValueError, match="do not fit the architecture"):
            load_flow(tmp_path / name)
    write_tensors(tmp_path / "other", tensors, kind="network", record=record)
    with pytest.raises(ValueError, match="is not a flow of ganproof"):
        load_flow(tmp_path / "other")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"family": "glow", "dim": 2}, "one of the families coupling"),
        ({"family": "coupling", "dim": 1}, "at least 2 coordinates"),
        ({"family": "spline", "dim": 0}, "at least 1 coordinates"),
        ({"family": "spline", "dim": 2, "transforms": 0}, "at least one transform"),
        ({"family": "spline", "dim": 2, "hidden": (3, 0)}, "at least one transform"),
    ],
)
def test_an_impossible_architecture_is_refused(arguments: dict[str, Any], message: str) -> None:
    """One sentence that names what is wrong."""
    with pytest.raises(ValueError, match=message):
        FlowArchitecture(**arguments)
