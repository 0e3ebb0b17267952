"""Apply, resume and rollback from Python: the verbs that change hosts."""

from __future__ import annotations

import getpass
import platform
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aovpn_remediate.api.history import runs_to_roll_back
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
from aovpn_remediate.engine.rollout.same_plan import (
    earlier_runs,
    rollbacks_of,
    with_changes,
)
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import read_waivers
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import InventorySource, Plan, Preview, Run


@dataclass(frozen=True)
class _Conduct:
    """The options of a run, and the decisions of its caller."""

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
    """Apply exactly what a plan shows, and verify it. Return the run.

    `permit` are the allowed restarts: `Restart(reboot=True, services=("any",))`, or a function that
    decides once, from the restarts that each host needs. Other restarts stay pending. `go_on`
    approves the other hosts after the canary, if the options pause there; without it the run stops.
    `operator` is recorded instead of the current user.
    """
    if isinstance(plan, Preview):
        raise UsageError(f"a preview is not applied: use `rollback {' '.join(plan.of)}`")
    path = plan if isinstance(plan, str | Path) else "plan"
    loaded = plan if isinstance(plan, Plan) else plan_file.load(Path(plan))
    fleet = read_fleet(inventory)
    waived = waive(loaded, read_waivers(fleet))
    changes = changes_of_plan(waived, fleet, path, limit)
    if not changes:
        raise UsageError(f"--limit {limit} matches no host of the plan")
    plan = waived.limited_to({item.host.name for item in changes})
    digest = loaded.digest
    with opened(journal) as store:
        more = {"playbooks": plan.playbooks, "limit": limit or "", "plan": digest}
        names = (book.name for book in plan.playbooks)
        follows = earlier_runs(store, digest, plan.owed, names)
        return _carry_out(
            _new_run("apply", fleet, operator, follows=follows, **more),
            changes,
            fleet,
            journal=store,
            conduct=_Conduct(options, permit, go_on, control or Control()),
            plan=plan,
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
    """Resume an apply that was stopped, paused or killed, as a new run. Return that run.

    Hosts that are done stay as they are, and hosts that failed are tried again. Without options,
    those of the stopped run apply.
    """
    fleet = read_fleet(inventory)
    with opened(journal) as store:
        stopped = store.load(run)
        options = options or Options.of_run(stopped)
        before = chain_to_resume(store, stopped)
        plan, done = plan_to_resume(store, stopped, before, options.clock())
        plan, options = without_removed_hosts(
            waive(plan, read_waivers(fleet)), fleet, done, options
        )
        newest_first = tuple(each.id for each in reversed(before))
        return _carry_out(
            _new_run(
                "apply",
                fleet,
                playbooks=plan.playbooks,
                plan=stopped.plan,
                of=newest_first,
                follows=with_changes(store, before),
            ),
            changes_of_plan(plan, fleet, f"run {stopped.id}", None),
            fleet,
            journal=store,
            conduct=_Conduct(options, permit, go_on, control or Control()),
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
    """Restore the states before runs. Return the run that does so.

    `last` is the newest apply, with the earlier applies of the same plan; a rollback is rolled back
    only where its id is given. A step that has changed since is refused, and the other steps go on.
    """
    fleet = read_fleet(inventory)
    with opened(journal) as store:
        loaded = runs_to_roll_back(runs, store)
        changes = undo_changes(loaded, fleet, limit, rollbacks_of(store, loaded))
        return _carry_out(
            _new_run("rollback", fleet, of=tuple(item.id for item in loaded), limit=limit or ""),
            changes,
            fleet,
            journal=store,
            conduct=_Conduct(options, permit, go_on, control or Control()),
        )


def _new_run(action: str, fleet: Inventory, operator: str = "", **more: Any) -> Run:
    now = datetime.now(UTC)
    return Run.model_validate(
        {
            "id": _draw_id(now),
            "action": action,
            "started": now.isoformat(timespec="milliseconds"),
            "operator": operator or f"{getpass.getuser()}@{platform.node()}",
            "inventory": InventorySource(path=str(fleet.path), digest=fleet.digest),
            **more,
        }
    )


def _draw_id(now: datetime) -> str:
    return f"{now:%Y%m%d-%H%M%S}-{random.token_hex(2)}"


def _carry_out(
    run: Run,
    changes: Sequence[HostChanges],
    fleet: Inventory,
    *,
    journal: Journal | str | None,
    conduct: _Conduct,
    plan: Plan | None = None,
    done: frozenset[str] = frozenset(),
) -> Run:
    permit, control = conduct.permit, conduct.control
    hosts = {item.host.name for item in changes}
    options = resolve_skip(conduct.options or Options(), fleet, hosts)
    allow = permit if callable(permit) else (lambda _: permit)
    with opened(journal) as store:
        while store.has_run(run.id):
            # Two runs of one second drew the same four digits.
            run = run.model_copy(update={"id": _draw_id(datetime.now(UTC))})
        rollout = Rollout(
            run=run,
            fleet=fleet,
            journal=store,
            connect=Connector([item.host for item in changes], control).session,
            options=options,
            stop=control.stop,
            watch=control.watch,
            permit=allow,
            go_on=conduct.go_on,
            plan=plan,
            done=done,
        )
        return rollout.carry_out(changes)
