"""Hostile preferences, defaults and commands: the same records, or an error that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.powershell.conftest import LabOf
from tests.powershell.functions.arrange import own_service, registry_value, without_value
from tests.powershell.host import EngineHost, function_files, read_step, set_step

from .hostile import PREFERENCES, SHADOWS

_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnHostile"
_SERVICE = "AovpnHostile"
_VALUE = {"Key": _KEY, "Name": "v"}
_STATUS = {"Name": _SERVICE, "Properties": ["status"]}
_ONE, _TWO = {"type": "DWord", "data": 1}, {"type": "DWord", "data": 2}
_RENAMES = (
    r"HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager",
    "PendingFileRenameOperations",
)
_PENDING = registry_value(*_RENAMES, "@('a', 'b')", "MultiString")
_MOVING = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]*Z")
_FILES = (
    *("prologue.ps1", "facts.ps1", "registry_value.ps1", "service.ps1", "os_build.ps1"),
    "vpn_server_ports.ps1",
)
_GO_ON = "$script:AovpnStopped = $false"
_RESET = f"""
Stop-Service -Name {_SERVICE}
if (-not (Test-Path -LiteralPath 'Registry::{_KEY}')) {{
    $null = New-Item -Path 'Registry::{_KEY}'
}}
Set-ItemProperty -LiteralPath 'Registry::{_KEY}' -Name 'v' -Value 1 -Type DWord
Remove-ItemProperty -LiteralPath 'Registry::{_KEY}' -Name 'new' -ErrorAction Ignore
Set-VpnServerConfiguration -Ikev2Ports 128 -WarningAction SilentlyContinue
"""


def _functions() -> str:
    files = {path.name: path for path in function_files()}
    return "\n".join(files[name].read_text("utf-8") for name in _FILES)


@dataclass
class _Tried:
    """A host, and what it says when its session is a plain one."""

    host: EngineHost
    ports: str
    plain: Mapping[str, Any]
    _under: dict[str, tuple[Mapping[str, Any], str]] = field(default_factory=dict)

    def under(self, hostile: str) -> Mapping[str, Any]:
        return self._try(hostile)[0]

    def value_under(self, hostile: str) -> str:
        """The value that a plan which is stale would have set to 2."""
        return self._try(hostile)[1]

    def _try(self, hostile: str) -> tuple[Mapping[str, Any], str]:
        if hostile not in self._under:
            found = _records(self.host, hostile, self.ports)
            [value] = self.host.run(f"[string] (Get-ItemProperty 'Registry::{_KEY}').v")
            self._under[hostile] = found, value
        return self._under[hostile]


def _records(host: EngineHost, hostile: str, ports: str) -> Mapping[str, Any]:
    """Each record by its id, without times and places; lines that are none by their number."""
    new = {"Key": _KEY, "Name": "new"}
    stopped = '{"exists":true,"status":"stopped"}'
    status = {"Name": "none", "Properties": ["status"]}
    calls = [
        set_step("AovpnRegistryValue", new, _ONE, "null", "value"),
        set_step("AovpnService", _STATUS, {"status": "running"}, stopped, "service"),
        set_step("AovpnVpnServerPorts", {}, {"ikev2": 130}, ports, "ports"),
        set_step("AovpnRegistryValue", _VALUE, _TWO, "null", "stale"),
        read_step("AovpnRegistryValue", new, "value as set"),
        read_step("AovpnOsBuild", {}, "build"),
        read_step("AovpnService", status, "no service"),
        f"Get-AovpnFacts -Services '{_SERVICE}'",
    ]
    host.run(_RESET)
    script = f"{hostile}\n{_functions()}\n" + f"\n{_GO_ON}\n".join(calls)
    found: dict[str, Any] = {}
    for number, line in enumerate(host.run(without_value(*_RENAMES, f"{_PENDING}\n{script}"))):
        record = json.loads(_MOVING.sub("a time", line))
        if not isinstance(record, dict) or not record:
            found[str(number)] = record
        elif "facts" in record:
            found |= record["facts"]
        else:
            record.get("error", {}).pop("at", None)
            found[record["id"]] = record
    return found


@pytest.fixture(scope="module")
def tried(windows: EngineHost) -> Iterator[_Tried]:
    windows.load(own_service(_SERVICE))
    windows.run(_RESET)
    ports = windows.record(read_step("AovpnVpnServerPorts", {}))["before"]
    yield _Tried(windows, ports, _records(windows, "", ports))
    windows.run(
        f"{_RESET}\nRemove-Service -Name {_SERVICE}\nRemove-Item -LiteralPath 'Registry::{_KEY}'"
    )


def test_a_plain_session_does_all_of_it(tried: _Tried) -> None:
    """What the others are compared with."""
    steps = {
        name: one["ok"] for name, one in tried.plain.items() if isinstance(one.get("ok"), bool)
    }
    done = ("value", "service", "ports", "value as set", "build", "no service")
    assert steps == {**dict.fromkeys(done, True), "stale": False}
    assert tried.plain["stale"] == {
        "id": "stale",
        "ok": False,
        "before": '{"type":"DWord","data":1}',
        "error": {"id": "StalePlan", "message": 'Expected null, found {"type":"DWord","data":1}.'},
    }


@pytest.mark.parametrize("name", PREFERENCES)
def test_preferences_and_defaults_change_nothing(tried: _Tried, name: str) -> None:
    assert tried.under(PREFERENCES[name]) == tried.plain


@pytest.mark.parametrize("name", SHADOWS)
def test_a_shadowed_command_changes_nothing(tried: _Tried, name: str) -> None:
    assert tried.under(SHADOWS[name]) == tried.plain


@pytest.mark.parametrize("name", [*PREFERENCES, *SHADOWS])
def test_a_stale_plan_is_set_under_none_of_them(tried: _Tried, name: str) -> None:
    assert tried.value_under({**PREFERENCES, **SHADOWS}[name]) == "1"


_THING = (
    "$script:Thing = 'theirs'\nfunction Get-Thing { $script:Thing }\n"
    "function Set-Thing { param($Desired) $script:Thing = $Desired"
)
_NOISE = "; Write-Verbose 'x'; Write-Warning 'x'; Write-Debug 'x'; Write-Information 'x'"
_QUIET = ("warnings stop", "verbose stop", "separator", "style")

RunOver = Callable[[str], list[str]]


@pytest.fixture(scope="module", params=["psrp", "winrm"])
def run_over(request: pytest.FixtureRequest, lab_of: LabOf) -> Iterator[RunOver]:
    """Run a script over a transport."""
    with lab_of("linux").connect(transport=request.param) as session:
        yield lambda script: list(session.run(f"& {{\n{script}\n}}", seconds=60))


def _over(run: RunOver, hostile: str, thing: str) -> None:
    calls = [
        set_step("Thing", {}, "ours", '"theirs"', "set"),
        set_step("Thing", {}, "new", '"theirs"', "stale"),
        read_step("Thing", {}, "read"),
    ]
    lines = run("\n".join((hostile, _functions(), f"{thing} }}", *calls)))
    done, stale, read = [json.loads(line) for line in lines]
    assert (done["ok"], done["before"], done["after"]) == (True, '"theirs"', '"ours"')
    message = 'Expected "theirs", found "ours".'
    assert (stale["error"]["id"], stale["error"]["message"]) == ("StalePlan", message)
    assert read == {"id": "read", "ok": True, "before": '"ours"'}


@pytest.mark.parametrize("name", _QUIET)
def test_records_come_over_both_transports(run_over: RunOver, name: str) -> None:
    _over(run_over, PREFERENCES.get(name, ""), _THING)


def test_what_other_streams_say_is_no_record(run_over: RunOver) -> None:
    _over(run_over, "", _THING + _NOISE)


def test_other_streams_that_are_shown_are_no_records(run_over: RunOver) -> None:
    _over(run_over, PREFERENCES["all streams"], _THING + _NOISE)
