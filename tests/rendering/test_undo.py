"""Scripts of automatic rollbacks, in which every state is a literal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aovpn_remediate.lab.windows.script import Call, Function, read_script
from aovpn_remediate.rendering.batch import (
    RollbackStep,
    cancelling_rollback,
    forgetting_rollback,
    inspecting_rollback,
    rolling_back,
    scheduling_rollback,
)
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.restart import NOTHING, Restart
from tests.templates.powershell_trees import faults, tree

RUN = "20261121-020304-ab12"
HOSTILE = (
    "\ufffe",
    "\uffff\ud800",
    "it's",
    "\u2018\u2019\u201a\u201b'",
    "$(Restart-Computer) `$x",
    "'@\n@'",
    '"; exit',
    "# calls\nInvoke-AovpnReboot",
    "a\r\nb",
    "\U0001f600 \u2028",
)


def _value(name: str) -> Resource:
    fields = {"key": r"HKLM\SOFTWARE\Test", "name": name, "type": "string", "data": "new"}
    return KINDS["registry_value"].model_validate(fields)


def _rollback_step(name: str, before: Any, needs: Restart = NOTHING) -> RollbackStep:
    return RollbackStep(f"test/{name}", _value(name), before, json.dumps(before), needs)


def _calls(text: str) -> list[Call]:
    return [item for item in read_script(text) if isinstance(item, Call)]


def _functions(text: str) -> set[str]:
    return {item.name for item in read_script(text) if isinstance(item, Function)}


def test_the_steps_are_rolled_back_in_reverse_order_with_their_restarts() -> None:
    steps = [
        _rollback_step("a", None),
        _rollback_step("b", {"type": "string", "data": "x"}, Restart(services=("IAS", "RasMan"))),
        _rollback_step("c", None, Restart(reboot=True)),
    ]
    text = rolling_back(RUN, steps)
    assert not faults(tree(text))
    [call] = _calls(text)
    assert call.function == "Invoke-AovpnUndo"
    assert call.arguments["Run"] == RUN
    found = call.arguments["Steps"]
    assert [step["Id"] for step in found] == ["test/c", "test/b", "test/a"]
    assert [step["Reboot"] for step in found] == [True, False, False]
    assert [step["Services"] for step in found] == [[], ["IAS", "RasMan"], []]
    assert [step["Desired"] for step in found] == [None, {"type": "String", "data": "x"}, None]
    assert found[2]["Before"] == "null"
    assert {"Get-AovpnRegistryValue", "Set-AovpnRegistryValue"} <= _functions(text)
    assert "Get-AovpnService" not in _functions(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_scheduled_script_is_a_literal_and_contains_literals(text: str) -> None:
    before = {"type": "string", "data": text}
    script = rolling_back(RUN, [_rollback_step(text, before)])
    scheduled = scheduling_rollback(RUN, 600, script)
    assert not faults(tree(scheduled))
    [call] = _calls(scheduled)
    assert call.function == "Invoke-AovpnArm"
    assert call.arguments == {"Run": RUN, "Seconds": 600, "Script": script}
    [undo] = _calls(call.arguments["Script"])
    [step] = undo.arguments["Steps"]
    assert step["Desired"] == {"type": "String", "data": text}
    assert step["Before"] == json.dumps(before)


def test_scripts_cancel_forget_and_inspect_a_rollback() -> None:
    wanted = {
        cancelling_rollback: {},
        forgetting_rollback: {"Forget": True},
        inspecting_rollback: {"Look": True},
    }
    for script, more in wanted.items():
        text = script(RUN)
        assert not faults(tree(text))
        [call] = _calls(text)
        assert (call.function, call.arguments) == ("Invoke-AovpnDisarm", {"Run": RUN, **more})
        assert "Invoke-AovpnUndo" in _functions(text)
