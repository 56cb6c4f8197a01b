"""The page's section on trained generators: what their losses show, beside their exact laws."""

from collections.abc import Mapping
from html import escape
from math import log

from matplotlib.figure import Figure

from empirical.densities.maps.stored_maps import Maps
from empirical.report.density_figure import density_figure
from empirical.report.numbers import interval, number
from empirical.report.pictures import picture
from empirical.report.results import DENSITY, Record

COLUMNS = (
    "generator",
    "regions",
    "loss of the discriminator",
    "JS that it shows, at least",
    "JS of the exact laws",
    "TV of the exact laws",
    "near a mode",
    "certificate",
)


def density_section(record: Record, maps: Mapping[str, Maps], preset: str) -> str:
    """A table of all trained generators, and the figure of each that has maps, as HTML."""
    pictures = "".join(
        picture(
            trained_figure(record, name, drawn),
            _caption(record["generators"][name]),
            f"ganproof density reproduction/{DENSITY}/{name}/generator.safetensors --target ring --sigma "
            f"{record['target']['sigma']:g} --discriminator "
            f"reproduction/{DENSITY}/{name}/discriminator.safetensors",
        )
        for name, drawn in maps.items()
    )
    head = "".join(f"<th>{escape(title)}</th>" for title in COLUMNS)
    rows = "".join(_row(name, found) for name, found in record["generators"].items())
    ceiling = record["target"]["high_quality_ceiling"]
    return (
        '<section id="density"><h2>What trained GANs learned</h2>'
        "<p>A discriminator that cannot tell the generator from the data has a loss of 2 log 2, "
        f"{number(2 * log(2))} nats. Its payoff, minus the loss, bounds the Jensen-Shannon divergence from "
        "below, and from below only. The generators here are piecewise affine, so that their exact densities "
        f"tell the divergence: {_range(record)}, each within its interval below, at 99.9 % "
        "confidence. Near a mode means within three standard deviations, where the data have "
        f"{100 * ceiling:.2f} % of their mass; these probabilities are exact, no sample is counted.</p>"
        f'{pictures}<div class="wide"><table><tr>{head}</tr>{rows}</table></div></section>'
    )


def trained_figure(record: Record, name: str, maps: Maps) -> Figure:
    """The figure of one trained generator and its discriminator."""
    return density_figure(maps.whole, maps.detail, _title(name, record["generators"][name]), maps.outputs)


def _title(name: str, found: Record) -> str:
    half = (found["jensen_shannon"]["upper"] - found["jensen_shannon"]["lower"]) / 2
    return (
        f"{name}: the loss {-found['payoff']['value']:.3f} (2 log 2 = {2 * log(2):.3f}) shows a divergence "
        f"of {max(0.0, found['shown']['value']):.3f} nats; "
        f"it is {found['jensen_shannon']['value']:.3f} ± {half:.3f}"
    )


def _caption(found: Record) -> str:
    return (
        f"The generator's exact density over {number(found['regions'])} regions, and its discriminator "
        f"beside the best one. Jensen-Shannon divergence from the data {interval(found['jensen_shannon'])} "
        f"nats of at most {number(log(2))}; what the discriminator leaves to the best one "
        f"{interval(found['excess'])} nats. Blank: neither law has a density worth drawing."
    )


def _range(record: Record) -> str:
    values = [found["jensen_shannon"]["value"] for found in record["generators"].values()]
    least, most = number(round(min(values), 3)), number(round(max(values), 3))
    return f"{least} nats" if least == most else f"{least} to {most} nats"


def _row(name: str, found: Record) -> str:
    checks = found["certificate"]["checks"]
    failed = [check["name"] for check in checks if not check["holds"]]
    cells = (
        number(found["regions"]),
        _loss(found["payoff"]),
        number(max(0.0, found["shown"]["lower"])),
        interval(found["jensen_shannon"]),
        interval(found["total_variation"]),
        f"{100 * found['high_quality']['value']:.2f} %",
        f"fails: {', '.join(failed)}" if failed else f"{len(checks)} checks hold",
    )
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f"<tr><td>{escape(name)}</td>{numbers}</tr>"


def _loss(payoff: Record) -> str:
    return interval({"lower": -payoff["upper"], "upper": -payoff["lower"]})
