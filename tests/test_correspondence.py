"""One claim, one stem: theorem, experiment, tests, page and bibliography name each other, no orphans."""

import re
import runpy
import shutil
from pathlib import Path

import pytest

import theory

ROOT = Path(__file__).resolve().parent.parent
PAGES = runpy.run_path(str(ROOT / "docs" / "write_pages.py"))
# What is not of one claim: the capacity plots, the birthday test on the digits, the exact laws of trained
# GANs, settings that others published, and the results' types.
WITHOUT_CLAIM = {
    "capacity_continuous",
    "capacity_exact",
    "capacity_trained",
    "digits_support",
    "published_protocols",
    "published_settings",
    "result",
    "trained_density",
}
KEY = re.compile(r"\b[a-z]+(?:1[789]|20)\d\d[a-z]*\b")


def stems(folder: Path, pattern: str) -> set[str]:
    """What * stands for in the names of the files that match the pattern."""
    before, after = pattern.split("*")
    found = {path.name.removeprefix(before).removesuffix(after) for path in folder.glob(pattern)}
    return found - {"__init__"}


def orphans(root: Path) -> list[str]:
    """Each stem that is missing somewhere, with the folder that lacks it."""
    places = {
        "theory/theorems": stems(root / "theory/theorems", "*.py"),
        "empirical/experiments": stems(root / "empirical/experiments", "*.py") - WITHOUT_CLAIM,
        "docs/theorems": stems(root / "docs/theorems", "*.md") - {"index"},
        "tests/theory/theorems": stems(root / "tests/theory/theorems", "test_*.py"),
        "tests/empirical/experiments": stems(root / "tests/empirical/experiments", "test_*.py")
        - WITHOUT_CLAIM,
    }
    everywhere = set().union(*places.values())
    # Not every theorem has an experiment of its own; an experiment has its theorem and its tests.
    empirical = places["empirical/experiments"] | places["tests/empirical/experiments"]
    wanted = {place: empirical if "empirical" in place else everywhere for place in places}
    return sorted(
        f"{place} lacks {stem}" for place, found in places.items() for stem in wanted[place] - found
    )


def bibliography(root: Path) -> list[str]:
    """The keys of references.bib, in order, repetitions included."""
    return re.findall(r"^@\w+\{([^,]+),", (root / "docs/references.bib").read_text(), re.MULTILINE)


def cited(root: Path) -> set[str]:
    """Every bibliography key that code or docs mention."""
    files = [path for folder in ("theory", "empirical", "docs") for path in (root / folder).rglob("*.*")]
    texts = [path.read_text() for path in files if path.suffix in (".py", ".md")]
    return set(KEY.findall("\n".join(texts)))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's text, free to be spoiled."""
    for folder in ("theory", "empirical", "docs", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_every_claim_is_everywhere() -> None:
    """Each theorem has its page and its tests; no page, no test and no experiment lacks its theorem."""
    assert orphans(ROOT) == []


@pytest.mark.parametrize(
    ("planted", "missing_in"),
    [("theory/theorems/*.py", "docs/theorems"), ("docs/theorems/*.md", "theory/theorems")],
)
def test_a_planted_orphan_is_found(copy: Path, planted: str, missing_in: str) -> None:
    """A theorem without a page and a page without a theorem are both named."""
    (copy / planted.replace("*", "lost_claim")).write_text("")

    assert f"{missing_in} lacks lost_claim" in orphans(copy)


def test_the_catalog_lists_every_theorem_file() -> None:
    """An id is its file's stem with dashes, and the catalogue has each of them once."""
    identifiers = [theorem.id.replace("-", "_") for theorem in theory.catalog]

    assert sorted(identifiers) == sorted(stems(ROOT / "theory/theorems", "*.py"))


def test_the_bibliography_is_what_is_cited() -> None:
    """Every key that is mentioned has one entry, and every entry is mentioned."""
    keys = bibliography(ROOT)

    assert sorted(keys) == sorted(set(keys))
    assert set(keys) == cited(ROOT)


def test_a_dangling_key_is_found(copy: Path) -> None:
    """A mention without an entry and an entry without a mention both break the correspondence."""
    (copy / "docs/conventions.md").write_text("As in nobody1999nothing.")
    with (copy / "docs/references.bib").open("a") as file:
        file.write("@misc{someone2001unread,\n}\n")

    assert cited(copy) - set(bibliography(copy)) == {"nobody1999nothing"}
    assert "someone2001unread" in set(bibliography(copy)) - cited(copy)


def test_every_page_says_what_the_code_says() -> None:
    """Writing the pages again changes nothing: statements, derivations and conventions are the code's."""
    for path, text in PAGES["written"]():
        page = path.read_text()

        assert PAGES["updated"](page, text) == page


def test_a_page_that_differs_is_written_back() -> None:
    """An altered letter between the marks is mended, and the prose around them stays."""
    page = PAGES["updated"]("", "p/(p + q)")
    around = f"Before.\n{page}After.\n"

    assert PAGES["updated"](around.replace("p + q", "p + 2q"), "p/(p + q)") == around


def test_a_page_without_its_marks_is_refused() -> None:
    """A page that lost the line where the code's text ends is not guessed at."""
    with pytest.raises(ValueError, match="has lost a mark"):
        PAGES["updated"]("My own page.", "p/(p + q)")
