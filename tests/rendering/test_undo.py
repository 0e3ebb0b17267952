"""The way back as text: whatever was there comes to Windows as a literal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aovpn_remediate.lab.windows.script import Call, Function, read_script
from aovpn_remediate.rendering.batch import (
    WayBack,
    arming,
    disarming,
    forgetting,
    looking_back,
    undoing,
)
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.restart import NOTHING, Restart
from tests.templates.powershell_trees import faults, tree

RUN = "20261121-020304-ab12"
HOSTILE = (
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


def _way_back(name: str, before: Any, needs: Restart = NOTHING) -> WayBack:
    return WayBack(f"test/{name}", _value(name), before, json.dumps(before), needs)


def _calls(text: str) -> list[Call]:
    return [item for item in read_script(text) if isinstance(item, Call)]


def _functions(text: str) -> set[str]:
    return {item.name for item in read_script(text) if isinstance(item, Function)}


def test_the_steps_go_backwards_with_all_that_they_need() -> None:
    steps = [
        _way_back("a", None),
        _way_back("b", {"type": "string", "data": "x"}, Restart(services=("IAS", "RasMan"))),
        _way_back("c", None, Restart(reboot=True)),
    ]
    text = undoing(RUN, steps)
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
def test_the_script_is_a_literal_of_a_script_with_literals(text: str) -> None:
    before = {"type": "string", "data": text}
    script = undoing(RUN, [_way_back(text, before)])
    armed = arming(RUN, 600, script)
    assert not faults(tree(armed))
    [call] = _calls(armed)
    assert call.function == "Invoke-AovpnArm"
    assert call.arguments == {"Run": RUN, "Seconds": 600, "Script": script}
    [undo] = _calls(call.arguments["Script"])
    [step] = undo.arguments["Steps"]
    assert step["Desired"] == {"type": "String", "data": text}
    assert step["Before"] == json.dumps(before)


def test_the_other_orders() -> None:
    wanted = {disarming: {}, forgetting: {"Forget": True}, looking_back: {"Look": True}}
    for order, more in wanted.items():
        text = order(RUN)
        assert not faults(tree(text))
        [call] = _calls(text)
        assert (call.function, call.arguments) == ("Invoke-AovpnDisarm", {"Run": RUN, **more})
        assert "Invoke-AovpnUndo" in _functions(text)


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+FFFE"):
        undoing(RUN, [_way_back("a", {"type": "string", "data": "\ufffe"})])
