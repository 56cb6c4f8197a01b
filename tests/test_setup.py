"""What a newcomer and CI run: the README's two commands, and versions that are all pinned."""

import re
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pins(constraints: str) -> dict[str, str]:
    """Canonical name to version, for each line of a constraints file."""
    lines = [line for line in constraints.splitlines() if line and not line.startswith("#")]
    return {canonical(name): version for name, version in (line.split("==") for line in lines)}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def unpinned(installed: dict[str, str], pinned: dict[str, str]) -> list[str]:
    """What is installed at another version than the pinned one, or is not pinned at all.

    A local label such as +cpu names a build of the same version.
    """
    return [
        f"{name}=={version}"
        for name, version in sorted(installed.items())
        if name != "ganproof" and pinned.get(name) != version.partition("+")[0]
    ]


def setup_commands(readme: str) -> list[str]:
    """The commands of the README's section for a fresh machine."""
    section = readme.split("## Two commands")[1].split("\n## ")[0]
    return [
        line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL) for line in block.splitlines()
    ]


def test_every_version_is_pinned() -> None:
    """The environment holds what the constraints file says and nothing beside it."""
    installed = {canonical(d.metadata["Name"]): d.version for d in distributions()}

    assert unpinned(installed, pins((ROOT / "constraints.txt").read_text())) == []


def test_a_missing_or_different_pin_is_found() -> None:
    """A package without a pin and one at another version are both named."""
    pinned = pins("# a comment\nnumpy==2.0\nTorch_x==1.0\n")

    assert unpinned({"numpy": "2.1", "torch-x": "1.0+cpu", "rich": "15"}, pinned) == [
        "numpy==2.1",
        "rich==15",
    ]


def test_the_readme_sets_up_with_two_commands() -> None:
    """A fresh machine needs `make reproduce` and `make test`, and no third command."""
    commands = setup_commands((ROOT / "README.md").read_text())

    assert [command.partition("#")[0].strip() for command in commands] == ["make reproduce", "make test"]


def test_both_commands_set_up_by_themselves() -> None:
    """Each door of the Makefile that the README or CI names first makes the environment."""
    makefile = (ROOT / "Makefile").read_text()

    for door in ("reproduce", "test", "lint"):
        assert f"\n{door}: setup\n" in makefile


def test_ci_runs_what_a_person_runs() -> None:
    """CI calls the Makefile's doors and nothing else; the README names the same line."""
    lines = (ROOT / ".ci" / "run").read_text().splitlines()

    assert [line for line in lines if line.startswith("make")] == ["make lint test"]
    assert "`make lint test`" in (ROOT / "README.md").read_text()


def test_the_citation_carries_the_version() -> None:
    """CITATION.cff, pyproject.toml and CHANGELOG.md name one version."""
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)

    assert version is not None
    assert f"\nversion: {version[1]}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()
