"""The files of a report, written again from what a folder stores."""

from pathlib import Path

from empirical.report.capacity_figure import capacity_figure
from empirical.report.density_section import trained_figure
from empirical.report.digits_figure import digits_figure
from empirical.report.evidence_figure import evidence_figure
from empirical.report.flow_figure import flow_figure
from empirical.report.page import page
from empirical.report.pictures import save_figure
from empirical.report.results import Results, counted, read_results
from empirical.storage import write_json, write_text


def write_report(folder: Path) -> Results:
    """Write ``verdicts.json``, ``index.html`` and ``figures`` into the folder, from what is stored there.

    Raises:
        ValueError: the folder is not a run of ganproof, or a file in it cannot be read.
    """
    results = read_results(folder)
    write_json(
        folder / "verdicts.json",
        {
            "preset": results.preset,
            "counts": counted(results.verdicts),
            "verdicts": list(results.verdicts),
            "computed_supports": counted(results.computed_supports),
        },
    )
    for kind, record in results.capacity.items():
        save_figure(capacity_figure(kind, record), folder / "figures", f"capacity_{kind}")
    if results.digits:
        save_figure(digits_figure(results.digits), folder / "figures", "digits")
    for name, maps in results.density_maps.items():
        save_figure(trained_figure(results.density or {}, name, maps), folder / "figures", f"density_{name}")
    if results.flows:
        save_figure(flow_figure(results.flows), folder / "figures", "flows")
    if results.evidence:
        save_figure(evidence_figure(results.evidence), folder / "figures", "evidence")
    write_text(folder / "index.html", page(results))
    return results
