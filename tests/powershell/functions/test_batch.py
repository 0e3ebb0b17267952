"""Each branch of `batch.ps1.j2`: its calls, as a real PowerShell makes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from aovpn_remediate.rendering import batch
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.restart import Restart
from tests.powershell.host import EngineHost, function_files

_RUN = "20261121-020304-ab12"
_ODD = "it's \u2018so\u2019 \"$(throw 'run')\" `n # calls\r\n{{ x }}"
_CALLED = (
    *("Invoke-AovpnUndo", "Invoke-AovpnDisarm", "Invoke-AovpnArm", "Invoke-AovpnStep"),
    *("Invoke-AovpnRestart", "Invoke-AovpnStart", "Invoke-AovpnReboot", "Get-AovpnFacts"),
    "Get-AovpnEvents",
)
_FIRST = "Set-StrictMode -Version 3.0"


@dataclass(frozen=True)
class _Read:
    id: str
    resource: Resource


def _value(name: str, data: str = "new") -> Resource:
    fields = {"key": r"HKLM\SOFTWARE\Test", "name": name, "type": "string", "data": data}
    return KINDS["registry_value"].model_validate(fields)


def _target(name: str) -> dict[str, str]:
    return {"Key": r"HKEY_LOCAL_MACHINE\SOFTWARE\Test", "Name": name}


def _calls(engine: EngineHost, script: str) -> list[Any]:
    """The calls of a script: each a function and its arguments, in the order that they come."""
    _, mark, calls = script.partition("# calls\n")
    assert mark
    said = "ConvertTo-Json -InputObject @('{0}', @($args)) -Depth 8 -Compress"
    recorders = "\n".join(f"function {name} {{ {said.format(name)} }}" for name in _CALLED)
    return engine.records(f"{recorders}\n{calls}")


def _read_call(name: str) -> list[Any]:
    arguments = ["-Id:", name, "-Kind:", "AovpnRegistryValue", "-Target:", _target(name)]
    return ["Invoke-AovpnStep", arguments]


def _plain(calls: list[Any]) -> list[Any]:
    """The calls with each name of a parameter as it is written."""
    return [[name, [_bare(one) for one in arguments]] for name, arguments in calls]


def _bare(argument: Any) -> Any:
    return argument.rstrip(":") if isinstance(argument, str) and argument[:1] == "-" else argument


def _setting(name: str) -> batch.Setting:
    return batch.Setting(name, _value(name), {"type": "string", "data": _ODD}, f'"{_ODD}"')


def _set_call(name: str) -> list[Any]:
    desired = {"type": "String", "data": _ODD}
    arguments = ["-Desired", desired, "-Expected", f'"{_ODD}"', "-Apply"]
    return ["Invoke-AovpnStep", [*_plain([_read_call(name)])[0][1], *arguments]]


def _facts_call(*services: str) -> list[Any]:
    return ["Get-AovpnFacts", ["-Services", list(services)]]


def test_reading_asks_for_facts_and_each_step(each_engine: EngineHost) -> None:
    reads = (_Read("a", _value("a")), _Read(_ODD, _value(_ODD)))
    script = batch.reading(reads, ("IAS", "it's"))
    expected = [_facts_call("IAS", "it's"), *_plain([_read_call("a"), _read_call(_ODD)])]
    assert _plain(_calls(each_engine, script)) == expected
    assert _plain(_calls(each_engine, batch.reading((), ()))) == [_facts_call()]


def test_what_is_read_comes_as_one_text(each_engine: EngineHost) -> None:
    _, _, calls = batch.reading((_Read("a", _value("a")),), ()).partition("# calls\n")
    shadows = "function Get-AovpnFacts { 'facts' }\nfunction Invoke-AovpnStep { 'step' }"
    script = f"{shadows}\n$all = @(& {{ {calls} }})\n[string] $all.Count; $all"
    assert each_engine.run(script) == ["1", "facts", "step"]


def test_events_are_asked_for_log_by_log(each_engine: EngineHost) -> None:
    queries = [
        batch.EventQuery("a", ("Application",), {_ODD: {1: (0, "Name"), 2: ()}}),
        batch.EventQuery(_ODD, ("x", _ODD), {"p": {3: ()}}, signs=(4, 5), token=_ODD),
    ]
    script = batch.reading_events(queries, seconds=60, most=7)
    ends = ["-Seconds", 60, "-Most", 7]
    first = ["-Id", "a", "-Logs", ["Application"], "-Wanted", {_ODD: {"1": [0, "Name"], "2": []}}]
    second = ["-Id", _ODD, "-Logs", ["x", _ODD], "-Wanted", {"p": {"3": []}}]
    assert _plain(_calls(each_engine, script)) == [
        ["Get-AovpnEvents", [*first, "-Signs", [], "-Token", "", *ends]],
        ["Get-AovpnEvents", [*second, "-Signs", [4, 5], "-Token", _ODD, *ends]],
    ]


def test_setting_comes_before_reading(each_engine: EngineHost) -> None:
    sets, reads = [_setting("a"), _setting(_ODD)], [_Read("r", _value("r"))]
    for functions in (True, False):
        script = batch.setting(sets, reads, ["IAS"], functions=functions)
        expected = [_set_call("a"), _set_call(_ODD), _facts_call("IAS"), *_plain([_read_call("r")])]
        assert _plain(_calls(each_engine, script)) == expected
        assert (_FIRST in script) is functions


def test_a_state_to_be_absent_is_null(each_engine: EngineHost) -> None:
    absent = batch.Setting("a", _value("a"), None, "null")
    [call, _] = _plain(_calls(each_engine, batch.setting([absent], [], [], functions=False)))
    arguments = ["-Desired", None, "-Expected", "null", "-Apply"]
    assert call == ["Invoke-AovpnStep", [*_plain([_read_call("a")])[0][1], *arguments]]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            batch.restarting(["RasMan", "it's"], 9.2),
            [
                ["Invoke-AovpnRestart", ["-Service", name, "-Seconds", 9]]
                for name in ("RasMan", "it's")
            ],
        ),
        (
            batch.starting(["RasMan", "it's"], 8.6),
            [
                ["Invoke-AovpnStart", ["-Service", name, "-Seconds", 9]]
                for name in ("RasMan", "it's")
            ],
        ),
        (batch.rebooting(), [["Invoke-AovpnReboot", []]]),
        (batch.cancelling_rollback(_RUN), [["Invoke-AovpnDisarm", ["-Run", _RUN]]]),
        (batch.forgetting_rollback(_RUN), [["Invoke-AovpnDisarm", ["-Run", _RUN, "-Forget"]]]),
        (batch.inspecting_rollback(_RUN), [["Invoke-AovpnDisarm", ["-Run", _RUN, "-Look"]]]),
        (
            batch.scheduling_rollback(_RUN, 600, _ODD),
            [["Invoke-AovpnArm", ["-Run", _RUN, "-Seconds", 600, "-Script", _ODD]]],
        ),
    ],
    ids=["restart", "start", "reboot", "cancel", "forget", "inspect", "schedule"],
)
def test_a_visit_makes_its_call_alone(
    each_engine: EngineHost, script: str, expected: list[Any]
) -> None:
    assert _plain(_calls(each_engine, script)) == expected


def test_a_rollback_has_its_steps_backwards(each_engine: EngineHost) -> None:
    before = {"type": "string", "data": _ODD}
    steps = [
        batch.RollbackStep("a", _value("a"), None, "null", Restart(services=("IAS", "RasMan"))),
        batch.RollbackStep("b", _value("b"), before, json.dumps(before), Restart(reboot=True)),
    ]
    [[name, arguments]] = _plain(_calls(each_engine, batch.rolling_back(_RUN, steps)))
    assert (name, arguments[:3]) == ("Invoke-AovpnUndo", ["-Run", _RUN, "-Steps"])
    kind = "AovpnRegistryValue"
    last = {"Id": "b", "Kind": kind, "Target": _target("b"), "Before": json.dumps(before)}
    first = {"Id": "a", "Kind": kind, "Target": _target("a"), "Before": "null"}
    assert arguments[3:] == [
        [
            last | {"Desired": {"type": "String", "data": _ODD}, "Reboot": True, "Services": []},
            first | {"Desired": None, "Reboot": False, "Services": ["IAS", "RasMan"]},
        ]
    ]


def test_functions_are_sent_as_they_are_written() -> None:
    texts = {path.name: path.read_text("ascii") for path in function_files()}
    reads = (_Read("a", _value("a")), _Read("b", _value("b")))
    wanted = {
        batch.reading(reads, ()): (
            "prologue.ps1",
            "registry.ps1",
            "facts.ps1",
            "registry_value.ps1",
        ),
        batch.restarting(["x"]): ("prologue.ps1", "services.ps1", "restart.ps1"),
        batch.inspecting_rollback(_RUN): ("prologue.ps1", "files.ps1", "undo.ps1", "confirm.ps1"),
    }
    for script, names in wanted.items():
        functions, _, _ = script.partition("# calls\n")
        assert functions.strip() == "\n".join(texts[name] for name in names).strip()
