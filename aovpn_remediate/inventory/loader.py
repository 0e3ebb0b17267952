"""Reads an inventory: all that is wrong with it is told at once.

What is said nearer to a host wins: `all`, then the outer group, the inner group, the host. Of two
groups at the same depth the later one in the file wins. Variables and fields of a connection are
merged one by one; a credential is replaced whole, and so are windows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aovpn_remediate.errors import InventoryError
from aovpn_remediate.inventory.groups import ALL, Group, Level, Written, read_groups
from aovpn_remediate.inventory.logon import Field, wrong_logon
from aovpn_remediate.inventory.model import (
    Connection,
    Credential,
    GroupRules,
    Host,
    Inventory,
)
from aovpn_remediate.inventory.windows import Window
from aovpn_remediate.playbook.source import load
from aovpn_remediate.playbook.words import Finding, did_you_mean, quote


def load_inventory(path: Path | str) -> Inventory:
    """The inventory in a file. Raises `InventoryError`."""
    source = load(path, InventoryError)
    written, findings = read_groups(source.value, source.path.parent)
    findings += _unknown_children(written.groups)
    if findings:
        raise source.refusal(findings)
    ordered, findings = _outer_first(written.groups)
    if findings:
        raise source.refusal(findings)
    members = _members(written, ordered)
    hosts = {host.name: host for host in _hosts(written, ordered, members, findings)}
    if findings:
        raise source.refusal(findings)
    position = {name: number for number, name in enumerate(hosts)}
    groups = {
        name: tuple(sorted(members[name], key=position.__getitem__)) for name in written.groups
    }
    findings += _floors(written.groups, groups)
    if findings:
        raise source.refusal(findings)
    rules = {ALL: written.rules, **{name: written.groups[name].rules for name in ordered}}
    return Inventory(
        path=source.path,
        hosts=hosts,
        groups=groups,
        digest=source.digest,
        waivers=written.waivers,
        rules={name: said for name, said in rules.items() if said != GroupRules()},
    )


def _floors(groups: Mapping[str, Group], members: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    """A floor that leaves no host to restart is a slip of the pen, found before the night."""
    found: list[Finding] = []
    for name, group in groups.items():
        floor, size = group.rules.keep_serving, len(members[name])
        if floor is not None and size and floor.at_least(size) >= size:
            what = f"{floor} of {size} leaves no host that could ever be restarted"
            found.append(((*group.place, "keep_serving"), what))
    return found


def _unknown_children(groups: Mapping[str, Group]) -> Iterable[Finding]:
    for group in groups.values():
        for child, place in group.children.items():
            if child not in groups:
                yield place, f"no group is called {quote(child)}{did_you_mean(child, groups)}"


def _outer_first(groups: Mapping[str, Group]) -> tuple[list[str], list[Finding]]:
    """The groups by depth, then as in the file; or what is wrong where groups hold each other."""
    parents = dict.fromkeys(groups, 0)
    for group in groups.values():
        for child in group.children:
            parents[child] += 1
    depth = {name: 0 for name, count in parents.items() if not count}
    ready = deque(depth)
    while ready:
        name = ready.popleft()
        for child in groups[name].children:
            depth[child] = max(depth.get(child, 0), depth[name] + 1)
            parents[child] -= 1
            if not parents[child]:
                ready.append(child)
    circling = [name for name, count in parents.items() if count]
    if circling:
        return [], [_circle(groups, set(circling))]
    return sorted(groups, key=depth.__getitem__), []


def _circle(groups: Mapping[str, Group], circling: set[str]) -> Finding:
    """One circle among groups that all have a parent among them."""
    way = [min(circling)]
    while way[-1] not in way[:-1]:
        way.append(min(name for name in circling if way[-1] in groups[name].children))
    circle = way[way.index(way[-1]) :][::-1]
    place = groups[circle[0]].children[circle[1]]
    return place, f"a group cannot be inside itself: {' > '.join(circle)}"


def _members(written: Written, ordered: list[str]) -> dict[str, set[str]]:
    """The hosts in each group, those of the groups inside it included."""
    members: dict[str, set[str]] = {}
    for name in reversed(ordered):
        group = written.groups[name]
        members[name] = set(group.hosts).union(*(members[child] for child in group.children))
    return members


def _hosts(
    written: Written,
    ordered: list[str],
    members: Mapping[str, set[str]],
    findings: list[Finding],
) -> Iterable[Host]:
    groups: dict[str, list[str]] = {name: [] for name in written.hosts}
    for group in ordered:
        for name in members[group]:
            groups[name].append(group)
    for name, own in written.hosts.items():
        levels = [written.everything, *(written.groups[g].level for g in groups[name]), *own]
        yield _merged(name, tuple(groups[name]), levels, findings)


def _merged(
    name: str, groups: tuple[str, ...], levels: list[Level], findings: list[Finding]
) -> Host:
    variables: dict[str, Any] = {}
    fields: dict[str, Field] = {}
    credential = Credential()
    windows: tuple[Window, ...] = ()
    for level in levels:
        variables.update(level.vars)
        fields.update(level.connection)
        credential = level.credential or credential
        windows = windows if level.windows is None else level.windows
    connection = Connection(**{key: field.value for key, field in fields.items()})
    host = Host(name, groups, variables, connection, credential, windows)
    findings += wrong_logon(fields, host.address, credential)
    return host


def read_fleet(inventory: str | Path | Inventory) -> Inventory:
    """The inventory in a file. Raises `InventoryError`."""
    return inventory if isinstance(inventory, Inventory) else load_inventory(Path(inventory))
