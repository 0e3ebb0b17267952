"""The live suite itself, tried on simulated hosts: it must pass there before it meets real ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed, ServiceSeed
from aovpn_remediate.lab.windows.roles import client
from aovpn_remediate.lab.windows.vpn_connections import VPN_CONNECTION

_OPTIONS = ("-m", "windows", "-p", "no:cacheprovider", "-p", "no:xdist")
_ROOT = Path(__file__).resolve().parents[1]


def _seed(name: str) -> HostSeed:
    return HostSeed(
        name=name,
        registry={r"HKLM\SOFTWARE": {}},
        services={"Spooler": ServiceSeed()},
        accounts={r"CORP\test": "S-1-5-21-1-2-3-1001"},
        answers={
            "script": (AnswerSeed(answer=None),),
            "rasphone_entry": client(name).answers["rasphone_entry"],
        },
    )


@pytest.mark.long
def test_the_live_suite_passes_on_simulated_hosts(tmp_path: Path) -> None:
    windows = SimulatedWindows({"127.0.6.1": _seed("ONE"), "127.0.6.2": _seed("TWO")})
    with Lab(windows, users={"lab": "secret"}) as lab:
        connection = {"scheme": "http", "port": lab.port, "auth": "ntlm"}
        credential = {"username": "lab", "password": {"env": "AOVPN_LAB_PASSWORD"}}
        variables = {
            "test_service": "Spooler",
            "test_account": r"CORP\test",
            "test_connection": VPN_CONNECTION,
        }
        servers = {
            "hosts": {"one": {"address": "127.0.6.1"}, "two": {"address": "127.0.6.2"}},
            "vars": variables,
        }
        inventory = tmp_path / "fleet.yaml"
        everything = {"connection": connection, "credential": credential}
        inventory.write_text(yaml.safe_dump({"all": everything, "groups": {"servers": servers}}))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *_OPTIONS, "tests/windows"],
            cwd=_ROOT,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
                "AOVPN_TEST_INVENTORY": str(inventory),
                "AOVPN_LAB_PASSWORD": "secret",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        lab.assert_clean()
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"\d+ passed", done.stdout)
    assert "skipped" not in done.stdout
