"""What the page says under the plot of continuous generators."""

from empirical.report.continuous_table import NUMBERS, left_out, verdict, with_interval
from empirical.report.numbers import number
from empirical.report.results import Record


def continuous_caption(record: Record) -> str:
    """The setting, the slope with its tests, the plateau's criterion, and what training time makes."""
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
        f"{with_interval(slopes['exponent'])}, a {100 * slopes['exponent']['confidence']:g} % interval, "
        f"after these updates; Student's p is {zero:.2g} against 0 and {one:.2g} against 1. In words, "
        f"{slopes['sentence']}. {_plateau(slopes['plateau'])}{_time(record)}"
    )


def _plateau(plateau: Record) -> str:
    line, bent = plateau["errors"]
    compared = f"left-out classes are off by {bent:.2f} with a plateau and by {line:.2f} with a line"
    if plateau["chosen"]:
        level = number(round(plateau["level"]["value"], 1))
        return f"The growth levels off near {level} modes: in logarithms, {compared}."
    return f"No plateau is told from a line: in logarithms, {compared}."


def _time(record: Record) -> str:
    """How the slope of each number differs from that at the earlier step, with what is left out, and why."""
    said = ""
    for name, words in NUMBERS.items():
        earlier = record["growth"][name]["parameters"].get("earlier")
        if earlier is None:  # too few classes for a slope of this number
            continue
        if earlier["difference"]:
            missing = earlier["left_out"]
            without = f" without the classes {left_out(missing)}" if missing else ""
            said += (
                f" From step {number(record['earlier'])} to step {number(record['steps'])} the slope of the "
                f"{words}{without} goes from {earlier['exponent']['value']:.2f} to "
                f"{earlier['exponent_after']['value']:.2f}, a difference of "
                f"{with_interval(earlier['difference'])}."
            )
        said += f" {verdict(earlier, record)}"
    return said
