"""What an experiment leaves: verdicts and the numbers behind them, stored part by part as JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import theory
from empirical.judge import Verdict
from empirical.storage import Json, claim_folder, remembered, write_json

Progress = Callable[[str, float], None]  # called with the name of the stage and the share of the whole done
Report = Callable[[float], None]  # called with the share of one part done


@dataclass(frozen=True)
class Part:
    """One independent piece of an experiment.

    Args:
        verdicts: each prediction beside its measurement.
        data: plain values for figures and for readers, by name.
    """

    verdicts: tuple[Verdict, ...]
    data: Mapping[str, Json]

    def as_dict(self) -> Json:
        """Plain values for JSON."""
        return {"verdicts": [verdict.as_dict() for verdict in self.verdicts], "data": dict(self.data)}


@dataclass(frozen=True)
class ExperimentResult:
    """All parts of an experiment about one theorem, in plain values.

    Args:
        theorem: the theorem's id.
        preset: how much was computed.
        verdicts: records of ``Verdict.as_dict``, each with the ids of its theorem and part.
        data: by part, plain values for figures.
    """

    theorem: str
    preset: str
    verdicts: tuple[Json, ...]
    data: Mapping[str, Json]

    def as_dict(self) -> Json:
        """Plain values for JSON."""
        return {
            "theorem": self.theorem,
            "preset": self.preset,
            "verdicts": list(self.verdicts),
            "data": dict(self.data),
        }


def chosen(presets: Mapping[str, Any], preset: str) -> Any:  # noqa: ANN401 - each experiment's own type
    """The configuration of this preset.

    Raises:
        ValueError: there is none; the sentence names those there are.
    """
    if preset not in presets:
        raise ValueError(f"there is no preset {preset!r}: use one of {', '.join(presets)}.")
    return presets[preset]


def observed(
    theorem: theory.Theorem,
    preset: str,
    configuration: Mapping[str, Json],
    parts: Mapping[str, Callable[[Report], Part]],
    folder: Path,
    progress: Progress,
) -> ExperimentResult:
    """The result of all parts; a part that is stored for this configuration is not computed again.

    Writes ``PART.json`` for each part as soon as it is done, then ``result.json``.

    Raises:
        ValueError: the folder holds another configuration, or files of unknown origin.
    """
    described = {"experiment": theorem.id, "revision": theorem.revision, "preset": preset, **configuration}
    # As JSON tells it, where a tuple is a list: the folder's own description is compared with this one.
    claim_folder(folder, json.loads(json.dumps(described)))
    stored: dict[str, Json] = {}
    for number, (name, observe) in enumerate(parts.items()):
        stored[name] = _part(folder, name, observe, _share(progress, name, number, len(parts)))
    progress("done", 1.0)
    result = ExperimentResult(
        theorem.id,
        preset,
        tuple(
            {"theorem": theorem.id, "part": name} | verdict
            for name, part in stored.items()
            for verdict in part["verdicts"]
        ),
        {name: part["data"] for name, part in stored.items()},
    )
    write_json(folder / "result.json", result.as_dict())
    return result


def _part(folder: Path, name: str, observe: Callable[[Report], Part], report: Report) -> Json:
    report(0.0)
    return remembered(folder / f"{name}.json", lambda: observe(report).as_dict())


def _share(progress: Progress, name: str, number: int, count: int) -> Report:
    """Progress of one part among several, as progress of the whole."""
    return lambda done: progress(name, (number + done) / count)
