"""The table of targets and what every member keeps."""

import pytest
import torch

from empirical.targets import TARGETS, Target, target


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_draws_finite_points_of_its_dimension_from_the_generator_alone(name: str) -> None:
    """Equal generator states give equal draws, whatever the global random state; another seed, others."""
    law = target(name)
    assert isinstance(law, Target)
    first = law.sample(50, torch.Generator().manual_seed(1))
    torch.manual_seed(99)
    again = law.sample(50, torch.Generator().manual_seed(1))
    other = law.sample(50, torch.Generator().manual_seed(2))
    assert first.shape == (50, law.dim) and first.dtype == torch.float64 and first.isfinite().all()
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert law.name == name


@pytest.mark.parametrize("name", ["two-points", "four-points", "circle", "digits"])
def test_a_law_without_density_says_so_and_what_to_use(name: str) -> None:
    """Atoms and curves have no Lebesgue density: asking for one is an error of type, with the way out."""
    law = target(name)
    with pytest.raises(TypeError, match=r"has no density.*use (its )?\.(atoms|log_arc_density)"):
        law.log_density(torch.zeros(3, law.dim, dtype=torch.float64))


def test_an_unknown_name_gets_the_nearest_one() -> None:
    """A misspelt name is answered with the name that was meant, and with the whole list."""
    with pytest.raises(ValueError, match=r"'rings': did you mean 'ring'\? There are two-points, .*digits"):
        target("rings")
