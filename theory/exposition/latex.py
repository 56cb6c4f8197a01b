"""Claims and theorems as LaTeX (amsthm)."""

import re

import sympy as sp

from theory.kernel import Claim, Evidence
from theory.relation import Relation
from theory.statement import Theorem

_SIGNS = {True: ">", False: r"\ge"}
_RELATIONS = {Relation.EQUALS: "=", Relation.AT_MOST: r"\le", Relation.AT_LEAST: r"\ge"}


def claim_as_latex(claim: Claim) -> str:
    """The claim as a formula, rendered from the object that the kernel checks."""
    text = f"{_term(claim.lhs)} {_RELATIONS[claim.relation]} {_term(claim.rhs)}"
    given = [f"{_term(g.expression)} {_SIGNS[g.strict]} 0" for g in claim.given]
    return text + (r" \quad \text{if } " + ",\\; ".join(given) if given else "")


def _term(term: sp.Expr) -> str:
    return sp.latex(term, ln_notation=False)


def to_latex(theorem: Theorem, evidence: Evidence) -> str:
    """An amsthm theorem with its hypotheses, its source, and the grade in a remark."""
    hypotheses = "\n".join(rf"  \item {_escaped(h.sentence)}" for h in theorem.hypotheses)
    cited = "; ".join(f"{fact.sentence} ({fact.reference})" for fact in evidence.cited)
    taken = rf" Taken from the literature: {_escaped(cited)}." if cited else ""
    return (
        rf"\begin{{theorem}}[{_escaped(theorem.title)}; {_escaped(str(theorem.source))}]"
        rf"\label{{ganproof:{theorem.id}}}" + "\n"
        rf"{theorem.sentence}" + "\n\\end{theorem}\n"
        "\\noindent Hypotheses:\n\\begin{itemize}\n" + hypotheses + "\n\\end{itemize}\n"
        rf"\noindent Checked by ganproof (\texttt{{{theorem.id}}}, revision {theorem.revision}, "
        rf"grade {evidence.grade.name}).{taken}" + "\n"
    )


def _escaped(text: str) -> str:
    return (
        re.sub(r"([&%$#_{}])", r"\\\1", text)
        .replace(">=", r"$\ge$")
        .replace("<=", r"$\le$")
        .replace(">", "$>$")
        .replace("<", "$<$")
        .replace("^", r"\^{}")
    )
