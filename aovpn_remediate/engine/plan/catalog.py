"""What is asked of each host: playbooks resolved with its variables, before any connection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.plan.compare import contradictions
from aovpn_remediate.engine.plan.unknown import UnknownStep, unknown_steps
from aovpn_remediate.errors import RemediateError, UsageError
from aovpn_remediate.inventory.groups import ALL
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leftovers import Need
from aovpn_remediate.playbook.durations import seconds_of
from aovpn_remediate.playbook.loader import PlaybookFile, load_playbook
from aovpn_remediate.playbook.model import Playbook, Step
from aovpn_remediate.playbook.variables import merge_variables
from aovpn_remediate.playbook.words import did_you_mean
from aovpn_remediate.rendering.batch import Readable
from aovpn_remediate.resources.restart import REBOOT
from aovpn_remediate.results import Plan, PlaybookSource


def compile_catalogs(
    files: Sequence[PlaybookFile],
    fleet: Inventory,
    limit: str | None,
    variables: Mapping[str, Any],
) -> list[Catalog]:
    """Each host with its playbooks resolved; every error before the first connection."""
    chosen = {file.name: {h.name for h in select(fleet, file.hosts)} for file in files}
    if len(chosen) < len(files):
        raise UsageError("a playbook is named twice")
    _refuse_unused(files, variables)
    asked = (
        (host, [file for file in files if host.name in chosen[file.name]])
        for host in select(fleet, limit or "all")
    )
    catalogs = _resolved(asked, variables)
    if not catalogs:
        patterns = ", ".join(sorted({file.hosts for file in files}))
        raise UsageError(
            f"--limit {limit} leaves no host of those that playbooks ask for: {patterns}"
        )
    return catalogs


def assigned(
    fleet: Inventory, limit: str | None = None
) -> tuple[list[PlaybookFile], list[Catalog]]:
    """What the groups of an inventory name under `playbooks`: the files, and the hosts with theirs.

    A playbook is for the hosts of the groups that name it, whatever it says itself; a host has each
    once. Raises `UsageError` where nothing is assigned.
    """
    files: dict[str, PlaybookFile] = {}
    by_group = {
        group: [_once(load_playbook(name), files) for name in rules.playbooks]
        for group, rules in fleet.rules.items()
    }
    if not files:
        raise UsageError(
            f"{fleet.path} names no playbook to look after: give a group, or all, "
            "`playbooks: [nps-ignore-no-revocation-check]`"
        )
    asked = (
        (host, _distinct(by_group.get(group, ()) for group in (ALL, *host.groups)))
        for host in select(fleet, limit or ALL)
    )
    catalogs = _resolved(asked, {})
    if not catalogs:
        where = f"--limit {limit} leaves no host" if limit else f"{fleet.path} has no host"
        groups = ", ".join(group for group, found in by_group.items() if found)
        raise UsageError(f"{where} in a group that names playbooks: {groups}")
    return list(files.values()), catalogs


def _distinct(lists: Iterable[Sequence[PlaybookFile]]) -> list[PlaybookFile]:
    return list({file.name: file for files in lists for file in files}.values())


def _once(file: PlaybookFile, files: dict[str, PlaybookFile]) -> PlaybookFile:
    """The file, or the same one as it was read before."""
    first = files.setdefault(file.name, file)
    if first.source.path != file.source.path:
        paths = f"{first.source.path} and {file.source.path}"
        raise UsageError(f"two playbooks are called {file.name}: {paths}")
    return first


def _resolved(
    asked: Iterable[tuple[Host, Sequence[PlaybookFile]]], variables: Mapping[str, Any]
) -> list[Catalog]:
    """Hosts that playbooks ask for. Those with the same variables share the same steps."""
    resolved: dict[str, tuple[Playbook, ...]] = {}
    catalogs = []
    for host, files in asked:
        if files:
            values = merge_variables(host.vars, variables)
            key = json.dumps([[file.name for file in files], values], sort_keys=True, default=repr)
            if key not in resolved:
                resolved[key] = tuple(file.resolve(values) for file in files)
                contradictions(resolved[key])
            catalogs.append(Catalog(host, resolved[key]))
    return catalogs


def _refuse_unused(files: Sequence[PlaybookFile], variables: Mapping[str, Any]) -> None:
    """A variable that no playbook reads is a slip of the pen."""
    known = {name for file in files for name in (*file.vars, *file.needs())}
    for name in variables:
        if name not in known:
            hint = did_you_mean(name, sorted(known))
            raise UsageError(f"-e {name}: no playbook of these has such a variable{hint}")


def with_leftovers(catalogs: Sequence[Catalog], journal: Journal) -> list[Catalog]:
    """With what earlier runs left: outstanding restarts, and steps of which no record came."""
    names = [catalog.host.name for catalog in catalogs]
    needs, unknown = journal.pending_restarts(names), journal.unknown_steps(names)
    return [
        Catalog(
            catalog.host,
            catalog.playbooks,
            tuple(needs.get(catalog.host.name, ())),
            unknown_steps(unknown.get(catalog.host.name, ())),
        )
        for catalog in catalogs
    ]


def playbook_source(file: PlaybookFile) -> PlaybookSource:
    """Which playbook a plan was made from."""
    header = file.header
    return PlaybookSource(
        name=file.name,
        path=str(file.source.path),
        digest=file.source.digest,
        summary=header.summary,
        risk=header.risk,
        source=header.source,
        confirm_within=seconds_of(header.confirm_within) if header.confirm_within else None,
    )


def moved_since(plan: Plan, inventory: Inventory) -> list[str]:
    """What is no longer as it was when the plan was made: files whose digest differs."""
    moved = []
    if plan.inventory.digest != inventory.digest:
        moved.append(f"the inventory {inventory.path} is not the one that the plan was made with")
    for source in plan.playbooks:
        try:
            digest = load_playbook(Path(source.path)).source.digest
        except RemediateError:
            digest = ""
        if digest != source.digest:
            moved.append(f"the playbook {source.path} has changed since the plan was made")
    return moved


@dataclass(frozen=True)
class Catalog:
    """What is asked of one host."""

    host: Host
    playbooks: tuple[Playbook, ...]
    needs: tuple[Need, ...] = ()
    unknown_steps: tuple[UnknownStep, ...] = ()

    @property
    def reads(self) -> tuple[Readable, ...]:
        """Every check and step, and what earlier runs left unknown."""
        items: list[Readable] = list(self.unknown_steps)
        for book in self.playbooks:
            items += [*book.before, *book.steps, *book.after]
        return tuple(items)

    @property
    def services(self) -> tuple[str, ...]:
        """The services whose facts decide about restarts."""
        steps = [step for book in self.playbooks for step in book.steps]
        return services_of(steps, (need.need for need in self.needs))


def services_of(steps: Iterable[Step], needs: Iterable[str]) -> tuple[str, ...]:
    """Each service that steps or outstanding restarts name, once."""
    names = [need for need in needs if need != REBOOT]
    for step in steps:
        names += [*step.then.services, *step.resource.may_restart]
    return tuple({name.casefold(): name for name in names}.values())
