"""Claims and theorems as LaTeX (amsthm)."""

import re
from collections.abc import Sequence

import sympy as sp

from theory.kernel import Claim, Evidence
from theory.kernel.claims import free_variables
from theory.relation import Relation
from theory.statement import Theorem

_SIGNS = {True: ">", False: r"\ge"}
_RELATIONS = {Relation.EQUALS: "=", Relation.AT_MOST: r"\le", Relation.AT_LEAST: r"\ge"}


def claim_as_latex(claim: Claim) -> str:
    """The claim as a formula, rendered from the object that the kernel checks."""
    text = f"{_term(claim.lhs)} {_RELATIONS[claim.relation]} {_term(claim.rhs)}"
    given = [f"{_term(g.expression)} {_SIGNS[g.strict]} 0" for g in claim.given]
    return text + (r" \quad \text{if } " + ",\\; ".join(given) if given else "")


def conditions(claim: Claim) -> list[str]:
    """What else a formula needs, as phrases: the functionals in it, and ranges of integers that end."""
    ends = [
        f"{v} from {v.domain.lower} to {v.domain.upper}"
        for v in free_variables(claim)
        if v.domain.integer and v.domain.upper - v.domain.lower < sp.oo
    ]
    return [*claim.supposed, *([f"all integers {', '.join(ends)}"] if ends else [])]


def _term(term: sp.Expr) -> str:
    return sp.latex(term, ln_notation=False)


def to_latex(theorem: Theorem, evidence: Evidence) -> str:
    """An amsthm theorem with its hypotheses, its source, and the grade in a remark."""
    hypotheses = "\n".join(rf"  \item {_escaped(h.sentence)}" for h in theorem.hypotheses)
    cited = "; ".join(f"{fact.sentence} ({fact.reference})" for fact in evidence.cited)
    taken = rf" Taken from the literature: {_escaped(cited)}." if cited else ""
    return (
        rf"\begin{{theorem}}[{{{_escaped(theorem.title)}; {_escaped(str(theorem.source))}}}]"
        rf"\label{{ganproof:{theorem.id}}}" + "\n"
        rf"{theorem.sentence}" + "\n\\end{theorem}\n"
        "\\noindent Hypotheses:\n\\begin{itemize}\n" + hypotheses + "\n\\end{itemize}\n"
        rf"\noindent Checked by ganproof (\texttt{{{theorem.id}}}, revision {theorem.revision}, "
        rf"grade {evidence.grade.name}).{taken}" + "\n"
    )


PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath, amssymb, amsthm}
\newtheorem{theorem}{Theorem}
\allowdisplaybreaks
\sloppy
\begin{document}
"""


def to_document(theorems: Sequence[Theorem], evidence: Sequence[Evidence]) -> str:
    """A complete document: each theorem, then its derivation step by step; pdflatex compiles it."""
    parts = [
        f"{to_latex(theorem, found)}\n{_proof(theorem, found)}"
        for theorem, found in zip(theorems, evidence, strict=True)
    ]
    return PREAMBLE + "\n".join(parts) + "\\end{document}\n"


def _proof(theorem: Theorem, evidence: Evidence) -> str:
    """Each step with its rule, its grade, its reason and its formula."""
    found = {step.name: step for step in evidence.steps}
    lines = [r"\begin{proof}", r"\begin{description}"]
    for step in (step for part in theorem.derivation for step in part.steps):
        e = found[step.name]
        how = f"({_escaped(e.rule)}, {e.grade.name})"
        lines.append(rf"\item[{{{_escaped(step.name)}}}] {how} {_escaped(step.because)}")
        lines.append(rf"\[ {claim_as_latex(step.claim)} \]")
        lines += [f"for {_escaped(phrase)}" + r"\par" for phrase in conditions(step.claim)]
    return "\n".join([*lines, r"\end{description}", r"\end{proof}"]) + "\n"


def _escaped(text: str) -> str:
    return (
        re.sub(r"([&%$#_{}])", r"\\\1", text)
        .replace(">=", r"$\ge$")
        .replace("<=", r"$\le$")
        .replace(">", "$>$")
        .replace("<", "$<$")
        .replace("^", r"\^{}")
        .replace("|", "$|$")
        .replace("~", r"\~{}")
    )
