"""Cultures: what is read, set, said and armed is the same in each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.functions.arrange import own_service
from tests.powershell.host import WITHOUT_ALIASES, EngineHost, function_files, read_step

_ENGLISH = "en-US"
_OTHERS = {
    "de-DE": ["1,5", "2026", "mini"],
    "tr-TR": ["1,5", "2026", "m\u0131n\u0131"],
    "ar-SA": ["1.5", "1447", "mini"],
    "th-TH": ["1.5", "2569", "mini"],
}
"""Each with what its language makes of a number, a year and a word."""

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")
_SERVICE = "AovpnMini"
_KEY = r"hkey_local_machine\SOFTWARE\AovpnMINI"
_CLASS = r"HKLM:\SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}\0999"
_PROGRAM = r"HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\AovpnMini"
_WORDS = "I\u0130\u0131i \u0e01 \u0661 \u00df"
_DATA = {
    "DWord": 4294967295,
    "QWord": 18446744073709551615,
    "String": _WORDS,
    "ExpandString": f"%TEMP% {_WORDS}",
    "MultiString": [_WORDS, "x"],
    "Binary": [0, 255],
}


@cache
def _functions() -> str:
    files = [path.read_text("utf-8") for path in function_files()]
    return "\n".join((*files, WITHOUT_ALIASES))


def _in_culture(engine: EngineHost, culture: str, *lines: str) -> list[str]:
    """The output of lines in a culture; all functions are defined in it."""
    script = f"""
