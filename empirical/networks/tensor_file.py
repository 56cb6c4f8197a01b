"""Tensors and a JSON record in one safetensors file, written whole or not at all. Nothing is unpickled."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

_KEY = "ganproof"


def write_tensors(
    path: Path, tensors: Mapping[str, torch.Tensor], *, kind: str, record: Mapping[str, Any]
) -> None:
    """Writes the file under a temporary name, then renames it: a reader finds the old one or the new one."""
    # The format holds contiguous tensors that share no memory; the views of a stack are neither.
    plain = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    metadata = {_KEY: json.dumps({"kind": kind, **record}, sort_keys=True)}
    partial = path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(partial, "wb") as file:
        file.write(save(plain, metadata))
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def read_tensors(path: Path, *, kind: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The record and the tensors of such a file, as copies that outlive it.

    Raises:
        ValueError: there is no file, it is not a whole safetensors file, or it holds something else.
    """
    if not path.is_file():
        raise ValueError(f"there is no {kind} at {path}: pass the path of a file that ganproof wrote.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"{path} cannot be read as a {kind} (it is damaged, cut short or of another format: {error}): "
            f"nothing was overwritten; pass another path, or remove the file."
        ) from error
    record = _record(metadata)
    if record.get("kind") != kind:
        raise ValueError(
            f"{path} is not a {kind} of ganproof (it holds {record.get('kind', 'foreign tensors')}): "
            f"nothing was overwritten; pass another path."
        )
    return record, tensors


def kind_of(path: Path) -> str | None:
    """What such a file holds, such as ``"network"``; None where it is missing, damaged or foreign."""
    try:
        with safe_open(path, framework="pt") as file:
            return _record(file.metadata() or {}).get("kind")
    except (SafetensorError, OSError):
        return None


def _record(metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        record = json.loads(metadata.get(_KEY, "{}"))
    except json.JSONDecodeError:
        return {}
    return record if isinstance(record, dict) else {}
