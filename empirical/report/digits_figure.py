"""The digits' figure: images of each kind, and what the birthday test certifies about their support."""

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from empirical.report.results import Record

SIDE = 8  # pixels of an image's side
INK, ACCENT, SOFT, LINE = "#1d2430", "#27457a", "#8a94a3", "#dfe3ea"
MARKS = {  # field of a SupportEstimate: marker, filled, its words in the legend
    "support_at_least": (">", "full", "support, at least"),
    "effective_support_at_most": ("<", "none", "effective support, at most"),
    "effective_support_estimate": ("o", "full", "effective support, estimated from all pairs"),
}


def digits_figure(result: Record) -> Figure:
    """The figure of a stored result of ``empirical.experiments.digits_support``."""
    rows = len(result["estimates"])
    height = 1.45 + 0.62 * rows
    with rc_context({"font.size": 9.5}):
        figure = Figure(figsize=(9.5, height))
        shown = len(next(iter(result["images"].values()))["some"])
        # The last column is the number line; its rows are the rows of images.
        grid = figure.add_gridspec(
            rows,
            shown + 4,
            width_ratios=[*[1.0] * shown, 0.5, 1.0, 1.0, 1.0 + 0.55 * shown],
            left=0.17,
            right=0.985,
            top=1 - 0.42 / height,
            bottom=0.95 / height,
            wspace=0.12,
            hspace=0.1,
        )
        _images(figure, grid, result, shown)
        _supports(figure.add_subplot(grid[:, -1]), result)
        figure.legend(loc="lower right", ncols=len(MARKS), fontsize=9, frameon=False)
    return figure


def _images(figure: Figure, grid: GridSpec, result: Record, shown: int) -> None:
    titles = {0: "samples", shown + 1: "closest pair"}
    for row, (name, images) in enumerate(result["images"].items()):
        for column, image in enumerate([*images["some"], None, *images["closest_pair"]]):
            axes = figure.add_subplot(grid[row, column])
            axes.set_axis_off()
            if row == 0 and column in titles:
                axes.set_title(titles[column], loc="left", fontsize=9.5, color=SOFT)
            if column == 0:
                axes.text(-0.45, 0.5, name, ha="right", va="center", color=INK, transform=axes.transAxes)
            if image is not None:
                axes.imshow(np.reshape(image, (SIDE, SIDE)), cmap="gray_r", vmin=0, vmax=1)


def _supports(axes: Axes, result: Record) -> None:
    estimates = list(result["estimates"].values())
    for field, (marker, fill, words) in MARKS.items():
        found = [(e[field], row) for row, e in enumerate(estimates) if e[field] is not None]
        numbers, rows = [number for number, _ in found], [row for _, row in found]
        color = SOFT if marker == "o" else ACCENT
        axes.plot(numbers, rows, marker, color=color, fillstyle=fill, markersize=6, label=words)
    for row in range(len(estimates)):
        axes.axhline(row, color=LINE, linewidth=0.7, zorder=0)
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.set_ylim(len(estimates) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlabel("number of images told apart", color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
