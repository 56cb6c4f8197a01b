"""The page's section on published settings: each number beside the published one, its band and a reason."""

from html import escape

from empirical.report.numbers import interval, number
from empirical.report.results import Record

# What a reader calls each number.
NAMES = {
    "near_a_point": "share near one of the points",
    "lesser_point": "share of the lesser point",
    "both_points": "runs with both points",
    "radius_error": "mean distance from the circle",
    "angle_distance": "unevenness round the circle",
    "whole_circle": "runs with the whole circle",
    "modes": "modes captured",
    "high_quality": "share of high quality",
}


def published_section(record: Record, preset: str) -> str:
    """One table of all numbers, and under it what was published and what was changed, as HTML."""
    head = "".join(
        f"<th>{title}</th>"
        for title in ("setting", "number", "published", "band", "measured, 95 %", "where it lies")
    )
    rows = "".join(_rows(one) for one in record["settings"])
    notes = "".join(_note(one) for one in record["settings"])
    tests = [row for one in record["settings"] for row in one["numbers"] if _is_test(row)]
    inside, outside = (sum(row["outcome"] == where for row in tests) for where in ("inside", "outside"))
    return (
        '<section id="published"><h2>Published settings, played again</h2>'
        "<p>Vanilla GANs of others, played here, with intervals over seeds. Two papers publish different "
        "numbers under one name, and a picture publishes none, so each number has a band, and the band a "
        f"reason. Lying in it confirms no theorem; of {len(tests)} intervals that could lie outside their "
        f"bands, {inside} lie inside, {outside} outside, and the others across an edge. Where the "
        "training was shorter than the published one, or the networks smaller, a number outside says what "
        "that costs, and not that the published one is wrong.</p>"
        f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
        f"<h3>What was published, and what was changed</h3>{notes}"
        f"<pre>ganproof reproduce --preset {escape(preset)}</pre></section>"
    )


def _rows(one: Record) -> str:
    rows = []
    for row in one["numbers"]:
        cells = (
            NAMES[row["observable"]],
            row["published"],
            f"[{number(_shown(row['lower']))}, {number(row['upper'])}]",
            f"{number(_shown(row['measured']['value']))} in {interval(_rounded(row['measured']))}",
            row["outcome"] if _is_test(row) else _no_test(row, len(one["runs"])),
        )
        texts = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr><td>{escape(one['name'])}</td>{texts}</tr>")
    return "".join(rows)


def _is_test(row: Record) -> bool:
    """Whether so many runs could have come to lie outside the band."""
    return "outside" in row["possible"]


def _no_test(row: Record, runs: int) -> str:
    return f"not a test with {runs} runs, which can lie {' or '.join(row['possible'])} only: {row['outcome']}"


def _note(one: Record) -> str:
    runs, of = len(one["runs"]), one["published_steps"]
    budget = f"{runs} runs of {number(one['steps'])} steps" + (
        f", of the published {number(of)}" if of else "; how many were published is not told"
    )
    reasons = "".join(
        f"<li>{escape(NAMES[row['observable']])}: {escape(row['why'])}</li>" for row in one["numbers"]
    )
    ended = [run["ending"] for run in one["runs"] if run["ending"]]
    stopped = f" Ended early: {escape('; '.join(ended))}." if ended else ""
    changes = "; ".join(one["changes"])
    return (
        f"<details><summary>{escape(one['name'])}: {budget}</summary>"
        f"<p>{escape(one['source'])}. As published: {escape(one['protocol'])}.</p>"
        f"<p>Changed here: {escape(changes)}.{stopped}</p>"
        f"<p>Why the bands are as wide as they are:</p><ul>{reasons}</ul></details>"
    )


def _shown(value: float) -> float:
    """To three digits after the point, which is more than the runs tell."""
    return round(value, 3) + 0.0


def _rounded(measured: Record) -> Record:
    return {end: _shown(measured[end]) for end in ("lower", "upper")}
