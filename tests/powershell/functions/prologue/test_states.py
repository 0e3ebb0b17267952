"""The state of a kind: one answer, absent or not, expected or not, and its parts."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .scripts import error_of, text_of

_MISSING = '{"missing":"HKEY_X\\\\A"}'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", "null"),
        ("$null", "null"),
        ("$false", "false"),
        ("[ordered]@{ said = $Said }", '{"said":"it"}'),
        (", @('a', 'b')", '["a","b"]'),
    ],
)
def test_an_answer_is_one_object_or_none(each_engine: EngineHost, body: str, text: str) -> None:
    script = (
        f"function Get-Thing {{ param($Said) {body} }}\n"
        "ConvertTo-AovpnText (Read-AovpnState -Kind 'Thing' -Target @{ Said = 'it' })"
    )
    assert each_engine.run(script) == [text]


@pytest.mark.parametrize(("body", "count"), [("1; 2", 2), ("1; $null; 3", 3)])
def test_several_objects_are_no_answer(each_engine: EngineHost, body: str, count: int) -> None:
    script = f"function Get-Thing {{ {body} }}\nRead-AovpnState -Kind 'Thing' -Target @{{}}"
    assert (
        error_of(each_engine, script)["message"]
        == f"Get-Thing wrote {count} objects; a state is one."
    )


@pytest.mark.parametrize(
    ("state", "absent"),
    [
        ("$null", True),
        ("@{ missing = 'HKEY_X' }", True),
        ("([ordered]@{ missing = 'HKEY_X' })", True),
        ("@{ missing = $null }", False),
        ("@{ other = 1 }", False),
        ("@{}", False),
        ("'missing'", False),
        ("([pscustomobject] @{ missing = 'HKEY_X' })", False),
    ],
)
def test_absent_is_null_or_a_missing_key(each_engine: EngineHost, state: str, absent: bool) -> None:
    assert each_engine.record(f"ConvertTo-AovpnText (Test-AovpnAbsent {state})") is absent


def _expected(engine: EngineHost, state: str, expected: str) -> Any:
    script = (
        f"$state = {state}\n$text = ConvertTo-AovpnText $state\n"
        f"ConvertTo-AovpnText (Test-AovpnExpected -State $state -Text $text -Expected {expected})"
    )
    return engine.record(script)


@pytest.mark.parametrize(
    ("state", "expected", "same"),
    [
        pytest.param("[ordered]@{ a = 'x' }", '{"a":"x"}', True, id="as it was"),
        pytest.param("[ordered]@{ a = 'x' }", '{"a":"X"}', False, id="another case"),
        pytest.param("$null", "null", True, id="absent as it was"),
        pytest.param("$null", "", False, id="nothing expected"),
        pytest.param("$null", '{"a":"x"}', False, id="gone since"),
        pytest.param("[ordered]@{ a = 'x' }", "null", False, id="made since"),
        pytest.param("@{ missing = 'HKEY_X\\A' }", "null", False, id="its key gone since"),
        pytest.param(
            "@{ missing = 'HKEY_X\\A' }", _MISSING, True, id="its key as missing as it was"
        ),
        pytest.param("$null", _MISSING, True, id="its key made since"),
        pytest.param("@{ missing = 'HKEY_X\\A\\B' }", _MISSING, True, id="a key above made since"),
        pytest.param("@{ missing = 'HKEY_X\\A\\B\\C' }", _MISSING, True, id="two keys made since"),
        pytest.param("@{ missing = 'HKEY_X' }", _MISSING, False, id="a key further up gone since"),
        pytest.param("@{ missing = 'HKEY_X\\AB' }", _MISSING, False, id="a key beside it missing"),
        pytest.param(
            "@{ missing = 'HKEY_Y\\A\\B' }", _MISSING, False, id="a key elsewhere missing"
        ),
        pytest.param("@{ missing = 'HKEY_X\\a\\B' }", _MISSING, False, id="a key of another case"),
        pytest.param("@{ value = 1 }", _MISSING, False, id="the value made since"),
        pytest.param("'old'", _MISSING, False, id="a text made since"),
        pytest.param(
            "@{ missing = 'HKEY_X\\A\\B' }", ' {"missing":"HKEY_X\\\\A"}', False, id="no such text"
        ),
        pytest.param("$null", '{"Missing":"HKEY_X\\\\A"}', False, id="a key of another name"),
    ],
)
def test_a_state_is_expected_as_it_was_read(
    each_engine: EngineHost, state: str, expected: str, same: bool
) -> None:
    assert _expected(each_engine, state, literal(expected)) is same


@pytest.mark.parametrize(
    ("state", "names", "text"),
    [
        ("[ordered]@{ b = 1; a = $null; c = @('x') }", ["c", "b"], '{"b":1,"c":["x"]}'),
        ("[ordered]@{ b = 1; a = $null; c = 3 }", ["a"], '{"a":null}'),
        ("[ordered]@{ b = 1; a = 2 }", [], '{"b":1,"a":2}'),
        ("[ordered]@{ b = 1; a = 2 }", ["B", "d"], "{}"),
        ("@{ a = @{ b = 1 } }", ["b"], "{}"),
        ("$null", ["a"], "null"),
        ("'a'", ["a"], '"a"'),
    ],
)
def test_parts_of_a_state_are_in_its_own_order(
    each_engine: EngineHost, state: str, names: list[str], text: str
) -> None:
    script = f"ConvertTo-AovpnText (Select-AovpnPart -State ({state}) -Names {literal(names)})"
    assert each_engine.run(script) == [text]


def test_a_soft_hyphen_counts(each_engine: EngineHost) -> None:
    """To a comparison by language it does not, nor does NUL."""
    script = f"Test-AovpnExpected -State 'ab' -Text ('a' + {text_of(0xAD)} + 'b') -Expected 'ab'"
    assert each_engine.record(f"ConvertTo-AovpnText ({script})") is False
