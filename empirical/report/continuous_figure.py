"""The plot of continuous generators: modes hit and modes covered, and what is left, against capacity."""

from math import log
from statistics import geometric_mean

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.report.continuous_table import with_interval
from empirical.report.results import Record

INK, SOFT, LINE = "#1d2430", "#667085", "#dfe3ea"
# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = {"hit": "#E69F00", "covered": "#0072B2", "high_quality": "#009E73", "jensen_shannon": "#D55E00"}
NAMES = {
    "hit": "modes that 2,500 samples hit",
    "covered": "modes covered, Σ min(m/M, 1)",
    "high_quality": "probability near a mode",
    "jensen_shannon": "Jensen–Shannon divergence, nats",
}
MARKERS = {1: "o", 2: "s", 3: "^"}  # by hidden layers


def continuous_figure(record: Record) -> Figure:
    """The figure of a stored record of ``capacity continuous``."""
    with rc_context({"font.size": 10, "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT}):
        figure = Figure(figsize=(10.4, 5.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _modes(left, record)
        _quality(right, record)
        growth = record["growth"]["covered"]["parameters"]
        finding = (
            f"Modes covered grow like parameters to the power {with_interval(growth['exponent'])} "
            f"after {record['steps']:,} steps"
            if growth["exponent"]
            else "Modes of continuous generators"
        )
        figure.suptitle(
            f"{finding}\n{record['data']['modes']} modes, σ = {record['sigma']:g}, "
            f"{record['steps']:,} steps for every class, {len(record['seeds'])} seeds",
            x=0.01,
            ha="left",
            fontsize=11,
            color=INK,
        )
    return figure


def _modes(axes: Axes, record: Record) -> None:
    for name in ("hit", "covered"):
        _points(axes, record, name)
    ceiling = record["data"]["modes"]
    axes.axhline(ceiling, color=INK, linewidth=1.0, linestyle="--")
    axes.annotate(
        f"all {ceiling} modes", (0.02, ceiling), xycoords=("axes fraction", "data"), xytext=(0, 3),
        textcoords="offset points", fontsize=8.5, color=INK,
    )  # fmt: skip
    _slope(axes, record)
    axes.set_yscale("log")
    ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 25]
    shown = [tick for tick in ticks if tick >= 0.7 * _least(record)]
    axes.set_yticks(shown, [f"{tick:g}" for tick in shown])
    axes.set_ylim(0.6 * _least(record), 1.5 * ceiling)
    axes.set_ylabel("modes of the generator's exact law")
    axes.set_title("hit is not covered", loc="left", fontsize=11, color=INK)
    _dress(axes, record)
    axes.legend(loc="lower right", fontsize=8.5, frameon=False, labelcolor=INK)


def _quality(axes: Axes, record: Record) -> None:
    for name in ("high_quality", "jensen_shannon"):
        _points(axes, record, name)
    ceiling = record["data"]["high_quality"]
    for height, text in (
        (ceiling, "the data's own samples near a mode"),
        (log(2), "log 2: nothing in common"),
    ):
        axes.axhline(height, color=SOFT, linewidth=0.9, linestyle=":")
        axes.annotate(
            text, (0.98, height), xycoords=("axes fraction", "data"), xytext=(0, 3),
            textcoords="offset points", ha="right", fontsize=8.5, color=SOFT,
        )  # fmt: skip
    axes.set_ylim(0, 1.08)
    axes.set_title("what is learned, of the exact laws", loc="left", fontsize=11, color=INK)
    _dress(axes, record)
    axes.legend(loc="lower right", fontsize=8.5, frameon=False, labelcolor=INK)


def _points(axes: Axes, record: Record, name: str) -> None:
    """Each seed as a faint point, each class's mean with its interval, marked by its depth."""
    colour, ceiling = COLOURS[name], record["data"]["modes"] if name in ("hit", "covered") else 1.0
    named = False
    for one in record["classes"]:
        at, mean = one["parameters"], one[name]
        marker = MARKERS[len(one["hidden"])]
        seeds = [run[name]["value"] for run in one["runs"]]
        axes.plot([at] * len(seeds), seeds, marker, color=colour, alpha=0.22, markersize=4, zorder=2)
        if mean is None:  # some seed has no mode at all: its seeds are all there is to show
            continue
        # A number between 0 and its ceiling: what Student's interval says beyond is not drawn.
        lower, upper = max(mean["lower"], 0.0), max(min(mean["upper"], ceiling), mean["value"])
        axes.errorbar(
            at,
            mean["value"],
            [[mean["value"] - min(lower, mean["value"])], [upper - mean["value"]]],
            color=colour,
            marker=marker,
            markersize=6,
            capsize=2.5,
            linewidth=1.2,
            zorder=3,
            label=None if named else NAMES[name],
        )
        named = True


def _slope(axes: Axes, record: Record) -> None:
    """The fitted power of the covered modes, through the middle of what was found."""
    growth = record["growth"]["covered"]["parameters"]
    exponent = growth["exponent"]
    used = [one for one in record["classes"] if one["hidden"] not in growth["left_out"]]
    if not exponent:
        return
    # A least-squares line goes through the mean of the logarithms.
    capacity = geometric_mean([one["parameters"] for one in used])
    height = geometric_mean([run["covered"]["value"] for one in used for run in one["runs"]])
    ends = [min(one["parameters"] for one in used), max(one["parameters"] for one in used)]
    for power, style, colour in ((exponent["value"], "-", COLOURS["covered"]), (1.0, ":", SOFT)):
        heights = [height * (end / capacity) ** power for end in ends]
        axes.plot(ends, heights, style, color=colour, linewidth=1.1, zorder=1)
    axes.annotate(
        f"covered: power {exponent['value']:.2f}, {100 * exponent['confidence']:g} % interval "
        f"[{exponent['lower']:.2f}, {exponent['upper']:.2f}] over seeds\ndotted: in proportion",
        (0.98, 0.15),
        xycoords="axes fraction",
        ha="right",
        fontsize=8.5,
        color=COLOURS["covered"],
    )


def _least(record: Record) -> float:
    found = [run["covered"]["value"] for one in record["classes"] for run in one["runs"]]
    return max(0.05, min([value for value in found if value > 0], default=1.0))


def _dress(axes: Axes, record: Record) -> None:
    axes.set_xscale("log")
    capacities = sorted({one["parameters"] for one in record["classes"]})
    ticks = [one for one in capacities if all(one >= 1.6 * other for other in capacities if other < one)]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xlabel("parameters of the discriminator\n(circle, square, triangle: 1, 2, 3 hidden layers)")
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.minorticks_off()
