"""The command on exact densities: what a saved generator's law is, and how far it is from the data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from empirical.cli.claims import AsJson
from empirical.cli.console import OUT, progress, refuse, show_json, table
from empirical.cli.latent_name import LatentName
from empirical.report.numbers import confidence, interval, number, percent

Record = Mapping[str, Any]

MAX_REGIONS = 200_000  # about a minute and a gigabyte
INTERRUPTED = "Interrupted: every file that is there is whole. The same command starts again."


def density(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A generator that save_module or save_flow wrote.")
    ],
    latent: Annotated[
        LatentName, typer.Option(help="Noise that the generator is fed, as many coordinates as it takes.")
    ] = LatentName.NORMAL,
    noise: Annotated[
        float | None, typer.Option(metavar="SIGMA", help="Gaussian noise that a decoder adds to its output.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="The data: ring, grid, ... Divergences from it.")
    ] = None,
    sigma: Annotated[float | None, typer.Option(help="Width of the modes of --target ring or grid.")] = None,
    discriminator: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its trained discriminator: beside the best one; needs --target."),
    ] = None,
    query: Annotated[
        Path | None, typer.Option(metavar="POINTS", help="An .npy file of points: their log densities.")
    ] = None,
    bins: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Exact masses of N cells an axis, which leave out 0.1 % of samples at each end."
        ),
    ] = None,
    edges: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An .npy file of edges: exact masses of their cells.")
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON of half-planes, polygons and discs: how often each is made."),
    ] = None,
    max_regions: Annotated[
        int, typer.Option(help="Refuse a generator of more affine regions; estimated first.")
    ] = MAX_REGIONS,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where files go; runs/density-FOLDER-MODEL if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all random draws.")] = 0,
    as_json: AsJson = False,
) -> None:
    """The exact law of a generator: masses, certificate, divergences, pictures.

    Exit code 1 if a check of the certificate fails. Features are JSON such as
    {"upper half": {"normal": [0, 1], "at_least": 0}}. For example:

        ganproof density generator.safetensors --target ring --query points.npy
    """
    from empirical.cli.density_work import Asked, answered, prepared
    from empirical.observables import RoadsDisagree

    asked = Asked(
        model=model,
        latent=latent,
        noise=noise,
        target=target,
        sigma=sigma,
        discriminator=discriminator,
        query=query,
        bins=bins,
        edges=edges,
        features=features,
        max_regions=max_regions,
        # Two models may both be called generator.safetensors, each in a folder of its own.
        out=out or Path("runs") / f"density-{model.resolve().parent.name}-{model.stem}",
        seed=seed,
    )
    try:
        ready = prepared(asked)
        with progress(INTERRUPTED) as report:
            record = answered(ready, report)
    except RoadsDisagree as error:  # no bad input: one of two computations is wrong
        refuse(str(error))
        raise typer.Exit(1) from None
    if as_json:
        show_json(record)
    else:
        show(record)
    if record["certificate"] and not record["certificate"]["holds"]:
        raise typer.Exit(1)


def show(record: Record) -> None:
    """The record as tables."""
    mass = record["mass"]
    rows = table("law", "")
    rows.add_row(
        "kind", f"{record['law']} of {record['dim']} {'coordinate' if record['dim'] == 1 else 'coordinates'}"
    )
    if record["regions"] is not None:
        rows.add_row("affine regions", number(record["regions"]))
    rows.add_row("mass with a density", share(mass["absolutely_continuous"]))
    if record["dim"] > 1:
        without = "mass on lines" if record["dim"] == 2 else "mass without a density (lines, surfaces)"
        rows.add_row(without, share(mass["singular"]))
    rows.add_row("mass on atoms", share(mass["atoms"]))
    if record.get("cells"):
        size = " x ".join(str(side) for side in record["cells"]["shape"])
        rows.add_row(f"exact mass of {size} cells", share(record["cells"]["mass_inside"]))
    if not any(one["observable"] == "entropy" for one in record["measurements"]):
        flat = mass["singular"] + mass["atoms"] > 0
        rows.add_row("entropy", "none: not all mass has a density" if flat else "not measured for this law")
    if not record["certificate"]:
        rows.add_row("certificate", "none for this law")
    if not any(file.endswith(".png") for file in record["files"]):
        rows.add_row("picture", "none: laws are drawn on the line and in the plane")
    OUT.print(rows)
    if record["law"] == "SheetLaw":
        OUT.print(
            "\nThe law fills no volume of the data's space: with --noise SIGMA it has a density there.",
            soft_wrap=True,
        )
    if record["certificate"]:
        _show_certificate(record["certificate"])
    _show_measurements(record)
    _show_modes(record["modes"])
    if "log_density" in record:
        _show_queries(record["log_density"], record["density_for"])
    OUT.print(f"\nFiles: {', '.join(record['files'])}", soft_wrap=True, markup=False)


def _show_certificate(certificate: Record) -> None:
    rows = table("certificate", "", "found")
    for check in certificate["checks"]:
        rows.add_row(check["name"], "holds" if check["holds"] else "FAILS", check["detail"])
    OUT.print()
    OUT.print(rows)


def _show_measurements(record: Record) -> None:
    measured = [(one["observable"], one) for one in record["measurements"]]
    measured += [(one["parameters"]["feature"], one) for one in record["features"]]
    if not measured:
        return
    rows = table("measured", "value", "interval", "confidence")
    for name, one in measured:
        unit = "" if one["unit"] in ("1", "probability") else f" {one['unit']}"
        rows.add_row(_words(name), f"{number(one['value'])}{unit}", interval(one), confidence([one]))
    OUT.print()
    OUT.print(rows)
    OUT.print("\nHow each was obtained:")
    for name, one in measured:
        OUT.print(f"{_words(name)}: {one['obtained']}.", soft_wrap=True, markup=False)


def _words(name: str) -> str:
    """What a measurement is called in the table; a divergence that has a direction says which."""
    return "KL(generator ‖ data)" if name == "kullback_leibler" else name.replace("_", " ")


def _show_modes(modes: Record | None) -> None:
    if not modes:
        return
    sure = confidence([*modes["probabilities"], modes["high_quality"]])
    rows = table("within 3 sigma of", f"the generator ({sure})", "the data")
    for place, (found, due) in enumerate(zip(modes["probabilities"], modes["of_the_target"], strict=True)):
        rows.add_row(f"mode {place}", percent(found, 4), share(due))
    rows.add_row("some mode", percent(modes["high_quality"], 4), share(modes["high_quality_of_the_target"]))
    OUT.print()
    OUT.print(rows)


def _show_queries(values: list[float | None], measure: str) -> None:
    known = [value for value in values if value is not None]
    off = len(values) - len(known)
    middle = f", mean {number(sum(known) / len(known))} nats" if known else ""
    OUT.print(
        f"\nLog densities for {measure}, of {number(len(values))} points{middle}; {number(off)} lie off the "
        f"support or on atoms."
    )


def share(probability: float) -> str:
    """A probability in percent."""
    return f"{100 * probability:.4f} %"
