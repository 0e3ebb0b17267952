"""Which hosts a pattern means: `nps`, `rras*`, `nps,!nps-03`, `all`."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.groups import ALL
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.playbook.words import did_you_mean, quote


def select(inventory: Inventory, pattern: str, limit: str | None = None) -> list[Host]:
    """The hosts that a pattern means and a limit lets through, in the order of the inventory.

    The parts of a pattern are parted by commas: names or globs of hosts and groups, in any case of
    letters; with a `!` before them, hosts left out. Raises `UsageError` for a part that matches
    nothing, and where no host is left.
    """
    chosen = _matching(inventory, pattern, "")
    if limit is not None:
        chosen &= _matching(inventory, limit, "--limit ")
        if not chosen:
            raise UsageError(f"--limit {quote(limit)} leaves none of the hosts of {quote(pattern)}")
    return [host for name, host in inventory.hosts.items() if name in chosen]


def _matching(inventory: Inventory, pattern: str, said_as: str) -> set[str]:
    wanted: set[str] = set()
    left_out: set[str] = set()
    parts = [part.strip() for part in pattern.split(",")]
    for part in parts:
        (left_out if part.startswith("!") else wanted).update(_meant(inventory, part, said_as))
    if all(part.startswith("!") for part in parts):
        wanted = set(inventory.hosts)
    if not wanted - left_out:
        raise UsageError(f"{said_as}{quote(pattern)} leaves no host")
    return wanted - left_out


def _meant(inventory: Inventory, part: str, said_as: str) -> set[str]:
    name = part.removeprefix("!").strip()
    if not name:
        raise UsageError(f"{said_as}{quote(part)}: a part of the pattern is empty")
    found = set(_hosts_called(inventory, name.casefold()))
    if not found:
        names = (*inventory.hosts, *inventory.groups, ALL)
        near = did_you_mean(name, [n for n in names if n.casefold() != name.casefold()])
        raise UsageError(f"{said_as}{quote(name)} matches no host in {inventory.path}{near}")
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
