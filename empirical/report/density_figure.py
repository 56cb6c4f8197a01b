"""Densities in the plane as pictures: the map with its creases, and a trained discriminator beside D*."""

from contextlib import AbstractContextManager

import numpy as np
from jaxtyping import Float
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.patches import Patch, Rectangle

from empirical.densities.maps.density_map import DensityMap, DiscriminatorMap, Window
from empirical.report.numbers import number

INK, SOFT, BLANK = "#1d2430", "#667085", "#e9ecf0"
FOLD = "#D55E00"  # Okabe and Ito's vermilion: apart from the blues for colour-blind readers too
NATS = 9.0  # of log density that the colours span, downwards from the highest that is no rare spike
SPIKES = 0.002  # share of the pixels that may lie above the top of the colours
# From paper white to ink: more density, more ink. It prints, and its middle leaves creases visible.
DENSITY = LinearSegmentedColormap.from_list(
    "density", ["#ffffff", "#e3edf7", "#b5d0ea", "#74a9d8", "#3b7cba", "#1f4e8c", "#132a55", "#0a1024"]
)
SHARES = LinearSegmentedColormap.from_list(
    "shares", ["#0b3c6f", "#0072B2", "#8fc1e0", "#fbfbf8", "#f2b88d", "#D55E00", "#7a3300"]
)


def density_figure(
    whole: DensityMap, detail: DensityMap, title: str, outputs: DiscriminatorMap | None = None
) -> Figure:
    """One law in the plane; below it, where outputs are given, the discriminator that it was trained with.

    Args:
        whole: all that is to be seen, in a square window.
        detail: a smaller square in it.
        title: one line, what the figure shows.
        outputs: in the window of ``whole``.
    """
    rows = 1 if outputs is None else 2
    height = 0.55 + 3.15 * rows
    # Two panels, a bar, room for its labels, a panel, a bar; without creases the second panel would be empty.
    narrow = outputs is None and not len(whole.creases)
    ratios = [1.0, 0.0, 0.0, 0.06, 1.0, 0.05] if narrow else [1.0, 1.0, 0.05, 0.06, 1.0, 0.05]
    width = 7.5 if narrow else 10.4
    with _style():
        figure = Figure(figsize=(width, height))
        grid = figure.add_gridspec(
            rows,
            6,
            width_ratios=ratios,
            left=0.416 / width,
            right=1 - 0.572 / width,
            top=1 - 0.62 / height,
            bottom=0.26 / height,
            wspace=0.15,
            hspace=0.2,
        )
        _densities(figure, grid, whole, detail)
        if outputs is not None:
            _outputs(figure, grid, whole.window, outputs)
        figure.suptitle(title, x=0.012, y=1 - 0.1 / height, ha="left", va="top", fontsize=11.5, color=INK)
    return figure


def colour_range(log_density: Float[np.ndarray, "rows columns"]) -> tuple[float, float]:
    """The log densities that the ends of the colours stand for, nats."""
    finite = log_density[np.isfinite(log_density)]
    top = float(np.quantile(finite, 1 - SPIKES)) if len(finite) else 0.0
    return top - NATS, top


def _densities(figure: Figure, grid: GridSpec, whole: DensityMap, detail: DensityMap) -> None:
    least, most = colour_range(whole.log_density)
    scale = Normalize(least, most)
    titles = {
        0: "exact density of the generator",
        1: f"{number(len(whole.creases))} creases, folds in orange",
        4: "the framed part",
    }
    # Without creases, as of a flow, the middle stays empty.
    shown = [(0, whole, False), (1, whole, True), (4, detail, True)]
    for column, drawn, with_creases in shown if len(whole.creases) else (shown[0], shown[2]):
        axes = figure.add_subplot(grid[0, column])
        # At an atom the log density is infinite: the darkest ink. Off the support: the lightest.
        _image(axes, drawn.window, drawn.log_density.clip(least, most + 1), DENSITY, scale)
        if column != 1:
            _singular(axes, drawn)
        if with_creases:
            _creases(axes, drawn)
        if drawn is whole:
            _frame(axes, detail.window)
        if column == 1:
            axes.tick_params(labelleft=False)  # as in the panel on its left
        _titled(axes, titles[column])
    _bar(figure, grid[0, 5], ScalarMappable(scale, DENSITY), "log density, nats", "both")


