"""The command line: parses, calls, prints. Exit code 0, or 1 where something fails, or 2 for bad input."""

import sys
from collections.abc import Sequence

INTERRUPTED = 130  # the exit code of a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    # The libraries take seconds to load, so that they are imported where an interruption is caught.
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        code = INTERRUPTED
    sys.exit(code)


def _run(given: list[str]) -> int | None:
    import typer

    from empirical.cli.commands import app
    from empirical.cli.console import refuse

    # An exact rational may have more digits than Python prints unasked.
    sys.set_int_max_str_digits(0)
    try:
        return app(given or ["--help"], prog_name="ganproof", standalone_mode=False)
    except typer.TyperException as error:
        return refuse(f"{error.format_message()} (ganproof --help shows what is there)")
    except (ValueError, TypeError, OSError, ModuleNotFoundError) as error:
        return refuse(str(error))
