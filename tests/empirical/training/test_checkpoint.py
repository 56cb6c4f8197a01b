"""Checkpoints: killed trainings go on with the same bits, and nothing foreign is taken or touched."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from empirical.networks import MLP, ModuleNetwork, save_module
from empirical.networks.tensor_file import write_tensors
from empirical.targets import CIRCLE, RING, GaussianMixture, equal_weights
from empirical.training import Setting, train

from .test_train import SMALL, same_bits

ENDLESS = """
import sys, torch
from pathlib import Path
from empirical.networks import MLP
from empirical.targets import RING
from empirical.training import Setting, train

torch.set_num_threads(1)
setting = Setting(target=RING, generator=MLP((3, 12, 12, 2)), discriminator=MLP((2, 12, 12, 1)),
                  batch=16, discriminator_updates=2, generator_updates=1)
train(setting, (0, 1), steps=10**9, checkpoint=Path(sys.argv[1]), every=3)
"""


def step_of(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["ganproof"])["step"]


def test_a_training_killed_at_a_random_moment_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    """SIGKILL twice, at moments that no one chose; the resumed end equals that of a training left alone.

    The killed processes aim at a billion steps, so that no speed of the machine lets them finish.
    """
    path = tmp_path / "checkpoint.safetensors"
    moment = random.Random(time.time_ns())
    reached = []
    for _ in range(2):
        started = step_of(path) if path.exists() else 0
        process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(path)])
        deadline = time.monotonic() + 60
        while not (path.exists() and step_of(path) > started) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(moment.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        reached.append(step_of(path))
    assert 0 < reached[0] < reached[1]
    steps = reached[1] + 20
    resumed = train(SMALL, (0, 1), steps=steps, checkpoint=path)
    assert same_bits(resumed, train(SMALL, (0, 1), steps=steps))


def test_an_interruption_while_writing_leaves_the_checkpoint_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is complete before it takes the old one's name: stopped in between, the old one stays."""
    path = tmp_path / "checkpoint.safetensors"
    train(SMALL, (0,), steps=4, checkpoint=path, every=2)
    before = path.read_bytes()

    def interrupted(source: Path, destination: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(SMALL, (0,), steps=8, checkpoint=path, every=2)
    assert path.read_bytes() == before
    assert same_bits(train(SMALL, (0,), steps=8, checkpoint=path), train(SMALL, (0,), steps=8))
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.safetensors"]


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def text(path: Path) -> None:
    path.write_text("notes of mine")


def foreign_tensors(path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, path)


def network(path: Path) -> None:
    save_module(torch.nn.Sequential(torch.nn.Linear(1, 1)), path)


def later_version(path: Path) -> None:
    write_tensors(path, {"payoffs": torch.zeros(1)}, kind="checkpoint", record={"version": 99})


def without_moments(path: Path) -> None:
    with safe_open(path, framework="pt") as file:
        record = json.loads(file.metadata()["ganproof"])
        tensors = {name: file.get_tensor(name) for name in file.keys() if "first" not in name}
    write_tensors(path, tensors, kind="checkpoint", record=record)


def changed(name: str, change: Callable) -> Callable[[Path], None]:
    """A tensor, or an entry of the record, is another one, in a file that is whole."""

    def spoil(path: Path) -> None:
        with safe_open(path, framework="pt") as file:
            record = json.loads(file.metadata()["ganproof"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}
        parts = tensors if name in tensors else record
        parts[name] = change(parts[name])
        write_tensors(path, tensors, kind="checkpoint", record=record)

    return spoil


CHANGES = {
    "fewer parameters": changed("generator.values", lambda values: values[:, :3].clone()),
    "fewer runs": changed("discriminator.values", lambda values: values[:1].clone()),
    "fewer moments": changed("discriminator.second", lambda values: values[:, 1:].clone()),
    "shorter numbers": changed("generator.first", lambda values: values.float()),
    "fewer payoffs": changed("payoffs", lambda values: values[:1].clone()),
    "a run that is not there": changed("alive", lambda _: [0, 7]),
    "a run twice": changed("alive", lambda _: [0, 0]),
    "a run lost": changed("alive", lambda _: [0]),
    "half a step": changed("step", lambda _: 1.5),
    "a step before the first": changed("step", lambda _: -1),
    "updates": changed("updates", lambda _: [1, -1]),
    "endings": changed("endings", lambda _: [1]),
}


@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize("spoil", CHANGES.values(), ids=CHANGES)
def test_a_checkpoint_of_other_shapes_is_refused_and_left_alone(
    tmp_path: Path, spoil: Callable[[Path], None], engine: str
) -> None:
    """Compiled code would read and write beyond the end of a row that is too short."""
    path = tmp_path / "checkpoint.safetensors"
    train(SMALL, (0, 1), steps=2, checkpoint=path, engine=engine)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="checkpoint with parts missing or changed") as refusal:
        train(SMALL, (0, 1), steps=4, checkpoint=path, engine=engine)
    assert "nothing was overwritten" in str(refusal.value)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("as_installed")
def test_seeds_of_numpy_are_the_same_seeds(tmp_path: Path) -> None:
    """They train the same runs, and their checkpoint is that of Python's whole numbers; 1.5 is refused."""
    path = tmp_path / "checkpoint.safetensors"
    play: Any = train  # which a user may call with what he has
    play(SMALL, np.arange(2), steps=2, checkpoint=path)
    assert same_bits(train(SMALL, (0, 1), steps=4, checkpoint=path), train(SMALL, range(2), steps=4))
    assert play(SMALL, tuple(np.arange(2)), steps=4, checkpoint=path).seeds == (0, 1)
    with pytest.raises(ValueError, match=r"a seed is a whole number \(got 1.5\)"):
        play(SMALL, (1.5, 1.7), steps=2)
    with pytest.raises(ValueError, match="each run needs its own seed"):
        play(SMALL, (1, np.int64(1)), steps=2)
    with pytest.raises(ValueError, match="steps and every are whole numbers"):
        play(SMALL, (1,), steps=1.5)


class Scaled(torch.nn.Module):
    """A linear map times a number that its print does not show."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale, self.linear = scale, torch.nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scales."""
        return self.scale * self.linear(x)


def test_modules_that_print_alike_are_told_apart_by_what_they_do(tmp_path: Path) -> None:
    """Another function is another setting, and its checkpoint refused; the same one made anew is the same."""
    one, same, other = (
        replace(SMALL, discriminator=ModuleNetwork(Scaled(scale), 2, 1)) for scale in (1.0, 1.0, 1.001)
    )
    path = tmp_path / "checkpoint.safetensors"
    train(one, (0,), steps=2, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="its discriminator is"):
        train(other, (0,), steps=4, checkpoint=path)
    assert path.read_bytes() == before
    assert same_bits(train(same, (0,), steps=4, checkpoint=path), train(one, (0,), steps=4))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (truncated, "cannot be read as a checkpoint"),
        (text, "cannot be read as a checkpoint"),
        (foreign_tensors, "is not a checkpoint of ganproof .it holds foreign tensors"),
        (network, "is not a checkpoint of ganproof .it holds network"),
        (later_version, "checkpoint of version 99"),
        (without_moments, "checkpoint with parts missing"),
    ],
)
def test_a_file_that_is_no_whole_checkpoint_is_refused_and_left_alone(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    """Training refuses it with one sentence, and every byte of it stays."""
    path = tmp_path / "checkpoint.safetensors"
    train(SMALL, (0, 1), steps=2, checkpoint=path)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=message) as refusal:
        train(SMALL, (0, 1), steps=4, checkpoint=path)
    assert "nothing was overwritten" in str(refusal.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("setting", "seeds", "steps", "message"),
    [
        (replace(SMALL, target=CIRCLE), (0, 1), 4, "its target is"),
        (replace(SMALL, game="minimax"), (0, 1), 4, "its game is 'non-saturating', not 'minimax'"),
        (replace(SMALL, generator=MLP((3, 12, 2))), (0, 1), 4, "its generator is"),
        (replace(SMALL, dtype="float32"), (0, 1), 4, "its dtype is"),
        (SMALL, (0, 2), 4, r"its seeds is \[0, 1\], not \[0, 2\]"),
        (SMALL, (0, 1), 1, "already at step 2, past the 1 asked for"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused_and_left_alone(
    tmp_path: Path, setting: Setting, seeds: tuple[int, ...], steps: int, message: str
) -> None:
    """What differs is named, and every byte of the file stays; the right training goes on from it."""
    path = tmp_path / "checkpoint.safetensors"
    train(SMALL, (0, 1), steps=2, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=message) as refusal:
        train(setting, seeds, steps=steps, checkpoint=path)
    assert "nothing was overwritten" in str(refusal.value)
    assert path.read_bytes() == before
    assert train(SMALL, (0, 1), steps=3, checkpoint=path).steps == 3


def test_a_long_description_tells_settings_apart_by_its_hash() -> None:
    """Two targets of a hundred modes that differ in the last digit of one are different settings."""
    centres = tuple((float(i), 0.0) for i in range(200))
    moved = (*centres[:-1], (199.0000001, 0.0))
    described = [
        replace(SMALL, target=GaussianMixture("many", points, 0.01, equal_weights(200))).described()["target"]
        for points in (centres, centres, moved)
    ]
    assert described[0] == described[1] != described[2]
    assert len(described[0]) < 300
    assert SMALL.described()["target"].startswith(repr(RING)[:50])
