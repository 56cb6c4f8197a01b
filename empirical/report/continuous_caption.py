"""What the page says under the plot of continuous generators."""

from empirical.report.numbers import number
from empirical.report.results import Record


def continuous_caption(record: Record) -> str:
    """The setting, the slope with its tests, the plateau's criterion, and what training time does to it."""
    caption = (
        "Modes of generators with a continuous law, trained against discriminators of growing capacity, from "
        "their exact laws: a mode is covered in the part to which its probability is reached, while 2,500 "
        "samples of a cloud hit them all."
    )
    if not record:
        return caption
    caption += (
        f" Every class had {number(record['steps'])} updates of each player, batches of {record['batch']} "
        f"and learning rate {number(record['learning_rate'])}."
    )
    slopes = record["growth"]["covered"]["parameters"]
    if not slopes["exponent"]:
        return f"{caption} Too few classes have a mode in every seed for a slope."
    zero, one = (test["student"] for test in slopes["tests"])
    return (
        f"{caption} The modes covered grow like the number of parameters to the power "
        f"{_with_interval(slopes['exponent'])}; Student's p is {zero:.2g} against 0 and {one:.2g} against 1. "
        f"In words, {slopes['sentence']}. {_plateau(slopes['plateau'])}{_time(slopes['earlier'], record)}"
    )


def _with_interval(measured: Record) -> str:
    return (
        f"{measured['value']:.2f}, {100 * measured['confidence']:g} % interval "
        f"[{measured['lower']:.2f}, {measured['upper']:.2f}]"
    )


def _plateau(plateau: Record) -> str:
    line, bent = plateau["errors"]
    compared = f"left-out classes are off by {bent:.2f} with a plateau and by {line:.2f} with a line"
    if plateau["chosen"]:
        level = number(round(plateau["level"]["value"], 1))
        return f"The growth levels off near {level} modes: in logarithms, {compared}."
    return f"No plateau is told from a line: in logarithms, {compared}."


def _time(earlier: Record, record: Record) -> str:
    """How the slope differs from that at the earlier step, over the classes that have one at both."""
    if not earlier["difference"]:
        return ""
    return (
        f" Over the classes that make a mode in every seed at both, the slope at step "
        f"{number(record['steps'])} less the slope at step {number(record['earlier'])} is "
        f"{_with_interval(earlier['difference'])}."
    )
