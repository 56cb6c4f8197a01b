"""The commands that observe: check, capacity, birthday."""

import csv
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from empirical.cli.claims import AsJson, Identifiers, chosen
from empirical.cli.console import OUT, progress, show_json, table
from empirical.cli.sweeping import (
    WithAuthority,
    WithCertificate,
    WithEngine,
    WithKey,
    WithScheduler,
    WithWatch,
    WithWorkers,
    chosen_engine,
    show_sweep,
)
from empirical.report.numbers import SIGNS, interval, number

Record = Mapping[str, Any]


class Preset(StrEnum):
    """How much is computed."""

    QUICK = "quick"
    STANDARD = "standard"
    FULL = "full"


class Kind(StrEnum):
    """Which capacity plot."""

    EXACT = "exact"
    TRAINED = "trained"
    CONTINUOUS = "continuous"


WithPreset = Annotated[
    Preset, typer.Option("--preset", help="How much is computed: quick takes minutes, full a day.")
]


def check(
    identifiers: Identifiers = None,
    preset: WithPreset = Preset.QUICK,
    out: Annotated[
        Path | None, typer.Option(help="Where results are kept; runs/check-PRESET if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train, measure and judge: is each predicted number where the theorem says?

    Exit code 1 if a prediction fails; undecided is no pass, but no failure.
    Interrupted and started again, it goes on where it was. For example:

        ganproof check optimal-discriminator --preset quick
    """
    from empirical.experiments import EXPERIMENTS
    from empirical.report.results import counted
    from empirical.reproduce import check as check_all

    wanted = {theorem.id for theorem in chosen(identifiers)}
    without = sorted(wanted - EXPERIMENTS.keys())
    if identifiers and without:
        raise ValueError(
            f"{without[0]} has no experiment: its derivation is all that is checked, by "
            f"`ganproof prove {without[0]}`; experiments exist for {', '.join(EXPERIMENTS)}."
        )
    with progress() as report:
        results = check_all(wanted, preset.value, out or Path("runs") / f"check-{preset.value}", report)
    verdicts = [verdict for verdict in results.verdicts if verdict["theorem"] in wanted]
    counts = counted(verdicts)
    if as_json:
        show_json({"preset": preset.value, "counts": counts, "verdicts": verdicts})
    else:
        _show_verdicts(verdicts)
        OUT.print("\n" + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    if counts["FAILS"]:
        raise typer.Exit(1)


def _show_verdicts(verdicts: Sequence[Record]) -> None:
    rows = table("theorem", "observable", "predicted", "observed", "verdict")
    for verdict in verdicts:
        predicted, measured = verdict["predicted"]["value"], verdict["measured"]
        rows.add_row(
            f"{verdict['theorem']}, {verdict['part']}",
            verdict["observable"],
            f"{SIGNS[verdict['relation']]} {number(predicted)}",
            f"{number(measured['value'])} in {interval(measured)}",
            verdict["outcome"],
        )
    OUT.print(rows)
    for verdict in verdicts:
        if verdict["outcome"] != "HOLDS":
            where = f"{verdict['theorem']}, {verdict['part']}"
            OUT.print(f"{verdict['outcome']} {where}: {verdict['sentence']}.", markup=False)


def capacity(
    kind: Annotated[
        Kind | None,
        typer.Argument(
            help="exact: known classes, by linear programs; trained: networks against atoms, by training; "
            "continuous: networks against networks, by training, with the exact laws."
        ),
    ] = None,
    preset: WithPreset = Preset.QUICK,
    engine: WithEngine = "local",
    scheduler: WithScheduler = None,
    tls_ca: WithAuthority = None,
    tls_cert: WithCertificate = None,
    tls_key: WithKey = None,
    workers: WithWorkers = 2,
    watch: WithWatch = False,
    out: Annotated[
        Path | None, typer.Option(help="Where results go; runs/capacity-KIND-PRESET if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How many atoms, or modes, fool discriminators of growing capacity: table, JSON and plot.

    Writes the plot as PNG, SVG and PDF beside the numbers as JSON and CSV.
    Interrupted and started again, it goes on where it was. For example:

        ganproof capacity exact --out capacity
        ganproof capacity trained --engine dask --scheduler tcp://127.0.0.1:8786
        ganproof capacity --watch --out capacity
    """
    if kind is None and not (watch and out):
        raise ValueError(
            f"which plot? Give {', '.join(Kind)}; only --watch with --out DIR does without, as in "
            f"`ganproof capacity --watch --out runs/capacity-trained-quick`."
        )
    folder = out or Path("runs") / f"capacity-{kind}-{preset}"
    if watch or kind is None:
        show_sweep(folder, as_json)
        return
    where = chosen_engine(engine, scheduler, tls_ca, tls_cert, tls_key)
    from empirical.experiments import capacity_continuous, capacity_exact, capacity_trained
    from empirical.report.capacity_figure import capacity_figure
    from empirical.report.pictures import save_figure

    with progress() as report:
        if kind is Kind.EXACT:  # seconds of integer arithmetic in this process, whatever the engine
            record = capacity_exact.run(preset.value, folder, report)
        else:
            experiment = capacity_trained if kind is Kind.TRAINED else capacity_continuous
            record = experiment.run(preset.value, folder, report, where, workers)
    pictures = save_figure(capacity_figure(kind.value, record), folder, f"capacity_{kind.value}")
    if as_json:
        show_json(record)
        return
    if kind is Kind.TRAINED:
        _show_trained(record)
    else:
        _show_csv(folder / f"capacity_{kind.value}.csv")
    OUT.print(f"\nPlot: {', '.join(str(path) for path in pictures)}", soft_wrap=True, markup=False)


def _show_csv(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        columns, *lines = csv.reader(file)
    rows = table(*columns)
    for line in lines:
        rows.add_row(*line)
    OUT.print(rows)


def _show_trained(record: Record) -> None:
    """A line for each class, then the slopes; the runs are in the CSV file."""
    rows = table("class", "parameters", *(f"ε = {epsilon}" for epsilon in record["epsilons"]))
    for one in record["classes"]:
        found = [one["supports"]["known"][epsilon]["support"] for epsilon in record["epsilons"]]
        supports = [
            f"{s['value']:.0f} [{s['lower']:.0f}, {s['upper']:.0f}]" if s else "none in some seed"
            for s in found
        ]
        rows.add_row("-".join(map(str, one["hidden"])), str(one["parameters"]), *supports)
    slopes = ["too few classes below half of N(1 − ε)"] * len(record["epsilons"])
    for at, epsilon in enumerate(record["epsilons"]):
        if fitted := record["growth"]["known"][epsilon]["parameters"]:
            slope = fitted["exponent"]
            slopes[at] = f"{slope['value']:.2f} [{slope['lower']:.2f}, {slope['upper']:.2f}]"
    rows.add_row("slope", "", *slopes)
    OUT.print(rows)


def birthday(
    samples: Annotated[
        Path,
        typer.Argument(metavar="SAMPLES", help="An .npy file of one sample a row, or a folder of images."),
    ],
    reference: Annotated[
        Path | None,
        typer.Option(metavar="REAL", help="Real samples: they choose the resolution, and stand beside."),
    ] = None,
    batch: Annotated[int | None, typer.Option(help="Samples in a batch; without it a twentieth.")] = None,
    resolution: Annotated[
        float | None, typer.Option(help="Distance up to which two samples are the same; 0 means equal.")
    ] = None,
    false_alarm_rate: Annotated[
        float | None, typer.Option(help="Share of real pairs that may be the same where REAL chooses.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of all limits together.")] = 0.95,
    as_json: AsJson = False,
) -> None:
    """Bound how many different samples a generator makes, from near-duplicates in batches.

    The rows must be independent draws in no particular order. For example:

        ganproof birthday generated.npy --reference real.npy --batch 400
    """
    from empirical.observables import birthday_support, load_samples

    estimate = birthday_support(
        load_samples(samples),
        batch=batch,
        resolution=resolution,
        confidence=confidence,
        reference=None if reference is None else load_samples(reference),
        false_alarm_rate=false_alarm_rate,
    ).as_dict()
    if as_json:
        show_json(estimate)
        return
    _show_support({str(samples): estimate} | ({str(reference): estimate["reference"]} if reference else {}))


def _show_support(estimates: Mapping[str, Record]) -> None:
    rows = table("", *estimates)
    shown = {
        "samples": lambda e: number(e["samples"]),
        "with a duplicate": lambda e: f"{e['colliding_batches']} of {e['batches']} batches of {e['batch']}",
        "resolution": lambda e: f"{number(e['resolution'])} ({e['resolution_from']})",
        "support": lambda e: f"at least {number(e['support_at_least'])}",
        "effective support": lambda e: (
            f"at most {number(e['effective_support_at_most'])}" if e["identified"] else "no upper bound"
        ),
        "each limit": lambda e: f"at {100 * e['one_sided_confidence']:g} % confidence",
    }
    for name, write in shown.items():
        rows.add_row(name, *(write(estimate) for estimate in estimates.values()))
    OUT.print(rows)
