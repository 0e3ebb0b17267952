"""A host whose automatic rollbacks are gone before and after a test, and its scheduler."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from aovpn_remediate.lab.powershell.process import kill, start
from tests.powershell.arranged import forget
from tests.powershell.build import ENGINE
from tests.powershell.engines import WINDOWS
from tests.powershell.host import EngineHost

from .rollback import FOLDER, Rollback

_SOON = 60.0
_RUNNER = ENGINE / "win" / "Modules" / "ScheduledTasks" / "runner.ps1"


def _clear(host: EngineHost) -> None:
    """Take everything away; the process of a rollback that is just over may still hold a file."""
    forget(host)
    host.run(r"Remove-Item HKLM:\SOFTWARE\AovpnRemediateTest -Recurse -ErrorAction Ignore")
    end = time.monotonic() + _SOON
    gone = f"Remove-Item {FOLDER} -Recurse -Force -ErrorAction Ignore\nTest-Path {FOLDER}"
    while host.run(gone) != ["false"]:
        assert time.monotonic() < end, f"{FOLDER} is still there"


@pytest.fixture
def armed(windows: EngineHost) -> Iterator[EngineHost]:
    """The Windows engine without files and tasks of a rollback."""
    _clear(windows)
    yield windows
    _clear(windows)


@pytest.fixture
def rollback(armed: EngineHost) -> Rollback:
    """A rollback of the host; nothing is scheduled yet."""
    return Rollback(armed)


@pytest.fixture(scope="module")
def scheduler(windows: EngineHost) -> Iterator[subprocess.Popen[bytes]]:
    """The task scheduler of the stand-ins, which runs beside the session."""
    del windows
    runner = "Z:" + str(_RUNNER).replace("/", "\\")
    with start([str(WINDOWS.program), "-NoProfile", "-File", runner]) as process:
        yield process
        kill(process)
