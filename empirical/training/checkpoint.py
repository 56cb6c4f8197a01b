"""A stack of runs on disk: enough to go on with the same bits, or a refusal that overwrites nothing."""

from collections.abc import Sequence
from pathlib import Path

import torch

from empirical.networks.tensor_file import read_tensors, write_tensors
from empirical.streams import whole_seeds
from empirical.training.optimizers import Moments
from empirical.training.setting import Setting
from empirical.training.state import Ending, Player, State, first_state

_VERSION = 2


def save_checkpoint(path: Path, setting: Setting, engine: str, state: State) -> None:
    """Writes all that the state holds; until the file is whole, the checkpoint before it stays.

    Raises:
        ValueError: an interruption has left the state torn.
    """
    if state.torn:
        raise ValueError("this state was left torn by an interruption: go on from the last checkpoint.")
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
    wanted = {**setting.described(), "engine": engine, "seeds": repr(list(whole_seeds(seeds)))}
    found = {**record["setting"], "seeds": repr(record["seeds"])}
    for name in wanted:
        if wanted[name] != found.get(name):
            raise ValueError(
                f"{path} is the checkpoint of another training (its {name} is {found.get(name)}, not "
                f"{wanted[name]}): nothing was overwritten; pass another path, or the same {name}."
            )
    state = first_state(setting, seeds)
    try:
        _restore(state, record, tensors)
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{path} is a checkpoint with parts missing or changed ({error}): "
            f"nothing was overwritten; pass another path."
        ) from error
    return state


def _restore(state: State, record: dict, tensors: dict[str, torch.Tensor]) -> None:
    """Puts what was saved in the place of a first state, whose shapes and types it must have.

    Compiled code trusts the lengths of rows: numbers of another shape must not get through.
    """
    runs, alive, step = len(state.seeds), record["alive"], record["step"]
    if not (_whole(step) and all(map(_whole, alive)) and alive == sorted(set(alive) & set(range(runs)))):
        raise ValueError(f"step {step} or the runs that go on, {alive}")
    for name, player, updates in zip(
        ("generator", "discriminator"), _players(state), record["updates"], strict=True
    ):
        if not _whole(updates):
            raise ValueError(f"{updates} updates of the {name}")
        like = player.values[alive]
        values, first, second = (
            _same_kind(f"{name}.{part}", tensors, like) for part in ("values", "first", "second")
        )
        player.values, player.moments = values, Moments(first, second, updates)
    payoffs = torch.empty((step, runs), dtype=torch.float64)
    state.payoffs = _same_kind("payoffs", tensors, payoffs).tolist()
    state.alive, state.step = list(alive), step
    ended = {int(run): ending for run, ending in record["endings"].items()}
    if sorted(ended) != sorted(set(range(runs)) - set(alive)):
        raise ValueError(f"the runs that ended, {sorted(ended)}")
    generator, discriminator = (player.values.new_empty(player.values.shape[1]) for player in _players(state))
    state.endings = {
        run: Ending(
            step,
            reason,
            _same_kind(f"ending.{run}.generator", tensors, generator),
            _same_kind(f"ending.{run}.discriminator", tensors, discriminator),
        )
        for run, (step, reason) in ended.items()
    }


def _whole(number: object) -> bool:
    return isinstance(number, int) and number >= 0


def _same_kind(name: str, tensors: dict[str, torch.Tensor], like: torch.Tensor) -> torch.Tensor:
    """The tensor of this name, where it has the shape and type of one that is known."""
    found = tensors[name]
    if found.shape != like.shape or found.dtype != like.dtype:
        raise ValueError(
            f"{name} of shape {tuple(found.shape)} in {found.dtype}, not {tuple(like.shape)} in {like.dtype}"
        )
    return found


def _players(state: State) -> tuple[Player, Player]:
    return state.generator, state.discriminator


def _player_tensors(name: str, player: Player) -> dict[str, torch.Tensor]:
    return {
        f"{name}.values": player.values,
        f"{name}.first": player.moments.first,
        f"{name}.second": player.moments.second,
    }
