"""Own scripts: two texts of a playbook, which see values and never hold them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.script import Script
from tests.powershell.host import EngineHost, read_step

_KIND = "AovpnScript"
_GET = "ConvertTo-Json -Compress -Depth 10 -InputObject $Values"
_HOSTILE = {
    "quotes": "'\u2018\u2019\u201a\u201b'' \"",
    "code": "$(throw 1) `n ${x}; Remove-Item C:\\",
    "lines": "two\nlines\r\n\ttab\u2028",
    "wild": "[a]*?",
    "long": "x" * 5000,
    "empty": "",
    "nothing": None,
    "yes": True,
    "large": 2**64 - 1,
    "list": [],
    "one": ["a"],
    "deep": {"b": {"c": [1, {"d": False}]}},
}


def target(get: str, set_: str = "", values: Any = None) -> dict[str, Any]:
    return {"Get": get, "Set": set_, "Values": values or {}}


def read(host: EngineHost, get: str, values: Any = None) -> Any:
    answer = host.read(_KIND, target(get, values=values))
    return Script(name="x", get=get, state={}).normalise(answer)


def reason(host: EngineHost, get: str, set_: str = "") -> str:
    record = host.record(read_step(_KIND, target(get, set_)))
    assert not record["ok"], record
    return str(record["error"]["message"])


def test_values_are_parameters_whatever_is_in_them(each_engine: EngineHost) -> None:
    assert read(each_engine, _GET, _HOSTILE) == _HOSTILE


def test_half_a_character_is_a_value_and_no_state(each_engine: EngineHost) -> None:
    values = {"half": "\ud800"}
    assert read(each_engine, '"{`"a`":$([int] [char] $Values.half)}"', values) == {"a": 0xD800}
    with pytest.raises(Unreadable, match="the host answered something else: text"):
        read(each_engine, "'{\"a\":\"' + $Values.half + '\"}'", values)


def test_nothing_is_absent(each_engine: EngineHost) -> None:
    for text in ("$null = 1", "''", '"`n "', "'null'", "' null '", "if ($false) { 1 }"):
        assert read(each_engine, text) is None, text


def test_a_text_of_several_lines_is_one_state(each_engine: EngineHost) -> None:
    assert read(each_engine, "'{'; '\"a\": 1'; '}'") == {"a": 1}
    assert read(each_engine, "$x = @{ a = 1 }\n$x | ConvertTo-Json") == {"a": 1}


@pytest.mark.parametrize(
    ("get", "what"), [("@{ a = 1 }", "Hashtable"), ("'{}'; 5", "Int32"), ("$null", "null")]
)
def test_what_is_no_text_is_told_in_a_line(each_engine: EngineHost, get: str, what: str) -> None:
    assert reason(each_engine, get) == (
        f"get wrote {what}, not a text: end it with ConvertTo-Json -Compress -Depth 10 "
        "-InputObject STATE"
    )


_RUNS = "$global:Ran = 1; "


@pytest.mark.parametrize(
    ("get", "set_", "said"),
    [
        (f"{_RUNS}\nif (", "", "get is not PowerShell: line 2: "),
        (_RUNS, "a\n\n'b", "set is not PowerShell: line 3: "),
        (f"{_RUNS}\nexit 1", "", "get must not exit: line 2: it would end the session"),
        (_RUNS, "if ($Desired) { exit }", "set must not exit: line 1: "),
    ],
)
def test_both_texts_are_checked_before_one_runs(
    each_engine: EngineHost, get: str, set_: str, said: str
) -> None:
    each_engine.run("$global:Ran = 0")
    message = reason(each_engine, get, set_)
    assert message.startswith(said)
    assert "\n" not in message
    assert each_engine.run("[string] $Ran") == ["0"]


def test_what_a_text_throws_is_told(each_engine: EngineHost) -> None:
    assert reason(each_engine, "throw 'no such thing'") == "no such thing"
    assert "NoSuchCommand" in reason(each_engine, "NoSuchCommand")


_STATE = "$global:Kept"
_KEEP = f"{_STATE} = if ($null -eq $Desired) {{ $null }} else {{ $Desired }}; 'said'; 5"
_TELL = f"if ($null -ne {_STATE}) {{ ConvertTo-Json -Compress -Depth 10 -InputObject {_STATE} }}"


@pytest.mark.parametrize("values", [{}, {"a": 1}])
def test_a_state_is_set_and_set_back(each_engine: EngineHost, values: Any) -> None:
    each_engine.run("$global:Kept = $null")
    whole = target(_TELL, _KEEP, values)
    for state in ({"a": [], "it's": "\u2019$x"}, {"a": [1]}, None):
        done = each_engine.set(_KIND, whole, state)
        assert done["ok"], done
        answer = each_engine.read(_KIND, whole)
        assert Script(name="x", get=_TELL, state={}).normalise(answer) == state


def test_a_set_that_does_nothing_has_not_held(each_engine: EngineHost) -> None:
    done = each_engine.set(_KIND, target("'{}'", "$null = 1"), {"a": 1})
    assert done["error"]["id"] == "NotHeld"


def test_get_sees_no_state_to_set_and_set_sees_the_values(each_engine: EngineHost) -> None:
    each_engine.run("$global:Seen = 0")
    get = "if ($null -ne $Desired) { 'seen' }; ConvertTo-Json -Compress @{ n = $global:Seen }"
    set_ = "$global:Seen = $Values.n + $Desired.n"
    done = each_engine.set(_KIND, target(get, set_, {"n": 3}), {"n": 4})
    assert done["ok"], done
    assert json.loads(done["after"]) == {"text": '{"n":7}'}


def test_what_a_text_leaves_behind_is_gone(each_engine: EngineHost) -> None:
    read(each_engine, "$Values = 5; function Get-Own { }; $x = 1")
    said = each_engine.run("[string] (Test-Path function:Get-Own)")
    assert said == ["False"]
    assert read(each_engine, _GET, {"a": 1}) == {"a": 1}


def test_a_value_stays_a_value_in_the_call(each_engine: EngineHost) -> None:
    values = {"x": "'; $global:Ran = 1; '"}
    each_engine.run("$global:Ran = 0")
    assert read(each_engine, "ConvertTo-Json -Compress @{ x = $Values.x }", values) == values
    assert each_engine.run("[string] $Ran") == ["0"]
    assert literal(values) in read_step(_KIND, target("x", values=values))
