"""A law on the line as a picture: its density with atoms as stems, above its distribution function."""

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.densities.maps.line_map import LineMap

INK, SOFT, LINE = "#1d2430", "#667085", "#dfe3ea"
ACCENT, ATOM = "#1f4e8c", "#D55E00"
SPIKES = 0.0005  # share of the places whose density may lie above the picture


def line_figure(drawn: LineMap, title: str) -> Figure:
    """Density, atoms and distribution function of one law on the line."""
    with rc_context({"font.size": 9.5, "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT}):
        figure = Figure(figsize=(7.6, 5.4), layout="constrained")
        density, cumulative = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        _density(density, drawn)
        _cumulative(cumulative, drawn)
        figure.suptitle(title, x=0.012, ha="left", fontsize=11.5, color=INK)
    return figure


def _density(axes: Axes, drawn: LineMap) -> None:
    values = np.exp(drawn.log_density)
    top = 1.15 * float(np.quantile(values, 1 - SPIKES))
    # The density jumps at critical values: steps and not slopes between neighbouring places.
    axes.fill_between(drawn.x, values, step="mid", color=ACCENT, alpha=0.16, linewidth=0)
    axes.step(drawn.x, values, where="mid", color=ACCENT, linewidth=1.1)
    axes.set_ylim(0, top or 1.0)
    axes.set_ylabel("density", color=ACCENT)
    axes.set_title(
        "density, and atoms with their probability" if len(drawn.atoms) else "density",
        loc="left",
        fontsize=10,
        color=INK,
    )
    _dress(axes)
    if len(drawn.atoms):
        stems = axes.twinx()
        stems.vlines(drawn.atoms, 0, drawn.atom_masses, color=ATOM, linewidth=1.6)
        stems.plot(drawn.atoms, drawn.atom_masses, "o", color=ATOM, markersize=5)
        stems.set_ylim(0, 1.15 * drawn.atom_masses.max())
        stems.set_ylabel("probability of an atom", color=ATOM)
        stems.spines[["top", "left"]].set_visible(False)


def _cumulative(axes: Axes, drawn: LineMap) -> None:
    axes.plot(drawn.x, drawn.cumulative, color=ACCENT, linewidth=1.3)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlim(drawn.x[0], drawn.x[-1])
    axes.set_xlabel("x")
    axes.set_title("probability of at most x", loc="left", fontsize=10, color=INK)
    _dress(axes)


def _dress(axes: Axes) -> None:
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
