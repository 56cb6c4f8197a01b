"""The page's section on one flow under several objectives: likelihoods beside samples and divergences."""

from html import escape

from empirical.report.flow_figure import OBJECTIVES, flow_figure
from empirical.report.numbers import confidence, interval, number, percent
from empirical.report.pictures import picture
from empirical.report.results import Record

COLUMNS = (
    "training",
    "held-out log likelihood, nats",
    "KL(data ‖ flow), nats",
    "KL(flow ‖ data), nats",
    "Jensen-Shannon, nats",
    "near a mode",
    "certificate",
)


def flow_section(parts: Record, preset: str) -> str:
    """The figure, and a table of all trained flows, as HTML."""
    flows = {name: part for name, part in parts.items() if "log_likelihood" in part}
    first = next(iter(flows.values()))
    updates = first["log_likelihood"][-1]["parameters"]["step"]
    ceiling = first["quality"]["parameters"]["ceiling"]
    shown = picture(
        flow_figure(parts),
        f"One flow after {number(updates)} updates on the same batches from the same start. Above: the exact "
        f"log likelihood of held-out data along training, 95 % intervals. Below: exact log densities on one "
        f"scale.",
        f"ganproof check invertible-generator --preset {preset}",
    )
    columns = [[_measured(part)[place] for part in flows.values()] for place in range(len(COLUMNS) - 2)]
    sure = ["", *(f"<br>{escape(confidence(column))}" for column in columns), ""]
    head = "".join(f"<th>{escape(title)}{under}</th>" for title, under in zip(COLUMNS, sure, strict=True))
    rows = "".join(_row(name, part) for name, part in flows.items())
    return (
        '<section id="flows"><h2>One flow, by likelihood and by games</h2>'
        "<p>An invertible generator has an exact likelihood, whatever it was trained for. Near a mode means "
        f"within three standard deviations, where the data have {100 * ceiling:.2f} % of their mass; the "
        "data's own log likelihood is "
        f"{interval(first['data_log_likelihood'])} nats on the same points "
        f"({confidence([first['data_log_likelihood']])}). Under each column stands how sure its intervals "
        "are, each on its own; those of the KL take averages for nearly normal, since log ratios have no "
        "bound.</p>"
        f'{shown}<div class="wide"><table><tr>{head}</tr>{rows}</table></div></section>'
    )


def _measured(part: Record) -> tuple[Record, ...]:
    """What the columns of intervals show."""
    return (
        part["log_likelihood"][-1],
        part["kullback_leibler_from_data"],
        part["kullback_leibler_from_model"],
        part["jensen_shannon"],
        part["quality"],
    )


def _row(name: str, part: Record) -> str:
    checks = part["certificate"]["checks"]
    failed = [check["name"] for check in checks if not check["holds"]]
    *measured, quality = _measured(part)
    cells = (
        *(interval(one) for one in measured),
        percent(quality, 1),
        f"fails: {', '.join(failed)}" if failed else f"{len(checks)} checks hold",
    )
    words = OBJECTIVES[part["objective"]][2]
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f"<tr><td>{escape(words)}, {escape(name.rpartition('-')[2])}</td>{numbers}</tr>"
