from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aovpn_remediate.lab.certificates import Authority, TlsFiles
from aovpn_remediate.lab.server import Lab
from tests.lab.wire.parrot import Parrot
from tests.lab.wire.visits import HOST, PASSWORD, USER


@pytest.fixture(autouse=True)
def no_environment_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove environment variables that would change the certificates that clients trust."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def engine() -> Parrot:
    return Parrot()


@pytest.fixture
def start(engine: Parrot) -> Iterator[Callable[..., Lab]]:
    """Return a function that starts a lab with these settings, which ends with the test."""
    labs: list[Lab] = []

    def begin(**settings: Any) -> Lab:
        lab = Lab(engine, settings.pop("users", {USER: PASSWORD}), **settings)
        lab.start()
        labs.append(lab)
        return lab

    yield begin
    for lab in labs:
        lab.stop()


@pytest.fixture
def lab(start: Callable[..., Lab]) -> Lab:
    return start()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def files(authority: Authority) -> TlsFiles:
    return authority.server("localhost", "127.0.0.1", HOST)
