"""What is asked of each host: playbooks resolved with its variables, before any connection."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.changes import contradictions
from aovpn_remediate.engine.journal import Journal
from aovpn_remediate.engine.plan import Work
from aovpn_remediate.engine.results import Plan, PlaybookSource
from aovpn_remediate.engine.unsettled import unsettled
from aovpn_remediate.errors import RemediateError, UsageError
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.playbook.loader import PlaybookFile, load_playbook
from aovpn_remediate.playbook.model import Playbook
from aovpn_remediate.playbook.variables import merge_variables
from aovpn_remediate.playbook.words import did_you_mean


def works_of(
    files: Sequence[PlaybookFile],
    fleet: Inventory,
    limit: str | None,
    variables: Mapping[str, Any],
) -> list[Work]:
    """Each host with its playbooks resolved; every error before the first connection."""
    chosen = {file.name: {h.name for h in select(fleet, file.hosts)} for file in files}
    if len(chosen) < len(files):
        raise UsageError("a playbook is named twice")
    _refuse_unused(files, variables)
    resolved: dict[str, tuple[Playbook, ...]] = {}
    works = []
    for host in select(fleet, limit or "all"):
        mine = [file for file in files if host.name in chosen[file.name]]
        if mine:
            values = merge_variables(host.vars, variables)
            names = [file.name for file in mine]
            key = json.dumps([names, values], sort_keys=True, default=repr)
            if key not in resolved:
                resolved[key] = tuple(file.resolve(values) for file in mine)
                contradictions(resolved[key])
            works.append(Work(host, resolved[key]))
    if not works:
        patterns = ", ".join(sorted({file.hosts for file in files}))
        raise UsageError(
            f"--limit {limit} leaves no host of those that playbooks ask for: {patterns}"
        )
    return works


def _refuse_unused(files: Sequence[PlaybookFile], variables: Mapping[str, Any]) -> None:
    """A variable that no playbook reads is a slip of the pen."""
    known = {name for file in files for name in (*file.vars, *file.needs())}
    for name in variables:
        if name not in known:
            hint = did_you_mean(name, sorted(known))
            raise UsageError(f"-e {name}: no playbook of these has such a variable{hint}")


def with_left_over(works: Sequence[Work], journal: Journal) -> list[Work]:
    """With what earlier runs left: outstanding restarts, and steps of which no record came."""
    names = [work.host.name for work in works]
    needs, unknown = journal.open_needs(names), journal.unknown_steps(names)
    return [
        Work(
            work.host,
            work.playbooks,
            tuple(needs.get(work.host.name, ())),
            unsettled(unknown.get(work.host.name, ())),
        )
        for work in works
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
