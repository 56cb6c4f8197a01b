"""Runs the command line inside the test's process."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from empirical.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON; nothing else may stand there."""
        return json.loads(self.out)


class Command:
    """Calls ``ganproof`` with arguments and captures what it prints."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: object) -> Answer:
        """What ``ganproof ARGUMENTS`` prints, and its exit code."""
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        captured = self.capsys.readouterr()
        return Answer(int(exit_.value.code or 0), captured.out, captured.err)

    def refused(self, *arguments: object) -> str:
        """The one sentence on standard error with which bad input is refused, exit code 2."""
        answer = self(*arguments)
        assert answer.code == 2, answer
        assert answer.out == ""
        assert answer.err.startswith("ganproof: ")
        assert answer.err.count("\n") == 1
        assert "Traceback" not in answer.err
        return answer.err
