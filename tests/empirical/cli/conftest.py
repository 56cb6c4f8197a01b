"""The command line as a fixture."""

import pytest

from tests.empirical.cli.command import Command


@pytest.fixture
def ganproof(capsys: pytest.CaptureFixture[str]) -> Command:
    """Calls the command line: ``ganproof("list", "--json")``."""
    return Command(capsys)
