"""Figures as files and as text: the same figure gives the same bytes."""

import base64
import io
from html import escape
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


def picture(figure: Figure, caption: str, command: str) -> str:
    """A figure inside the page, with the sentence under it and the command that makes it again."""
    encoded = base64.b64encode(svg_of(figure).encode()).decode()
    return (
        f'<figure><div class="wide"><img alt="{escape(caption)}" src="data:image/svg+xml;base64,{encoded}">'
        f"</div><figcaption>{escape(caption)}</figcaption><pre>{escape(command)}</pre></figure>"
    )


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
