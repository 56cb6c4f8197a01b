"""The page of a run: what is claimed, how it is proved, what was observed. One file, without a script."""

from html import escape
from importlib.resources import files
from string import Template

import theory
from empirical.report.capacity_figure import capacity_figure
from empirical.report.comparisons import comparisons, outcome, sentence
from empirical.report.continuous_caption import continuous_caption
from empirical.report.continuous_table import continuous_table
from empirical.report.density_section import density_section
from empirical.report.digits_figure import digits_figure
from empirical.report.evidence_section import evidence_section
from empirical.report.flow_section import flow_section
from empirical.report.mathml import mathml
from empirical.report.numbers import number
from empirical.report.pictures import picture
from empirical.report.published_section import published_section
from empirical.report.results import OUTCOMES, Record, Results, counted
from empirical.report.trained_section import trained_caption, trained_tables
from theory.exposition import claim_as_latex
from theory.kernel import Step


def page(results: Results) -> str:
    """The whole page as HTML; the same results give the same bytes."""
    sections = [_claim(results, theorem) for theorem in results.theorems]
    if results.capacity:
        sections.append(_capacity(results))
    if results.digits:
        sections.append(_digits(results.digits, results.preset))
    if results.density:
        sections.append(density_section(results.density, results.density_maps, results.preset))
    if results.published:
        sections.append(published_section(results.published, results.preset))
    if results.flows:
        sections.append(flow_section(results.flows, results.preset))
    if results.evidence:
        sections.append(evidence_section(results.evidence, results.preset))
    resources = files("empirical.report")
    return Template(resources.joinpath("page.html").read_text(encoding="utf-8")).substitute(
        style=resources.joinpath("style.css").read_text(encoding="utf-8"),
        tally=_tally(results),
        sections="\n".join([_contents(results), *sections]),
        version=escape(results.version),
        preset=escape(results.preset),
    )


def _tally(results: Results) -> str:
    counts = counted(results.verdicts)
    words = {"HOLDS": "predictions hold", "FAILS": "predictions fail", "UNDECIDED": "undecided"}
    tally = []
    if results.proofs:
        proved = sum(evidence["outcome"] == "HOLDS" for evidence in results.proofs["theorems"])
        tally.append(("", f"{proved} of {len(results.theorems)}", "theorems proved"))
        controls = results.proofs["controls"]
        tally.append(("", number(controls["mutants"]), "altered claims tried"))
        tally.append(
            ("fails" if controls["survived"] else "", number(len(controls["survived"])), "of them survived")
        )
    tally += [(outcome.lower(), number(counts[outcome]), words[outcome]) for outcome in OUTCOMES]
    return "".join(
        f'<li class="{kind}"><b>{count}</b><span>{text}</span></li>' for kind, count, text in tally
    )


def _contents(results: Results) -> str:
    rows = []
    for theorem in results.theorems:
        evidence = _evidence(results, theorem)
        counts = counted(_verdicts(results, theorem))
        outcomes = " ".join(outcome(name, counts[name]) for name in OUTCOMES if counts[name])
        rows.append(
            f'<tr><td><a href="#{theorem.id}">{escape(theorem.title)}</a></td>'
            f"<td>{_grade(evidence)}</td><td>{_cited(evidence) or 'none'}</td><td>{outcomes}</td></tr>"
        )
    head = "<tr><th>claim</th><th>grade</th><th>cited facts</th><th>predictions</th></tr>"
    table = f'<div class="wide"><table>{head}{"".join(rows)}</table></div>'
    return f'<section id="claims"><h2>The claims</h2>{table}{_beyond(results)}</section>'


def _beyond(results: Results) -> str:
    """Links to the sections after the claims."""
    there = {
        "capacity": ("Capacity against support", results.capacity),
        "digits": ("How many different digits a generator draws", results.digits),
        "density": ("What trained GANs learned", results.density),
        "published": ("Published settings, played again", results.published),
        "flows": ("One flow, by likelihood and by games", results.flows),
        "evidence": ("Estimates of a likelihood, beside the likelihood", results.evidence),
    }
    links = [f'<a href="#{name}">{title}</a>' for name, (title, stored) in there.items() if stored]
    return f"<p>After the claims: {', '.join(links)}.</p>" if links else ""


def _claim(results: Results, theorem: theory.Theorem) -> str:
    evidence = _evidence(results, theorem)
    hypotheses = "".join(f"<li>{_prose(hypothesis.sentence)}</li>" for hypothesis in theorem.hypotheses)
    parts = [
        f'<section id="{theorem.id}">\n<h2>{escape(theorem.title)}</h2>',
        f'<p class="id"><code>{theorem.id}</code> · revision {theorem.revision} · '
        f"{escape(str(theorem.source))} · {_grade(evidence)}</p>",
        f'<blockquote class="statement"><p>{_prose(theorem.sentence)}</p></blockquote>',
        f'<h3>Hypotheses</h3><ul class="hypotheses">{hypotheses}</ul>',
    ]
    if evidence:
        parts += ["<h3>Derivation</h3>", _derivation(theorem, evidence)]
    if verdicts := _verdicts(results, theorem):
        parts += ["<h3>Predicted and observed</h3>", comparisons(verdicts)]
    parts += [
        "<h3>Check it again</h3>",
        f"<pre>ganproof prove {theorem.id} --controls\n"
        f"ganproof check {theorem.id} --preset {results.preset}</pre>\n</section>",
    ]
    return "\n".join(parts)


