"""The text of a batch, read back: which functions it defines, which calls it makes.

It understands what the product writes and nothing else: anything else is refused, loudly, and
nothing is ever evaluated.
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
    """The definition of a function; what is in it is not looked at."""

    name: str


@dataclass(frozen=True)
class Assignment:
    """A setting of the prologue, such as `$script:AovpnStopped = $false`."""

    variable: str
    value: Any


@dataclass(frozen=True)
class Call:
    """A call with literals. `at` is where it starts in the text; a switch is True."""

    function: str
    arguments: Mapping[str, Any]
    at: int


@dataclass(frozen=True)
class Gathering:
    """Calls whose output is written as one text: `@( ... ) -join` a newline."""

    calls: tuple[Call, ...]


Statement = Function | Assignment | Call | Gathering

_MARKER = re.compile(r"^# calls\n", re.MULTILINE)
_EMPTY = re.compile(r"[ \t]*(?:#(?!>)[^\n]*)?(?:\n|\Z)")
_END = re.compile(r"[ \t]*(?:\n|\Z)")
_STRICT = re.compile(r"Set-StrictMode -Version [0-9.]+(?:\n|\Z)")
_ASSIGNMENT = re.compile(
    r"\$((?:script:)?(?:(?:ErrorAction|Progress|Warning|Verbose|Information|Confirm)Preference"
    r"|AovpnStopped)) = "
)
_FUNCTION = re.compile(r"function ([A-Za-z]+-[A-Za-z]+) \{\n")
_NAME = re.compile(r"[ \t]*([A-Za-z]+-[A-Za-z]+)(?= |\n|\Z)")
_PARAMETER = re.compile(r" -([A-Za-z]+)(?= |\n|\Z)")
_OPEN = re.compile(r"@\([ \t]*\n")
_JOIN = re.compile(r'[ \t]*\) -join "`n"[ \t]*(?:\n|\Z)')
_HERE = {"@'": "'@", '@"': '"@'}


@lru_cache(maxsize=64)
def read_script(text: str) -> tuple[Statement, ...]:
    """The statements of a text in their order. Raises `ScriptFailure` for any it does not know.

    Hosts with the same steps are sent the same text, and what stands before the first call is the
    same for most: each is read once.
    """
    marker = _MARKER.search(text)
    if marker is None:
        return _read(text, 0)
    try:
        functions = _read_prefix(text[: marker.end()])
    except ScriptFailure:
        # The marker may stand in a literal.
        return _read(text, 0)
    return functions + _read(text, marker.end())


def line_of(text: str, at: int) -> int:
    """The line of a position, counted from 1."""
    return text.count("\n", 0, at) + 1


@lru_cache(maxsize=64)
def _read_prefix(text: str) -> tuple[Statement, ...]:
    return _read(text, 0)


def _read(text: str, at: int) -> tuple[Statement, ...]:
    statements: list[Statement] = []
    while at < len(text):
        if found := _EMPTY.match(text, at) or _STRICT.match(text, at):
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
        return _gathering(text, at, found.end())
    return _call(text, at)


def _after_function(text: str, at: int) -> int:
    """Past the brace that ends the function; braces in a here-string do not."""
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


def _gathering(text: str, start: int, at: int) -> tuple[Gathering, int]:
    calls: list[Call] = []
    while not (found := _JOIN.match(text, at)):
        if at >= len(text):
            raise _unknown(text, start)
        if empty := _EMPTY.match(text, at):
            at = empty.end()
            continue
        call, at = _call(text, at)
        calls.append(call)
    return Gathering(tuple(calls)), found.end()


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