$before = [CultureInfo]::CurrentCulture, [CultureInfo]::CurrentUICulture
try {{
    $culture = [CultureInfo] '{culture}'
    [CultureInfo]::CurrentCulture = $culture
    [CultureInfo]::CurrentUICulture = $culture
    [CultureInfo]::DefaultThreadCurrentCulture = $culture
    [CultureInfo]::DefaultThreadCurrentUICulture = $culture
    {_functions()}
    {_joined(lines)}
}}
finally {{
    [CultureInfo]::CurrentCulture, [CultureInfo]::CurrentUICulture = $before
    [CultureInfo]::DefaultThreadCurrentCulture = $null
    [CultureInfo]::DefaultThreadCurrentUICulture = $null
}}
"""
    return engine.run(script)


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _without_times(lines: list[str]) -> list[str]:
    """The lines with a word for each time; a time is one of today by our calendar."""
    now = datetime.now(UTC)
    for text, _ in _TIME.findall("\n".join(lines)):
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        assert now - timedelta(days=60) < at < now + timedelta(hours=1), text
    return [_TIME.sub("a time", line) for line in lines]


def _set(kind: str, target: str, desired: str) -> str:
    step = f"Invoke-AovpnStep -Id 'it' -Kind '{kind}' -Target {target}"
    return (
        f"$now = ({step} | ConvertFrom-Json).before\n"
        f"{step} -Desired {desired} -Expected $now -Apply"
    )


def _registry() -> list[str]:
    lines = []
    for kind, data in _DATA.items():
        target = literal({"Key": _KEY, "Name": f"MINI {kind}"})
        desired = literal({"type": kind, "data": data, "create": True})
        lines += [_set("AovpnRegistryValue", target, desired)]
        lines += [read_step("AovpnRegistryValue", {"Key": _KEY, "Name": f"mini {kind}"})]
    for kind in _DATA:
        target = literal({"Key": _KEY.upper(), "Name": f"mini {kind}"})
        missing = literal({"missing": _KEY.upper()})
        lines += [_set("AovpnRegistryValue", target, missing)]
    return lines


def _services() -> list[str]:
    target = literal({"Name": _SERVICE.upper(), "Properties": ["STATUS", "startup"]})
    return [
        _set("AovpnService", target, "@{ status = 'running'; startup = 'automatic_delayed' }"),
        f"Invoke-AovpnRestart -Service {_SERVICE.upper()} -Seconds 20",
        f"Get-AovpnFacts -Services '{_SERVICE.upper()}'",
        _set("AovpnService", target, "@{ status = 'stopped'; startup = 'disabled' }"),
        _set("AovpnService", target, "@{ startup = 'manual' }"),
        f"Invoke-AovpnStart -Service {_SERVICE.lower()} -Seconds 20",
        _set("AovpnService", target, "@{ status = 'stopped' }"),
        read_step("AovpnService", {"Name": "none", "Properties": ["status"]}),
    ]


def _kinds() -> list[str]:
    right = {"Right": "SeInteractiveLogonRight", "Accounts": ["S-1-5-32-544"], "Exactly": True}
    group = {"Group": "S-1-5-32-544", "Account": "S-1-5-18"}
    return [
        _set("AovpnVpnServerPorts", "@{}", "@{ ikev2 = 200; sstp = 7 }"),
        _set("AovpnVpnServerPorts", "@{}", "@{ ikev2 = 128; sstp = 128 }"),
        read_step("AovpnOsBuild", {}),
        read_step("AovpnInstalledProgram", {"Name": "mini program"}),
        read_step("AovpnUserRight", right),
        read_step("AovpnLocalGroupMember", group, "group"),
    ]


def _undo() -> list[str]:
    """The lines that a way back writes, for a value and a service that were changed."""
    value = literal({"Key": _KEY, "Name": "MINI"})
    service = literal({"Name": _SERVICE, "Properties": ["status"]})
    steps = (
        "@{ Id = 'value'; Kind = 'AovpnRegistryValue'; "
        "Desired = @{ type = 'DWord'; data = 1; create = $true }; "
        f"Target = {value}; Before = '{{}}'; Reboot = $false; Services = @('{_SERVICE}') }},"
        "@{ Id = 'service'; Kind = 'AovpnService'; Desired = @{ status = 'running' }; "
        f"Target = {service}; Before = '{{}}'; Reboot = $false; Services = @() }}"
    )
    return [
        "function Write-AovpnOutcome { param($Run, $Line) $Line }",
        f"Invoke-AovpnUndo -Run 'I-1' -Steps @({steps})",
        _set("AovpnRegistryValue", value, literal({"missing": _KEY})),
        f"Stop-Service -Name {_SERVICE}",
    ]


def _arm() -> list[str]:
    return [
        # Wine keeps no protection of a folder, and this one is not what is tried.
        "function Assert-AovpnUndoFolder { }",
        "Invoke-AovpnArm -Run 'I-1' -Seconds 600 -Script '1'",
        "(Get-ScheduledTask -TaskName 'undo-I-1').Triggers[0].StartBoundary",
        "Invoke-AovpnDisarm -Run 'I-1' -Look",
        "Invoke-AovpnDisarm -Run 'I-1'",
        "Invoke-AovpnDisarm -Run 'I-1' -Look",
    ]


@pytest.fixture(scope="module")
def arranged(windows: EngineHost) -> Iterator[EngineHost]:
    """A host with a service, a miniport and a program whose names have an I."""
    windows.load(f"""
{own_service(_SERVICE)}
$null = New-Item -Path '{_CLASS}', '{_PROGRAM}' -Force
$null = New-ItemProperty -LiteralPath '{_CLASS}' -Name MatchingDeviceId -Value 'MS_SSTPMINIPORT'
$null = New-ItemProperty -LiteralPath '{_CLASS}' -Name MaxWanEndpoints -Value 77 -PropertyType DWord
$null = New-ItemProperty -LiteralPath '{_PROGRAM}' -Name DisplayName -Value 'MINI program'
$null = New-ItemProperty -LiteralPath '{_PROGRAM}' -Name DisplayVersion -Value '1.2.3.4'
""")
    yield windows
    windows.load(
        f"Remove-Service -Name {_SERVICE}; Remove-Item -LiteralPath '{_CLASS}', '{_PROGRAM}'"
    )


def _portable() -> list[str]:
    """What an engine without a registry and services has of each function."""
    things = (
        "$script:Things = @{}\n"
        "function Get-Mini { param($Name) $script:Things[$Name] }\n"
        "function Set-Mini { param($Name, $Desired) $script:Things[$Name] = $Desired }\n"
        "function Write-AovpnOutcome { param($Run, $Line) $Line }"
    )
    undo = (
        "@{ Id = 'I'; Kind = 'Mini'; Target = @{ Name = 'I' }; Before = '{}'; "
        "Desired = 1.5; Reboot = $false; Services = @() }"
    )
    typed = "$desired = @{ type = '%s'; data = %s }"
    data = [
        f"{typed % (kind, literal(value))}\n"
        "ConvertTo-AovpnText (ConvertTo-AovpnRegistryData -Desired $desired)"
        for kind, value in _DATA.items()
    ]
    status = (
        "function Get-Service { [pscustomobject] @{ ServiceName = 'mini'; Status = 'STARTING' } }"
    )
    return [
        things,
        *data,
        _set("Mini", "@{ Name = 'I' }", f"@{{ I = 1.5; i2 = {literal(_WORDS)} }}"),
        _set("Mini", "@{ Name = 'i' }", "@{ missing = 'I' }"),
        f"Invoke-AovpnUndo -Run 'I-1' -Steps @({undo})",
        "Get-AovpnFacts -Services 'MINI'",
        "Get-AovpnUndoArgument -Path 'C:\\I' -Hash '00-FI'",
        "$at = ConvertTo-AovpnUtc -Text '2026-07-01T10:00:00+02:00'",
        "$at.ToString('s'), [string] $at.Kind",
        "Select-AovpnRestarts -Services 'RASMAN', 'remoteaccess', 'MINI', 'mini'",
        status,
        "Get-AovpnServiceStatus -Name 'MINI'",
    ]


_ON_WINDOWS = {
    "registry": _registry,
    "services": _services,
    "kinds": _kinds,
    "undo": _undo,
    "arm": _arm,
}


def test_a_culture_is_one(each_engine: EngineHost) -> None:
    """Else nothing below would tell."""
    said = (
        "(1.5).ToString()",
        "([DateTime] '2026-05-01').ToString('yyyy')",
        "'MINI'.ToLower()",
    )
    found = {culture: _in_culture(each_engine, culture, *said) for culture in _OTHERS}
    # Of an Arabic number the two tables of languages have two opinions.
    found["ar-SA"][0] = found["ar-SA"][0].replace("\u066b", ".")
    assert found == _OTHERS
    assert _in_culture(each_engine, _ENGLISH, *said) == ["1.5", "2026", "mini"]


@pytest.mark.parametrize("part", _ON_WINDOWS)
def test_windows_is_the_same_in_each_culture(arranged: EngineHost, part: str) -> None:
    lines = _ON_WINDOWS[part]()
    english = _without_times(_in_culture(arranged, _ENGLISH, *lines))
    failed = [line for line in english if '"ok":false' in line]
    # Wine has no local groups to ask.
    assert all(line.startswith('{"id":"group"') for line in failed), failed
    for culture in _OTHERS:
        assert _without_times(_in_culture(arranged, culture, *lines)) == english, culture


def test_an_engine_is_the_same_in_each_culture(each_engine: EngineHost) -> None:
    lines = _portable()
    english = _without_times(_in_culture(each_engine, _ENGLISH, *lines))
    assert english[-5:] == ["2026-07-01T08:00:00", "Utc", "RASMAN", "MINI", "starting"]
    for culture in _OTHERS:
        assert _without_times(_in_culture(each_engine, culture, *lines)) == english, culture


@pytest.mark.parametrize("culture", [_ENGLISH, *_OTHERS])
def test_what_is_armed_is_in_our_calendar(arranged: EngineHost, culture: str) -> None:
    record, boundary, *_ = _in_culture(arranged, culture, *_arm())
    until = json.loads(record)["until"]
    assert boundary == until
    ahead = datetime.fromisoformat(until) - datetime.now(UTC)
    assert timedelta(minutes=5) < ahead < timedelta(minutes=11)
