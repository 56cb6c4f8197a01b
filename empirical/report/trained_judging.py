"""How well the trained sweep judged its laws: the last doubling's gain, and what other steps change."""

from html import escape

from empirical.report.numbers import number
from empirical.report.results import Record
from empirical.report.trained_tables import row, table, with_interval

WHO = {"generator_pace": "generators only", "judge_pace": "judges only"}


def judging(record: Record) -> str:
    """For each class and epsilon, what the last doubling of the judges gained at the laws that count."""
    rows = []
    for one in record["classes"]:
        for epsilon in record["epsilons"]:
            found = one["supports"]["known"][epsilon]
            met = found["judging"]
            if met:
                rows.append(
                    row(
                        "-".join(map(str, one["hidden"])),
                        epsilon,
                        number(round(found["support"]["value"])),
                        "none made" if met["gain"] is None else f"{met['gain']:.3f}",
                        str(met["doublings"]),
                        f"{met['settled']} of {len(found['seeds'])}",
                        f"{100 * met['data_points']:.0f} %",
                    )
                )
    head = (
        "class", "ε", "support", "last gain", "doublings", "settled seeds", "laws of plain data points",
    )  # fmt: skip
    return (
        f"<h3>How well the laws were judged</h3>{table(head, rows)}"
        '<p class="note">Against all known opponents. The gain of the last doubling of the judges\' steps is '
        "the error bar of judges that are not converged: twice the steps and new restarts raised the "
        "gap by so "
        f"much in the worst seed. A seed is settled where it is below {record['least_gain']:g}. The "
        "last column "
        "is the share of seeds in which no trained law, but equal weights on a subset of the data fooled.</p>"
    )


def paces(record: Record) -> str:
    """The slope where generators alone, or judges alone, take other numbers of steps."""
    ablation, rows, verdicts = record["ablation"], [], []
    for who, name in WHO.items():
        for epsilon, slopes in ablation["slopes"][who]["known"].items():
            for pace, at in (slopes["at"] if slopes else {}).items():
                change = slopes["differences"].get(pace)
                rows.append(
                    row(
                        name,
                        epsilon,
                        f"× {pace}",
                        with_interval(at),
                        with_interval(change) if change else "",
                        ", ".join(number(round(support)) for support in slopes["supports"][pace]),
                        _names(slopes["not_settled"][pace]),
                    )
                )
                if change:
                    verdicts.append(f"{name} × {pace} at ε = {epsilon}: {escape(change['verdict'])}")
    if not rows:
        return ""
    head = ("steps of", "ε", "factor", "slope", "change, paired by seed", "supports", "judges not settled")
    return (
        f"<h3>Is it training time?</h3>{table(head, rows)}<p>{'. '.join(map(_sentence, verdicts))}.</p>"
        f'<p class="note">On the classes {_names(ablation["hidden"])}, the largest among them, below '
        "and above "
        "the ceiling alike. Better generators lower supports and better judges raise them, so each is "
        "changed "
        "alone; learning rates and starts stay. Equivalent means that the whole interval of the paired "
        f"difference lies within ±{ablation['margin']:g}.</p>"
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _names(classes: list[list[int]]) -> str:
    return ", ".join("-".join(map(str, hidden)) for hidden in classes) or "none"
