"""The line of facts: each is a value or a reason, in one order."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aovpn_remediate.rendering.batch import reading
from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import forget, state
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

from .arrange import SUMMER_TIME, cim

_WITHOUT_CIM = (
    'function Get-CimInstance { throw "Access`r`n   is  denied. " }\n'
    "function Get-RemoteAccessConnectionStatistics { throw 'RRAS did not answer.' }"
)


def _text(call: str) -> str:
    return f"ConvertTo-AovpnText ({call})"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("{ 'x' }", '{"value":"x"}'),
        ("{ }", '{"value":null}'),
        ("{ $null }", '{"value":null}'),
        ("{ $false }", '{"value":false}'),
        ('{ throw "no`r`n  +  way" }', '{"reason":"no + way"}'),
        ("{ Write-Error -Message 'no' }", '{"reason":"no"}'),
        (
            "{ [int]::Parse('x') }",
            '{"reason":"The input string \'x\' was not in a correct format."}',
        ),
        ("{ } -List", '{"value":[]}'),
        ("{ 'x' } -List", '{"value":["x"]}'),
        ("{ 'x'; 'y' } -List", '{"value":["x","y"]}'),
        ("{ 'x'; throw 'no' } -List", '{"reason":"no"}'),
    ],
)
def test_a_fact_is_a_value_or_a_reason(each_engine: EngineHost, read: str, text: str) -> None:
    assert each_engine.run(_text(f"Get-AovpnFact {read}")) == [text]


def _facts(engine: EngineHost, *arrange: str, services: list[str] | None = None) -> Any:
    call = f"Get-AovpnFacts -Services {literal(services or [])}"
    found = engine.record("\n".join((*arrange, call)))
    assert list(found) == ["facts"]
    return found["facts"]


_BOOT = "Win32_OperatingSystem||LastBootUpTime"
_DOMAIN = "Win32_ComputerSystem||PartOfDomain,Domain"


def test_the_boot_is_a_time_in_utc(each_engine: EngineHost) -> None:
    shadow = cim(f"{_BOOT}|[pscustomobject] @{{ LastBootUpTime = {SUMMER_TIME} }}")
    assert _facts(each_engine, shadow)["boot"] == {"value": "2026-07-01T10:00:00.1234567Z"}


_PROCESSES = "Win32_Process|Name = ~services.exe~|"


@pytest.mark.parametrize(
    ("rows", "mark"),
    [
        ("{0}604{1}", "604 2026-07-01T10:00:00.1234567Z"),
        # Another program may be called so as well, and starts later.
        ("{0}9{2}; {0}604{1}; {0}8{2}", "604 2026-07-01T10:00:00.1234567Z"),
        ("{0}9; CreationDate = $null }}; {0}604{1}", "604 2026-07-01T10:00:00.1234567Z"),
    ],
)
def test_a_boot_is_marked_by_the_process_that_starts_services(
    each_engine: EngineHost, rows: str, mark: str
) -> None:
    new = "[pscustomobject] @{ ProcessId = "
    at = f"; CreationDate = {SUMMER_TIME} }}"
    later = f"; CreationDate = ({SUMMER_TIME}).AddMilliseconds(1) }}"
    shadow = cim(f"{_PROCESSES}|{rows.format(new, at, later)}")
    assert _facts(each_engine, shadow)["boot_mark"] == {"value": mark}


def test_a_boot_that_cannot_be_marked_has_a_reason(each_engine: EngineHost) -> None:
    said = {"reason": "The process services.exe does not tell its start."}
    assert _facts(each_engine, cim(f"{_PROCESSES}|"))["boot_mark"] == said


def test_the_marks_of_a_windows_stay(windows: EngineHost) -> None:
    first, second = (_facts(windows, "") for _ in range(2))
    for name in ("boot_mark", "machine_guid"):
        assert first[name]["value"]
        assert first[name] == second[name]
    key = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography"
    guid = windows.run(f"(Get-ItemProperty '{key}').MachineGuid")
    assert first["machine_guid"] == {"value": guid[0]}


@pytest.mark.parametrize(("part", "domain"), [("$true", "corp.example"), ("$false", None)])
def test_the_domain_is_told_where_the_host_is_in_one(
    each_engine: EngineHost, part: str, domain: str | None
) -> None:
    made = f"[pscustomobject] @{{ PartOfDomain = {part}; Domain = 'corp.example' }}"
    assert _facts(each_engine, cim(f"{_DOMAIN}|{made}"))["domain"] == {"value": domain}


def test_what_needs_cim_has_its_reason_without(each_engine: EngineHost) -> None:
    found = _facts(each_engine, _WITHOUT_CIM, services=["IAS"])
    denied = {"reason": "Access is denied. "}
    assert (found["boot"], found["domain"], found["services"]) == (denied, denied, {"IAS": denied})


def test_facts_come_in_one_order(each_engine: EngineHost) -> None:
    found = _facts(each_engine, _WITHOUT_CIM, services=["b", "it's", "a"])
    assert list(found) == [
        *("name", "time", "powershell", "edition", "language_mode", "os_name", "os_edition"),
        *("os_build", "os_ubr", "product_type", "boot", "boot_mark", "domain"),
        *("machine_guid", "administrator"),
        *("pending_reboot", "roles", "sessions", "services"),
    ]
    assert list(found["roles"]) == ["nps", "rras", "connector"]
    assert list(found["services"]) == ["b", "it's", "a"]
    assert _facts(each_engine, _WITHOUT_CIM)["services"] == {}


def test_the_engine_tells_of_itself(each_engine: EngineHost) -> None:
    [version] = each_engine.run("[string] $PSVersionTable.PSVersion")
    arrange = "$env:COMPUTERNAME = 'VPN-01'"
    restore = "$name = $env:COMPUTERNAME"
    call = "try { Get-AovpnFacts -Services @() } finally { $env:COMPUTERNAME = $name }"
    found = each_engine.record(f"{_WITHOUT_CIM}\n{restore}\n{arrange}\n{call}")["facts"]
    assert found["name"] == {"value": "VPN-01"}
    assert found["powershell"] == {"value": version}
    assert found["edition"] == {"value": "Core"}
    assert found["language_mode"] == {"value": "FullLanguage"}
    time = found["time"]["value"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", time)
    ago = datetime.now(UTC) - datetime.fromisoformat(time[:26]).replace(tzinfo=UTC)
    assert abs(ago) < timedelta(minutes=5)


@pytest.mark.parametrize("reasons", [[], ["one"], ["one", "two"]])
def test_reasons_of_a_reboot_are_a_list(each_engine: EngineHost, reasons: list[str]) -> None:
    said = "; ".join(f"'{reason}'" for reason in reasons)
    shadow = f"function Get-AovpnPendingReboot {{ {said} }}"
    assert _facts(each_engine, _WITHOUT_CIM, shadow)["pending_reboot"] == {"value": reasons}


def test_an_administrator_is_told(windows: EngineHost) -> None:
    assert _facts(windows, _WITHOUT_CIM)["administrator"] == {"value": True}


def test_nothing_of_windows_is_known_elsewhere(linux: EngineHost) -> None:
    found = _facts(linux, _WITHOUT_CIM)
    no_registry = {"reason": "Cannot find a provider with the name 'Registry'."}
    for name in ("os_name", "os_edition", "os_build", "os_ubr", "product_type", "pending_reboot"):
        assert found[name] == no_registry, name
    no_windows = "Windows Principal functionality is not supported on this platform."
    assert found["administrator"] == {"reason": no_windows}


_COUNTS = "function Get-RemoteAccessConnectionStatistics { [CmdletBinding()] param() %s }"
_RRAS = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
_INSTALLED = (
    "function Get-Command { [CmdletBinding()] param($Name, $CommandType)\n"
    "if ($Name -eq 'RemoteAccess\\Get-RemoteAccessConnectionStatistics') { 'there' } }"
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", {"value": 0}),
        ("'one'", {"value": 1}),
        ("'one'; 'two'", {"value": 2}),
        ("throw 'RRAS did not answer.'", {"reason": "RRAS did not answer."}),
    ],
)
def test_sessions_are_counted(each_engine: EngineHost, body: str, said: Any) -> None:
    shadow = f"{_COUNTS % body}\nfunction Get-AovpnRoles {{ @{{ rras = @{{ value = $true }} }} }}"
    assert _facts(each_engine, _WITHOUT_CIM, _INSTALLED, shadow)["sessions"] == said


def test_an_error_of_a_module_is_no_count(each_engine: EngineHost) -> None:
    """A function of a module does not see the preference of the prologue."""
    module = (
        "$module = New-Module -Name AovpnSaid -ScriptBlock {\n"
        "$ErrorActionPreference = 'Continue'\n"
        f"{_COUNTS % 'Write-Error -Message denied'} }}\n"
        "Import-Module $module -Scope Local"
    )
    call = _text("Get-AovpnFact { Get-AovpnSessionCount }")
    script = f"{_INSTALLED}\n{module}\ntry {{ {call} }} finally {{ Remove-Module -Name AovpnSaid }}"
    assert each_engine.record(script) == {"reason": "denied"}


@pytest.mark.parametrize(
    ("rras", "said"),
    [
        ("@{ value = $true }", {"value": 1}),
        ("@{ value = $false }", {"value": None}),
        ("@{ reason = 'denied' }", {"value": 1}),
    ],
)
def test_sessions_are_asked_for_where_rras_may_be(
    each_engine: EngineHost, rras: str, said: Any
) -> None:
    shadow = f"{_INSTALLED}\nfunction Get-AovpnRoles {{ @{{ rras = {rras} }} }}"
    assert _facts(each_engine, _WITHOUT_CIM, _COUNTS % "'one'", shadow)["sessions"] == said


def test_sessions_are_unknown_without_the_cmdlet(linux: EngineHost) -> None:
    shadow = "function Get-AovpnRoles { @{ rras = @{ value = $true } } }"
    assert _facts(linux, shadow)["sessions"] == {"value": None}


def test_a_session_that_has_loaded_no_module_counts_sessions(
    windows: EngineHost, windows_lab: EngineLab
) -> None:
    """The aliases of the prologue are there before the module is."""
    windows.run(
        f"$null = New-Item '{_RRAS}' -Force\n$null = New-ItemProperty '{_RRAS}' Start -Value 2\n"
        + state("RemoteAccess", Sessions=3)
    )
    try:
        with windows_lab.connect() as session:
            [line] = session.run(reading((), ()), seconds=60)
    finally:
        windows.run(f"Remove-Item '{_RRAS}' -Recurse")
        forget(windows)
    assert json.loads(line)["facts"]["sessions"] == {"value": 3}
