"""Catalogs: what each host is to be, compiled from playbooks and variables before connecting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.plan.compare import refuse_contradictions
from aovpn_remediate.engine.plan.unknown import UnknownStep, unknown_steps
from aovpn_remediate.errors import RemediateError, UsageError
from aovpn_remediate.inventory.groups import ALL
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leftovers import Need, Stopped
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
    """Compile the catalog of each host. Raises `InputError` or `UsageError` for every mistake."""
    chosen = {file.name: {h.name for h in select(fleet, file.hosts)} for file in files}
    if len(chosen) < len(files):
        raise UsageError("a playbook is given twice")
    refuse_unused(files, variables)
    asked = (
        (host, [file for file in files if host.name in chosen[file.name]])
        for host in select(fleet, limit or "all")
    )
    catalogs = resolved_catalogs(asked, variables)
    if not catalogs:
        patterns = ", ".join(sorted({file.hosts for file in files}))
        raise UsageError(f"--limit {limit} matches no host that the playbooks are for: {patterns}")
    return catalogs


def assigned(
    fleet: Inventory, limit: str | None = None
) -> tuple[list[PlaybookFile], list[Catalog]]:
    """Return the playbooks that the groups of an inventory list, and the catalogs of their hosts.

    A playbook is for the hosts of the groups that list it, whatever its own `hosts` says; a host
    has each playbook once. Raises `UsageError` where no playbook is assigned.
    """
    files: dict[str, PlaybookFile] = {}
    by_group = {
        group: [_once(load_playbook(name), files) for name in rules.playbooks]
        for group, rules in fleet.rules.items()
    }
    if not files:
        raise UsageError(
            f"{fleet.path} assigns no playbook: add `playbooks: [nps-ignore-no-revocation-check]` "
            "to a group or to all"
        )
    asked = (
        (host, _distinct(by_group.get(group, ()) for group in (ALL, *host.groups)))
        for host in select(fleet, limit or ALL)
    )
    catalogs = resolved_catalogs(asked, {})
    if not catalogs:
        where = f"--limit {limit} matches no host" if limit else f"{fleet.path} has no host"
        groups = ", ".join(group for group, found in by_group.items() if found)
        raise UsageError(f"{where} in a group with playbooks: {groups}")
    return list(files.values()), catalogs


def _distinct(lists: Iterable[Sequence[PlaybookFile]]) -> list[PlaybookFile]:
    return list({file.name: file for files in lists for file in files}.values())


def _once(file: PlaybookFile, files: dict[str, PlaybookFile]) -> PlaybookFile:
    """Return the file, or the same file as it was loaded before. Raises `UsageError`."""
    first = files.setdefault(file.name, file)
    if first.source.path != file.source.path:
        paths = f"{first.source.path} and {file.source.path}"
        raise UsageError(f"two playbooks have the name {file.name}: {paths}")
    return first


def resolved_catalogs(
    asked: Iterable[tuple[Host, Sequence[PlaybookFile]]], variables: Mapping[str, Any]
) -> list[Catalog]:
    """Return the catalogs of hosts with playbooks; equal variables share the same steps."""
    resolved: dict[str, tuple[Playbook, ...]] = {}
    catalogs = []
    for host, files in asked:
        if files:
            values = merge_variables(host.vars, variables)
            key = json.dumps([[file.name for file in files], values], sort_keys=True, default=repr)
            if key not in resolved:
                resolved[key] = tuple(file.resolve(values) for file in files)
                refuse_contradictions(resolved[key])
            catalogs.append(Catalog(host, resolved[key]))
    return catalogs


def refuse_unused(files: Sequence[PlaybookFile], variables: Mapping[str, Any]) -> None:
    """Refuse a variable that no playbook reads: it is a typing error. Raises `UsageError`."""
    known = {name for file in files for name in (*file.vars, *file.needs())}
    for name in variables:
        if name not in known:
            hint = did_you_mean(name, sorted(known))
            raise UsageError(f"-e {name}: none of these playbooks has this variable{hint}")


def with_leftovers(catalogs: Sequence[Catalog], journal: Journal) -> list[Catalog]:
    """Return the catalogs with what earlier runs have left on their hosts."""
    names = [catalog.host.name for catalog in catalogs]
    needs, unknown = journal.pending_restarts(names), journal.unknown_steps(names)
    stopped = journal.left_stopped(names)
    return [
        Catalog(
            catalog.host,
            catalog.playbooks,
            tuple(needs.get(catalog.host.name, ())),
            unknown_steps(unknown.get(catalog.host.name, ())),
            tuple(stopped.get(catalog.host.name, ())),
        )
        for catalog in catalogs
    ]


def playbook_source(file: PlaybookFile) -> PlaybookSource:
    """Return the playbook that a plan is made from, as the plan names it."""
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


def changed_since(plan: Plan, inventory: Inventory) -> list[str]:
    """Return a sentence for each file that has changed since the plan was made."""
    changed = []
    if plan.inventory.digest != inventory.digest:
        changed.append(f"the inventory {inventory.path} has changed since the plan was made")
    for source in plan.playbooks:
        try:
            digest = load_playbook(Path(source.path)).source.digest
        except RemediateError:
            digest = ""
        if digest != source.digest:
            changed.append(f"the playbook {source.path} has changed since the plan was made")
    return changed


@dataclass(frozen=True)
class Catalog:
    """The checks and steps of one host, and the leftovers of earlier runs there."""

    host: Host
    playbooks: tuple[Playbook, ...] = ()
    needs: tuple[Need, ...] = ()
    unknown_steps: tuple[UnknownStep, ...] = ()
    stopped: tuple[Stopped, ...] = ()

    @property
    def reads(self) -> tuple[Readable, ...]:
        """Every check and step to read, and the steps that earlier runs left unknown."""
        items: list[Readable] = list(self.unknown_steps)
        for playbook in self.playbooks:
            items += [*playbook.only_if, *playbook.before, *playbook.steps, *playbook.after]
        return tuple(items)

    @property
    def services(self) -> tuple[str, ...]:
        """The services whose facts decide about restarts, each once."""
        steps = [step for playbook in self.playbooks for step in playbook.steps]
        stopped = (item.service for item in self.stopped)
        return services_of(steps, (*(need.need for need in self.needs), *stopped))


def services_of(steps: Iterable[Step], needs: Iterable[str]) -> tuple[str, ...]:
    r"""Return each service that steps or pending restarts name, once.

    Among them, told by its backslashes, each value that names a folder of services.
    """
    names = [need for need in needs if need != REBOOT]
    for step in steps:
        names += [*step.then.services, *step.then.below, *step.resource.may_restart]
    return tuple({name.casefold(): name for name in names}.values())
