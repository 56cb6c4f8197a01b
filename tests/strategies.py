"""What the property tests draw: exact laws, pairs of them on the same atoms, and small generators."""

from fractions import Fraction
from itertools import pairwise

import torch
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


def line_generators(max_width: int = 4) -> st.SearchStrategy[torch.nn.Sequential]:
    """Small (leaky) ReLU networks from the line to the line, weights in quarters, some of them zero."""
    return _generators(1, max_width)


def plane_generators(max_width: int = 4) -> st.SearchStrategy[torch.nn.Sequential]:
    """Small (leaky) ReLU networks from the plane to the plane, weights in quarters, some of them zero."""
    return _generators(2, max_width)


@st.composite
def _generators(draw: st.DrawFn, dim: int, max_width: int) -> torch.nn.Sequential:
    widths = [dim, *draw(st.lists(st.integers(1, max_width), min_size=1, max_size=2)), dim]
    quarters = st.integers(-8, 8).map(lambda n: n / 4)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            for parameter in (layer.weight, layer.bias):
                values = draw(st.lists(quarters, min_size=parameter.numel(), max_size=parameter.numel()))
                parameter.copy_(torch.tensor(values, dtype=torch.float64).reshape(parameter.shape))
        slope = draw(st.sampled_from([0.0, 0.25]))
        layers += [layer, torch.nn.LeakyReLU(slope) if slope else torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])
