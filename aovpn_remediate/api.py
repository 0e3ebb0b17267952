"""Plan, apply, verify, roll back from Python: what the command line does, without printing.

    import aovpn_remediate as aovpn

    plan = aovpn.plan(["nps-ignore-no-revocation-check"], "fleet.yaml")
    run = aovpn.apply(plan, "fleet.yaml", permit=aovpn.Restart(reboot=True))
    print(run.exit_code)

All of them raise `RemediateError`s for what is wrong before the first connection; what goes wrong
on a host is in the result.
"""

from __future__ import annotations

import getpass
import secrets as random
import socket
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aovpn_remediate import plan_file
from aovpn_remediate.door import Control, Door
from aovpn_remediate.engine import rollback as undoing
from aovpn_remediate.engine.intents import HostIntents, from_plan
from aovpn_remediate.engine.journal import Journal, default_url
from aovpn_remediate.engine.look import look
from aovpn_remediate.engine.plan import Work
from aovpn_remediate.engine.results import (
    InventorySource,
    Plan,
    Run,
    Verification,
)
from aovpn_remediate.engine.runs import FleetRun, Options, Permit
from aovpn_remediate.engine.verify import verify_host, work_of
from aovpn_remediate.engine.waiving import waive
from aovpn_remediate.errors import PlanError, Problem, UsageError
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.inventory.waivers import Waiver, load_waivers
from aovpn_remediate.playbook.loader import load_playbook
from aovpn_remediate.rendering import batch
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.works import playbook_source, with_left_over, works_of

# Plan


