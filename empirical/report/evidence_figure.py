"""The evidence figure: how far each estimate of a log likelihood lies from the exact one."""

from collections.abc import Mapping, Sequence

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from empirical.report.results import Record

INK, ACCENT, SOFT, LINE = "#1d2430", "#27457a", "#667085", "#dfe3ea"
COLORS = {
    "evidence_lower_bound": "#8a4b2d",
    "importance_weighted_bound": ACCENT,
    "annealed_importance_sampling": "#2f7d5b",
    "parzen": "#8a6d1f",
}
TITLES = {1: "one latent", 2: "two latents"}


def evidence_figure(parts: Mapping[str, Record]) -> Figure:
    """The figure of the stored parts of ``empirical.experiments.evidence_lower_bound`` on the ring.

    Each row is an estimator, each panel an autoencoder; what lies to the right of the axis is too high. Bars
    are the stored intervals, and the diamond of a Parzen window is the exact value that it approaches with
    more samples.
    """
    panels = [part for part in parts.values() if "exact" in part]
    rows = [_rows(panel) for panel in panels]
    height = 1.25 + 0.27 * max(len(each) for each in rows)
    with rc_context({"font.size": 9.5, "axes.edgecolor": SOFT, "xtick.color": SOFT}):
        figure = Figure(figsize=(10.4, height))
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for place, (axis, panel, each) in enumerate(zip(axes, panels, rows, strict=True)):
            _panel(axis, panel, each)
            if place == 0:
                axis.set_yticks(range(len(each)), [row[0] for row in each])
            axis.tick_params(axis="y", length=0)
        figure.subplots_adjust(
            left=0.2, right=0.985, top=1 - 0.45 / height, bottom=0.62 / height, wspace=0.07
        )
        figure.supxlabel(
            "estimate less exact mean log likelihood of held-out data, nats",
            x=0.2,
            y=0.1 / height,
            ha="left",
            fontsize=9.5,
        )
        limit = Line2D(
            [], [], linestyle="", marker="D", fillstyle="none", color=COLORS["parzen"], markersize=5
        )
        figure.legend(
            [limit],
            ["exact limit of the Parzen window"],
            loc="lower right",
            fontsize=9,
            frameon=False,
        )
    return figure


Row = tuple[str, str, Record, float | None]  # label, estimator, measurement, exact limit if it is another


def _rows(panel: Record) -> list[Row]:
    """The estimators from the top down."""
    rows: list[Row] = [("ELBO", "evidence_lower_bound", panel["evidence_lower_bound"], None)]
    for each in panel["importance_weighted_bound"]:
        label = f"IWAE, {each['parameters']['samples']:,} latents"
        rows.append((label, "importance_weighted_bound", each, None))
    for each in panel["annealed_importance_sampling"]:
        label = f"AIS, {each['parameters']['steps']:,} temperatures"
        rows.append((label, "annealed_importance_sampling", each, None))
    for each in panel["parzen"]:
        label = f"Parzen, {each['estimate']['parameters']['samples']:,} samples"
        rows.append((label, "parzen", each["estimate"], each["limit"]["value"]))
    return rows


def _panel(axes: Axes, panel: Record, rows: Sequence[Row]) -> None:
    exact = panel["exact"]["value"]
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    for place, (_, estimator, measured, limit) in enumerate(rows):
        color = COLORS[estimator]
        axes.axhline(place, color=LINE, linewidth=0.7, zorder=0)
        low, value, high = (measured[end] - exact for end in ("lower", "value", "upper"))
        axes.plot([low, high], [place, place], color=color, linewidth=2, solid_capstyle="butt", zorder=2)
        axes.plot([value], [place], "o", color=color, markersize=4.5, zorder=3)
        if limit is not None:
            axes.plot([limit - exact], [place], "D", color=color, fillstyle="none", markersize=5, zorder=3)
        axes.text(
            1,
            place,
            _distance(value),
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=8.5,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    axes.set_ylim(len(rows) - 0.4, -0.6)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + 0.16 * (high - low))  # room for the numbers
    known = f"{exact:.4f}".replace("-", "\N{MINUS SIGN}")
    axes.set_title(f"{TITLES[panel['latents']]}: exact {known} nats", loc="left", fontsize=10, color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _distance(value: float) -> str:
    """A distance with its sign; none where it rounds to 0."""
    signed = f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")
    return signed if signed.strip("+\N{MINUS SIGN}") != "0.000" else "0.000"
