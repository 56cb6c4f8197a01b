"""The table under the plot of continuous generators: slopes at two steps, and whether training makes them."""

from html import escape

from empirical.report.numbers import number
from empirical.report.results import Record

NUMBERS = {
    "covered": "modes covered",
    "hit": "modes that samples hit",
    "effective": "effective number of modes",
}
AXES = {"parameters": "parameters, all classes", "width": "width, one hidden layer"}


def continuous_table(record: Record) -> str:
    """Every slope of the record at both steps, the paired difference and a verdict, as HTML."""
    if not record:
        return ""
    rows = [
        _row(NUMBERS[name], over, record["growth"][name][axis], record)
        for name in NUMBERS
        for axis, over in AXES.items()
    ]
    early, late = number(record["earlier"]), number(record["steps"])
    titles = ("number", "over", "slope", "early", "late", "late − early", "without", "verdict")
    head = "".join(f"<th>{title}</th>" for title in titles)
    margin, confidence = number(record["margin"]), f"{100 * record['confidence']:g} %"
    return (
        "<h3>How much of a slope is training time</h3>"
        f'<div class="wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'
        '<p class="note">Slopes of the logarithm of the number, one least-squares line for each seed, with '
        f"{confidence} intervals over seeds, not adjusted for their number: over all classes at step {late}, "
        f"and early, at step {early}, and late, at step {late}, over the same classes of the same runs. "
        "A slope is called steady only where the whole interval of the difference lies within "
        f"±{margin}: that no difference is seen shows nothing. A class in which some seed makes no mode at "
        "either step has no logarithm there, and is left out of both; classes are named by their hidden "
        "widths.</p>"
    )


def with_interval(measured: Record) -> str:
    """A slope and its interval, to two digits after the point."""
    text = f"{measured['value']:.2f} [{measured['lower']:.2f}, {measured['upper']:.2f}]"
    return text.replace("-", "−")


def verdict(earlier: Record, record: Record) -> str:
    """What the difference of the slopes at both steps says, in a sentence."""
    if not earlier["difference"]:
        return "Too few classes have a mode in every seed at both steps: training time is not told apart."
    moved = "falls" if earlier["difference"]["value"] < 0 else "rises"
    margin = number(record["margin"])
    return {
        "steady": f"Steady: between the two steps it moves by less than {margin}.",
        "changes": f"Depends on training time: it {moved} with more steps, so its size tells when training "
        "stopped, and is no law of capacity.",
        "open": f"Open: neither a change nor one of less than {margin} is shown.",
    }[earlier["verdict"]]


def left_out(classes: list[list[int]]) -> str:
    """Classes by their hidden widths."""
    return ", ".join("-".join(map(str, hidden)) for hidden in classes) or "none"


def _row(name: str, over: str, slopes: Record, record: Record) -> str:
    if not slopes["exponent"]:
        cells = ("too few classes", "", "", "", left_out(slopes["left_out"]), "No slope.")
    else:
        earlier = slopes["earlier"]
        both = (
            [with_interval(earlier[key]) for key in ("exponent", "exponent_after", "difference")]
            if earlier["difference"]
            else ["", "", ""]
        )
        missing = slopes["left_out"] + [one for one in earlier["left_out"] if one not in slopes["left_out"]]
        cells = (with_interval(slopes["exponent"]), *both, left_out(missing), verdict(earlier, record))
    texts = "".join(f"<td>{escape(cell)}</td>" for cell in (name, over, *cells[:-1]))
    return f'<tr>{texts}<td style="min-width: 15em">{escape(cells[-1])}</td></tr>'
