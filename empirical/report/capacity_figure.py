"""The capacity plots: how many atoms fool a class of discriminators; laws as lines, finds as points."""

from collections.abc import Callable

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.report.continuous_figure import continuous_figure
from empirical.report.results import Record
from empirical.report.trained_figure import trained_figure

INK, SOFT, LINE = "#1d2430", "#667085", "#dfe3ea"
# Okabe and Ito's colours, which colour-blind readers tell apart; each class has a marker of its own as well.
CLASSES = {  # law: colour, marker, its class, its formula
    "caratheodory": ("#D55E00", "D", "span of n functions", "n + 1, without error"),
    "linf-ball": ("#CC79A7", "s", "all functions of n points", "n(1 − ε/2)"),
    "l2-ball": ("#0072B2", "o", "ball of n features", "1/(ε² + 1/n)"),
    "thresholds": ("#009E73", "^", "thresholds on a line", "1/(2ε)"),
    "small-support": (INK, "", "sufficient for the ball:\nsmall-support theorem,", "as we derive it"),
}
# Points up or down that keep the names of two neighbouring lines apart.
SHIFTS = {"caratheodory": 13, "linf-ball": -3, "l2-ball": -8}


def capacity_figure(kind: str, record: Record) -> Figure:
    """The figure of a stored record of a capacity sweep: "exact", "trained" or "continuous"."""
    draw: dict[str, Callable[[Record], Figure]] = {
        "exact": _exact,
        "trained": trained_figure,
        "continuous": continuous_figure,
    }
    with rc_context({"font.size": 10, "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT}):
        return draw[kind](record)


def _exact(record: Record) -> Figure:
    figure = Figure(figsize=(10.4, 5.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, axis in ((left, "functions"), (right, "epsilon")):
        for series in record["series"]:
            if series["axis"] == axis:
                _series(axes, series, axis)
        _dress(axes)
        axes.set_ylim(0.7, 2e10)
    verdicts = [found["verdict"]["outcome"] for one in record["series"] for found in one["found"]]
    agreeing = verdicts.count("HOLDS")
    figure.suptitle(
        f"How fast a fooling support grows depends on the class: {agreeing} of {len(verdicts)} computed "
        f"supports lie on their laws",
        x=0.01,
        ha="left",
        fontsize=12,
        color=INK,
    )
    left.set_title("more functions, at a fixed tolerance", loc="left", fontsize=11, color=INK)
    left.set_xlabel("n: parameters, which are the width of one layer of fixed features")
    left.set_ylabel("atoms that fool the whole class")
    left.set_xlim(0.8, 1e6)
    right.set_title("less tolerance, at a fixed class", loc="left", fontsize=11, color=INK)
    right.set_xlabel("1/ε: inverse of the advantage that counts as fooled")
    right.set_xlim(0.8, 1e4)
    left.annotate(
        "points: found by computation, certified in rationals\nlines: the laws",
        (0.02, 0.97),
        xycoords="axes fraction",
        va="top",
        fontsize=9,
        color=SOFT,
    )
    return figure


def _series(axes: Axes, series: Record, axis: str) -> None:
    """One law as a line with its name at the end, and the supports that were found."""
    colour, marker, name, formula = CLASSES[series["law"]]

    def place(at: float) -> float:
        return at if axis == "functions" else 1 / at

    curve = series["curve"]
    places, supports = [place(at) for at in curve["at"]], curve["support"]
    style = "--" if series["relation"] == "<=" else "-"
    axes.plot(places, supports, style, color=colour, linewidth=1.2, alpha=0.9, zorder=2)
    fixed = series["fixed"].get("epsilon" if axis == "functions" else "functions")
    setting = "" if fixed is None else f", ε = {fixed}" if axis == "functions" else f", n = {fixed}"
    axes.annotate(
        f"{name}\n{formula}{setting}",
        (places[-1], supports[-1]),
        xytext=(6, SHIFTS.get(series["law"], 0)),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=colour,
        annotation_clip=False,
    )
    for found in series["found"]:
        measured = found["verdict"]["measured"]
        middle = measured["value"]
        below, above = middle - measured["lower"], measured["upper"] - middle
        axes.errorbar(
            place(found["at"]),
            middle,
            [[below], [above]],
            color=colour,
            marker=marker,
            markersize=4.5,
            zorder=3,
        )


def _dress(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.minorticks_off()
