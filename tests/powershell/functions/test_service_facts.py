"""Facts of services: their state, and the process that they run in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .arrange import SUMMER_TIME, cim, own_service

_OF_SERVICE = (
    "Win32_Service|Name = ~{name}~||[pscustomobject] @{{ "
    "State = 'Running'; StartMode = 'Auto'; StartName = 'CORP\\svc'; ProcessId = {id} }}"
)
_PROCESS = "Win32_Process|ProcessId = 12||[pscustomobject] @{{ CreationDate = {at} }}"
_SHARING = "Win32_Service|ProcessId = 12||{rows}"
_PLAIN = {"state": "Running", "start_mode": "Auto", "account": "CORP\\svc"}


def _service(engine: EngineHost, name: str, *rows: str) -> Any:
    call = f"Get-AovpnServiceFact -Name {literal(name)}"
    return engine.record(f"{cim(*rows)}\nConvertTo-AovpnText ({call})")


def test_a_service_that_is_not_there_is_null(each_engine: EngineHost) -> None:
    neither = ("Win32_Service|Name = ~none~||", "Win32_Service|DisplayName = ~none~||")
    assert _service(each_engine, "none", *neither) is None


def test_a_display_name_is_no_missing_service(each_engine: EngineHost) -> None:
    shown = "Win32_Service|DisplayName = ~the IAS~||[pscustomobject] @{ Name = 'IAS' }"
    rows = ("Win32_Service|Name = ~the IAS~||", shown)
    call = "Get-AovpnFact { Get-AovpnServiceFact -Name 'the IAS' }"
    said = each_engine.record(f"{cim(*rows)}\nConvertTo-AovpnText ({call})")
    assert said == {"reason": "the IAS is a display name: the service is called IAS."}


@pytest.mark.parametrize(
    ("name", "condition"),
    [("IAS", "IAS"), (r"a\b", r"a\\b"), ("it's", r"it\~s"), (r"\'", r"\\\~")],
)
def test_a_service_is_found_by_its_name_as_it_is(
    each_engine: EngineHost, name: str, condition: str
) -> None:
    found = _service(each_engine, name, _OF_SERVICE.format(name=condition, id=0))
    assert found == {**_PLAIN, "started": None, "alone": None}
    assert list(found) == ["state", "start_mode", "account", "started", "alone"]


@pytest.mark.parametrize(
    ("at", "rows", "started", "alone"),
    [
        (SUMMER_TIME, "1", "2026-07-01T10:00:00.1234567Z", True),
        (SUMMER_TIME, "1; 2", "2026-07-01T10:00:00.1234567Z", False),
        ("$null", "1", None, True),
    ],
)
def test_the_process_of_a_service_is_told(
    each_engine: EngineHost, at: str, rows: str, started: str | None, alone: bool
) -> None:
    parts = (
        _OF_SERVICE.format(name="IAS", id=12),
        _PROCESS.format(at=at),
        _SHARING.format(rows=rows),
    )
    found = _service(each_engine, "IAS", *parts)
    assert found == {**_PLAIN, "started": started, "alone": alone}


def test_a_process_that_is_gone_has_no_start(each_engine: EngineHost) -> None:
    parts = (
        _OF_SERVICE.format(name="IAS", id=12),
        "Win32_Process|ProcessId = 12||",
        _SHARING.format(rows="1"),
    )
    assert _service(each_engine, "IAS", *parts) == {**_PLAIN, "started": None, "alone": True}


def test_a_real_service_is_told(windows: EngineHost) -> None:
    script = f"""
{own_service("AovpnFacts")}
try {{
    Get-AovpnFacts -Services 'AovpnFacts', 'NoSuchService'
    Start-Service -Name 'AovpnFacts'
    Get-AovpnFacts -Services 'AovpnFacts'
}}
finally {{ Stop-Service -Name 'AovpnFacts'; Remove-Service -Name 'AovpnFacts' }}
"""
    stopped, running = (record["facts"]["services"] for record in windows.records(script))
    plain = {"start_mode": "Manual", "account": "LocalSystem"}
    idle = {"state": "Stopped", **plain, "started": None, "alone": None}
    assert stopped == {"AovpnFacts": {"value": idle}, "NoSuchService": {"value": None}}
    found = running["AovpnFacts"]["value"]
    started = datetime.fromisoformat(found.pop("started")[:26]).replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - started) < timedelta(minutes=5)
    assert found == {"state": "Running", **plain, "alone": True}
