"""States and errors as the texts that a host writes."""

from __future__ import annotations

import json
import struct

import pytest

from tests.powershell.host import EngineHost

from .scripts import error_of, text_of


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
        (text_of(0x20, 0x21, 0x7D, 0x7E, 0x7F, 0x80), r'" !}~\u007f\u0080"'),
        (text_of(0xFFFE, 0xFFFF), r'"\ufffe\uffff"'),
        (text_of(0xD800), r'"\ud800"'),
        (text_of(0xDC00, 0xD800), r'"\udc00\ud800"'),
        (text_of(0xD83D, 0xDE00), r'"\ud83d\ude00"'),
        (text_of(0xAD, 0x41), r'"\u00adA"'),
        (text_of(0, 0x1F, 0xA), r'"\u0000\u001f\n"'),
    ],
)
def test_a_state_is_one_line_of_ascii(each_engine: EngineHost, value: str, text: str) -> None:
    assert each_engine.run(f"ConvertTo-AovpnText ({value})") == [text]


def test_nothing_is_null_whatever_the_engine_makes_of_it(each_engine: EngineHost) -> None:
    """Windows PowerShell 5.1 makes no JSON at all of it."""
    as_5_1 = "function ConvertTo-Json { param($InputObject, [switch] $Compress, $Depth) }"
    assert each_engine.run(f"{as_5_1}\nConvertTo-AovpnText $null") == ["null"]


_EVERY = "(-join [char[]] @(0..0xffff))"
_LONG = f"'+ %7f %25 %u00e9 %c3 ' + {text_of(0x7F, 0xE9)} + {_EVERY}"


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
    error = error_of(
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


def test_the_texts_that_are_compared_are_those_of_json(each_engine: EngineHost) -> None:
    [line] = each_engine.run('ConvertTo-AovpnText ([ordered]@{ a = "it\'s <&> $([char] 233)" })')
    assert json.loads(line) == {"a": "it's <&> \u00e9"}
