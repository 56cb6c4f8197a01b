"""A theorem's page: statement, hypotheses, derivation and near misses, from the checked objects."""

from theory.exposition.latex import claim_as_latex
from theory.kernel import Claim, Evidence, NearMissEvidence
from theory.statement import Theorem


def to_markdown(theorem: Theorem, evidence: Evidence, misses: tuple[NearMissEvidence, ...] = ()) -> str:
    """The page of a theorem; the same theorem gives the same bytes."""
    lines = [
        f"# {theorem.title}",
        "",
        f"`{theorem.id}`, revision {theorem.revision}. Source: {theorem.source}.",
        "",
    ]
    lines += [theorem.sentence, "", "## Hypotheses", "", *(f"- {h.sentence}" for h in theorem.hypotheses), ""]
    lines += ["## What the kernel checks", "", *_formula(theorem.statement)]
    lines += [f"Outcome {evidence.outcome.name}, grade {evidence.grade.name}."]
    if evidence.cited:
        lines += ["", "Taken from the literature, not derived:", ""]
        lines += [f"- {fact.sentence} ({fact.reference})" for fact in evidence.cited]
    lines += ["", "## Derivation", ""]
    found = {step.name: step for step in evidence.steps}
    for step in (step for part in theorem.derivation for step in part.steps):
        e = found[step.name]
        lines += [
            f"**{step.name}** ({e.rule}, {e.grade.name}). {step.because}",
            "",
            *_formula(step.claim),
        ]
    if theorem.predictions:
        lines += ["## Predictions", "", "| observable | relation | value | unit |", "|---|---|---|---|"]
        lines += [
            f"| `{p.observable}` | {p.relation.value} | ${p.display}$ | {p.unit} |"
            for p in theorem.predictions
        ]
        lines += [""]
    lines += ["## Near misses, each refuted", ""]
    witnesses = {miss.name: miss for miss in misses}
    for miss in theorem.near_misses:
        lines += [f"- **{miss.name}**. {miss.sentence}"]
        if miss.name in witnesses and witnesses[miss.name].witness:
            lines += [f"  Refuted {witnesses[miss.name].witness}."]
    lines += [
        "",
        f"Check it again: `ganproof prove {theorem.id} --controls`. Cite it: `ganproof cite {theorem.id}`.",
        "",
    ]
    return "\n".join(lines)


def _formula(claim: Claim) -> list[str]:
    """The claim, and what is supposed of the functionals in it."""
    supposed = [f"for {phrase}".replace("*", r"\*") for phrase in claim.supposed]
    return [f"$$ {claim_as_latex(claim)} $$", "", *(line for phrase in supposed for line in (phrase, ""))]
