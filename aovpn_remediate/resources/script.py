"""A setting that no kind is about: the way out, by PowerShell of the playbook's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NoReturn

from pydantic import Field

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import ONE_LINE, Fits, matches, one_of
from aovpn_remediate.resources.texts import in_short

_LONGEST = 100_000
_DEEPEST = 8
_DIGITS = 20
_SHOWN = 100

_CODE = matches(r"[\s\S]*\S[\s\S]*", "should be PowerShell")


def _is_data(value: Any, depth: int = 0) -> bool:
    """Return True for what a script can be given, and what its state can be set back to."""
    match value:
        case None | bool() | str():
            return True
        case int():
            return -(2**63) <= value < 2**64
        case list() | tuple():
            return depth < _DEEPEST and all(_is_data(item, depth + 1) for item in value)
        case dict():
            names = {key.upper() for key in value if isinstance(key, str)}
            items = all(_is_data(item, depth + 1) for item in value.values())
            return depth < _DEEPEST and len(names) == len(value) and items
    return False


_DATA = Fits(
    _is_data,
    "should be text, whole numbers, true, false and null, in lists and mappings, whose keys do not "
    "differ by case alone",
    {},
)
Data = Annotated[dict[str, Any], _DATA]
Text = Annotated[str, Field(min_length=1, max_length=_LONGEST), _CODE]


class _Printed(HostAnswer):
    text: Annotated[str, Field(max_length=_LONGEST)]


class Script(DeclaredResource):
    """A state is the object that `get` prints as JSON; None where it prints nothing.

    A step sets its `state` besides whatever else is there; `set` always gets a whole state, and a
    rollback gives it the one before.
    """

    kind = "script"
    summary = "own script: PowerShell of the playbook that prints a state, and sets one"
    target_fields = ("get", "set", "values")
    verbatim = ("get", "set")
    title_text = "own script: {name}"
    answer = _Printed | None
    example: ClassVar[Mapping[str, Any]] = {
        "name": "time zone",
        "get": "@{ id = [TimeZoneInfo]::Local.Id } | ConvertTo-Json -Compress",
        "set": "Set-TimeZone -Id $Desired.id",
        "state": {"id": "UTC"},
    }
    rules = (one_of("state", "absent"),)

    name: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
    """What the script is about, for plans and reports."""
    get: Text
    """PowerShell that prints the state as one JSON object, or nothing for absent. No `{{`."""
    set: Text | None = None
    """PowerShell that makes $Desired the state, $null for absent. Without it: a manual action."""
    values: Data = Field(default_factory=dict)
    """What both texts see as $Values; expressions are for here, never for the texts."""
    state: Data | None = None
    """The parts of the state that have to be so."""
    absent: Literal[True] | None = None
    """`get` has to print nothing."""

    def target(self) -> dict[str, Any]:
        """Get, Set, Values."""
        return {"Get": self.get, "Set": self.set or "", "Values": dict(self.values)}

    def thing(self) -> str:
        """Return one text for what is read in one way."""
        read = json.dumps([self.get, self.values], sort_keys=True)
        return f"{self.kind} {hashlib.sha256(read.encode('utf-8', 'surrogatepass')).hexdigest()}"

    def claims(self) -> Mapping[str, Any]:
        """Return what it is to be, and by which text."""
        return {self.thing(): [self.set, self.state]}

    def normalise(self, answer: Answer) -> State:
        """The object that was printed. Raises `Unreadable` for anything else."""
        found: _Printed | None = self.answered(answer)
        if found is None:
            return None
        try:
            state = json.loads(
                found.text,
                object_pairs_hook=_object,
                parse_int=_integer,
                parse_float=_no_number,
                parse_constant=_no_number,
            )
        except (ValueError, RecursionError) as error:
            raise Unreadable(_misprint(found.text, error)) from None
        if not isinstance(state, dict) or not _is_data(state):
            raise Unreadable(_misprint(found.text, ValueError("it is not one plain object")))
        return state

    def wanted(self, actual: State) -> State:
        """The state with the parts desired; None where it is to be absent."""
        return None if self.state is None else {**(actual or {}), **self.state}

    def same(self, one: State, other: State) -> bool:
        """Return True if both print alike: 1 is not true."""
        return _printed(one) == _printed(other)

    def desired(self, state: State) -> State:
        """Return the whole state."""
        return state

    def show(self, state: State) -> str:
        """The state as JSON; its beginning where it is long."""
        if state is None:
            return "absent"
        text = _printed(state)
        return in_short(text, f"{len(text)} characters")

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Without `set` a person has to do it."""
        del answer, actual
        return None if self.set else f"own script, which has no set: change {self.name} by hand"


def _printed(state: State) -> str:
    return json.dumps(state, sort_keys=True, ensure_ascii=False)


def _misprint(text: str, error: Exception) -> str:
    why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    shown = json.dumps(text[:_SHOWN]) + ("..." if len(text) > _SHOWN else "")
    return f"get has to print one JSON object, but printed {shown}: {why or type(error).__name__}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key.upper() for key, _ in pairs}) != len(pairs):
        raise ValueError("a key occurs twice, or differs by case alone")
    return dict(pairs)


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError("a number is too large")
    return int(digits)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:_DIGITS]} is no whole number: print it as text")
