"""The examples in docstrings run and give what they show."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import empirical
import theory

MODULES = [
    name
    for package in (empirical, theory)
    for name in (
        package.__name__,
        *(module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
    )
    if not name.endswith("__main__")
]


def failures(module: ModuleType) -> list[str]:
    """What went wrong in the examples of one module."""
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for examples in doctest.DocTestFinder().find(module, module.__name__):
        runner.run(examples, out=report.append)
    return report


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name: str) -> None:
    """Each example of each public docstring is true today."""
    assert failures(importlib.import_module(name)) == []


def test_a_wrong_example_is_found() -> None:
    """The control: a docstring that lies is reported."""
    module = ModuleType("lying")
    module.__doc__ = ">>> 1 + 1\n3\n"
    assert failures(module)
