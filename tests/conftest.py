"""Options and settings of the whole suite: device and dtype, one thread, the same examples every time."""

import pytest
import torch
from hypothesis import HealthCheck, settings

# Examples are the same on every run, so that a failure is a fact and not an event; no deadline, because a
# shared machine stalls now and then.
settings.register_profile(
    "ganproof", derandomize=True, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds ``--device`` and ``--dtype``; tests that compute on tensors take the fixtures of these names."""
    parser.addoption("--device", default="cpu", help="where tensor tests run, such as cuda (default cpu)")
    parser.addoption(
        "--dtype", default="float64", choices=("float32", "float64"), help="their precision (default float64)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """One thread per worker: the workers of pytest-xdist already fill the cores."""
    torch.set_num_threads(1)
    settings.load_profile("ganproof")


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> torch.device:
    """The device that ``--device`` names."""
    return torch.device(str(request.config.getoption("--device")))


@pytest.fixture(scope="session")
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    """The precision that ``--dtype`` names."""
    return torch.float32 if request.config.getoption("--dtype") == "float32" else torch.float64
