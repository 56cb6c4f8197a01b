"""Each run of the kernel's tests starts with nothing remembered."""

import sys

import pytest


@pytest.fixture(autouse=True, scope="session")
def nothing_remembered() -> None:
    """Empty the kernel's caches: source mutation tests each mutant in a process that ran the tests before."""
    for name, module in list(sys.modules.items()):
        if name.startswith("theory.kernel."):
            for value in list(vars(module).values()):
                getattr(value, "cache_clear", lambda: None)()
    vars(sys.modules["theory.kernel.earlier"])["_CHECKED"].clear()
