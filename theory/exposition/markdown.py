"""A theorem's page: statement, hypotheses, derivation and near misses, from the checked objects."""

from theory.conventions import CONVENTIONS
from theory.exposition.latex import claim_as_latex, conditions
from theory.kernel import Claim, Evidence, NearMissEvidence, claims_used
from theory.kernel.claims import free_variables
from theory.kernel.mutants import mutants
from theory.statement import Theorem


def to_markdown(
    theorem: Theorem,
    evidence: Evidence,
    misses: tuple[NearMissEvidence, ...] = (),
    used_by: tuple[str, ...] = (),
) -> str:
    """The page of a theorem; the same theorem gives the same bytes.

    Args:
        theorem: the theorem.
        evidence: what the kernel found.
        misses: how its near misses fared.
        used_by: the ids of the theorems that rest on it.
    """
    lines = [
        f"# {theorem.title}",
        "",
        f"`{theorem.id}`, revision {theorem.revision}. Source: {theorem.source}.",
        "",
    ]
    lines += [theorem.sentence, "", "## Hypotheses", "", *(f"- {h.sentence}" for h in theorem.hypotheses), ""]
    lines += [f"Conventions: {'; '.join(f'{name}: {said}' for name, said in _conventions(theorem))}.", ""]
    lines += ["## What the kernel checks", "", *_formula(theorem.statement)]
    ranges = _ranges(theorem.statement)
    lines += [f"for {ranges}.", ""] if ranges else []
    lines += [f"Outcome {evidence.outcome.name}, grade {evidence.grade.name}."]
    if evidence.cited:
        lines += ["", "Taken from the literature, not derived:", ""]
        lines += [f"- {fact.sentence} ({fact.reference})" for fact in evidence.cited]
    for what, named in (("Uses", _used(theorem)), ("Used by", list(map(_link, used_by)))):
        if named:
            lines += ["", f"{what} {'; '.join(named)}."]
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
    altered = sum(1 for part in theorem.derivation for step in part.steps for _ in mutants(step))
    lines += [
        "",
        f"{altered} altered claims are tried beside these; the command fails if one survives.",
        "",
        f"Check it again: `ganproof prove {theorem.id} --controls`. Cite it: `ganproof cite {theorem.id}`.",
        "",
    ]
    return "\n".join(lines)


def _formula(claim: Claim) -> list[str]:
    """The claim, and what else it needs."""
    phrases = [f"for {phrase}".replace("*", r"\*") for phrase in conditions(claim)]
    return [f"$$ {claim_as_latex(claim)} $$", "", *(line for phrase in phrases for line in (phrase, ""))]


def _ranges(claim: Claim) -> str:
    """The domain of each variable of a claim, in order of the names."""
    free = free_variables(claim)
    return "; ".join(f"`{v}` in {v.domain}" for v in free)


def _used(theorem: Theorem) -> list[str]:
    """The theorems that a derivation rests on, each with the step where it is one step alone."""
    parts = [name.partition("/") for name in claims_used(theorem.derivation)]
    return [f"{_link(name)}" + (f", its step `{step}`" if step else "") for name, _, step in parts]


def _link(identifier: str) -> str:
    return f"[`{identifier}`]({identifier.replace('-', '_')}.md)"


def _conventions(theorem: Theorem) -> list[tuple[str, str]]:
    """The conventions on units, and those whose word the theorem speaks."""
    text = f"{theorem.title} {theorem.sentence}".lower()
    spoken = {"zero": r"\log", "total variation": "total variation", "densities": "densit"}
    spoken |= {"Jensen-Shannon divergence": "jsd", "effective support": "effective support"}
    return [(n, said) for n, said in CONVENTIONS if n == "logarithm" or spoken.get(n, n.lower()) in text]
