"""Constrained language mode, as WDAC and AppLocker have it: what runs in it, and what does not.

The mode is set before the functions are there. The modules are loaded before it, as those of
Windows, which a policy trusts, run in full language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.resources import KINDS
from tests.powershell.arranged import state
from tests.powershell.conftest import LabOf
from tests.powershell.functions.arrange import own_service
from tests.powershell.host import EngineHost, read_step, set_step

_SERVICE = "AovpnConstrained"
_UNINSTALL = r"HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\AovpnConstrained"
_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnConstrained"
_CONSTRAINED = "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'"
_MODULES = (
    "Import-Module -Name CimCmdlets, Microsoft.PowerShell.Diagnostics, RemoteAccess, "
    "ScheduledTasks, VpnClient"
)
_CORE = "core types in this language mode."

_METHOD = (
    "MethodInvocationNotSupportedInConstrainedLanguage",
    f"Cannot invoke method. Method invocation is supported only on {_CORE}",
)
_TYPE = (
    "CannotCreateTypeConstrainedLanguage",
    "Cannot create type. Only core types are supported in this language mode.",
)
_NEW_TYPE = (
    "CannotDefineNewType",
    "Cannot add type. Definition of new types is not supported in this language mode.",
)
_REFUSED = {
    "registry_value": _METHOD,
    "user_right": _NEW_TYPE,
    "installed_program": _METHOD,
    "local_group_member": _TYPE,
}


@pytest.fixture(scope="module")
def constrained(lab_of: LabOf) -> Iterator[EngineHost]:
    """A host whose session is in constrained language, with a service and a program."""
    arrange = f"""
{_MODULES}
{own_service(_SERVICE)}
$null = New-Item -Path '{_UNINSTALL}' -Force
$null = New-ItemProperty -LiteralPath '{_UNINSTALL}' -Name DisplayName -Value 'Constrained'
{_CONSTRAINED}
"""
    with lab_of("windows").connect() as session:
        assert list(session.run(arrange, seconds=60)) == []
        yield EngineHost("windows", session)
        remove = (
            f"Stop-Service -Name {_SERVICE}; Remove-Service -Name {_SERVICE}\n"
            f"Remove-Item -LiteralPath '{_UNINSTALL}'"
        )
        assert list(session.run(remove, seconds=60)) == []


def _refused(record: Any) -> tuple[str, str]:
    assert not record["ok"], record
    assert "before" not in record
    return record["error"]["id"], record["error"]["message"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_whether_it_runs(constrained: EngineHost, kind: str) -> None:
    """`constrained_language` of a kind is what the README and the doctor say of it."""
    resource = KINDS[kind].model_validate(KINDS[kind].example)
    record = constrained.record(read_step(resource.function, resource.target()))
    blocked = not record["ok"] and _refused(record) in {_METHOD, _TYPE, _NEW_TYPE}
    if not (record["ok"] or blocked):
        pytest.skip(f"cannot be told on this engine: {record['error']['message']}")
    runs = not blocked
    assert KINDS[kind].constrained_language is runs, f"{kind}: constrained_language = {runs}"
    if kind in _REFUSED:
        assert _refused(record) == _REFUSED[kind]


_REGISTRY = {"Key": _KEY, "Name": "v"}
_RIGHT = {"Right": "SeServiceLogonRight", "Accounts": ["S-1-5-20"], "Exactly": False}


@pytest.mark.parametrize(
    ("function", "target", "error"),
    [("AovpnRegistryValue", _REGISTRY, _METHOD), ("AovpnUserRight", _RIGHT, _NEW_TYPE)],
)
def test_what_cannot_be_read_is_not_set(
    constrained: EngineHost, function: str, target: dict[str, Any], error: tuple[str, str]
) -> None:
    step = set_step(function, target, {"type": "DWord", "data": 1}, "null")
    assert _refused(constrained.record(step)) == error
    there = constrained.record(f"ConvertTo-AovpnText (Test-Path -LiteralPath 'Registry::{_KEY}')")
    assert there is False


def _states(record: Any) -> tuple[Any, Any]:
    assert record["ok"], record
    return json.loads(record["before"]), json.loads(record["after"])


def test_a_service_is_set_and_set_back(constrained: EngineHost) -> None:
    target = {"Name": _SERVICE, "Properties": ["status", "startup"]}
    idle = {"status": "stopped", "startup": "manual"}
    on = {"status": "running", "startup": "automatic_delayed"}
    there, back = {"exists": True, **idle}, {"exists": True, **on}
    assert _states(constrained.set("AovpnService", target, on)) == (there, back)
    assert _states(constrained.set("AovpnService", target, idle)) == (back, there)


def test_ports_are_set_and_set_back(constrained: EngineHost) -> None:
    before, after = _states(constrained.set("AovpnVpnServerPorts", {}, {"ikev2": 200}))
    assert (before["ikev2"], after) == (128, {**before, "ikev2": 200})
    back, again = _states(constrained.set("AovpnVpnServerPorts", {}, {"ikev2": 128}))
    assert (back, again) == (after, before)


_PREFIXES = {name: {"prefix": f"172.21.{n}.0/21", "metric": 7} for name, n in (("a", 12), ("b", 8))}


def test_routes_are_set_and_set_back(constrained: EngineHost) -> None:
    one = {"DestinationPrefix": _PREFIXES["a"]["prefix"], "RouteMetric": 7}
    vpn = {"Name": "VPN", "AllUserConnection": True, "Routes": [one]}
    enrolled = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Enrollments\AovpnConstrained"
    tracked = (
        r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\EnterpriseResourceManager\Tracked"
        r"\AovpnConstrained"
    )
    lines = [state("VpnClient", Connections=[vpn])]
    for key, value in ((enrolled, "MDM"), (tracked, "./Vendor/MSFT/VPNv2/VPN")):
        lines.append(f"$null = New-Item '{key}' -Force")
        lines.append(f"$null = New-ItemProperty '{key}' ProviderID -Value '{value}'")
    constrained.run("\n".join(lines))
    target = {"Name": "VPN", "AllUsers": True}
    there, back = {"routes": [_PREFIXES["a"]]}, {"routes": [_PREFIXES["b"]]}
    before, after = _states(constrained.set("AovpnVpnConnectionRoute", target, back))
    assert before["mdm"] == {"providers": ["MDM"], "profiles": ["VPN"]}
    assert (before, after) == ({**before, **there}, {**before, **back})
    assert _states(constrained.set("AovpnVpnConnectionRoute", target, there)) == (after, before)
    constrained.run(f"Remove-Item '{enrolled}', '{tracked}' -Recurse")


def test_eap_settings_are_set_and_set_back(constrained: EngineHost) -> None:
    vpn = {"Name": "VPN", "AllUserConnection": True, "Eap": "<a>X</a>"}
    constrained.run(state("VpnClient", Connections=[vpn]))
    target = {"Name": "VPN", "AllUsers": True}
    kind = "AovpnVpnConnectionEapServerNames"
    before, after = _states(constrained.set(kind, target, {"eap": "<a>x</a>"}))
    assert (before["eap"], after) == ("<a>X</a>", {**before, "eap": "<a>x</a>"})
    assert _states(constrained.set(kind, target, {"eap": "<a>X</a>"})) == (after, before)


def test_phone_books_are_read(constrained: EngineHost) -> None:
    home = r"C:\Users\AovpnConstrained"
    list_ = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\AovpnConstrained"
    book = rf"{home}\AppData\Roaming\Microsoft\Network\Connections\Pbk\rasphone.pbk"
    constrained.run(
        f"$null = New-Item '{list_}' -Force\n"
        f"$null = New-ItemProperty '{list_}' ProfileImagePath -Value '{home}'\n"
        f"$null = New-Item '{book}' -ItemType File -Force\n"
        f"Set-Content '{book}' -Value '[VPN]', 'DeviceComplianceEnabled=1'"
    )
    target = {"Name": "VPN", "AllUsers": False}
    [place] = constrained.read("AovpnVpnConnectionConditionalAccess", target)["places"]
    assert (place["whose"], place["enabled"]) == (home, "1")
    constrained.run(f"Remove-Item '{list_}', '{home}' -Recurse")


def test_a_service_is_restarted_and_started(constrained: EngineHost) -> None:
    script = f"Start-Service -Name {_SERVICE}\nInvoke-AovpnRestart -Service {_SERVICE} -Seconds 20"
    restarted = constrained.record(script)
    done = {"ok": True, "was": "running", "now": "running", "down": []}
    assert restarted == {"restart": _SERVICE, **done}
    script = f"Stop-Service -Name {_SERVICE}\nInvoke-AovpnStart -Service {_SERVICE} -Seconds 20"
    started = constrained.record(script)
    assert started == {"start": _SERVICE, "ok": True, "was": "stopped", "now": "running"}


def test_facts_are_read_but_for_the_administrator(constrained: EngineHost) -> None:
    facts = constrained.record(f"Get-AovpnFacts -Services '{_SERVICE}'")["facts"]
    assert facts["language_mode"] == {"value": "ConstrainedLanguage"}
    assert facts["administrator"] == {"reason": _METHOD[1]}
    roles, services = facts["roles"], facts["services"]
    every = {**facts, **roles, **services}
    unknown = [name for name, fact in every.items() if "reason" in fact]
    assert unknown == ["administrator"]
    assert services[_SERVICE]["value"]["account"] == "LocalSystem"


def test_no_backup_is_taken_in_constrained_language(constrained: EngineHost) -> None:
    said = constrained.record("Invoke-AovpnBackup -Of rras")
    assert (said["ok"], said["error"]["id"], said["error"]["message"]) == (
        False,
        "LanguageMode",
        "In ConstrainedLanguage no backup can be taken.",
    )


def test_no_way_back_is_armed(constrained: EngineHost) -> None:
    record = constrained.record("Invoke-AovpnArm -Run 'r-1' -Seconds 600 -Script '1'")
    del record["error"]["at"]
    message = "In ConstrainedLanguage no automatic rollback can be scheduled."
    error = {"id": "LanguageMode", "message": message}
    assert record == {"arm": "r-1", "ok": False, "until": None, "error": error}


@pytest.mark.parametrize("switch", ["", "-Look", "-Forget"])
def test_a_way_back_cannot_be_looked_at(constrained: EngineHost, switch: str) -> None:
    record = constrained.record(f"Invoke-AovpnDisarm -Run 'r-1' {switch}")
    assert (record["ok"], record["found"], record["outcome"]) == (False, None, None)
    assert (record["error"]["id"], record["error"]["message"]) == _METHOD


def test_the_undo_sets_services_back_and_writes_no_outcome(constrained: EngineHost) -> None:
    """One that was armed in full language, and runs in constrained language."""
    target = f"@{{ Name = '{_SERVICE}'; Properties = @('status') }}"
    before = '{"exists":true,"status":"running"}'
    step = (
        f"@{{ Id = 'a'; Kind = 'AovpnService'; Target = {target}; Before = '{before}'; "
        "Desired = @{ status = 'running' }; Reboot = $false; Services = @() }"
    )
    script = (
        f"Stop-Service -Name {_SERVICE}\nInvoke-AovpnUndo -Run 'r-1' -Steps @({step})\n"
        f"Get-AovpnServiceStatus -Name {_SERVICE}"
    )
    assert constrained.run(script) == ["running"]


def test_on_linux_the_same_functions_refuse(lab_of: LabOf) -> None:
    with lab_of("linux").connect() as session:
        assert list(session.run(_CONSTRAINED, seconds=60)) == []
        host = EngineHost("linux", session)
        facts = host.record("Get-AovpnFacts -Services @()")["facts"]
        assert facts["language_mode"] == {"value": "ConstrainedLanguage"}
        assert facts["administrator"] == {"reason": _METHOD[1]}
        assert _refused(host.record(read_step("AovpnUserRight", _RIGHT))) == _NEW_TYPE
