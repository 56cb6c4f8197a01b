"""One flow trained by likelihood and by games: its exact likelihood along training, and what it became."""

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from empirical.report.density_figure import DENSITY, colour_range, outlined
from empirical.report.numbers import number
from empirical.report.results import Record

INK, SOFT, LINE = "#1d2430", "#667085", "#dfe3ea"
# Okabe and Ito's colours, and a dash of its own for each objective.
OBJECTIVES = {  # objective: colour, dashes, its words
    "likelihood": ("#0072B2", "-", "maximum likelihood"),
    "non-saturating": ("#D55E00", "--", "non-saturating game"),
    "minimax": ("#CC79A7", "-.", "minimax game"),
}


def flow_figure(parts: Record) -> Figure:
    """The figure of the stored parts of ``empirical.experiments.invertible_generator``."""
    flows = [part for part in parts.values() if "log_likelihood" in part]
    first = {part["objective"]: part for part in reversed(flows)}  # the first seed of each objective
    shown = {name: first[name] for name in OBJECTIVES if name in first}
    seed = next(name for name, part in parts.items() if "log_likelihood" in part).rpartition("-")[2]
    chosen = list(shown)
    with rc_context({"font.size": 9.5, "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT}):
        figure = Figure(figsize=(10.4, 6.3))
        rows = figure.add_gridspec(
            2, 1, height_ratios=[1.0, 1.02], left=0.06, right=0.94, top=0.915, bottom=0.06, hspace=0.32
        )
        _curves(figure.add_subplot(rows[0]), flows)
        maps = rows[1].subgridspec(
            1, len(chosen) + 2, width_ratios=[*[1.0] * (len(chosen) + 1), 0.05], wspace=0.12
        )
        log_density = {name: np.array(shown[name]["maps"]["model"]) for name in chosen}
        data = np.array(shown[chosen[0]]["maps"]["data"])
        # One scale for all: that of the data, whose density has no spikes.
        least, most = colour_range(data)
        scale = Normalize(least, most)
        for column, (name, values) in enumerate([("data", data), *log_density.items()]):
            axes = figure.add_subplot(maps[column])
            axes.imshow(np.maximum(values, least), cmap=DENSITY, norm=scale, origin="lower")
            axes.set_xticks([])
            axes.set_yticks([])
            _under(axes, name, shown)
        bar = figure.colorbar(
            ScalarMappable(scale, DENSITY), cax=figure.add_subplot(maps[len(chosen) + 1]), extend="both"
        )
        bar.set_label("log density, nats", color=INK)
        outlined(bar)
        figure.suptitle(
            _finding(shown, seed), x=0.012, y=0.985, ha="left", va="top", fontsize=11.5, color=INK
        )
    return figure


def _curves(axes: Axes, flows: list[Record]) -> None:
    """Each run as a line with its interval; the first seed of an objective is darker and named."""
    named = set()
    lowest, last = 0.0, 0
    for part in flows:
        colour, dashes, words = OBJECTIVES[part["objective"]]
        first = part["objective"] not in named
        named.add(part["objective"])
        curve = part["log_likelihood"]
        steps = [point["parameters"]["step"] for point in curve]
        values = [point["value"] for point in curve]
        lower, upper = ([point[end] for point in curve] for end in ("lower", "upper"))
        lowest, last = min(lowest, *values), max(last, steps[-1])
        axes.fill_between(steps, lower, upper, color=colour, alpha=0.18, linewidth=0)
        axes.plot(
            steps,
            values,
            dashes,
            color=colour,
            linewidth=1.8 if first else 1.0,
            alpha=1.0 if first else 0.5,
            label=words if first else None,
        )
    own = flows[0]["data_log_likelihood"]["value"]
    axes.axhline(own, color=INK, linewidth=0.9, linestyle=":")
    axes.annotate(
        "the data's own: minus their entropy",
        (last, own),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        fontsize=8.5,
        color=INK,
    )
    if lowest < -12:  # beyond some nats only the order of magnitude speaks
        axes.set_yscale("symlog", linthresh=4)
        marks = (
            [-2 * 10**k for k in range(5)] + [-5 * 10**k for k in range(5)] + [-(10**k) for k in range(1, 5)]
        )
        shown = sorted(mark for mark in marks if mark >= lowest)
        axes.set_yticks(shown, [number(mark) for mark in shown], minor=False)
        axes.set_yticks([], minor=True)
        axes.set_ylim(1.15 * lowest, own / 2)
    axes.set_xlim(0, last)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("updates of the flow", labelpad=1, color=INK)
    axes.set_ylabel("held-out log likelihood, nats", color=INK)
    axes.legend(frameon=False, loc="lower left", fontsize=9)


def _under(axes: Axes, name: str, shown: dict[str, Record]) -> None:
    """What a map shows, and its numbers below it."""
    if name == "data":
        ceiling = next(iter(shown.values()))["quality"]["parameters"]["ceiling"]
        title, below = "data", f"{100 * ceiling:.0f} % of samples near a mode"
        colour = INK
    else:
        part = shown[name]
        colour, _, title = OBJECTIVES[name]
        below = (
            f"{100 * part['quality']['value']:.0f} % near a mode; JS {part['jensen_shannon']['value']:.2f}\n"
            f"KL(data ‖ flow) {part['kullback_leibler_from_data']['value']:.2f} nats"
        )
    axes.set_title(title, loc="left", fontsize=10, color=colour, pad=4)
    axes.set_xlabel(below, fontsize=8.5, color=SOFT, loc="left", labelpad=3)
    for spine in axes.spines.values():
        spine.set_linewidth(0.6)


def _finding(shown: dict[str, Record], seed: str) -> str:
    """The sentence of the figure, as the numbers have it."""
    ends = {name: part["log_likelihood"][-1]["value"] for name, part in shown.items()}
    games = [f"{_hundredths(value)} by the {name}" for name, value in ends.items() if name != "likelihood"]
    updates = next(iter(shown.values()))["log_likelihood"][-1]["parameters"]["step"]
    return (
        f"Seed {seed}, {number(updates)} updates: held-out nats {_hundredths(ends['likelihood'])} by maximum "
        f"likelihood, {', '.join(games)} game"
    )


def _hundredths(value: float) -> str:
    """Two decimals, with the sign of print."""
    return f"{value:.2f}".replace("-", "−")
