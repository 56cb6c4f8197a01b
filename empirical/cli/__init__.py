"""The command line: parses, calls, prints. Exit code 0, or 1 where something fails, or 2 for bad input."""

import sys
from collections.abc import Sequence

import typer

from empirical.cli import claims, density, observation, results
from empirical.cli.console import refuse

app = typer.Typer(
    help="GAN theory you can run: check derivations, predict exact numbers, train, measure and judge.",
    add_completion=False,
    rich_markup_mode="rich",
)
app.command("list", rich_help_panel="What is claimed")(claims.list_theorems)
app.command("prove", rich_help_panel="What is claimed")(claims.prove)
app.command("predict", rich_help_panel="What is claimed")(claims.predict)
app.command("cite", rich_help_panel="What is claimed")(claims.cite)
app.command("check", rich_help_panel="What is observed")(observation.check)
app.command("capacity", rich_help_panel="What is observed")(observation.capacity)
app.command("birthday", rich_help_panel="What is observed")(observation.birthday)
app.command("density", rich_help_panel="What is observed")(density.density)
app.command("report", rich_help_panel="Results")(results.report)
app.command("reproduce", rich_help_panel="Results")(results.reproduce)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    # An exact rational may have more digits than Python prints unasked.
    sys.set_int_max_str_digits(0)
    try:
        code = app(given or ["--help"], prog_name="ganproof", standalone_mode=False)
    except typer.TyperException as error:
        code = refuse(f"{error.format_message()} (ganproof --help shows what is there)")
    except (ValueError, TypeError, OSError, ModuleNotFoundError) as error:
        code = refuse(str(error))
    sys.exit(code)
