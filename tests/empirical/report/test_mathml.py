"""The formulas of a report: well-formed MathML that says what the LaTeX says."""

from xml.etree import ElementTree

import pytest

import theory
from empirical.report.mathml import mathml
from theory.exposition import claim_as_latex


def structure(latex: str) -> ElementTree.Element:
    """The one element inside the formula's outer row."""
    (row,) = ElementTree.fromstring(mathml(latex))
    (element,) = row
    return element


def shape(element: ElementTree.Element) -> str:
    """The element as tag(children), rows of one child left out."""
    children = [shape(child) for child in element]
    if element.tag == "mrow" and len(children) == 1:
        return children[0]
    return f"{element.tag}({', '.join(children)})" if children else (element.text or "")


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{p}{p+q}", "mfrac(p, mrow(p, +, q))"),
        (r"\frac12", "mfrac(1, 2)"),
        (r"\tfrac2\delta", "mfrac(2, δ)"),
        (r"x^{2}_i", "msubsup(x, i, 2)"),
        (r"x_i^2", "msubsup(x, i, 2)"),
        (r"D^\star", "msup(D, ⋆)"),
        (r"f'", "msup(f, ′)"),
        (r"\sup_x", "munder(sup, x)"),
        (r"\sum_{i}^{n}", "munderover(∑, i, n)"),
        (r"\hat p", "mover(p, ^)"),
        (r"\sqrt{2}", "msqrt(2)"),
        (r"\left\lceil 3 \right\rceil", "mrow(⌈, 3, ⌉)"),
        (r"\mathbb{R}", "ℝ"),
        (r"\mathbb{E}", "𝔼"),
        (r"\mathbb R^d", "msup(ℝ, d)"),
        (r"{\tbinom s2}", "mrow((, mfrac(s, 2), ))"),
        (r"\begin{pmatrix} 0 & 1 \end{pmatrix}", "mrow((, mtable(mtr(mtd(0), mtd(1))), ))"),
        (r"\mathcal{F}", "ℱ"),
        (r"\text{if }", "if\N{NO-BREAK SPACE}"),
        (r"\operatorname{JSD}", "JSD"),
        (r"\begin{aligned} a & b \\ c & d \end{aligned}", "mtable(mtr(mtd(a), mtd(b)), mtr(mtd(c), mtd(d)))"),
    ],
)
def test_each_construct_keeps_its_meaning(latex: str, expected: str) -> None:
    """A LaTeX construct becomes the MathML element of the same meaning, arguments in order."""
    assert shape(structure(latex)) == expected


@pytest.mark.parametrize(
    "latex", [r"\frac{1", r"\left( x", r"x}", r"\unknown", r"\begin{matrix}\end{matrix}", r"\frac1"]
)
def test_what_is_not_read_is_refused(latex: str) -> None:
    """A formula that would be shown wrong raises ValueError and is named in the sentence."""
    with pytest.raises(ValueError, match="cannot be shown"):
        mathml(latex)


def test_markup_in_a_formula_stays_text() -> None:
    """Signs that HTML gives a meaning come out as themselves."""
    (row,) = ElementTree.fromstring(mathml(r"a < b \text{ <b> & }"))
    assert [element.text for element in row] == [
        "a",
        "<",
        "b",
        "\N{NO-BREAK SPACE}<b>\N{NO-BREAK SPACE}&\N{NO-BREAK SPACE}",
    ]


def test_functions_stand_apart_from_letters() -> None:
    """A thin space parts a function's name from a letter beside it, and not from a parenthesis."""
    tags = [element.tag for element in ElementTree.fromstring(mathml(r"p \log D \log(x)"))[0]]

    assert tags == ["mi", "mspace", "mi", "mspace", "mi", "mspace", "mi", "mo", "mi", "mo"]


def test_names_of_several_letters_stay_whole() -> None:
    """SymPy prints a symbol of several letters as it stands: one identifier; two letters are a product."""
    assert shape(ElementTree.fromstring(mathml("N slack ab"))) == "math(mrow(N, slack, a, b))"


@pytest.mark.parametrize("theorem", theory.catalog, ids=lambda theorem: theorem.id)
def test_every_formula_of_the_catalogue_is_read(theorem: theory.Theorem) -> None:
    """Statements, steps, predictions and the formulas inside sentences all have a MathML form."""
    claims = [theorem.statement, *(step.claim for part in theorem.derivation for step in part.steps)]
    sentences = [theorem.sentence, *(hypothesis.sentence for hypothesis in theorem.hypotheses)]
    formulas = [claim_as_latex(claim) for claim in claims]
    formulas += [prediction.display for prediction in theorem.predictions]
    formulas += [formula for sentence in sentences for formula in sentence.split("$")[1::2]]

    for formula in formulas:
        ElementTree.fromstring(mathml(formula))
