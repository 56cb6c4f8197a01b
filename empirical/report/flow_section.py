"""The page's section on one flow under several objectives: likelihoods beside samples and divergences."""

from html import escape

from empirical.report.flow_figure import OBJECTIVES, flow_figure
from empirical.report.numbers import interval, number
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
    head = "".join(f"<th>{escape(title)}</th>" for title in COLUMNS)
    rows = "".join(_row(name, part) for name, part in flows.items())
    return (
        '<section id="flows"><h2>One flow, by likelihood and by games</h2>'
        "<p>An invertible generator has an exact likelihood, whatever it was trained for. Near a mode means "
        f"within three standard deviations, where the data have {100 * ceiling:.2f} % of their mass; the "
        "data's own log likelihood is "
        f"{interval(first['data_log_likelihood'])} nats on the same points.</p>"
        f'{shown}<div class="wide"><table><tr>{head}</tr>{rows}</table></div></section>'
    )


def _row(name: str, part: Record) -> str:
    checks = part["certificate"]["checks"]
    failed = [check["name"] for check in checks if not check["holds"]]
    cells = (
        interval(part["log_likelihood"][-1]),
        interval(part["kullback_leibler_from_data"]),
        interval(part["kullback_leibler_from_model"]),
        interval(part["jensen_shannon"]),
        f"{100 * part['quality']['value']:.1f} %",
        f"fails: {', '.join(failed)}" if failed else f"{len(checks)} checks hold",
    )
    words = OBJECTIVES[part["objective"]][2]
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f"<tr><td>{escape(words)}, {escape(name.rpartition('-')[2])}</td>{numbers}</tr>"
