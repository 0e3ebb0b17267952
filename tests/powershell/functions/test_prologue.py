"""The functions of `prologue.ps1` that a step rests on: texts, errors, accounts, states."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

_MISSING = '{"missing":"HKEY_X\\\\A"}'


def _code(*units: int) -> str:
    """A PowerShell expression of a text with these UTF-16 units."""
    return f"(-join [char[]] @({', '.join(map(str, units))}))"


def _error(engine: EngineHost, script: str, arrange: str = "") -> Any:
    """The error that `ConvertTo-AovpnError` makes of what a script throws."""
    caught = "ConvertTo-Json (ConvertTo-AovpnError $_) -Compress"
    return engine.record(f"{arrange}\ntry {{ {script} }} catch {{ {caught} }}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("$null", "null"),
        ("'a b~'", '"a b~"'),
        (
            "[ordered]@{ b = 1; a = @(); c = $null; d = [string[]] @('x') }",
            '{"b":1,"a":[],"c":null,"d":["x"]}',
        ),
        ("@(1)", "[1]"),
        ("[ordered]@{ a = [byte[]] @(7); b = [object[]] @() }", '{"a":[7],"b":[]}'),
        ("'q\"\\'", r'"q\"\\"'),
        # Around the two ends of ASCII that is printed as it is.
        (_code(0x20, 0x21, 0x7D, 0x7E, 0x7F, 0x80), r'" !}~\u007f\u0080"'),
        (_code(0xFFFE, 0xFFFF), r'"\ufffe\uffff"'),
        (_code(0xD800), r'"\ud800"'),
        (_code(0xDC00, 0xD800), r'"\udc00\ud800"'),
        (_code(0xD83D, 0xDE00), r'"\ud83d\ude00"'),
        (_code(0xAD, 0x41), r'"\u00adA"'),
        (_code(0, 0x1F, 0xA), r'"\u0000\u001f\n"'),
    ],
)
def test_a_state_is_one_line_of_ascii(each_engine: EngineHost, value: str, text: str) -> None:
    assert each_engine.run(f"ConvertTo-AovpnText ({value})") == [text]


def test_nothing_is_null_whatever_the_engine_makes_of_it(each_engine: EngineHost) -> None:
    """Windows PowerShell 5.1 makes no JSON at all of it."""
    as_5_1 = "function ConvertTo-Json { param($InputObject, [switch] $Compress, $Depth) }"
    assert each_engine.run(f"{as_5_1}\nConvertTo-AovpnText $null") == ["null"]


_EVERY = "(-join [char[]] @(0..0xffff))"
_LONG = f"'+ %7f %25 %u00e9 %c3 ' + {_code(0x7F, 0xE9)} + {_EVERY}"


def test_a_long_state_is_ascii_as_a_short_one(each_engine: EngineHost) -> None:
    """What is long is made so in another way: each character is compared."""
    short = (
        "-join ($text -split '(?s)(.{9000})' -ne '' | ForEach-Object { ConvertTo-AovpnAscii $_ })"
    )
    [long, parts] = each_engine.run(
        f"$text = ConvertTo-Json ({_LONG}) -Compress\nConvertTo-AovpnAscii $text\n{short}"
    )
    assert long == parts
    assert long.isascii()
    units = json.loads(long).encode("utf-16-le", "surrogatepass")
    whole = "+ %7f %25 %u00e9 %c3 \x7f\xe9".encode("utf-16-le")
    assert units == whole + struct.pack("<65536H", *range(65536))


def test_a_million_characters_outside_ascii_are_quick(each_engine: EngineHost) -> None:
    """Made one after the other, they take three times as long as to go over them so."""
    script = (
        "$own = [Diagnostics.Process]::GetCurrentProcess()\n"
        "function Get-Ticks { $own.Refresh(); $own.TotalProcessorTime.Ticks }\n"
        "$text = (-join [char[]] @(0x4e00..0x8dff)) * 64\n"
        "$null = ConvertTo-AovpnText $text.Substring(0, 20000)\n"
        "$begin = Get-Ticks\n"
        "$long = ConvertTo-AovpnText $text\n"
        "$middle = Get-Ticks\n"
        "$null = foreach ($char in $text.ToCharArray()) { '\\u{0:x4}' -f [int] $char }\n"
        "$end = Get-Ticks\n"
        "ConvertTo-Json @($long.Length, ($middle - $begin), ($end - $middle)) -Compress"
    )
    printed, took, one_by_one = each_engine.record(script)
    assert printed == 6 * (1 << 20) + 2
    assert took < 2 * one_by_one


def test_a_state_is_as_deep_as_ten(each_engine: EngineHost) -> None:
    nest = "$at = 'end'; foreach ($depth in 1..11) { $at = @{ a = $at } }"
    inner = '"end"'
    for _ in range(11):
        inner = f'{{"a":{inner}}}'
    assert each_engine.run(f"{nest}; ConvertTo-AovpnText $at") == [inner]
    deeper = inner.replace('{"a":"end"}', '"System.Collections.Hashtable"')
    assert each_engine.run(f"{nest}; ConvertTo-AovpnText @{{ a = $at }}") == [f'{{"a":{deeper}}}']


@pytest.mark.parametrize(
    ("script", "identifier", "message"),
    [
        pytest.param("throw 'it broke'", "RuntimeException", "it broke", id="a text"),
        pytest.param("Stop-Here", "Own", "said", id="an id with a comma"),
        pytest.param(
            "[int]::Parse('x')",
            "FormatException",
            "The input string 'x' was not in a correct format.",
            id="what a method said",
        ),
        pytest.param(
            "throw [InvalidOperationException]::new('outer', [FormatException]::new('inner'))",
            "InvalidOperationException",
            "outer: inner",
            id="the reason lies deeper",
        ),
        pytest.param(
            "throw [InvalidOperationException]::new('outer', "
            "[Exception]::new('between', [FormatException]::new('inner')))",
            "InvalidOperationException",
            "outer: inner",
            id="the reason lies two deeper",
        ),
        pytest.param(
            "throw [InvalidOperationException]::new('outer says inner.', "
            "[FormatException]::new('inner'))",
            "InvalidOperationException",
            "outer says inner.",
            id="the reason is in what was said",
        ),
        pytest.param(
            "Get-Item -LiteralPath 'nowhere:x'",
            "DriveNotFound",
            "Cannot find drive. A drive with the name 'nowhere' does not exist.",
            id="of a cmdlet",
        ),
    ],
)
def test_an_error_has_an_id_and_what_was_said(
    each_engine: EngineHost, script: str, identifier: str, message: str
) -> None:
    error = _error(
        each_engine, script, "function Stop-Here { Write-Error -ErrorId 'Own,Id' -Message 'said' }"
    )
    assert list(error) == ["id", "message", "at"]
    assert (error["id"], error["message"]) == (identifier, message)
    assert error["at"].splitlines()[0] == "At line:4 char:7"
    assert error["at"].splitlines()[1].startswith("+ try { ")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("InvalidOperationException]::new('said'", "said"),
        ("Management.Automation.MethodInvocationException]::new('alone'", "alone"),
    ],
)
def test_an_error_that_came_from_nowhere_has_no_place(
    each_engine: EngineHost, kind: str, message: str
) -> None:
    script = (
        "$fault = [Management.Automation.ErrorRecord]::new("
        f"[{kind}), 'Id', 'NotSpecified', $null)\n"
        "ConvertTo-AovpnText (ConvertTo-AovpnError $fault)"
    )
    assert each_engine.run(script) == [f'{{"id":"Id","message":"{message}","at":""}}']


@pytest.mark.parametrize(
    ("account", "sid"),
    [
        ("S-1-5-18", "S-1-5-18"),
        ("s-1-5-32-544", "S-1-5-32-544"),
        ("S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1001"),
        ("BUILTIN\\Administrators", "S-1-5-32-544"),
        ("Everyone", "S-1-1-0"),
        ("nobody-of-this-name", None),
        ("no S-1-5-18", None),
        ("S-1-5-18 no", None),
    ],
)
def test_an_account_is_its_sid(windows: EngineHost, account: str, sid: str | None) -> None:
    script = f"ConvertTo-AovpnText (Resolve-AovpnAccount -Account {literal(account)})"
    assert windows.record(script) == sid


def test_a_sid_that_is_none_is_an_error(windows: EngineHost) -> None:
    error = _error(windows, "Resolve-AovpnAccount -Account 'S-1-5-'")
    assert error["message"] == "Value was invalid. (Parameter 'sddlForm')"


def test_an_account_that_cannot_be_asked_for_is_no_unknown_one(linux: EngineHost) -> None:
    error = _error(linux, "Resolve-AovpnAccount -Account 'SYSTEM'")
    assert error["message"] == "Windows Principal functionality is not supported on this platform."


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("@{ ServiceName = 'ONE'; Status = 'Running' }", "running"),
        ("@{ ServiceName = 'One'; Status = 'StartPending' }", "startpending"),
    ],
)
def test_a_status_is_one_lower_case_word(each_engine: EngineHost, service: str, text: str) -> None:
    found = f"if ($Name -ceq 'One') {{ [pscustomobject] {service} }}"
    shadow = f"function Get-Service {{ param($Name) {found} }}"
    assert each_engine.run(f"{shadow}\nGet-AovpnServiceStatus -Name 'One'") == [text]


def test_a_service_that_is_not_there_has_no_status(windows: EngineHost) -> None:
    script = "ConvertTo-AovpnText (Get-AovpnServiceStatus -Name 'NoSuchService')"
    assert windows.run(script) == ["null"]


def test_any_other_error_of_a_service_is_one(each_engine: EngineHost) -> None:
    said = "no NoServiceFoundForGivenName"
    shadow = f"function Get-Service {{ Write-Error -ErrorId 'Denied' -Message '{said}' }}"
    error = _error(each_engine, f"{shadow}\nGet-AovpnServiceStatus -Name 'x'")
    assert (error["id"], error["message"]) == ("Denied", said)


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
        _error(each_engine, script)["message"]
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
    script = f"Test-AovpnExpected -State 'ab' -Text ('a' + {_code(0xAD)} + 'b') -Expected 'ab'"
    assert each_engine.record(f"ConvertTo-AovpnText ({script})") is False


def test_parameters_are_as_they_are_called(each_engine: EngineHost) -> None:
    """Without CmdletBinding an argument of another name is swallowed."""
    names = {
        "ConvertTo-AovpnText": {"Value": True},
        "ConvertTo-AovpnAscii": {"Text": True},
        "ConvertTo-AovpnError": {"Fault": True},
        "Resolve-AovpnAccount": {"Account": True},
        "Get-AovpnServiceStatus": {"Name": True},
        "Read-AovpnState": {"Kind": True, "Target": True},
        "Test-AovpnAbsent": {"State": True},
        "Select-AovpnPart": {"State": True, "Names": True},
        "Test-AovpnExpected": {"State": True, "Text": True, "Expected": True},
        "Invoke-AovpnStep": dict.fromkeys(("Id", "Kind", "Target"), True)
        | dict.fromkeys(("Desired", "Expected", "Parts", "Apply"), False),
        "Get-AovpnFact": {"Read": True, "List": False},
        "Get-AovpnServiceFact": {"Name": True},
        "Get-AovpnFacts": {"Services": True},
    }
    assert {name: _parameters(each_engine, name) for name in names} == names


def _parameters(engine: EngineHost, name: str) -> Any:
    script = (
        f"$ast = (Get-Command {name}).ScriptBlock.Ast.Body.ParamBlock.Parameters\n"
        "$said = [ordered]@{}\n"
        "foreach ($one in $ast) { $said[$one.Name.VariablePath.UserPath] = "
        "[bool] @($one.Attributes | Where-Object { $_.Extent.Text -match 'Mandatory' }) }\n"
        "ConvertTo-Json $said -Compress"
    )
    return engine.record(script)


def test_no_function_of_the_product_swallows_an_argument(each_engine: EngineHost) -> None:
    script = (
        "$all = @(Get-Command -Name '*-Aovpn*' -CommandType Function)\n"
        "[string] ($all.Count -gt 60)\n"
        "@($all | Where-Object { -not $_.CmdletBinding } | ForEach-Object Name)"
    )
    assert each_engine.run(script) == ["True"]


def test_the_texts_that_are_compared_are_those_of_json(each_engine: EngineHost) -> None:
    [line] = each_engine.run('ConvertTo-AovpnText ([ordered]@{ a = "it\'s <&> $([char] 233)" })')
    assert json.loads(line) == {"a": "it's <&> \u00e9"}
