"""The formulas of a report: well-formed MathML that says what the LaTeX says."""

from xml.etree import ElementTree

import pytest

from empirical.report.mathml import mathml


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
