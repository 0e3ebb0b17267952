"""Apply, resume, roll back: the verbs that change hosts, without printing."""

from __future__ import annotations

import getpass
import secrets as random
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aovpn_remediate import plan_file
from aovpn_remediate.door import Control, Door
from aovpn_remediate.engine import rollback as undoing
from aovpn_remediate.engine.intents import HostIntents, from_plan
from aovpn_remediate.engine.journal import Journal
from aovpn_remediate.engine.leases import Leases
from aovpn_remediate.engine.options import GoOn, Options, Permit, nobody_to_ask
from aovpn_remediate.engine.results import InventorySource, Plan, Run
from aovpn_remediate.engine.resuming import chain, done_hosts
from aovpn_remediate.engine.runs import FleetRun
from aovpn_remediate.engine.waiving import waive
from aovpn_remediate.errors import PlanError, Problem, UsageError
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.opening import opened, read_fleet, read_waivers
from aovpn_remediate.resources.restart import NOTHING, Restart


@dataclass(frozen=True)
class Order:
    """How a run is to go about its work, and whom it asks."""

    options: Options | None = None
    permit: Permit | Restart = NOTHING
    go_on: GoOn = nobody_to_ask
    control: Control = field(default_factory=Control)


def apply(
    plan: Plan | str | Path,
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    options: Options | None = None,
    permit: Permit | Restart = NOTHING,
    go_on: GoOn = nobody_to_ask,
    control: Control | None = None,
    operator: str = "",
) -> Run:
    """Change exactly what a plan shows, and prove it.

    `permit` says which restarts are allowed: `Restart(reboot=True, services=("any",))`, or a
    function that is asked once with what each host needs. What is not allowed stays outstanding.
    `go_on` is asked after the canary where the options say so; without it the run stops there.
    `operator` is who does it, where that is not the user.
    """
    path = plan if isinstance(plan, str | Path) else "plan"
    found = plan if isinstance(plan, Plan) else plan_file.load(Path(plan))
    fleet = read_fleet(inventory)
    found = waive(found, read_waivers(fleet))
    intents = _intents(found, fleet, path, limit)
    if not intents:
        raise UsageError(f"--limit {limit} leaves no host of the plan")
    chosen = {item.host.name for item in intents}
    kept = found.model_copy(update={"hosts": tuple(h for h in found.hosts if h.host in chosen)})
    return _carry_out(
        _new_run("apply", fleet, operator, playbooks=found.playbooks),
        intents,
        fleet,
        journal=journal,
        order=Order(options, permit, go_on, control or Control()),
        plan=kept,
    )


def resume(
    run: str,
    inventory: str | Path | Inventory,
    *,
    journal: Journal | str | None = None,
    options: Options | None = None,
    permit: Permit | Restart = NOTHING,
    go_on: GoOn = nobody_to_ask,
    control: Control | None = None,
) -> Run:
    """Go on with an apply that was stopped, paused or killed: a new run with what is left of it.

    Hosts that are done are left alone; those that failed are tried again. The options are those
    of the run where none are given.
    """
    fleet = read_fleet(inventory)
    with opened(journal) as book:
        stopped = book.load(run)
        plan, done = _to_go_on_with(book, stopped)
        intents = _intents(plan, fleet, f"run {stopped.id}", None)
        return _carry_out(
            _new_run("apply", fleet, playbooks=plan.playbooks, of=(stopped.id, *stopped.of)),
            intents,
            fleet,
            journal=book,
            order=Order(
                options or Options.restored(stopped.options),
                permit,
                go_on,
                control or Control(),
            ),
            plan=plan,
            done=done,
        )


def _to_go_on_with(book: Journal, run: Run) -> tuple[Plan, frozenset[str]]:
    """The plan of a run, and its hosts that are done. Raises `UsageError` where none is left."""
    if run.action != "apply":
        raise UsageError(f"run {run.id} is a rollback: roll back the same runs again")
    plan = book.plan_of(run.id)
    if plan is None:
        raise UsageError(f"run {run.id} kept no plan: apply its plan file again")
    owner = Leases(book, owner="").owner_of(f"run:{run.id}")
    if owner is not None:
        raise UsageError(f"{owner} is still at work")
    followers = [other for other in book.runs() if other.of and other.started > run.started]
    later = [book.load(other.id) for other in followers if other.action == "apply"]
    done = done_hosts(chain(run, later))
    if all(host.host in done for host in plan.hosts):
        raise UsageError(f"nothing is left of run {run.id}: all of its hosts are done")
    return plan, done


