"""Where a sweep of the command line runs, and how it is watched from another terminal."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.table import Table

from empirical.cli.console import OUT, show_json, table
from empirical.report.numbers import number
from empirical.sweeps.pace import duration

if TYPE_CHECKING:
    from empirical.sweeps import Engine

WithEngine = Annotated[
    str, typer.Option("--engine", help="Where the sweep runs: local, this machine, or dask, a cluster.")
]
WithScheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="Of the Dask scheduler; tcp://127.0.0.1:8786 if not given."
    ),
]
WithWorkers = Annotated[
    int, typer.Option("--workers", min=1, help="Processes of this machine; a cluster has its own.")
]
WithAuthority = Annotated[
    Path | None, typer.Option("--tls-ca", help="Certificates of trusted authorities (PEM), for tls://.")
]
WithCertificate = Annotated[Path | None, typer.Option("--tls-cert", help="This client's certificate (PEM).")]
WithKey = Annotated[Path | None, typer.Option("--tls-key", help="This client's key (PEM).")]
WithWatch = Annotated[
    bool,
    typer.Option("--watch", help="Start nothing: show the sweep that another terminal runs in --out."),
]


def chosen_engine(
    name: str, scheduler: str | None, tls_ca: Path | None, tls_cert: Path | None, tls_key: Path | None
) -> "Engine":
    """What the options mean, reached where it is a cluster.

    Raises:
        ValueError: there is no such engine, or no scheduler answers.
    """
    from empirical.sweeps import ENGINES, Scheduler, check_engine
    from empirical.sweeps.scheduler import LOOPBACK

    if name not in ENGINES:
        raise ValueError(f"there is no engine {name!r}: use {' or '.join(ENGINES)}.")
    given = {"--scheduler": scheduler, "--tls-ca": tls_ca, "--tls-cert": tls_cert, "--tls-key": tls_key}
    if name == "local":
        if any(given.values()):
            first = next(option for option, value in given.items() if value)
            raise ValueError(f"{first} is for a cluster: add --engine dask, or leave it out.")
        return name
    engine = Scheduler(scheduler or LOOPBACK, tls_ca, tls_cert, tls_key)
    check_engine(engine)
    return engine


def show_sweep(folder: Path, as_json: bool) -> None:
    """Show the sweep in a folder until it ends or the user interrupts; as JSON, once."""
    from empirical.sweeps.watch import Watched, look, watch

    def shown(seen: Watched) -> Table:
        told = seen.status
        rows = table("", str(seen.store))
        rows.add_row("cells", f"{told.done} of {told.planned}" + (f", {told.lost} lost" if told.lost else ""))
        if told.cells_per_second is not None:
            rows.add_row("rate", f"{number(told.cells_per_second)} cells/s")
        if told.seconds_left is not None and not seen.finished:
            rows.add_row("time left", duration(told.seconds_left))
        if told.updated is not None:
            rows.add_row("last result", f"{duration(max(0.0, time.time() - told.updated))} ago")
        rows.add_row("workers", "\n".join(f"{who}: {count} cells" for who, count in told.workers.items()))
        rows.add_row("newest", "\n".join(told.recent))
        rows.add_row("written by", seen.writer or "nobody")
        return rows

    if as_json:
        seen = look(folder)
        show_json({"store": str(seen.store), "writer": seen.writer} | vars(seen.status))
        return
    seen = None
    try:
        if OUT.is_terminal:
            with Live(console=OUT, auto_refresh=False) as live:
                for seen in watch(folder):
                    live.update(shown(seen), refresh=True)
        else:
            said = None
            for seen in watch(folder):
                if seen.status.sentence != said:
                    said = seen.status.sentence
                    OUT.print(said, markup=False, soft_wrap=True)
    except KeyboardInterrupt:
        OUT.print("No longer watched; the sweep goes on.")
        return
    if seen is not None and not seen.finished:
        sentence = "Nobody computes the rest: the sweep's own command, without --watch, goes on with it."
        OUT.print(sentence, soft_wrap=True)
