"""Whether a Dask server listens at an address, asked without Dask, whose import takes seconds.

A Dask server speaks first: as soon as a connection stands it tells its version of Python and of its pickles.
"""

import socket
import ssl
import time

from empirical.sweeps.scheduler import Scheduler

LIMIT = 3.0  # s, for connecting and the first words together
WORDS = b"pickle-protocol"  # in what every Dask server says first
LENGTH = 4096  # bytes; the first words are some hundred


def check_greeting(scheduler: Scheduler) -> None:
    """Connects, and waits for what a Dask server says first; all within 3 s once the host's name is known.

    Raises:
        ValueError: nobody answers there, or not as a Dask server does.
    """
    deadline = time.monotonic() + LIMIT
    connection = _connected(scheduler, deadline)
    try:
        with connection if not scheduler.secure else _encrypted(connection, scheduler, deadline) as spoken:
            said = _said(spoken, deadline)
    except ssl.SSLError as error:
        raise ValueError(
            f"TLS with {scheduler.address} failed ({error.reason or 'no handshake'}): check that the "
            f"scheduler uses TLS, and that these certificates and this key belong to it."
        ) from None
    except OSError:
        said = b""
    finally:
        connection.close()
    if WORDS not in said:
        raise ValueError(
            f"what listens at {scheduler.address} does not answer as a Dask scheduler does: check the "
            f"address, and whether it uses TLS."
        )


def _connected(scheduler: Scheduler, deadline: float) -> socket.socket:
    """A connection to the first of the host's addresses that takes one."""
    why = "it has no address"
    try:
        host, port = scheduler.place
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(_left(deadline))
            try:
                connection.connect(address)
                return connection
            except OSError as error:
                connection.close()
                why = _reason(error)
    except OSError as error:  # of the name
        why = _reason(error)
    raise ValueError(
        f"no scheduler can be reached at {scheduler.address} ({why}): start one with "
        f"`dask scheduler --host 127.0.0.1`, or pass --scheduler ADDRESS."
    )


def _encrypted(connection: socket.socket, scheduler: Scheduler, deadline: float) -> ssl.SSLSocket:
    """The connection under TLS, where as in Dask the certificates count and the host's name does not."""
    context = ssl.create_default_context(cafile=scheduler.tls_ca)
    context.check_hostname = False
    context.load_cert_chain(str(scheduler.tls_cert), None if scheduler.tls_key is None else scheduler.tls_key)
    connection.settimeout(_left(deadline))
    return context.wrap_socket(connection)


def _said(connection: socket.socket, deadline: float) -> bytes:
    said = b""
    while WORDS not in said and len(said) < LENGTH:
        connection.settimeout(_left(deadline))
        part = connection.recv(LENGTH)
        if not part:
            break
        said += part
    return said


def _left(deadline: float) -> float:
    return max(0.01, deadline - time.monotonic())


def _reason(error: OSError) -> str:
    return (error.strerror or "no answer in time").lower()
