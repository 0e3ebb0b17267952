"""The groups and hosts of an inventory file, before the levels of each host are merged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aovpn_remediate.inventory.logon import (
    Field,
    absolute,
    read_connection,
    read_credential,
    wrong_address,
)
from aovpn_remediate.inventory.model import Connection, Credential, GroupRules
from aovpn_remediate.inventory.rules import DRIFT_RULES, RULES, read_rules
from aovpn_remediate.inventory.window_fields import read_windows
from aovpn_remediate.inventory.windows import Window
from aovpn_remediate.playbook.variables import wrong_name
from aovpn_remediate.playbook.words import Finding, Place, describe, did_you_mean, quote

ALL = "all"
_NAME = re.compile(r"[\w.:][\w.:-]*")
_LEVEL = ("vars", "connection", "credential", "windows")
_GROUP = ("hosts", "children", *RULES, *_LEVEL)
_ALL = (*DRIFT_RULES, *_LEVEL)


@dataclass(frozen=True)
class Level:
    """The settings of one level: of `all`, a group, or a host."""

    vars: Mapping[str, Any] = field(default_factory=dict)
    connection: Mapping[str, Field] = field(default_factory=dict)
    credential: Credential | None = None
    windows: tuple[Window, ...] | None = None


@dataclass
class Group:
    """A group, with the names of its hosts and child groups."""

    level: Level
    rules: GroupRules
    place: Place
    hosts: list[str] = field(default_factory=list)
    children: dict[str, Place] = field(default_factory=dict)
    """By name, the place in the file that lists the group."""


@dataclass
class RawInventory:
    """The contents of an inventory file, in its order."""

    common: Level
    """The settings of `all`."""
    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, list[Level]] = field(default_factory=dict)
    """By host, a level for each place that lists the host."""
    rules: GroupRules = field(default_factory=GroupRules)
    """The rules of `all`."""
    waivers: Path | None = None


def read_groups(value: Any, folder: Path) -> tuple[RawInventory, list[Finding]]:
    """Read the value of an inventory file; return its contents and what is wrong with them."""
    reader = _Reader(folder)
    reader.file(value)
    return reader.raw, reader.findings


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.findings: list[Finding] = []
        self.raw = RawInventory(Level())
        self._folder = folder
        self._folded: dict[str, str] = {}

    def file(self, value: Any) -> None:
        for name, part in self._fields(value, (), ("groups", ALL, "waivers")):
            if name == ALL:
                fields = dict(self._fields(part, (ALL,), _ALL))
                self.raw.common = self._level(fields, (ALL,))
                self.raw.rules = self._rules(fields, (ALL,))
            elif name == "waivers":
                self._waivers(part, (name,))
            else:
                for group, inner in self._mapping(part, (name,)):
                    self._group(group, inner, (name, group))
        if isinstance(value, dict) and "groups" not in value:
            self._wrong(("groups",), "is missing")

    def _waivers(self, value: Any, place: Place) -> None:
        if isinstance(value, str) and value:
            self.raw.waivers = absolute(value, self._folder)
        else:
            self._wrong(place, f"should be the path of a file, but is {describe(value)}")

    def _wrong(self, place: Place, what: str) -> None:
        self.findings.append((place, what))

    def _mapping(
        self, value: Any, place: Place, what: str = "a mapping"
    ) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            yield from value.items()
        elif value is not None or not place:
            self._wrong(place, f"should be {what}, but is {describe(value)}")

    def _fields(
        self, value: Any, place: Place, known: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        for name, part in self._mapping(value, place):
            if name in known:
                yield name, part
            else:
                self._wrong((*place, name), f"unknown field{_hint(name, known)}")

    def _group(self, name: str, value: Any, place: Place) -> None:
        if not self._new_name(name, place, "group"):
            return
        fields = dict(self._fields(value, place, _GROUP))
        group = Group(self._level(fields, place), self._rules(fields, place), place)
        self.raw.groups[name] = group
        for part, inner in fields.items():
            if part == "hosts":
                self._hosts(inner, (*place, part), group)
            elif part == "children":
                self._children(inner, (*place, part), group)

    def _hosts(self, value: Any, place: Place, group: Group) -> None:
        for name, inner, at in self._named(value, place):
            if name not in self.raw.hosts:
                if not self._new_name(name, at, "host"):
                    continue
                self.raw.hosts[name] = []
            self.raw.hosts[name].append(self._host(inner, at))
            group.hosts.append(name)

    def _children(self, value: Any, place: Place, group: Group) -> None:
        for name, inner, at in self._named(value, place):
            group.children[name] = at
            if inner is not None:
                self._group(name, inner, at)

    def _named(self, value: Any, place: Place) -> Iterator[tuple[str, Any, Place]]:
        """Yield names with their settings: from a mapping, or from a list, which has none."""
        if not isinstance(value, list):
            yield from (
                (name, inner, (*place, name)) for name, inner in self._mapping(value, place)
            )
            return
        seen: set[str] = set()
        for position, name in enumerate(value):
            at = (*place, position)
            if not isinstance(name, str):
                self._wrong(at, f"should be a name, but is {describe(name)}")
            elif name in seen:
                self._wrong(at, f"{quote(name)} is listed twice")
            else:
                seen.add(name)
                yield name, None, at

    def _host(self, value: Any, place: Place) -> Level:
        fields = dict(self._fields(value, place, ("address", *_LEVEL)))
        level = self._level(fields, place, is_host=True)
        if (address := fields.get("address")) is None:
            return level
        at = (*place, "address")
        if what := wrong_address(address):
            self._wrong(at, what)
            return level
        if "address" in level.connection:
            self._wrong(at, "is set twice: here and in connection")
        connection = {**level.connection, "address": Field(address, at)}
        return replace(level, connection=connection)

    def _level(self, fields: dict[str, Any], place: Place, *, is_host: bool = False) -> Level:
        variables = dict(self._mapping(fields.get("vars"), (*place, "vars")))
        for name in variables:
            if what := wrong_name(name):
                self._wrong((*place, "vars", name), what)
        connection = read_connection(
            fields.get("connection"), (*place, "connection"), self._folder, self.findings
        )
        if "address" in connection and not is_host:
            self._wrong(connection["address"].place, "can only be set for a host, not for a group")
        credential = read_credential(
            fields.get("credential"), (*place, "credential"), self._folder, self.findings
        )
        windows = None
        if "windows" in fields:
            windows = read_windows(fields["windows"], (*place, "windows"), self.findings)
        return Level(variables, connection, credential, windows)

    def _rules(self, fields: dict[str, Any], place: Place) -> GroupRules:
        return read_rules(fields, place, self._folder, self.findings)

    def _new_name(self, name: str, place: Place, what: str) -> bool:
        """Return True if a new host or group may have a name."""
        if name.casefold() == ALL:
            self._wrong(
                place, f"{quote(name)} is reserved for all hosts: give the {what} another name"
            )
            return False
        if not _NAME.fullmatch(name):
            allowed = "should be letters, digits, . _ : and -, not beginning with -"
            self._wrong(place, f"the name of a {what} {allowed}")
            return False
        first = self._folded.setdefault(name.casefold(), name)
        if first != name:
            self._wrong(
                place, f"the name differs from {quote(first)} only in case: choose another name"
            )
        elif name in self.raw.groups or name in self.raw.hosts:
            other = "group" if name in self.raw.groups else "host"
            self._wrong(place, f"a {other} with this name already exists")
        else:
            return True
        return False


def _hint(name: str, known: tuple[str, ...]) -> str:
    if name in Connection.model_fields and "connection" in known:
        return ": move it to connection"
    return did_you_mean(name, known) or f" (known fields: {', '.join(known)})"
