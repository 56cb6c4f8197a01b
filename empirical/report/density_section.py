"""The page's section on trained generators: what their losses show, beside their exact laws."""

from collections.abc import Mapping
from html import escape
from math import log

from matplotlib.figure import Figure

from empirical.densities.maps.stored_maps import Maps
from empirical.report.density_figure import density_figure
from empirical.report.numbers import confidence, interval, number, outwards, percent
from empirical.report.pictures import picture
from empirical.report.results import DENSITY, Record

# Title of a column, and the measurement whose interval it shows.
COLUMNS = {
    "generator": None,
    "regions": None,
    "loss of the discriminator": "payoff",
    "JS that it shows, at least": "shown",
    "JS of the exact laws": "jensen_shannon",
    "TV of the exact laws": "total_variation",
    "near a mode": "high_quality",
    "certificate": None,
}


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
    generators = record["generators"]
    head = "".join(
        f"<th>{escape(title)}{_sureness(generators, shown)}</th>" for title, shown in COLUMNS.items()
    )
    rows = "".join(_row(name, found) for name, found in generators.items())
    ceiling = record["target"]["high_quality_ceiling"]
    return (
        '<section id="density"><h2>What trained GANs learned</h2>'
        "<p>A discriminator that cannot tell the generator from the data has a loss of 2 log 2, "
        f"{number(2 * log(2))} nats. Its payoff, minus the loss, bounds the Jensen-Shannon divergence from "
        "below, and from below only: JS ≥ (log 4 + payoff)/2. What it shows is that bound at the lower end "
        "of the payoff's interval, or 0. The generators here are piecewise affine, so that their exact "
        "densities tell the divergence, in nats: "
        f"{'; '.join(_divergence(name, found) for name, found in generators.items())}. "
        "Under each column stands how sure its intervals are, each on its own; a certain one is an "
        "enclosure. Near a mode means within three standard deviations, where the data have "
        f"{100 * ceiling:.2f} % of their mass; these probabilities are enclosed, no sample is counted.</p>"
        f'{pictures}<div class="wide"><table><tr>{head}</tr>{rows}</table></div></section>'
    )


def trained_figure(record: Record, name: str, maps: Maps) -> Figure:
    """The figure of one trained generator and its discriminator."""
    return density_figure(maps.whole, maps.detail, _title(name, record["generators"][name]), maps.outputs)


def _title(name: str, found: Record) -> str:
    shown = outwards(found["shown"], 3)[0] if found["shown"]["lower"] > 0 else "0"
    lower, upper = outwards(found["jensen_shannon"], 3)
    return (
        f"{name}: the loss {-found['payoff']['value']:.3f} (2 log 2 = {2 * log(2):.3f}) shows a divergence "
        f"of at least {shown} nats; it is {lower} to {upper}"
    )


def _caption(found: Record) -> str:
    return (
        f"The generator's exact density over {number(found['regions'])} regions, and its discriminator "
        f"beside the best one. Jensen-Shannon divergence from the data {interval(found['jensen_shannon'])} "
        f"nats ({confidence([found['jensen_shannon']])}) of at most {number(log(2))}; what the discriminator "
        f"leaves to the best one {interval(found['excess'])} nats ({confidence([found['excess']])}). Grey: "
        "neither law has a density worth drawing."
    )


def _divergence(name: str, found: Record) -> str:
    lower, upper = outwards(found["jensen_shannon"], 3)
    return f"{escape(name)} {lower} to {upper}"


def _sureness(generators: Record, shown: str | None) -> str:
    """What stands under the title of a column of intervals."""
    sure = "" if shown is None else confidence(found[shown] for found in generators.values())
    return sure and f"<br>{escape(sure)}"


def _row(name: str, found: Record) -> str:
    checks = found["certificate"]["checks"]
    failed = [check["name"] for check in checks if not check["holds"]]
    cells = (
        number(found["regions"]),
        _loss(found["payoff"]),
        number(max(0.0, found["shown"]["lower"])),
        interval(found["jensen_shannon"]),
        interval(found["total_variation"]),
        percent(found["high_quality"]),
        f"fails: {', '.join(failed)}" if failed else f"{len(checks)} checks hold",
    )
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f"<tr><td>{escape(name)}</td>{numbers}</tr>"


def _loss(payoff: Record) -> str:
    return interval({"lower": -payoff["upper"], "upper": -payoff["lower"]})
