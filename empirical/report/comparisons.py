"""Predicted beside observed: one table for each observable of a claim."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from empirical.report.interval_figure import interval_figure
from empirical.report.numbers import SIGNS, interval, number

Record = Mapping[str, Any]

LONGEST = 12  # characters of an exact value that a table can hold


def comparisons(verdicts: Sequence[Record]) -> str:
    """The verdicts on one claim as HTML, grouped by observable in their order."""
    kinds = list(dict.fromkeys(verdict["observable"] for verdict in verdicts))
    ordered = sorted(verdicts, key=lambda verdict: kinds.index(verdict["observable"]))
    groups = groupby(ordered, key=lambda verdict: verdict["observable"])
    return "".join(_group(observable, list(group)) for observable, group in groups)


def _group(observable: str, verdicts: Sequence[Record]) -> str:
    settings = [verdict["measured"]["parameters"] for verdict in verdicts]
    shared = {k: v for k, v in settings[0].items() if all(setting.get(k) == v for setting in settings)}
    # How a number was obtained stands once below the table, or in each row where it differs.
    ways = {verdict["measured"]["obtained"] for verdict in verdicts}
    rows = "".join(_row(verdict, shared, with_way=len(ways) > 2) for verdict in verdicts)
    head = "<tr><th>experiment</th><th>predicted</th><th>observed</th><th></th><th>verdict</th></tr>"
    return (
        f"<h4>{escape(_spaced(observable))}{_unit(verdicts[0])}</h4>"
        f'<div class="wide"><table class="comparisons">{head}{rows}</table></div>'
        f'<p class="note">{_note(verdicts, shared, with_ways=len(ways) <= 2)}</p>'
    )


def _row(verdict: Record, shared: Mapping[str, Any], *, with_way: bool) -> str:
    measured, predicted = verdict["measured"], verdict["predicted"]
    own = _setting({k: v for k, v in measured["parameters"].items() if k not in shared})
    small = measured["obtained"] if with_way else own
    certainty = "certain" if measured["confidence"] == 1 else f"at {100 * measured['confidence']:g} %"
    row = (
        f"<tr><td>{escape(verdict['part'])}<small>{escape(small)}</small></td>"
        f"<td>{SIGNS[verdict['relation']]} {_value(predicted)}</td>"
        f"<td>{interval(measured)}<small>{certainty}</small></td>"
        f"<td>{interval_figure(verdict)}</td><td>{outcome(verdict['outcome'])}</td></tr>"
    )
    if verdict["outcome"] == "HOLDS":
        return row
    return f'{row}<tr class="why"><td colspan="5">{escape(sentence(verdict["sentence"]))}</td></tr>'


def _note(verdicts: Sequence[Record], shared: Mapping[str, Any], *, with_ways: bool) -> str:
    """How the numbers were obtained, what all rows share, and which hypotheses each experiment checked."""
    ways = dict.fromkeys(verdict["measured"]["obtained"] for verdict in verdicts)
    parts = [sentence(way) for way in ways] if with_ways else []
    if shared:
        parts.append(sentence(f"In all rows: {_setting(shared)}"))
    checked = dict.fromkeys(check["sentence"] for v in verdicts for check in v["hypotheses"])
    if checked:
        parts.append(sentence(f"Hypotheses checked: {'; '.join(checked)}"))
    return escape(" ".join(parts))


def _value(predicted: Record) -> str:
    exact, decimal = predicted["exact"], number(predicted["value"])
    plain = predicted["value"] is None or len(exact) > LONGEST or exact.lstrip("-").isdigit()
    return decimal if plain else f"{escape(exact)} = {decimal}"


def _unit(verdict: Record) -> str:
    unit = verdict["predicted"]["unit"]
    return "" if unit in ("1", "probability") else f", {escape(unit)}"


def _setting(parameters: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{_spaced(name)} {number(value) if isinstance(value, float) else value}"
        for name, value in parameters.items()
    )


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def outcome(name: str, count: int | None = None) -> str:
    """An outcome as a coloured word, with its count where there are several."""
    times = "" if count is None else f"{count} "
    return f'<span class="outcome {name.lower()}">{times}{name}</span>'


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."
