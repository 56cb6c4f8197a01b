"""What the property tests draw: exact laws, and pairs of them on the same atoms."""

from fractions import Fraction

from hypothesis import strategies as st

from theory.laws import FiniteLaw


@st.composite
def finite_laws(
    draw: st.DrawFn, atoms: int | None = None, max_atoms: int = 6, positive: bool = False
) -> FiniteLaw:
    """Laws with small rational weights; ``positive`` leaves no atom without mass."""
    count = atoms if atoms is not None else draw(st.integers(1, max_atoms))
    least = 1 if positive else 0
    weights = draw(st.lists(st.integers(least, 20), min_size=count, max_size=count).filter(any))
    return FiniteLaw(Fraction(weight, sum(weights)) for weight in weights)


@st.composite
def law_pairs(draw: st.DrawFn, max_atoms: int = 6, positive: bool = False) -> tuple[FiniteLaw, FiniteLaw]:
    """Two laws on the same atoms."""
    count = draw(st.integers(1, max_atoms))
    law = finite_laws(atoms=count, positive=positive)
    return draw(law), draw(law)


def probabilities(max_denominator: int = 1000) -> st.SearchStrategy[Fraction]:
    """Rational numbers in [0, 1], both ends included."""
    return st.fractions(0, 1, max_denominator=max_denominator)
