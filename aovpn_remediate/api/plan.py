"""Plan, render and verify from Python: the verbs that read hosts and change nothing.

    import aovpn_remediate as aovpn

    plan = aovpn.plan(["nps-ignore-no-revocation-check"], "fleet.yaml")
    run = aovpn.apply(plan, "fleet.yaml", permit=aovpn.Restart(reboot=True))
    print(run.exit_code)

Every function raises a `RemediateError` for a mistake that is found before the first connection. A
failure of a host is in the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aovpn_remediate.api.provenance import inventory_source, now, tool_version
from aovpn_remediate.engine.apply.rollback import refuse_missing_hosts
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.catalog import (
    Catalog,
    compile_catalogs,
    playbook_source,
    with_leftovers,
)
from aovpn_remediate.engine.plan.fleet import plan_hosts
from aovpn_remediate.engine.plan.verify import catalogs_of_run, verify_host
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.inventory.waivers import read_waivers
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.playbook.loader import load_playbook
from aovpn_remediate.rendering import batch
from aovpn_remediate.results import Plan, Verification


def plan(
    playbooks: str | Path | Sequence[str | Path],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    variables: Mapping[str, Any] | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Plan:
    """Read the hosts and return what differs from the playbooks; nothing is changed.

    `playbooks` are names of shipped playbooks or paths, one or several; `limit` is a pattern of
    hosts; `variables` override those of the playbooks and the inventory.
    """
    control = control or Control()
    fleet = read_fleet(inventory)
    waivers = read_waivers(fleet)
    names = [playbooks] if isinstance(playbooks, (str, Path)) else playbooks
    files = [load_playbook(name) for name in names]
    catalogs = compile_catalogs(files, fleet, limit, variables or {})
    with opened(journal) as store:
        catalogs = with_leftovers(catalogs, store)
    made = Plan(
        hosts=tuple(
            plan_hosts(
                catalogs,
                Connector([catalog.host for catalog in catalogs], control).session,
                workers=workers,
                stop=control.stop,
                watch=control.watch,
            )
        ),
        made_by=tool_version(),
        made_at=now(),
        inventory=inventory_source(fleet),
        playbooks=tuple(playbook_source(file) for file in files),
        interrupted=control.stop.begin_no_more.is_set(),
    )
    return waive(made, waivers)


def render(
    playbook: str | Path,
    inventory: str | Path | Inventory | None = None,
    *,
    limit: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> str:
    """Return the exact script that reads a host: the first host within the limit."""
    file = load_playbook(playbook)
    if inventory is None:
        catalog = Catalog(Host(name="host"), (file.resolve(variables or {}),))
    else:
        catalog = compile_catalogs([file], read_fleet(inventory), limit, variables or {})[0]
    return batch.reading(catalog.reads, catalog.services)


def verify(
    playbooks: str | Path | Sequence[str | Path],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    variables: Mapping[str, Any] | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Verification:
    """Read the hosts and return whether they are compliant with playbooks; nothing is changed."""
    made = plan(
        playbooks,
        inventory,
        limit=limit,
        variables=variables,
        journal=journal,
        workers=workers,
        control=control,
    )
    names = ", ".join(source.name for source in made.playbooks)
    return Verification(
        made_at=made.made_at,
        of=names,
        hosts=made.hosts,
        unused_waivers=made.unused_waivers,
        interrupted=made.interrupted,
    )


def verify_run(
    run: str,
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Verification:
    """Read the hosts of a run and return whether its changes still hold; nothing is changed."""
    control = control or Control()
    fleet = read_fleet(inventory)
    waivers = read_waivers(fleet)
    hosts = {host.name: host for host in select(fleet, limit or "all")}
    with opened(journal) as store:
        loaded = store.load(run)
        refuse_missing_hosts((host.host for host in loaded.hosts), fleet, limit)
        catalogs = catalogs_of_run(
            loaded, hosts, store.pending_restarts([host.host for host in loaded.hosts])
        )
    if not catalogs:
        raise UsageError(f"run {loaded.id} changed nothing on these hosts")
    found = plan_hosts(
        catalogs,
        Connector([catalog.host for catalog in catalogs], control).session,
        workers=workers,
        stop=control.stop,
        watch=control.watch,
        compare=lambda catalog, reading: verify_host(loaded, catalog, reading),
    )
    verified = Verification(
        made_at=now(),
        of=loaded.id,
        hosts=tuple(found),
        interrupted=control.stop.begin_no_more.is_set(),
    )
    return waive(verified, waivers)
