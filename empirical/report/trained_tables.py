"""HTML of the trained sweep's tables: a row, a table, a number with its interval."""

from empirical.report.results import Record


def with_interval(measured: Record) -> str:
    """A number and its interval, to two decimals."""
    text = f"{measured['value']:.2f} [{measured['lower']:.2f}, {measured['upper']:.2f}]"
    return text.replace("-", "−")


def table(head: tuple[str, ...], rows: list[str]) -> str:
    """A table that scrolls by itself where the page is narrow."""
    titles = "".join(f"<th>{title}</th>" for title in head)
    return f'<div class="wide"><table><tr>{titles}</tr>{"".join(rows)}</table></div>'


def row(*cells: str) -> str:
    """One line of a table."""
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