def _outputs(figure: Figure, grid: GridSpec, window: Window, outputs: DiscriminatorMap) -> None:
    shares, gaps = Normalize(0.0, 1.0), Normalize(-1.0, 1.0)
    trained, optimal, gap = (figure.add_subplot(grid[1, column]) for column in (0, 1, 4))
    _image(trained, window, outputs.trained, SHARES, shares)
    _image(optimal, window, outputs.optimal, SHARES, shares)
    _image(gap, window, outputs.trained - outputs.optimal, SHARES, gaps)
    optimal.tick_params(labelleft=False)
    blank = Patch(facecolor=BLANK, edgecolor=SOFT, linewidth=0.6, label="neither law has density")
    optimal.legend(handles=[blank], loc="lower left", fontsize=8, labelcolor=INK, framealpha=0.95)
    _titled(trained, "trained discriminator D")
    _titled(optimal, "the best one, D* = p/(p + q)")
    _titled(gap, "D − D*")
    _bar(figure, grid[1, 2], ScalarMappable(shares, SHARES), "", "neither")
    _bar(figure, grid[1, 5], ScalarMappable(gaps, SHARES), "", "neither")


def _bar(figure: Figure, place: SubplotSpec, colours: ScalarMappable, label: str, extend: str) -> None:
    bar = figure.colorbar(colours, cax=figure.add_subplot(place), extend=extend)
    bar.set_label(label, color=INK)
    outlined(bar)
    bar.ax.tick_params(length=2.5, labelsize=8.5)


def outlined(bar: Colorbar) -> None:
    """A thin frame: without it the arrow at the lightest end is white on white."""
    bar.outline.set_edgecolor(SOFT)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.outline.set_linewidth(0.6)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]


def _image(
    axes: Axes,
    window: Window,
    values: Float[np.ndarray, "rows columns"],
    colours: Colormap,
    scale: Normalize,
) -> None:
    axes.set_facecolor(BLANK)
    axes.imshow(
        values,
        cmap=colours,
        norm=scale,
        origin="lower",
        extent=(window.left, window.right, window.bottom, window.top),
        interpolation="nearest",
    )
    axes.set_xlim(window.left, window.right)
    axes.set_ylim(window.bottom, window.top)
    axes.tick_params(length=2.5, labelsize=8.5, pad=2)
    axes.locator_params(nbins=5)
    for spine in axes.spines.values():
        spine.set_linewidth(0.6)


def _creases(axes: Axes, drawn: DensityMap) -> None:
    """Creases thin and grey, folds over them; rasterised, because they may be many thousands."""
    # Ink is shared out: of few creases each is plain to see, of very many none hides the others.
    width = float(np.clip(25.0 / np.sqrt(max(1, len(drawn.creases))), 0.12, 0.7))
    for chosen, colour, factor in ((~drawn.fold, INK, 1.0), (drawn.fold, FOLD, 1.5)):
        axes.add_collection(
            LineCollection(
                list(drawn.creases[chosen]),
                colors=colour,
                linewidths=width * factor,
                alpha=0.75,
                rasterized=True,
            ),
            autolim=False,
        )


def _singular(axes: Axes, drawn: DensityMap) -> None:
    """Mass without a density: segments as strokes, atoms as dots, both larger where there is more mass."""
    if len(drawn.segments):
        widths = 0.6 + 2.4 * np.sqrt(drawn.segment_masses / drawn.segment_masses.max())
        axes.add_collection(
            LineCollection(list(drawn.segments), colors=FOLD, linewidths=widths, capstyle="round"),
            autolim=False,
        )
    if len(drawn.atoms):
        sizes = 10 + 90 * drawn.atom_masses / drawn.atom_masses.max()
        axes.scatter(*drawn.atoms.T, s=sizes, color=FOLD, edgecolor="white", linewidth=0.6, zorder=3)


def _frame(axes: Axes, window: Window) -> None:
    axes.add_patch(
        Rectangle(
            (window.left, window.bottom),
            window.right - window.left,
            window.top - window.bottom,
            fill=False,
            edgecolor=INK,
            linewidth=0.9,
        )
    )


def _titled(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=INK)


def _style() -> AbstractContextManager[None]:
    return rc_context({"font.size": 9.5, "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT})