def plan(
    playbooks: Sequence[str | Path],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    variables: Mapping[str, Any] | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Plan:
    """Read the hosts and say what differs; nothing is changed.

    `playbooks` are names of shipped ones or paths; `limit` is a pattern of hosts; `variables` win
    over those of the playbooks and the inventory.
    """
    control = control or Control()
    fleet = _inventory(inventory)
    waivers = _waivers(fleet)
    files = [load_playbook(name) for name in playbooks]
    works = works_of(files, fleet, limit, variables or {})
    with _opened(journal) as book:
        works = with_left_over(works, book)
    hosts = look(
        works,
        Door([work.host for work in works], control),
        workers=workers,
        stop=control.stop,
        watch=control.watch,
    )
    found = Plan(
        made_by=_made_by(),
        made_at=_now(),
        inventory=_source(fleet),
        playbooks=tuple(playbook_source(file) for file in files),
        hosts=tuple(hosts),
        interrupted=control.stop.begin_no_more.is_set(),
    )
    return waive(found, waivers)


def render(
    playbook: str | Path,
    inventory: str | Path | Inventory | None = None,
    *,
    limit: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> str:
    """The exact text that a host would be sent to be read: the first of the hosts chosen."""
    file = load_playbook(playbook)
    if inventory is None:
        work = Work(Host(name="host"), (file.resolve(variables or {}),))
    else:
        work = works_of([file], _inventory(inventory), limit, variables or {})[0]
    return batch.reading(work.reads, work.services)


# Apply, roll back


def apply(
    plan: Plan | str | Path,
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    options: Options | None = None,
    permit: Permit | Restart = NOTHING,
    control: Control | None = None,
) -> Run:
    """Change exactly what a plan shows, and prove it.

    `permit` says which restarts are allowed: `Restart(reboot=True, services=("any",))`, or a
    function that is asked once with what each host needs. What is not allowed stays outstanding.
    """
    path = plan if isinstance(plan, str | Path) else "plan"
    found = plan if isinstance(plan, Plan) else plan_file.load(Path(plan))
    fleet = _inventory(inventory)
    found = waive(found, _waivers(fleet))
    limited = {host.name for host in select(fleet, limit or "all")}
    intents = []
    for host_plan in found.hosts:
        if host_plan.host not in fleet.hosts:
            what = f"is not in the inventory {fleet.path}"
            raise PlanError(Problem(path, 0, 0, f"hosts.{host_plan.host}", what))
        if host_plan.host in limited:
            intents.append(from_plan(host_plan, fleet.hosts[host_plan.host], str(path)))
    if not intents:
        raise UsageError(f"--limit {limit} leaves no host of the plan")
    run = _new_run("apply", fleet, playbooks=found.playbooks)
    return _carry_out(
        run, intents, journal=journal, options=options, permit=permit, control=control
    )


def rollback(
    runs: Sequence[str],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    options: Options | None = None,
    permit: Permit | Restart = NOTHING,
    control: Control | None = None,
) -> Run:
    """Bring back what was there before runs; a step changed since is refused by itself."""
    fleet = _inventory(inventory)
    with _opened(journal) as book:
        loaded = list({run.id: run for run in map(book.load, runs)}.values())
        intents = undo_intents(loaded, fleet, limit)
        run = _new_run("rollback", fleet, of=tuple(item.id for item in loaded))
        return _carry_out(
            run, intents, journal=book, options=options, permit=permit, control=control
        )


def undo_intents(runs: Sequence[Run], fleet: Inventory, limit: str | None) -> list[HostIntents]:
    """What a rollback of these runs would set back, host by host; `UsageError` for nothing."""
    newest_first = sorted(runs, key=lambda run: run.started, reverse=True)
    wanted = undoing.undo(newest_first)
    _refuse_gone(wanted, fleet, limit)
    chosen = [host for host in select(fleet, limit or "all") if host.name in wanted]
    if not chosen:
        raise UsageError("there is nothing to roll back: these runs changed none of these hosts")
    return [HostIntents(host, wanted[host.name], alone=False) for host in chosen]


def _refuse_gone(hosts: Iterable[str], fleet: Inventory, limit: str | None) -> None:
    """A host of a run that has left the inventory is an error, unless a limit chooses others."""
    gone = [name for name in hosts if name not in fleet.hosts]
    if gone and limit is None:
        raise UsageError(f"the inventory {fleet.path} has no host {', '.join(gone)}")


def _new_run(action: str, fleet: Inventory, **more: Any) -> Run:
    now = datetime.now(UTC)
    return Run.model_validate(
        {
            "id": f"{now:%Y%m%d-%H%M%S}-{random.token_hex(2)}",
            "action": action,
            "started": now.isoformat(timespec="milliseconds"),
            "operator": f"{getpass.getuser()}@{socket.gethostname()}",
            "inventory": _source(fleet),
            **more,
        }
    )


def _carry_out(
    run: Run,
    intents: Sequence[HostIntents],
    *,
    journal: Journal | str | None,
    options: Options | None,
    permit: Permit | Restart,
    control: Control | None,
) -> Run:
    control, options = control or Control(), options or Options()
    run = run.model_copy(update={"options": _as_data(options)})
    allow = permit if callable(permit) else (lambda _: permit)
    with _opened(journal) as book:
        fleet_run = FleetRun(
            run=run,
            journal=book,
            connect=Door([item.host for item in intents], control),
            options=options,
            stop=control.stop,
            watch=control.watch,
            permit=allow,
        )
        return fleet_run.carry_out(intents)


def _as_data(options: Options) -> dict[str, Any]:
    return {"workers": options.workers, "restarts_at_once": options.restarts_at_once}


# Verify


def verify(
    playbooks: Sequence[str | Path],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    variables: Mapping[str, Any] | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Verification:
    """Whether hosts are as playbooks want them: steps and checks."""
    found = plan(
        playbooks,
        inventory,
        limit=limit,
        variables=variables,
        journal=journal,
        workers=workers,
        control=control,
    )
    names = ", ".join(source.name for source in found.playbooks)
    return Verification(
        made_at=found.made_at,
        of=names,
        hosts=found.hosts,
        unused_waivers=found.unused_waivers,
        interrupted=found.interrupted,
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
    """Whether what a run set still holds."""
    control = control or Control()
    fleet = _inventory(inventory)
    waivers = _waivers(fleet)
    hosts = {host.name: host for host in select(fleet, limit or "all")}
    with _opened(journal) as book:
        loaded = book.load(run)
        _refuse_gone((host.host for host in loaded.hosts), fleet, limit)
        works = work_of(loaded, hosts, book.open_needs([host.host for host in loaded.hosts]))
    if not works:
        raise UsageError(f"run {loaded.id} changed nothing on these hosts")
    found = look(
        works,
        Door([work.host for work in works], control),
        workers=workers,
        stop=control.stop,
        watch=control.watch,
        judge=lambda work, reading: verify_host(loaded, work, reading),
    )
    verified = Verification(
        made_at=_now(),
        of=loaded.id,
        hosts=tuple(found),
        interrupted=control.stop.begin_no_more.is_set(),
    )
    return waive(verified, waivers)


# The journal


def runs(journal: Journal | str | None = None) -> list[Run]:
    """All runs, newest first, without their hosts."""
    with _opened(journal) as book:
        return book.runs()


def show(run: str, journal: Journal | str | None = None) -> Run:
    """A whole run, by its id, the beginning of it, or `last`."""
    with _opened(journal) as book:
        return book.load(run)


# What they share


class _opened:  # noqa: N801 - read as a verb: with _opened(journal) as book
    """A journal, closed again if it was opened here."""

    def __init__(self, journal: Journal | str | None) -> None:
        self._mine = not isinstance(journal, Journal)
        self._journal = (
            journal if isinstance(journal, Journal) else Journal(journal or default_url())
        )

    def __enter__(self) -> Journal:
        return self._journal

    def __exit__(self, *_: object) -> None:
        if self._mine:
            self._journal.close()


def _inventory(inventory: str | Path | Inventory) -> Inventory:
    return inventory if isinstance(inventory, Inventory) else load_inventory(Path(inventory))


def _waivers(fleet: Inventory) -> tuple[Waiver, ...]:
    """What the inventory bears today; raises `InputError`, also for what has expired."""
    return load_waivers(fleet.waivers, fleet, datetime.now(UTC).date()) if fleet.waivers else ()


def _source(fleet: Inventory) -> InventorySource:
    return InventorySource(path=str(fleet.path), digest=fleet.digest)


def _made_by() -> str:
    return version("aovpn-remediate")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
