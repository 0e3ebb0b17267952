"""The live suite on a real registry and real services: PowerShell for Windows under Wine."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import yaml

from .build import ENGINE, ROOT
from .conftest import EngineLab, ServeEngine

_OPTIONS = ("-m", "windows", "-p", "no:cacheprovider", "-p", "no:xdist")
_SERVICE = "AovpnTestService"
_STANDS_IN = "tests/windows/test_live.py::test_unreadable_ports_have_a_reason_of_one_line"
"""The cmdlets of RRAS stand in here, and answer on a host without the role."""
_NOT_HERE = {"test_account"}
"""Wine stores no user rights: LsaAddAccountRights succeeds and has no effect."""


@pytest.fixture
def windows(serve_engine: ServeEngine, request: pytest.FixtureRequest) -> EngineLab:
    """A lab in front of PowerShell for Windows, with a service to try things on."""
    if request.node.callspec.params["serve_engine"] != "windows":
        pytest.skip("the live suite needs a registry and services")
    lab = serve_engine()
    program = str(ENGINE / "services" / "service.exe").replace("/", "\\")
    script = (
        f"if (-not (Get-Service {_SERVICE} -ErrorAction SilentlyContinue)) {{ $null = New-Service "
        f"-Name {_SERVICE} -BinaryPathName 'Z:{program}' -StartupType Manual }}\n"
        "$null = New-Item -Path HKLM:\\SOFTWARE\\AovpnRemediateTest -Force"
    )
    with lab.connect() as session:
        list(session.run(script, seconds=60))
    return lab


def test_the_live_suite_passes(windows: EngineLab) -> None:
    inventory = yaml.safe_load(windows.inventory().read_text())
    inventory["groups"]["servers"]["vars"] = {"test_service": _SERVICE}
    path = windows.folder / "live.yaml"
    path.write_text(yaml.safe_dump(inventory))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rs",
            *_OPTIONS,
            "tests/windows",
            "--deselect",
            _STANDS_IN,
        ],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
            "AOVPN_TEST_INVENTORY": str(path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"\d+ passed", done.stdout)
    skipped = re.findall(r"SKIPPED \[\d+\] [^\n]*variable (\w+)", done.stdout)
    assert set(skipped) == _NOT_HERE
    windows.lab.assert_clean()