def _supposed(step: Step) -> str:
    """What is supposed of the functionals in a step's claim."""
    return "".join(f"<p>for {escape(phrase)}</p>" for phrase in step.claim.supposed)


def _derivation(theorem: theory.Theorem, evidence: Record) -> str:
    steps = {step.name: step for part in theorem.derivation for step in part.steps}
    rows = "".join(
        f"<tr><td>{escape(steps[found['name']].because)}</td>"
        f"<td>{mathml(claim_as_latex(steps[found['name']].claim))}{_supposed(steps[found['name']])}</td>"
        f"<td>{escape(found['rule'])}, {escape(found['grade'])}</td></tr>"
        for found in evidence["steps"]
    )
    count = len(evidence["steps"])
    cited = _cited(evidence)
    return (
        f"<p>{count} {'step' if count == 1 else 'steps'}, checked in {evidence['seconds']:.2f} s. "
        f"{f'Taken from the literature: {cited}' if cited else 'Nothing in it is cited.'}</p>"
        '<details><summary>The steps</summary><div class="wide">'
        f'<table class="steps">{rows}</table></div></details>'
    )


def _capacity(results: Results) -> str:
    captions = {
        "exact": _exact_caption(results),
        "trained": trained_caption(results.capacity.get("trained", {})),
        "continuous": continuous_caption(results.capacity.get("continuous", {})),
    }
    tables = {
        "trained": trained_tables(results.capacity.get("trained", {})),
        "continuous": continuous_table(results.capacity.get("continuous", {})),
    }
    pictures = "".join(
        picture(
            capacity_figure(kind, record),
            captions[kind],
            f"ganproof capacity {kind} --preset {results.preset}",
        )
        + tables.get(kind, "")
        for kind, record in results.capacity.items()
    )
    return f'<section id="capacity"><h2>Capacity against support</h2>{pictures}</section>'


def _exact_caption(results: Results) -> str:
    counts = counted(results.computed_supports)
    tally = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    return (
        "How many atoms fool every discriminator of a class: found by computation and certified in rationals "
        f"(points), beside the laws (lines). Computed supports against their laws: {tally}."
    )


def _digits(result: Record, preset: str) -> str:
    estimates = result["estimates"]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td class='number'>{e['colliding_batches']} of {e['batches']}</td>"
        f"<td class='number'>at least {number(e['support_at_least'])}</td>"
        f"<td class='number'>{_at_most(e['effective_support_at_most'])}</td></tr>"
        for name, e in estimates.items()
    )
    first = next(iter(estimates.values()))
    shown = picture(
        digits_figure(result),
        f"Digits that generators drew beside real ones. Two images count as one up to a distance of "
        f"{number(first['resolution'])}, at which one pair of real images in "
        f"{number(1 / first['false_alarm_rate'])} does.",
        f"ganproof reproduce --preset {preset}",
    )
    head = (
        f"<tr><th>images</th><th>batches of {first['batch']} with a near-duplicate</th><th>support</th>"
        "<th>effective support</th></tr>"
    )
    return (
        '<section id="digits"><h2>How many different digits a generator draws</h2>'
        f"<p>The birthday test, each limit at {100 * first['one_sided_confidence']:g} %. Near-duplicates "
        "bound the support from below and the effective support, 1 over the probability that two images are "
        "the same, from above; no number of samples bounds the support itself from above.</p>"
        f'{shown}<div class="wide"><table>{head}{rows}</table></div></section>'
    )


def _at_most(bound: float | int | None) -> str:
    return "no upper bound" if bound is None else f"at most {number(bound)}"


def _evidence(results: Results, theorem: theory.Theorem) -> Record:
    """What was found about a theorem; empty if this run did not prove it."""
    found = results.proofs["theorems"] if results.proofs else []
    return next((evidence for evidence in found if evidence["id"] == theorem.id), {})


def _verdicts(results: Results, theorem: theory.Theorem) -> list[Record]:
    return [verdict for verdict in results.verdicts if verdict["theorem"] == theorem.id]


def _cited(evidence: Record) -> str:
    return " ".join(
        escape(sentence(f"{fact['sentence']} ({fact['reference']})")) for fact in evidence.get("cited", ())
    )


def _grade(evidence: Record) -> str:
    return f'<span class="grade">{escape(evidence["grade"])}</span>' if evidence else "not proved here"


def _prose(text: str) -> str:
    """A sentence in which $...$ is mathematics."""
    parts = text.split("$")
    return "".join(mathml(part) if index % 2 else escape(part) for index, part in enumerate(parts))
