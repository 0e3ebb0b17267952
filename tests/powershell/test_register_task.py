"""The script that registers the service as a scheduled task: what it registers, and its errors."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from aovpn_remediate.drift import service_files
from aovpn_remediate.drift.service_files import ServiceCommand
from aovpn_remediate.errors import ScriptError
from aovpn_remediate.rendering.literals import in_ascii
from tests.powershell.arranged import failing
from tests.powershell.host import EngineHost

_KEY = r"HKLM:\SOFTWARE\AovpnStandIn\Tasks\aovpn-remediate-drift"
_TASKS = f"if (Test-Path {_KEY}) {{ (Get-Item {_KEY}).Property }}"


def _script() -> str:
    command = ServiceCommand(r"C:\aovpn\fleet.yaml", ("--every", "1h"), 3600.0, "a fleet")
    [text] = service_files.windows(command, r"C:\x\aovpn-remediate.exe", "1").values()
    return text


def _register(host: EngineHost, account: str = "") -> Any:
    arguments = f" -Account '{account}'" if account else ""
    assert host.run(f"& {{\n{_script()}\n}}{arguments}") == []
    [task] = host.run(f"(Get-Item {_KEY}).GetValue('Task')")
    return json.loads(task)


def test_a_service_that_has_ended_is_started_again(stand_ins: EngineHost) -> None:
    task = _register(stand_ins)
    at_startup, repeated = task["Triggers"]
    assert (at_startup["StartBoundary"], at_startup["Repetition"]) == (None, None)
    assert repeated["StartBoundary"][10:19] == "T00:00:00"
    assert repeated["Repetition"] == {
        "Interval": "PT1M",
        "StopAtDurationEnd": False,
        "Duration": None,
    }
    settings = task["Settings"]
    assert settings["MultipleInstances"] == "IgnoreNew", "a second service while the first one runs"
    assert (settings["ExecutionTimeLimit"], settings["StartWhenAvailable"]) == ("PT0S", True)
    assert (settings["RestartCount"], settings["RestartInterval"]) == (0, None)
    assert {*stand_ins.run(_TASKS)} == {"Task", "Started"}


@pytest.mark.parametrize(
    ("account", "logon"), [("", "ServiceAccount"), ("CORP\\drift$", "Password")]
)
def test_the_account_is_the_one_asked_for(stand_ins: EngineHost, account: str, logon: str) -> None:
    principal = _register(stand_ins, account)["Principal"]
    name = account or "NT AUTHORITY\\NETWORK SERVICE"
    assert (principal["UserId"], principal["LogonType"]) == (name, logon)
    assert principal["RunLevel"] == "Limited"


def test_in_ascii_the_script_registers_the_same(stand_ins: EngineHost) -> None:
    command = ServiceCommand("C:\\ESPA\u00d1A\\f.yaml", ("--every", "1h"), 3600.0, "it\u2019s")
    [text] = service_files.windows(command, "C:\\\u00d1\\x.exe", "1").values()
    assert stand_ins.run(f"& {{\n{in_ascii(text)}\n}}") == []
    [task] = stand_ins.records(f"(Get-Item {_KEY}).GetValue('Task')")
    assert task["Description"] == "Drift detection for it\u2019s"
    [action] = task["Actions"]
    assert action["Execute"] == "C:\\\u00d1\\x.exe"
    assert action["Arguments"] == "drift run -i C:\\ESPA\u00d1A\\f.yaml --every 1h"


def test_registering_again_replaces_the_task(stand_ins: EngineHost) -> None:
    _register(stand_ins, "CORP\\old$")
    assert _register(stand_ins, "CORP\\new$")["Principal"]["UserId"] == "CORP\\new$"


_COMMANDS = {
    "New-ScheduledTaskAction": "Execute Argument",
    "New-ScheduledTaskTrigger": "AtStartup Once At RepetitionInterval",
    "New-ScheduledTaskSettingsSet": "MultipleInstances StartWhenAvailable ExecutionTimeLimit",
    "New-ScheduledTaskPrincipal": "UserId LogonType RunLevel",
    "Register-ScheduledTask": ("TaskName Description Action Trigger Settings Principal Force"),
}


@pytest.mark.parametrize("command", _COMMANDS)
def test_nothing_is_started_after_an_error(stand_ins: EngineHost, command: str) -> None:
    shadow = failing(
        command, *_COMMANDS[command].split(), answer="[pscustomobject] @{ UserId = 1 }"
    )
    shadow = re.sub(r"\$(AtStartup|Once|Force)\b", r"[switch] $\1", shadow)
    with pytest.raises(ScriptError, match="denied"):
        stand_ins.run(f"{shadow}$ErrorActionPreference = 'Continue'\n& {{\n{_script()}\n}}")
    assert stand_ins.run(_TASKS) == []


def test_a_task_that_does_not_start_is_an_error(stand_ins: EngineHost) -> None:
    shadow = failing("Start-ScheduledTask", "TaskName", answer="")
    with pytest.raises(ScriptError, match="denied"):
        stand_ins.run(f"{shadow}$ErrorActionPreference = 'Continue'\n& {{\n{_script()}\n}}")
