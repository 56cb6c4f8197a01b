"""The plot of the trained sweep: supports, theorems on the same axes, training time, and a check."""

from fractions import Fraction

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from empirical.report.results import Record
from empirical.report.trained_judging import WHO

INK, SOFT, LINE = "#1d2430", "#667085", "#dfe3ea"
# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")  # one for each epsilon
BALL, COSINES, SLABS = "#E69F00", "#CC79A7", "#667085"
MARKERS = {1: "o", 2: "s", 3: "^"}  # by hidden layers
LAYERS = {1: "one hidden layer", 2: "two", 3: "three"}


def trained_figure(record: Record) -> Figure:
    """The figure of a stored record of ``capacity trained``."""
    with rc_context({"font.size": 10, "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT}):
        figure = Figure(figsize=(11.2, 9.4), layout="constrained")
        ((first, second), (third, fourth)) = figure.subplots(2, 2)
        _found(first, record)
        _theorems(second, record)
        _training_time(third, record)
        _one_neuron(fourth, record)
        figure.suptitle(_finding(record), x=0.01, ha="left", fontsize=12, color=INK)
    return figure


def _finding(record: Record) -> str:
    """What the middle epsilon says, in one line."""
    epsilon = record["epsilons"][len(record["epsilons"]) // 2]
    fitted = record["growth"]["known"][epsilon]["parameters"]
    setting = (
        f"{record['points']:,} points on a sphere in {record['dim']} dimensions, {len(record['seeds'])} seeds"
    )
    if not fitted:
        return f"The smallest supports found ({setting})"
    exponent = fitted["exponent"]
    return (
        f"At ε = {epsilon} the support grows like parameters to the power {exponent['value']:.2f}, "
        f"[{exponent['lower']:.2f}, {exponent['upper']:.2f}] ({setting})"
    )


def _found(axes: Axes, record: Record) -> None:
    """Every epsilon in its colour, every depth with its marker; slopes with their intervals in the legend."""
    handles = []
    for colour, epsilon in zip(COLOURS, record["epsilons"], strict=False):
        for one in record["classes"]:
            _class(axes, one, one["supports"]["known"][epsilon], colour)
        fitted = record["growth"]["known"][epsilon]["parameters"]
        label = f"ε = {epsilon}"
        if fitted:
            _power(axes, record, epsilon, fitted["exponent"]["value"], colour)
            exponent = fitted["exponent"]
            label += f": slope {exponent['value']:.2f} [{exponent['lower']:.2f}, {exponent['upper']:.2f}]"
        handles.append(Line2D([], [], color=colour, marker="o", markersize=5, label=label))
        axes.axhline(record["growth"]["known"][epsilon]["ceiling"] / 2, color=colour, ls=":", linewidth=0.9)
    handles.append(Line2D([], [], color=SOFT, ls=":", label="half of N(1 − ε): slopes are fitted below"))
    depths = sorted({len(one["hidden"]) for one in record["classes"]})
    handles += [
        Line2D([], [], color=SOFT, linestyle="", marker=MARKERS[depth], label=LAYERS[depth])
        for depth in depths
    ]
    axes.legend(handles=handles, loc="upper left", fontsize=8.5, frameon=False, labelcolor=INK)
    axes.set_title("supports found, all seeds with intervals", loc="left", fontsize=11, color=INK)
    axes.set_ylabel("atoms that fool all known discriminators")
    _dress(axes)
    axes.set_ylim(0.8, 20 * record["points"])  # room for the legend
    _ticks(axes, record)


def _class(axes: Axes, one: Record, found: Record, colour: str) -> None:
    """Each seed as a faint point, their geometric mean with its interval."""
    at, marker = one["parameters"], MARKERS[len(one["hidden"])]
    seeds = [seed for seed in found["seeds"] if seed is not None]
    axes.plot([at] * len(seeds), seeds, marker, color=colour, alpha=0.22, markersize=4, zorder=2)
    if found["support"]:
        mean = found["support"]
        errors = [[mean["value"] - mean["lower"]], [mean["upper"] - mean["value"]]]
        axes.errorbar(
            at, mean["value"], errors, color=colour, marker=marker, markersize=6, capsize=2.5, zorder=3
        )


def _power(axes: Axes, record: Record, epsilon: str, power: float, colour: str) -> None:
    """The fitted power through the middle of what was found: a least-squares line passes there."""
    fitted = record["growth"]["known"][epsilon]["parameters"]["classes"]
    used = [one for one in record["classes"] if one["hidden"] in fitted]
    sizes = np.array([one["parameters"] for one in used], dtype=float)
    heights = [one["supports"]["known"][epsilon]["support"]["value"] for one in used]
    centre, height = np.exp(np.log(sizes).mean()), np.exp(np.log(heights).mean())
    ends = np.array([sizes.min(), sizes.max()])
    axes.plot(ends, height * (ends / centre) ** power, "-", color=colour, linewidth=1.2, zorder=1)


def _theorems(axes: Axes, record: Record) -> None:
    """The smallest epsilon, with the classes whose best response is known, and every bound."""
    epsilon = record["epsilons"][-1]
    classes = sorted(record["classes"], key=lambda one: one["parameters"])
    sizes = [one["parameters"] for one in classes]
    for one in classes:
        known, trained = one["supports"]["known"][epsilon], one["supports"]["trained"][epsilon]
        marker = MARKERS[len(one["hidden"])]
        if known["support"]:
            axes.plot(one["parameters"], known["support"]["value"], marker, color=COLOURS[0], markersize=6)
        if trained["support"]:
            axes.plot(
                one["parameters"],
                trained["support"]["value"],
                marker,
                color=COLOURS[0],
                markersize=6,
                mfc="none",
            )
    known, bounds = record["known"], [one["supports"]["trained"][epsilon]["bound"] for one in classes]
    lines = {
        "small-support, trained only, R read off": (sizes, bounds, INK, "--"),
        "all functions, N(1 − ε)": (
            sizes,
            [one["at_most"][epsilon] for one in classes],
            INK,
            ":",
        ),
    }
    one_layer = [one for one in classes if len(one["hidden"]) == 1]
    lines["slabs: at least"] = (
        [one["parameters"] for one in one_layer],
        [one["at_least"][epsilon] for one in one_layer],
        SLABS,
        "-",
    )
    curve = record["curves"][epsilon]
    lines["cosines on the torus: enough, at least"] = (curve["parameters"], curve["at_most"], COSINES, "-")
    for label, (x, y, colour, style) in lines.items():
        axes.plot(x, y, style, color=colour, linewidth=1.3, label=label, zorder=1)
    axes.plot(curve["parameters"], curve["at_least"], "-", color=COSINES, linewidth=1.3, zorder=1)
    for kind, colour, label in (
        ("cosine-neurons", COSINES, "cosines on the torus"),
        ("wave-ball", BALL, "ball of waves"),
    ):
        found = [one for one in known if one["kind"] == kind]
        places = [one["parameters"] for one in found]
        means = [one["supports"][epsilon]["support"] for one in found]
        middle = [mean["value"] for mean in means]
        errors = [
            [mean["value"] - mean["lower"] for mean in means],
            [mean["upper"] - mean["value"] for mean in means],
        ]
        axes.errorbar(
            places, middle, errors, fmt="D", color=colour, markersize=4, capsize=2.0, linewidth=1.0,
            label=f"{label}{_slope(record['known_growth'][kind][epsilon])}",
        )  # fmt: skip
    ball = [one for one in known if one["kind"] == "wave-ball"]
    axes.plot(
        [one["parameters"] for one in ball],
        [one["supports"][epsilon]["orthonormal"] for one in ball],
        "-",
        color=BALL,
        linewidth=1.3,
        label="orthonormal features, exact law",
    )
    networks = Line2D([], [], color=COLOURS[0], marker="o", linestyle="", label="networks, all opponents")
    trained = Line2D(
        [],
        [],
        color=COLOURS[0],
        marker="o",
        linestyle="",
        mfc="none",
        label="networks, trained only",
    )
    drawn = axes.get_legend_handles_labels()[0]
    axes.legend(
        handles=[networks, trained, *drawn], loc="upper left", fontsize=7.5, frameon=False, labelcolor=INK,
        ncols=2, columnspacing=1.0, handlelength=1.6,
    )  # fmt: skip
    axes.set_title(f"the same axes at ε = {epsilon}, with the theorems", loc="left", fontsize=11, color=INK)
    axes.set_ylabel("atoms")
    _dress(axes)
    axes.set_ylim(0.8, 2e3 * max(bounds))  # room for the legend
    axes.set_xlabel("parameters of a discriminator")


def _slope(exponent: Record | None) -> str:
    if not exponent:
        return ""
    return f": {exponent['value']:.2f} [{exponent['lower']:.2f}, {exponent['upper']:.2f}]"


def _training_time(axes: Axes, record: Record) -> None:
    """The slope where one side takes other numbers of steps, on the same classes; paired changes as text."""
    ablation = record["ablation"]
    paces = ablation["paces"]
    places = np.array([float(Fraction(pace)) for pace in paces])
    notes = []
    for number, (who, name) in enumerate(WHO.items()):
        for epsilon, slopes in ablation["slopes"][who]["known"].items():
            if not slopes:
                continue
            at = [slopes["at"][pace] for pace in paces]
            middle = np.array([one["value"] for one in at])
            errors = [
                middle - [one["lower"] for one in at],
                np.array([one["upper"] for one in at]) - middle,
            ]
            axes.errorbar(
                places * 1.05 ** (2 * number - 1),
                middle,
                errors,
                color=COLOURS[number],
                marker="os"[number],
                linewidth=1.1,
                capsize=2.5,
                label=f"{name}, ε = {epsilon}",
            )
            notes += [
                f"{name} × {pace}: {change['value']:+.2f} [{change['lower']:+.2f}, {change['upper']:+.2f}]"
                for pace, change in slopes["differences"].items()
            ]
    axes.set_xscale("log")
    axes.set_xticks(places, [f"× {pace}" for pace in paces])
    axes.minorticks_off()
    axes.set_xlim(places.min() / 1.6, places.max() * 1.6)
    low, high = axes.get_ylim()
    axes.set_ylim(min(0.0, low), high + 0.55 * (high - min(0.0, low)))
    axes.axhline(0, color=LINE, linewidth=1.0)
    axes.axhline(1, color=LINE, linewidth=1.0)
    axes.annotate(
        "change of the slope, paired by seed\n" + "\n".join(notes),
        (0.98, 0.98), xycoords="axes fraction", va="top", ha="right", fontsize=7.5, color=INK,
    )  # fmt: skip
    axes.set_title("is it training time? slope at other steps", loc="left", fontsize=11, color=INK)
    axes.set_xlabel("steps of generators alone, or of judges alone, relative to the sweep")
    axes.set_ylabel("slope of log support")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", fontsize=8.5, frameon=False, labelcolor=INK)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _one_neuron(axes: Axes, record: Record) -> None:
    """What training and search attain of one neuron's exact maximum."""
    found = record["one_neuron"]["found"]
    exact = [one["exact"][1] for one in found]
    axes.plot([0, 1], [0, 1], "-", color=LINE, linewidth=1.4, zorder=1)
    for one, at in zip(found, exact, strict=True):
        axes.plot(
            [at] * len(one["restarts"]), one["restarts"], ".", color=COLOURS[0], alpha=0.25, markersize=5
        )
    axes.plot(
        exact, [one["trained"] for one in found], "o", color=COLOURS[0], label="best restart of training"
    )
    axes.plot(
        exact, [one["searched"] for one in found], "D", color=COLOURS[1], mfc="none", markersize=8,
        label="search of half-spaces",
    )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    axes.set_title("one neuron: attained beside the exact maximum", loc="left", fontsize=11, color=INK)
    axes.set_xlabel("exact maximum, over all half-spaces")
    axes.set_ylabel("advantage attained")
    axes.legend(loc="upper left", fontsize=8.5, frameon=False, labelcolor=INK)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _ticks(axes: Axes, record: Record) -> None:
    """Parameter counts, as many as there is room for."""
    counts = sorted({one["parameters"] for one in record["classes"]})
    shown: list[int] = []
    for count in counts:
        if not shown or count >= 1.35 * shown[-1]:
            shown.append(count)
    axes.set_xticks(shown, [str(count) for count in shown])
    axes.set_xlabel("parameters of the discriminator")


def _dress(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.minorticks_off()
