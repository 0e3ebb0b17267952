"""The reader of inventories; it reports every problem of a file at once.

The level nearest to a host wins: `all`, then the outer group, the inner group, the host. Of two
groups at the same depth the later one in the file wins. Variables and fields of a connection are
merged one by one; a credential is replaced as a whole, and so are windows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aovpn_remediate.errors import InventoryError
from aovpn_remediate.inventory.groups import ALL, Group, Level, RawInventory, read_groups
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
    """Read the inventory in a file. Raises `InventoryError`."""
    source = load(path, InventoryError)
    raw, findings = read_groups(source.value, source.path.parent)
    findings += _unknown_children(raw.groups)
    if findings:
        raise source.refusal(findings)
    ordered, findings = _outer_first(raw.groups)
    if findings:
        raise source.refusal(findings)
    members = _members(raw, ordered)
    hosts = {host.name: host for host in _hosts(raw, ordered, members, findings)}
    if findings:
        raise source.refusal(findings)
    position = {name: number for number, name in enumerate(hosts)}
    groups = {name: tuple(sorted(members[name], key=position.__getitem__)) for name in raw.groups}
    findings += _floors(raw.groups, groups)
    if findings:
        raise source.refusal(findings)
    rules = {ALL: raw.rules, **{name: raw.groups[name].rules for name in ordered}}
    return Inventory(
        path=source.path,
        hosts=hosts,
        groups=groups,
        digest=source.digest,
        waivers=raw.waivers,
        rules={name: own for name, own in rules.items() if own != GroupRules()},
    )


def _floors(groups: Mapping[str, Group], members: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    """Find floors that would never let a host restart: such a floor is a typing mistake."""
    found: list[Finding] = []
    for name, group in groups.items():
        floor, size = group.rules.keep_serving, len(members[name])
        if floor is not None and size and floor.at_least(size) >= size:
            what = f"{floor} of {size} hosts leaves none that could ever be restarted: lower it"
            found.append(((*group.place, "keep_serving"), what))
    return found


def _unknown_children(groups: Mapping[str, Group]) -> Iterable[Finding]:
    for group in groups.values():
        for child, place in group.children.items():
            if child not in groups:
                yield place, f"there is no group {quote(child)}{did_you_mean(child, groups)}"


def _outer_first(groups: Mapping[str, Group]) -> tuple[list[str], list[Finding]]:
    """Return the groups by depth, then as in the file; or a finding on a cycle."""
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
    cyclic = [name for name, count in parents.items() if count]
    if cyclic:
        return [], [_cycle(groups, set(cyclic))]
    return sorted(groups, key=depth.__getitem__), []


def _cycle(groups: Mapping[str, Group], cyclic: set[str]) -> Finding:
    """Return a cycle among groups that each have a parent among them."""
    path = [min(cyclic)]
    while path[-1] not in path[:-1]:
        path.append(min(name for name in cyclic if path[-1] in groups[name].children))
    cycle = path[path.index(path[-1]) :][::-1]
    place = groups[cycle[0]].children[cycle[1]]
    return place, f"a group cannot contain itself: {' > '.join(cycle)}"


def _members(raw: RawInventory, ordered: list[str]) -> dict[str, set[str]]:
    """Return the hosts of each group, including those of its child groups."""
    members: dict[str, set[str]] = {}
    for name in reversed(ordered):
        group = raw.groups[name]
        members[name] = set(group.hosts).union(*(members[child] for child in group.children))
    return members


def _hosts(
    raw: RawInventory,
    ordered: list[str],
    members: Mapping[str, set[str]],
    findings: list[Finding],
) -> Iterable[Host]:
    groups: dict[str, list[str]] = {name: [] for name in raw.hosts}
    for group in ordered:
        for name in members[group]:
            groups[name].append(group)
    for name, own in raw.hosts.items():
        levels = [raw.common, *(raw.groups[g].level for g in groups[name]), *own]
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
    """Return the inventory given, or read it from a file. Raises `InventoryError`."""
    return inventory if isinstance(inventory, Inventory) else load_inventory(Path(inventory))
