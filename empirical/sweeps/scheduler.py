"""Where a Dask cluster is, and how its scheduler is trusted."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = "tcp://127.0.0.1:8786"


@dataclass(frozen=True)
class Scheduler:
    """A cluster for a sweep to run on.

    Whoever can speak with a scheduler can run any code on its workers, and what workers answer is unpickled
    by Dask here: keep it on the loopback interface, or give it TLS, where both sides show certificates.

    Args:
        address: ``tcp://HOST:PORT``, or ``tls://HOST:PORT`` with all three files.
        tls_ca: the certificates of the authorities that are trusted, PEM.
        tls_cert: the certificate of this client, PEM.
        tls_key: its key, PEM.

    Raises:
        ValueError: an address of another form, TLS without its files or files without TLS, or a file that is
            not there.
    """

    address: str = LOOPBACK
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.address)
            right = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
        except ValueError:  # a port that is no number
            right = False
        if not right:
            raise ValueError(
                f"a scheduler's address is tcp://HOST:PORT or tls://HOST:PORT (got {self.address!r}): "
                f"pass {LOOPBACK}, say."
            )
        files = {"--tls-ca": self.tls_ca, "--tls-cert": self.tls_cert, "--tls-key": self.tls_key}
        given = [name for name, path in files.items() if path is not None]
        if self.secure and len(given) < len(files):
            missing = ", ".join(name for name in files if name not in given)
            raise ValueError(f"TLS needs three files, and {missing} is not given for {self.address}.")
        if given and not self.secure:
            raise ValueError(
                f"{self.address} does not use TLS, so {', '.join(given)} would protect nothing: "
                f"write the address as tls://HOST:PORT."
            )
        for name, path in files.items():
            if path is not None and not path.is_file():
                raise ValueError(f"{name}: there is no file {path}.")

    @property
    def secure(self) -> bool:
        """Whether TLS is used."""
        return self.address.startswith("tls://")

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.address)
        return parts.hostname or "", parts.port or 0


def check_installed() -> None:
    """Refuses to go on without Dask.

    Raises:
        ValueError: always then.
    """
    if importlib.util.find_spec("distributed") is None:
        raise ValueError(
            "the engine 'dask' needs Dask distributed, which is not installed: "
            "pip install 'ganproof[cluster]'."
        )
