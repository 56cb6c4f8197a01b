"""The commands that write pages: report, reproduce."""

from pathlib import Path
from typing import Annotated

import typer

from empirical.cli.console import OUT, progress
from empirical.cli.observation import Preset, WithPreset


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that `ganproof reproduce` or `check` wrote.")
    ],
) -> None:
    """Write index.html and verdicts.json again, from what is stored in a folder.

    For example:

        ganproof report reproduction
    """
    from empirical.report.written import write_report

    write_report(folder)
    OUT.print(f"Wrote {folder / 'index.html'}.", soft_wrap=True, markup=False)


def reproduce(
    preset: WithPreset = Preset.QUICK,
    out: Annotated[Path, typer.Option(help="The folder to write, made if it is not there.")] = Path(
        "reproduction"
    ),
) -> None:
    """Prove, train, measure, judge and report: everything, into one folder.

    Interrupted and started again, it goes on where it was. Exit code 1 if a
    proof or a prediction fails. For example:

        ganproof reproduce --preset quick
    """
    from empirical.report.results import counted
    from empirical.reproduce import reproduce as run

    with progress() as advance:
        results = run(preset.value, out, advance)
    counts = counted(results.verdicts)
    tally = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    OUT.print(f"Predictions: {tally}. Read {out / 'index.html'}.", soft_wrap=True, markup=False)
    if results.failures:
        raise typer.Exit(1)
