"""A parser for the scripts of the product: their function definitions, settings and calls.

The parser accepts only what the product writes and refuses anything else. Nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.rendering.literals import parse_literal


@dataclass(frozen=True)
class Function:
    """The definition of a function; its body is not parsed."""

    name: str


@dataclass(frozen=True)
class Assignment:
    """An assignment of the prologue, such as `$script:AovpnStopped = $false`."""

    variable: str
    value: Any


@dataclass(frozen=True)
class Call:
    """A call with literal arguments; a switch is True. `at` is its offset in the text."""

    function: str
    arguments: Mapping[str, Any]
    at: int


@dataclass(frozen=True)
class JoinedCalls:
    """Calls whose outputs are written as one text: `@( ... ) -join "`n"`."""

    calls: tuple[Call, ...]


Statement = Function | Assignment | Call | JoinedCalls

_MARKER = re.compile(r"^# calls\n", re.MULTILINE)
_EMPTY = re.compile(r"[ \t]*(?:#(?!>)[^\n]*)?(?:\n|\Z)")
_END = re.compile(r"[ \t]*(?:\n|\Z)")
_SETTING = re.compile(
    r"(?:Set-StrictMode -Version [0-9.]+|Set-AovpnAliases|Assert-AovpnArchitecture)(?:\n|\Z)"
)
_ASSIGNMENT = re.compile(r"\$(script:AovpnStopped|PSDefaultParameterValues|\w+Preference) = ")
_FUNCTION = re.compile(r"function ([A-Za-z]+-[A-Za-z]+) \{\n")
_NAME = re.compile(r"[ \t]*([A-Za-z]+-[A-Za-z]+)(?= |\n|\Z)")
_PARAMETER = re.compile(r" -([A-Za-z]+)(?= |\n|\Z)")
_OPEN = re.compile(r"@\([ \t]*\n")
_JOIN = re.compile(r'[ \t]*\) -join "`n"[ \t]*(?:\n|\Z)')
_HERE = {"@'": "'@", '@"': '"@'}


@lru_cache(maxsize=64)
def read_script(text: str) -> tuple[Statement, ...]:
    """Return the statements of a script in order. Raises `ScriptFailure` for any other text.

    Results are cached for whole scripts, because hosts with the same steps get the same one, and
    for the part before the first call, which most scripts share.
    """
    marker = _MARKER.search(text)
    if marker is None:
        return _read(text, 0)
    try:
        functions = _read_prefix(text[: marker.end()])
    except ScriptFailure:
        # The marker can occur in a literal, where it splits the script in the wrong place.
        return _read(text, 0)
    return functions + _read(text, marker.end())


def line_of(text: str, at: int) -> int:
    """Return the line number of an offset, from 1."""
    return text.count("\n", 0, at) + 1


@lru_cache(maxsize=64)
def _read_prefix(text: str) -> tuple[Statement, ...]:
    return _read(text, 0)


def _read(text: str, at: int) -> tuple[Statement, ...]:
    statements: list[Statement] = []
    while at < len(text):
        if found := _EMPTY.match(text, at) or _SETTING.match(text, at):
            at = found.end()
            continue
        statement, at = _statement(text, at)
        statements.append(statement)
    return tuple(statements)


def _statement(text: str, at: int) -> tuple[Statement, int]:
    if found := _FUNCTION.match(text, at):
        return Function(found.group(1)), _after_function(text, found.end())
    if found := _ASSIGNMENT.match(text, at):
        value, end = _literal(text, found.end())
        return Assignment(found.group(1), value), _end(text, end, at)
    if found := _OPEN.match(text, at):
        return _joined_calls(text, at, found.end())
    return _call(text, at)


def _after_function(text: str, at: int) -> int:
    """Return the offset after a function's closing brace, ignoring braces in here-strings."""
    here = ""
    while at < len(text):
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        line = text[at:line_end]
        if here:
            here = "" if line.startswith(here) else here
        elif line.rstrip() == "}":
            return line_end + 1
        elif line and not line[0].isspace():
            break
        else:
            here = _HERE.get(line.rstrip()[-2:], "")
        at = line_end + 1
    raise _unknown(text, min(at, len(text) - 1))


def _joined_calls(text: str, start: int, at: int) -> tuple[JoinedCalls, int]:
    calls: list[Call] = []
    while not (found := _JOIN.match(text, at)):
        if at >= len(text):
            raise _unknown(text, start)
        if empty := _EMPTY.match(text, at):
            at = empty.end()
            continue
        call, at = _call(text, at)
        calls.append(call)
    return JoinedCalls(tuple(calls)), found.end()


def _call(text: str, at: int) -> tuple[Call, int]:
    name = _NAME.match(text, at)
    if not name:
        raise _unknown(text, at)
    arguments: dict[str, Any] = {}
    position = name.end()
    while parameter := _PARAMETER.match(text, position):
        position = parameter.end()
        is_switch = _END.match(text, position) or _PARAMETER.match(text, position)
        value = True
        if not is_switch:
            value, position = _literal(text, position + 1)
        if parameter.group(1) in arguments:
            raise _unknown(text, at)
        arguments[parameter.group(1)] = value
    return Call(name.group(1), arguments, name.start(1)), _end(text, position, at)


def _literal(text: str, at: int) -> tuple[Any, int]:
    try:
        return parse_literal(text, at)
    except ValueError as error:
        raise _unknown(text, at) from error


def _end(text: str, at: int, start: int) -> int:
    found = _END.match(text, at)
    if not found:
        raise _unknown(text, start)
    return found.end()


def _unknown(text: str, at: int) -> ScriptFailure:
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].partition("\n")[0]
    return ScriptFailure(
        f"the lab does not understand line {line_of(text, at)}: {line[:120]}", "ParseException"
    )
