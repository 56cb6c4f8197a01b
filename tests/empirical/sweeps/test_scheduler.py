"""Bad addresses and half of a TLS setting are refused before anything is reached."""

from pathlib import Path

import pytest

from empirical.sweeps import Scheduler


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8786", "tcp://127.0.0.1", "tcp://:8786", "http://localhost:8786", "tcp://a:b", ""]
)
def test_addresses_have_one_form(address: str) -> None:
    """Scheme, host and port; the sentence shows a right one."""
    with pytest.raises(ValueError, match=r"is tcp://HOST:PORT or tls://HOST:PORT \(got"):
        Scheduler(address)


def test_tls_is_whole_or_absent(tmp_path: Path) -> None:
    """All three files and the scheme: a missing one is named, and so is one that would protect nothing."""
    present = tmp_path / "file.pem"
    present.touch()
    with pytest.raises(ValueError, match="TLS needs three files, and --tls-cert, --tls-key is not given"):
        Scheduler("tls://127.0.0.1:8786", tls_ca=present)
    with pytest.raises(ValueError, match="does not use TLS, so --tls-ca would protect nothing"):
        Scheduler(tls_ca=present)
    with pytest.raises(ValueError, match="--tls-key: there is no file"):
        Scheduler("tls://h:1", tls_ca=present, tls_cert=present, tls_key=tmp_path / "none")

    assert Scheduler("tls://[::1]:8786", present, present, present).place == ("::1", 8786)
    assert Scheduler().place == ("127.0.0.1", 8786)
