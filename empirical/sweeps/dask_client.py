"""A connection to the scheduler of a Dask cluster: reached within seconds, or a sentence why not."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dask import config  # pyright: ignore[reportPrivateImportUsage]
from distributed import Client, Security
from distributed.core import rpc

from empirical.sweeps.greeting import check_greeting
from empirical.sweeps.scheduler import Scheduler

CONNECT = 5.0  # s, for each answer of a scheduler that has been reached
SETTINGS = {"distributed.comm.timeouts.connect": CONNECT, "distributed.comm.retry.count": 0}
LOUD = ("distributed", "distributed.client")  # which Dask gives levels of their own


@contextmanager
def connected(scheduler: Scheduler) -> Iterator[Client]:
    """A client that is closed with the block.

    Raises:
        ValueError: nobody answers there within 3 s, or not as a Dask scheduler does.
    """
    check_greeting(scheduler)
    reach(scheduler)
    security = _security(scheduler)
    with _quiet(), config.set(SETTINGS):
        client = Client(scheduler.address, timeout=CONNECT, security=security, set_as_default=False)
        try:
            yield client
        finally:
            client.close(timeout=CONNECT)


def reach(scheduler: Scheduler) -> None:
    """Speaks once with the Dask server that has greeted: a client that fails to does not end cleanly.

    Raises:
        ValueError: it does not answer, or is no scheduler.
    """
    try:
        with _quiet(), config.set(SETTINGS):
            asked = _identity(scheduler.address, _security(scheduler))
            kind = asyncio.run(asyncio.wait_for(asked, CONNECT))
    except Exception:  # whatever a stranger's answer does to Dask
        raise ValueError(
            f"what listens at {scheduler.address} does not answer as a Dask scheduler does: check the "
            f"address, and whether it uses TLS."
        ) from None
    if kind != "Scheduler":
        raise ValueError(f"{scheduler.address} is a Dask {kind.lower()}, no scheduler: check the port.")


async def _identity(address: str, security: Security) -> str:
    async with rpc(
        address, timeout=CONNECT, connection_args=security.get_connection_args("client")
    ) as server:
        return str(dict(await server.identity() or {}).get("type"))


def _security(scheduler: Scheduler) -> Security:
    return Security(
        tls_ca_file=None if scheduler.tls_ca is None else str(scheduler.tls_ca),
        tls_client_cert=None if scheduler.tls_cert is None else str(scheduler.tls_cert),
        tls_client_key=None if scheduler.tls_key is None else str(scheduler.tls_key),
        require_encryption=scheduler.secure,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's own log of connections that come and go: a sentence of ours says what it means."""
    logs = [logging.getLogger(name) for name in LOUD]
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)
