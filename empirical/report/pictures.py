"""Figures as files and as text: the same figure gives the same bytes."""

import io
from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from empirical.storage import write_bytes

FORMATS = ("png", "svg", "pdf")
# Nothing of the moment enters a file: the formats name their dates differently.
WITHOUT_DATE = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}}


def svg_of(figure: Figure) -> str:
    """The figure as SVG text."""
    return _bytes(figure, "svg").decode()


def save_figure(figure: Figure, folder: Path, name: str) -> tuple[Path, ...]:
    """Write ``NAME.png``, ``.svg`` and ``.pdf`` into the folder, each whole or not at all."""
    paths = tuple(folder / f"{name}.{form}" for form in FORMATS)
    for path, form in zip(paths, FORMATS, strict=True):
        write_bytes(path, _bytes(figure, form))
    return paths


def _bytes(figure: Figure, form: str) -> bytes:
    FigureCanvasAgg(figure)
    file = io.BytesIO()
    with rc_context({"svg.hashsalt": "ganproof", "svg.fonttype": "path"}):
        figure.savefig(file, format=form, dpi=200, metadata=WITHOUT_DATE[form])
    return file.getvalue()
