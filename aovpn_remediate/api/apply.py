"""Apply, resume, roll back: the verbs that change hosts, without printing."""

from __future__ import annotations

import getpass
import platform
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.apply.changes import HostChanges, changes_of_plan
from aovpn_remediate.engine.apply.rollback import undo_changes
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control, GoOn, Permit, no_approval
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.engine.rollout.options import Options, resolve_skip
from aovpn_remediate.engine.rollout.resume import (
    chain_to_resume,
    plan_to_resume,
    without_removed_hosts,
)
from aovpn_remediate.engine.rollout.run import Rollout
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import read_waivers
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import InventorySource, Plan, Run


@dataclass(frozen=True)
class Order:
    """How a run is to go about its work, and whom it asks."""

    options: Options | None = None
    permit: Permit | Restart = NOTHING
    go_on: GoOn = no_approval
    control: Control = field(default_factory=Control)


def apply(
    plan: Plan | str | Path,
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    options: Options | None = None,
    permit: Permit | Restart = NOTHING,
    go_on: GoOn = no_approval,
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
    changes = changes_of_plan(found, fleet, path, limit)
    if not changes:
        raise UsageError(f"--limit {limit} leaves no host of the plan")
    chosen = {item.host.name for item in changes}
    kept = found.model_copy(update={"hosts": tuple(h for h in found.hosts if h.host in chosen)})
    return _carry_out(
        _new_run("apply", fleet, operator, playbooks=found.playbooks),
        changes,
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
    go_on: GoOn = no_approval,
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
        before = chain_to_resume(book, stopped)
        plan, done = plan_to_resume(book, stopped, before, options.clock())
        plan, options = without_removed_hosts(
            waive(plan, read_waivers(fleet)), fleet, done, options
        )
        newest_first = tuple(each.id for each in reversed(before))
        return _carry_out(
            _new_run("apply", fleet, playbooks=plan.playbooks, of=newest_first),
            changes_of_plan(plan, fleet, f"run {stopped.id}", None),
            fleet,
            journal=book,
            order=Order(options, permit, go_on, control or Control()),
            plan=plan,
            done=done,
        )


def rollback(
    runs: Sequence[str],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    options: Options | None = None,
    permit: Permit | Restart = NOTHING,
    go_on: GoOn = no_approval,
    control: Control | None = None,
) -> Run:
    """Bring back what was there before runs; a step changed since is refused by itself."""
    fleet = read_fleet(inventory)
    with opened(journal) as book:
        loaded = list({run.id: run for run in map(book.load, runs)}.values())
        changes = undo_changes(loaded, fleet, limit)
        return _carry_out(
            _new_run("rollback", fleet, of=tuple(item.id for item in loaded)),
            changes,
            fleet,
            journal=book,
            order=Order(options, permit, go_on, control or Control()),
        )


def _new_run(action: str, fleet: Inventory, operator: str = "", **more: Any) -> Run:
    now = datetime.now(UTC)
    return Run.model_validate(
        {
            "id": f"{now:%Y%m%d-%H%M%S}-{random.token_hex(2)}",
            "action": action,
            "started": now.isoformat(timespec="milliseconds"),
            "operator": operator or f"{getpass.getuser()}@{platform.node()}",
            "inventory": InventorySource(path=str(fleet.path), digest=fleet.digest),
            **more,
        }
    )


def _carry_out(
    run: Run,
    changes: Sequence[HostChanges],
    fleet: Inventory,
    *,
    journal: Journal | str | None,
    order: Order,
    plan: Plan | None = None,
    done: frozenset[str] = frozenset(),
) -> Run:
    permit, control = order.permit, order.control
    options = resolve_skip(order.options or Options(), fleet, {item.host.name for item in changes})
    allow = permit if callable(permit) else (lambda _: permit)
    with opened(journal) as book:
        fleet_run = Rollout(
            run=run,
            fleet=fleet,
            journal=book,
            connect=Connector([item.host for item in changes], control),
            options=options,
            stop=control.stop,
            watch=control.watch,
            permit=allow,
            go_on=order.go_on,
            plan=plan,
            done=done,
        )
        return fleet_run.carry_out(changes)
