"""A stack of runs on disk: enough to go on with the same bits, or a refusal that overwrites nothing."""

from collections.abc import Sequence
from pathlib import Path

import torch

from empirical.networks.tensor_file import read_tensors, write_tensors
from empirical.training.optimizers import Moments
from empirical.training.setting import DTYPES, Setting
from empirical.training.state import Ending, Player, State, first_state

_VERSION = 2


def save_checkpoint(path: Path, setting: Setting, engine: str, state: State) -> None:
    """Writes all that the state holds; until the file is whole, the checkpoint before it stays."""
    tensors = {
        **_player_tensors("generator", state.generator),
        **_player_tensors("discriminator", state.discriminator),
        "payoffs": torch.tensor(state.payoffs, dtype=torch.float64).reshape(-1, len(state.seeds)),
    }
    for run, ending in state.endings.items():
        tensors[f"ending.{run}.generator"] = ending.generator
        tensors[f"ending.{run}.discriminator"] = ending.discriminator
    record = {
        "version": _VERSION,
        "setting": {**setting.described(), "engine": engine},
        "seeds": list(state.seeds),
        "step": state.step,
        "updates": [state.generator.moments.updates, state.discriminator.moments.updates],
        "alive": state.alive,
        "endings": {str(run): [ending.step, ending.reason] for run, ending in state.endings.items()},
    }
    write_tensors(path, tensors, kind="checkpoint", record=record)


def load_checkpoint(path: Path, setting: Setting, engine: str, seeds: Sequence[int]) -> State:
    """The state that was saved there for this setting, engine and these seeds.

    Raises:
        ValueError: the file is damaged or foreign, or belongs to another version, setting or list of seeds.
    """
    record, tensors = read_tensors(path, kind="checkpoint")
    if record["version"] != _VERSION:
        raise ValueError(
            f"{path} is a checkpoint of version {record['version']}, not {_VERSION}: "
            f"nothing was overwritten; pass another path."
        )
    wanted = {**setting.described(), "engine": engine, "seeds": repr(list(seeds))}
    found = {**record["setting"], "seeds": repr(record["seeds"])}
    for name in wanted:
        if wanted[name] != found.get(name):
            raise ValueError(
                f"{path} is the checkpoint of another training (its {name} is {found.get(name)}, not "
                f"{wanted[name]}): nothing was overwritten; pass another path, or the same {name}."
            )
    state = first_state(setting, seeds)
    try:
        _restore(state, record, tensors, DTYPES[setting.dtype])
    except (KeyError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{path} is a checkpoint with parts missing ({error}): "
            f"nothing was overwritten; pass another path."
        ) from error
    return state


def _restore(state: State, record: dict, tensors: dict[str, torch.Tensor], dtype: torch.dtype) -> None:
    for name, player, updates in zip(
        ("generator", "discriminator"), (state.generator, state.discriminator), record["updates"], strict=True
    ):
        player.values = tensors[f"{name}.values"].to(dtype)
        player.moments = Moments(tensors[f"{name}.first"], tensors[f"{name}.second"], updates)
    state.alive = list(record["alive"])
    state.step = record["step"]
    state.payoffs = tensors["payoffs"].tolist()
    state.endings = {
        int(run): Ending(
            step, reason, tensors[f"ending.{run}.generator"], tensors[f"ending.{run}.discriminator"]
        )
        for run, (step, reason) in record["endings"].items()
    }


def _player_tensors(name: str, player: Player) -> dict[str, torch.Tensor]:
    return {
        f"{name}.values": player.values,
        f"{name}.first": player.moments.first,
        f"{name}.second": player.moments.second,
    }