def _intents(
    plan: Plan, fleet: Inventory, path: str | Path, limit: str | None
) -> list[HostIntents]:
    limited = {host.name for host in select(fleet, limit or "all")}
    intents = []
    for host_plan in plan.hosts:
        if host_plan.host not in fleet.hosts:
            what = f"is not in the inventory {fleet.path}"
            raise PlanError(Problem(path, 0, 0, f"hosts.{host_plan.host}", what))
        if host_plan.host in limited:
            intents.append(from_plan(host_plan, fleet.hosts[host_plan.host], str(path)))
    return intents


def rollback(
    runs: Sequence[str],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    options: Options | None = None,
    permit: Permit | Restart = NOTHING,
    go_on: GoOn = nobody_to_ask,
    control: Control | None = None,
) -> Run:
    """Bring back what was there before runs; a step changed since is refused by itself."""
    fleet = read_fleet(inventory)
    with opened(journal) as book:
        loaded = list({run.id: run for run in map(book.load, runs)}.values())
        intents = undo_intents(loaded, fleet, limit)
        return _carry_out(
            _new_run("rollback", fleet, of=tuple(item.id for item in loaded)),
            intents,
            fleet,
            journal=book,
            order=Order(options, permit, go_on, control or Control()),
        )


def undo_intents(runs: Sequence[Run], fleet: Inventory, limit: str | None) -> list[HostIntents]:
    """What a rollback of these runs would set back, host by host; `UsageError` for nothing."""
    newest_first = sorted(runs, key=lambda run: run.started, reverse=True)
    wanted = undoing.undo(newest_first)
    refuse_gone(wanted, fleet, limit)
    chosen = [host for host in select(fleet, limit or "all") if host.name in wanted]
    if not chosen:
        raise UsageError("there is nothing to roll back: these runs changed none of these hosts")
    return [HostIntents(host, wanted[host.name], alone=False) for host in chosen]


def refuse_gone(hosts: Iterable[str], fleet: Inventory, limit: str | None) -> None:
    """A host of a run that has left the inventory is an error, unless a limit chooses others."""
    gone = [name for name in hosts if name not in fleet.hosts]
    if gone and limit is None:
        raise UsageError(f"the inventory {fleet.path} has no host {', '.join(gone)}")


def _new_run(action: str, fleet: Inventory, operator: str = "", **more: Any) -> Run:
    now = datetime.now(UTC)
    return Run.model_validate(
        {
            "id": f"{now:%Y%m%d-%H%M%S}-{random.token_hex(2)}",
            "action": action,
            "started": now.isoformat(timespec="milliseconds"),
            "operator": operator or f"{getpass.getuser()}@{socket.gethostname()}",
            "inventory": InventorySource(path=str(fleet.path), digest=fleet.digest),
            **more,
        }
    )


def _carry_out(
    run: Run,
    intents: Sequence[HostIntents],
    fleet: Inventory,
    *,
    journal: Journal | str | None,
    order: Order,
    plan: Plan | None = None,
    done: frozenset[str] = frozenset(),
) -> Run:
    permit, control = order.permit, order.control
    options = _known(order.options or Options(), fleet)
    allow = permit if callable(permit) else (lambda _: permit)
    with opened(journal) as book:
        fleet_run = FleetRun(
            run=run,
            fleet=fleet,
            journal=book,
            connect=Door([item.host for item in intents], control),
            options=options,
            stop=control.stop,
            watch=control.watch,
            permit=allow,
            go_on=order.go_on,
            plan=plan,
            done=done,
        )
        return fleet_run.carry_out(intents)


def _known(options: Options, fleet: Inventory) -> Options:
    """With the hosts to be left out as patterns of the inventory have them."""
    if not options.skip:
        return options
    try:
        left_out = select(fleet, ",".join(options.skip))
    except UsageError as error:
        raise UsageError(f"--skip: {error}") from None
    return replace(options, skip=tuple(host.name for host in left_out))
