"""The live suite on a real registry and real services: PowerShell for Windows under Wine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

from aovpn_remediate.rendering.literals import literal

from .arranged import STORE, store
from .build import ENGINE, ROOT
from .conftest import EngineLab, ServeEngine

_OPTIONS = ("-m", "windows", "-p", "no:cacheprovider", "-p", "no:xdist")
_SERVICE = "AovpnTestService"
_ACCOUNT, _SID = "CORP\\svc-live", "S-1-5-21-1-2-3-2101"
_CONNECTION = "AovpnTest"
_BOOK = r"C:\ProgramData\Microsoft\Network\Connections\Pbk"
_NO_ROLE = {"Fails": "The RemoteAccess role is not installed."}
"""The state of a stand-in that answers as on a host without RRAS."""


@pytest.fixture
def windows(serve_engine: ServeEngine, request: pytest.FixtureRequest) -> Iterator[EngineLab]:
    """A lab in front of PowerShell for Windows, with a service to try things on."""
    if request.node.callspec.params["serve_engine"] != "windows":
        pytest.skip("the live suite needs a registry and services")
    lab = serve_engine()
    program = str(ENGINE / "services" / "service.exe").replace("/", "\\")
    script = (
        f"if (-not (Get-Service {_SERVICE} -ErrorAction SilentlyContinue)) {{ $null = New-Service "
        f"-Name {_SERVICE} -BinaryPathName 'Z:{program}' -StartupType Manual }}\n"
        "$null = New-Item -Path HKLM:\\SOFTWARE\\AovpnRemediateTest -Force\n"
        + store("Accounts", _ACCOUNT, _SID)
        + "\n"
        + store("RemoteAccess", "State", json.dumps(_NO_ROLE))
        + f"\n$null = [IO.Directory]::CreateDirectory('{_BOOK}')\n"
        f"[IO.File]::WriteAllText('{_BOOK}\\rasphone.pbk', "
        f'"[{_CONNECTION}]`r`nEncoding=1`r`nNetworkOutageTime=0`r`n")'
    )
    _run(lab, script)
    yield lab
    _run(lab, f"Remove-Item -LiteralPath {literal(STORE)}, '{_BOOK}' -Recurse -ErrorAction Ignore")


def _run(lab: EngineLab, script: str) -> None:
    with lab.connect() as session:
        list(session.run(script, seconds=60))


def test_the_live_suite_passes(windows: EngineLab) -> None:
    inventory = yaml.safe_load(windows.inventory().read_text())
    inventory["groups"]["servers"]["vars"] = {
        "test_service": _SERVICE,
        "test_account": _ACCOUNT,
        "test_connection": _CONNECTION,
    }
    path = windows.folder / "live.yaml"
    path.write_text(yaml.safe_dump(inventory))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", *_OPTIONS, "tests/windows"],
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
    assert "SKIPPED" not in done.stdout
    windows.lab.assert_clean()
