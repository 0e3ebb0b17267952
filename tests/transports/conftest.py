"""A lab whose hosts run scripts of a few words, and sessions with it that have short timeouts."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aovpn_remediate.inventory.model import Connection, Credential, Host
from aovpn_remediate.lab.backend import HostGone, Output, ScriptFailure
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.transports import connect
from aovpn_remediate.transports.base import Session
from aovpn_remediate.transports.deadlines import Timeouts

TRANSPORTS = pytest.mark.parametrize("transport", ["psrp", "winrm"])
USER, PASSWORD = "lab", "s3cret-p\u00e4ssw\u00f6rd"

SHORT_TIMEOUTS = Timeouts(
    connect=2.0,
    operation=1.0,
    poll=0.3,
    grace=5.0,
    opening=5.0,
    stop=5.0,
    close=5.0,
    retries=2,
    backoff=0.01,
    quota_pause=0.02,
)


class Words:
    """A backend that runs scripts of words, one a line, and counts the runs of each script.

    `write X`, `wait SECONDS`, `fail X`, `go down`, `define X`, `call X`; any other line is written
    as it is.
    """

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        del host
        self.runs[script] += 1
        pause = 0.0
        for line in script.split("\n"):
            word, _, rest = line.partition(" ")
            if word == "wait":
                pause += float(rest)
            elif word == "fail":
                raise ScriptFailure(rest, "Failed")
            elif line == "go down":
                raise HostGone
            elif word == "define":
                session[rest] = True
            elif word == "call" and rest not in session:
                raise ScriptFailure(f"{rest} is not defined", "CommandNotFoundException")
            else:
                yield Output(rest if word in {"write", "call"} else line, pause)
                pause = 0.0
        if pause:
            yield Output("waited", pause)

    def up(self, host: str) -> bool:
        del host
        return True

    def may_log_on(self, host: str, user: str) -> bool:
        del host, user
        return True


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of this machine must not make a test pass."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "/nonexistent")


@pytest.fixture
def words() -> Words:
    return Words()


@pytest.fixture
def lab(words: Words) -> Iterator[Lab]:
    with Lab(words, users={USER: PASSWORD}) as lab:
        yield lab


def host_in(lab: Lab, **connection: Any) -> Host:
    settings: dict[str, Any] = {
        "address": "127.0.0.1",
        "port": lab.port,
        "scheme": "http",
        "auth": "basic",
        "encryption": "never",
        **connection,
    }
    username = settings.pop("username", USER)
    return Host(
        "the-host",
        connection=Connection(**settings),
        credential=Credential(username=username),
    )


def open_session(
    host: Host,
    *,
    password: str | None = PASSWORD,
    cancel: threading.Event | None = None,
    timeouts: Timeouts = SHORT_TIMEOUTS,
) -> Session:
    """Open a session with short timeouts."""
    return connect(
        host, secrets=lambda _: password, cancel=cancel or threading.Event(), timeouts=timeouts
    )


def until(happened: Callable[[], bool]) -> None:
    """Wait for a condition that is about to be true."""
    give_up = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.005)
