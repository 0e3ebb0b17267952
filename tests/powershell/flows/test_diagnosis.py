"""`diagnose -i` over WinRM: facts and events of a real PowerShell, joined and judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import aovpn_remediate as aovpn
from tests.powershell.arranged import state
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

_KEY = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\IAS"
_SECURITY = "Microsoft-Windows-Security-Auditing"


def _at(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def _refused(number: int) -> dict[str, Any]:
    user = {"SubjectUserName": f"user{number}@corp.example", "SubjectMachineName": "-"}
    data = {**user, "ReasonCode": "258", "Reason": "Die Sperrung wurde nicht überprüft."}
    plain = {"LogName": "Security", "ProviderName": _SECURITY, "Id": 6273, "Data": data}
    return {**plain, "TimeCreated": _at(60 + number)}


@pytest.fixture
def nps(stand_ins: EngineHost) -> Iterator[EngineHost]:
    """A host with the service of NPS."""
    stand_ins.run(f"$null = New-Item -Path '{_KEY}' -Force")
    yield stand_ins
    stand_ins.run(f"Remove-Item -LiteralPath '{_KEY}' -Recurse")


@pytest.mark.parametrize("transport", ["psrp", "winrm"])
def test_from_events_to_the_cause(
    nps: EngineHost, windows_lab: EngineLab, tmp_path: Path, transport: str
) -> None:
    inventory = tmp_path / "fleet.yaml"
    inventory.write_text(windows_lab.inventory(transport=transport).read_text())
    events = [_refused(number) for number in range(30)]
    nps.run(state("Microsoft.PowerShell.Diagnostics", Events=events))
    report = aovpn.diagnose_fleet(inventory, user="user7", codes={"client_error": [853]})
    assert report.unread == ()
    [cause] = [one for one in report.findings if one.severity == "problem"]
    assert (cause.id, cause.certainty) == ("no-revocation-information", "proven")
    assert cause.subject.startswith("user7@corp.example, ")
    # Of NPS the host has no more than the key of its service.
    [compared] = cause.hosts
    assert (compared.host, compared.state) == ("engine", "unknown")
    assert compared.reason
    assert report.findings[-1].id == "no-client-events"
    assert len(report.troubles) == 1
