"""A host whose automatic rollbacks are gone before and after a test, and its scheduler."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from aovpn_remediate.lab.powershell.process import kill, start
from tests.powershell.arranged import forget
from tests.powershell.build import ENGINE
from tests.powershell.engines import WINDOWS
from tests.powershell.host import EngineHost

FOLDER = r"C:\ProgramData\aovpn-remediate"
_RUNNER = ENGINE / "win" / "Modules" / "ScheduledTasks" / "runner.ps1"


def _clear(host: EngineHost) -> None:
    host.run(
        f"if (Test-Path {FOLDER}) {{ Remove-Item {FOLDER} -Recurse -Force }}\n"
        r"Remove-Item HKLM:\SOFTWARE\AovpnRemediateTest -Recurse -ErrorAction Ignore"
    )
    forget(host)


@pytest.fixture
def armed(windows: EngineHost) -> Iterator[EngineHost]:
    """The Windows engine without files and tasks of a rollback."""
    _clear(windows)
    yield windows
    _clear(windows)


@pytest.fixture(scope="module")
def scheduler(windows: EngineHost) -> Iterator[subprocess.Popen[bytes]]:
    """The task scheduler of the stand-ins, which runs beside the session."""
    del windows
    runner = "Z:" + str(_RUNNER).replace("/", "\\")
    process = start([str(WINDOWS.program), "-NoProfile", "-File", runner])
    assert os.path.exists(_RUNNER)  # noqa: PTH110 - the program gets the same path
    yield process
    kill(process)
    process.wait()
