"""A value of the registry."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import Field, field_validator, model_validator

from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.base import Answer, State, Texts, fold
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.registry_data import (
    DATA_FORMS,
    NUMBER_FORMS,
    WINDOWS_TYPES,
    Items,
    Type,
    bytes_of,
    combined,
    is_data,
    shown_data,
    type_of,
    united,
)
from aovpn_remediate.resources.registry_paths import SHORT, Key
from aovpn_remediate.resources.rules import any_case, one_of, some_of, where, without

_RRAS = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
_LINKS = {
    "HKEY_CLASSES_ROOT\\": "HKEY_LOCAL_MACHINE\\SOFTWARE\\CLASSES\\",
    "HKEY_CURRENT_CONFIG\\": "HKEY_LOCAL_MACHINE\\SYSTEM\\CURRENTCONTROLSET\\"
    "HARDWARE PROFILES\\CURRENT\\",
}
_CONTROL_SET = re.compile(
    r"(?<=^HKEY_LOCAL_MACHINE\\SYSTEM\\)(CURRENTCONTROLSET|CONTROLSET\d{3})(?=\\)"
)

_TELLING = 10  # from here on the hexadecimal form says something new
_LISTED = ("contains", "lacks")
_COUNTED = ("bits_set", "bits_clear", "at_least", "at_most")

_NO_ITEM = "should be texts, none of them empty or with NUL"
_FOR_LISTS = "contains and lacks are for type multi_string"
_FOR_NUMBERS = "bits and bounds are for the types dword and qword"

Number = Annotated[int, Field(ge=0, le=2**64 - 1)]


def _all_but(*types: str) -> tuple[str, ...]:
    return tuple(name for name in WINDOWS_TYPES if name not in types)


class _Missing(HostAnswer):
    missing: str


class _Value(HostAnswer):
    type: str
    data: int | str | list[str] | list[int] | None


class RegistryValue(DeclaredResource):
    """A value of a key: its type and data, or that it is absent.

    A state is `{type, data}`, None where the value is absent, or `{missing: KEY}` where keys are as
    well: the first one that is not there. Binary data is text in hexadecimal.
    """

    kind = "registry_value"
    summary = "a value of the registry: type and data, a rule for them, or absent"
    scripts = ("registry.ps1",)
    target_fields = ("key", "name")
    answer = _Missing | _Value | None
    example: ClassVar[Mapping[str, Any]] = {
        "key": r"HKLM\SOFTWARE\Example",
        "name": "Level",
        "type": "dword",
        "data": 1,
    }
    rules = (
        one_of(
            *("data", "absent", _LISTED, ("bits_set", "bits_clear"), ("at_least", "at_most")),
            why="give one of: data, absent: true, contains/lacks, bits_set/bits_clear, "
            "at_least/at_most",
        ),
        without(
            "absent", True, "or_absent", why="or_absent is for rules of data, not for absent: true"
        ),
        some_of("absent", "type", why=f"type is missing: one of {', '.join(WINDOWS_TYPES)}"),
        *(
            where("type", name, "data", is_=form, why=f"should be {words}, for the type {name}")
            for name, (form, words) in DATA_FORMS.items()
        ),
        where("type", "multi_string", *_LISTED, is_=Items, why=_NO_ITEM),
        without("type", _all_but("multi_string"), *_LISTED, why=_FOR_LISTS),
        *(
            where("type", name, *_COUNTED, is_=number, why=f"should fit into a {name}")
            for name, number in NUMBER_FORMS.items()
        ),
        without("type", _all_but("dword", "qword"), *_COUNTED, why=_FOR_NUMBERS),
    )

    key: Key
    r"""`HKLM\...`, `HKEY_LOCAL_MACHINE\...`; every hive."""
    name: Annotated[
        str, Field(json_schema_extra={"not": {"pattern": rf"^\({any_case('default')}\)$"}})
    ]
    """Empty for the default value of the key."""
    type: Type | None = None
    """The type of the data; needed by every rule but `absent`."""
    data: int | str | Annotated[tuple[str, ...], Field(strict=False)] | None = None
    """Exactly this: a number, a text, a list of texts, or bytes in hexadecimal ('01 ff')."""
    absent: Literal[True] | None = None
    """The value is not there; its key may be."""
    or_absent: Literal[True] | None = None
    """A value that is not there is compliant as well."""
    contains: Texts | None = None
    """Entries that a multi_string has to contain, in any case of letters; others stay."""
    lacks: Texts | None = None
    """Entries that a multi_string must not contain, in any case of letters; others stay."""
    bits_set: Number | None = None
    """The bits of a number that have to be 1; others stay."""
    bits_clear: Number | None = None
    """The bits of a number that have to be 0; others stay."""
    at_least: Number | None = None
    """The minimum of a number; a smaller one is raised to it."""
    at_most: Number | None = None
    """The maximum of a number; a larger one is lowered to it."""
    create_key: bool = False
    """True if a missing key is created; otherwise a manual action is needed."""

    @field_validator("name")
    @classmethod
    def _no_other_default(cls, name: str) -> str:
        if name.casefold() == "(default)":
            raise ValueError("is the default value meant? Write name: ''")
        if "\0" in name:
            raise ValueError("NUL cannot be in the name of a value")
        return name

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        items = [fold(item) for item in (self.contains or ()) + (self.lacks or ())]
        if len(set(items)) != len(items):
            raise ValueError("an item is named twice in contains and lacks")
        if (self.bits_set or 0) & (self.bits_clear or 0):
            raise ValueError("the same bit is in bits_set and bits_clear")
        if None not in (self.at_least, self.at_most) and (self.at_least or 0) > (self.at_most or 0):
            raise ValueError("at_least is above at_most")
        return self

    def claims(self) -> Mapping[str, Any]:
        """The value, and its place, which other names of the key may mean as well."""
        [claim] = super().claims().values()
        return dict.fromkeys((self.thing(), json.dumps([_place(self.key), fold(self.name)])), claim)

    def joined(self, other: Self) -> Self | None:
        """One exact state that the other rule takes as it is, or both rules as one."""
        if self.or_absent or other.or_absent:
            return super().joined(other)
        create_key = self.create_key or other.create_key
        for exact, rule in ((self, other), (other, self)):
            if exact.data is not None or exact.absent:
                state = exact.wanted(None)
                is_taken = rule.same(rule.wanted(state), state)
                return _changed(exact, create_key=create_key) if is_taken else None
        try:
            return _changed(
                self,
                type=self.type if self.type == other.type else None,
                contains=united(self.contains, other.contains),
                lacks=united(self.lacks, other.lacks),
                bits_set=combined(operator.or_, self.bits_set, other.bits_set),
                bits_clear=combined(operator.or_, self.bits_clear, other.bits_clear),
                at_least=combined(max, self.at_least, other.at_least),
                at_most=combined(min, self.at_most, other.at_most),
                create_key=create_key,
            )
        except ValueError:
            return None

    def title(self) -> str:
        r"""`HKLM\...\Key  Name`."""
        hive, _, path = self.key.partition("\\")
        return f"{SHORT[hive]}\\{path}  {self.name or '(default)'}"

    @property
    def backup(self) -> Backup | None:
        """The backup of RRAS for what lies in or below the key of its service."""
        return "rras" if f"{_place(self.key)}\\".startswith(f"{_place(_RRAS)}\\") else None

    def unreadable(self, found: _Missing | _Value) -> str | None:
        """Return a reason for data that are not of their type."""
        if isinstance(found, _Missing) or is_data(type_of(found.type), found.data):
            return None
        return (
            f"the host answered a {type_of(found.type)} with data that are none: {found.data!r:.40}"
        )

    def state_of(self, found: _Missing | _Value) -> State:
        """See the class."""
        if isinstance(found, _Missing):
            return {"missing": found.missing}
        kind, data = type_of(found.type), found.data
        return {"type": kind, "data": bytes(bytes_of(data)).hex() if kind == "binary" else data}

    def wanted(self, actual: State) -> State:
        """Apply the rule; an absent value complies with lacks, bits_clear and at_most alone."""
        gone = _is_absent(actual)
        if self.absent:
            return actual if gone else None
        if gone and self.or_absent:
            return actual
        current = None if actual is None or actual.get("type") != self.type else actual["data"]
        data = self._wanted_data(current)
        if data is None or (gone and self._holds_when_absent()):
            return actual
        return {"type": self.type, "data": data}

    def _holds_when_absent(self) -> bool:
        return all(
            rule is None for rule in (self.data, self.contains, self.bits_set, self.at_least)
        )

    def _wanted_data(self, current: Any) -> Any:
        if self.data is not None:
            return self._plain_data()
        if self.type == "multi_string":
            return self._wanted_items(current or [])
        if self.at_least is not None or self.at_most is not None:
            lowest = self.at_least if self.at_least is not None else 0
            number = max(current if current is not None else lowest, lowest)
            return number if self.at_most is None else min(number, self.at_most)
        return ((current or 0) | (self.bits_set or 0)) & ~(self.bits_clear or 0)

    def _plain_data(self) -> Any:
        if self.type == "binary":
            return re.sub(r"\s", "", str(self.data)).lower()
        return list(self.data) if isinstance(self.data, tuple) else self.data

    def _wanted_items(self, current: list[str]) -> list[str]:
        lacks = {fold(item) for item in self.lacks or ()}
        kept = [item for item in current if fold(item) not in lacks]
        there = {fold(item) for item in kept}
        return kept + [item for item in self.contains or () if fold(item) not in there]

    def same(self, one: State, other: State) -> bool:
        """Absent is absent, whichever keys are there: an earlier step may have made one."""
        if _is_absent(one) or _is_absent(other):
            return _is_absent(one) and _is_absent(other)
        return one == other

    def restored(self, state: State, before: State) -> bool:
        """A key that was made has to go as well."""
        key_was_made = before is not None and "missing" in before and state is None
        return self.same(state, before) and not key_was_made

    def desired(self, state: State) -> State:
        """Return the state with Windows' names of types, and bytes as numbers; `create` if so."""
        if state is None or "missing" in state:
            return state
        data = state["data"]
        if state["type"] == "binary":
            data = list(bytes.fromhex(data))
        desired = {"type": WINDOWS_TYPES[state["type"]], "data": data}
        return {**desired, "create": True} if self.create_key else desired

    def show(self, state: State) -> str:
        """`dword 1`, `absent`; long data in short."""
        if state is None:
            return "absent"
        if "missing" in state:
            return "absent (no key)"
        data = state["data"]
        if not isinstance(data, int):
            return f"{state['type']} {shown_data(state['type'], data)}"
        return f"{state['type']} {data}" + (f" ({data:#x})" if data >= _TELLING else "")

    def manual(self, answer: Answer, actual: State) -> str | None:
        """A key that must not be made, or data that no rule can keep or put back."""
        del answer
        if actual is not None and "missing" in actual and not self.create_key:
            return (
                f"the key {self._short(actual['missing'])} is missing and is not made: repair or "
                "install what it belongs to"
            )
        if _is_absent(actual) or actual is None:
            return None
        if actual["type"] not in WINDOWS_TYPES:
            return f"its type {actual['type']} could not be put back: remove the value by hand"
        if actual["type"] != self.type and self.data is None and not self.absent:
            return f"it is a {actual['type']}, so nothing of it can be kept: decide by hand"
        return None

    def _short(self, key: str) -> str:
        hive, _, path = key.partition("\\")
        return f"{SHORT.get(hive, hive)}\\{path}"


Value = TypeVar("Value", bound=RegistryValue)


def _changed(value: Value, **fields: Any) -> Value:
    """Return a declaration with other fields. Raises `ValueError`."""
    given = value.model_dump(exclude_unset=True)
    changed = {name: field for name, field in fields.items() if getattr(value, name) != field}
    return type(value).model_validate({**given, **changed}) if changed else value


def _place(key: str) -> str:
    """Return one name of a key that may have several: any control set may be the current one."""
    place = fold(key)
    for link, target in _LINKS.items():
        if place.startswith(link):
            place = target + place.removeprefix(link)
    return _CONTROL_SET.sub("*", place)


def _is_absent(state: State) -> bool:
    return state is None or "missing" in state
