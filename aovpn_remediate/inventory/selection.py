"""The hosts that a pattern selects: `nps`, `rras*`, `nps,!nps-03`, `all`."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.groups import ALL
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.playbook.words import did_you_mean, quote


def select(inventory: Inventory, pattern: str, limit: str | None = None) -> list[Host]:
    """Return the hosts that both a pattern and a limit select, in the order of the inventory.

    A pattern is a comma-separated list of names or globs of hosts and groups, not case-sensitive; a
    leading `!` excludes. Raises `UsageError` for a part that matches nothing, and if no host is
    selected.
    """
    chosen = _matching(inventory, pattern, "")
    if limit is not None:
        chosen &= _matching(inventory, limit, "--limit ")
        if not chosen:
            raise UsageError(f"--limit {quote(limit)} matches no host of {quote(pattern)}")
    return [host for name, host in inventory.hosts.items() if name in chosen]


def _matching(inventory: Inventory, pattern: str, option: str) -> set[str]:
    wanted: set[str] = set()
    excluded: set[str] = set()
    parts = [part.strip() for part in pattern.split(",")]
    for part in parts:
        (excluded if part.startswith("!") else wanted).update(_matched(inventory, part, option))
    if all(part.startswith("!") for part in parts):
        wanted = set(inventory.hosts)
    if not wanted - excluded:
        raise UsageError(f"{option}{quote(pattern)} excludes every host that it matches")
    return wanted - excluded


def _matched(inventory: Inventory, part: str, option: str) -> set[str]:
    name = part.removeprefix("!").strip()
    if not name:
        raise UsageError(f"{option}{quote(part)}: a part of the pattern is empty")
    found = set(_hosts_called(inventory, name.casefold()))
    if not found:
        names = (*inventory.hosts, *inventory.groups, ALL)
        near = did_you_mean(name, [n for n in names if n.casefold() != name.casefold()])
        raise UsageError(f"{option}{quote(name)} matches no host in {inventory.path}{near}")
    return found


def _hosts_called(inventory: Inventory, folded: str) -> Iterator[str]:
    if folded == ALL:
        yield from inventory.hosts
    for name in inventory.hosts:
        if fnmatchcase(name.casefold(), folded):
            yield name
    for name, members in inventory.groups.items():
        if fnmatchcase(name.casefold(), folded):
            yield from members
