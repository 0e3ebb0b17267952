"""Apply, resume, roll back: the verbs that change hosts, without printing."""

from __future__ import annotations

import getpass
import secrets as random
import socket
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.apply import rollback as undoing
from aovpn_remediate.engine.apply.changes import HostIntents, from_plan
from aovpn_remediate.engine.connect import Control, Door
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.engine.rollout.options import GoOn, Options, Permit, nobody_to_ask
from aovpn_remediate.engine.rollout.resume import chain, done_hosts, set_back
from aovpn_remediate.engine.rollout.run import FleetRun
from aovpn_remediate.errors import PlanError, Problem, UsageError
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.journal.opening import opened, read_fleet, read_waivers
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import InventorySource, Plan, Run


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
        options = options or Options.of_run(stopped)
        before = _chain(book, stopped)
        plan, done = _to_go_on_with(book, stopped, before, options.clock())
        plan, options = _without_gone(waive(plan, read_waivers(fleet)), fleet, done, options)
        newest_first = tuple(each.id for each in reversed(before))
        return _carry_out(
            _new_run("apply", fleet, playbooks=plan.playbooks, of=newest_first),
            _intents(plan, fleet, f"run {stopped.id}", None),
            fleet,
            journal=book,
            order=Order(options, permit, go_on, control or Control()),
            plan=plan,
            done=done,
        )


def _chain(book: Journal, run: Run) -> list[Run]:
    """A run with all that go on with it, or it with them. Raises `UsageError` where one works."""
    if run.action != "apply":
        raise UsageError(f"run {run.id} is a rollback: roll back the same runs again")
    found = chain(run, book.runs())
    _refuse_at_work(book, found)
    return found


def _refuse_at_work(book: Journal, runs: Iterable[Run]) -> None:
    leases = Leases(book, owner="")
    for run in runs:
        if (owner := leases.owner_of(f"run:{run.id}")) is not None:
            raise UsageError(f"{owner} is still at work")


def _to_go_on_with(
    book: Journal, run: Run, before: Sequence[Run], now: datetime
) -> tuple[Plan, frozenset[str]]:
    """The plan of a run, and its hosts that are done. Raises `UsageError` where none is left."""
    plan = book.plan_of(run.id)
    if plan is None:
        raise UsageError(f"run {run.id} kept no plan: apply its plan file again")
    ids = {each.id for each in before}
    rollbacks = [each for each in book.runs() if each.action == "rollback"]
    taken_back = [each for each in rollbacks if not ids.isdisjoint(each.of)]
    _refuse_at_work(book, taken_back)
    done = done_hosts(book.load(each.id) for each in (*before, *taken_back))
    done -= set_back((arm for name in ids for arm in book.arms_of(name)), now)
    if all(host.host in done for host in plan.hosts):
        raise UsageError(f"nothing is left of run {run.id}: all of its hosts are done")
    return plan, done


def _without_gone(
    plan: Plan, fleet: Inventory, done: frozenset[str], options: Options
) -> tuple[Plan, Options]:
    """Without hosts that have left the inventory; one that is not done must be left out by name."""
    gone = {host.host for host in plan.hosts} - fleet.hosts.keys()
    if missing := sorted(gone - done - set(options.skip)):
        skip = " ".join(f"--skip {name}" for name in missing)
        raise UsageError(
            f"the inventory {fleet.path} has no host {', '.join(missing)}: "
            f"put it back, or leave it out with {skip}"
        )
    hosts = tuple(host for host in plan.hosts if host.host not in gone)
    left_out = tuple(name for name in options.skip if name not in gone)
    return plan.model_copy(update={"hosts": hosts}), replace(options, skip=left_out)


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
    options = _known(order.options or Options(), fleet, {item.host.name for item in intents})
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


def _known(options: Options, fleet: Inventory, hosts: Collection[str]) -> Options:
    """With those of these hosts to be left out that patterns of the inventory mean."""
    if not options.skip:
        return options
    try:
        left_out = select(fleet, ",".join(options.skip))
    except UsageError as error:
        raise UsageError(f"--skip: {error}") from None
    return replace(options, skip=tuple(h.name for h in left_out if h.name in hosts))
