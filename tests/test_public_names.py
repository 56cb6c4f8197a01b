"""The public surface: exporting a name is a deliberate act."""

from importlib import import_module
from types import ModuleType

import pytest

PACKAGES = (
    "theory",
    "theory.kernel",
    "empirical.densities",
    "empirical.networks",
    "empirical.observables",
    "empirical.sweeps",
    "empirical.targets",
    "empirical.training",
)


def public_names(module: ModuleType) -> list[str]:
    """What a package itself defines, without modules and without what it borrows from libraries."""
    own = ("theory", "empirical")
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", module.__name__).split(".")[0] in own
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_public_is_listed(package: str) -> None:
    """``__all__`` lists each public name of the package's own, once, and nothing that is not there."""
    module = import_module(package)

    assert set(public_names(module)) <= set(module.__all__) <= set(vars(module))
    assert len(set(module.__all__)) == len(module.__all__)


def test_a_name_that_is_not_listed_is_found() -> None:
    """A function that slips into a package without being listed is seen; a borrowed one is not."""
    module = ModuleType("theory.invented")

    def slipped() -> None: ...

    slipped.__module__ = "theory.invented"
    vars(module).update(slipped=slipped, import_module=import_module)

    assert public_names(module) == ["slipped"]


def test_the_promised_names_are_there() -> None:
    """What the documentation promises can be imported."""
    promised = {
        "theory": ["catalog", "prove", "theorem"],
        "empirical.densities": ["Finite", "Normal", "Uniform", "exact_density"],
        "empirical.observables": [
            "birthday_support",
            "jensen_shannon",
            "kullback_leibler",
            "total_variation",
        ],
    }
    for package, names in promised.items():
        assert set(names) <= set(import_module(package).__all__)
