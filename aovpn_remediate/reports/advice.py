"""How to go on after what a report says: a sentence each, and the command if it is one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.words import count, moment, names
from aovpn_remediate.results import Action, Plan, Restart, Run, Verification

_PROGRAM = "aovpn-remediate"


@dataclass(frozen=True)
class Advice:
    """What is left to a person; `command` is empty where there is none to copy."""

    sentence: str
    command: str = ""


def how_to_go_on(document: Document) -> Iterator[Advice]:
    """What a person may want to do next."""
    if isinstance(document, Plan):
        yield from _after_plan(document)
    elif isinstance(document, Run):
        yield from _after_run(document)
    else:
        yield from _after_verification(document)


def _after_plan(plan: Plan) -> Iterator[Advice]:
    steps = [step for host in plan.hosts for step in host.steps]
    owed = [item.need for host in plan.hosts for item in host.outstanding if item.proven]
    if owed or any(step.changes for step in steps):
        flags = _flags((step.then for step in steps if step.changes), owed)
        yield Advice(
            "To do exactly this (FILE is the plan as plan -o FILE kept it):",
            f"{_PROGRAM} apply FILE",
        )
        if flags:
            yield Advice(f"Restarts are left outstanding unless they are allowed: {flags}.")
    if manual := sum(s.action is Action.MANUAL and not s.waived for s in steps):
        yield Advice(f"{count(manual, 'step')} for a person: each says what is to be done.")


def _after_run(run: Run) -> Iterator[Advice]:
    statuses = {step.status for host in run.hosts for step in host.steps}
    again = statuses & {"not_done", "skipped", "failed", "unknown"}
    go_on = f"{_PROGRAM} resume {shlex.quote(run.id)}"
    if run.finished is None and run.action == "apply":
        yield Advice("It is still at work, or was ended. To finish it then:", go_on)
    elif run.finished is None:
        yield Advice("It is still at work, or was ended: roll back the same again to finish it.")
    elif run.action == "apply" and (again or run.stopped):
        yield Advice("To go on, where what is done is left alone:", go_on)
    elif run.stopped:
        yield Advice("To go on: roll back the same again; what is as it was is left alone.")
    if "stale" in statuses:
        yield Advice("What is stale: plan again, and look at what has changed.")
    yield from _to_confirm(run)
    yield from _restarts(run)
    if "changed" in statuses:
        yield Advice("To undo it:", f"{_PROGRAM} rollback {shlex.quote(run.id)}")


def _to_confirm(run: Run) -> Iterator[Advice]:
    waiting = [h for h in run.hosts if h.confirm is not None and h.confirm.status == "waiting"]
    if waiting:
        first = min(host.confirm.until for host in waiting if host.confirm is not None)
        which = names([host.host for host in waiting])
        words = f"To keep the changes, confirm {which} before {moment(first)} by their clocks:"
        yield Advice(words, f"{_PROGRAM} confirm {shlex.quote(run.id)}")


def _restarts(run: Run) -> Iterator[Advice]:
    owing = {
        host.host: [item.what for item in host.restarts if item.status == "outstanding"]
        for host in run.hosts
    }
    hosts = [host for host, what in owing.items() if what]
    if hosts:
        flags = _flags((), (what for host in hosts for what in owing[host]))
        # To plan again after a rollback would show what was rolled back.
        how = "roll back the same again" if run.action == "rollback" else "plan and apply again"
        yield Advice(f"Restarts are outstanding on {names(hosts)}: {how} with {flags}.")


def _after_verification(found: Verification) -> Iterator[Advice]:
    if any(host.differs for host in found.hosts):
        yield Advice("To see what would be changed, and change it: plan, and apply the plan.")


def _flags(needs: Iterable[Restart], owed: Iterable[str]) -> str:
    """The permissions that these restarts want."""
    owed, needs = set(owed), list(needs)
    reboot = "reboot" in owed or any(need.reboot for need in needs)
    restart = bool(owed - {"reboot"}) or any(need.services for need in needs)
    flags = {"--allow-restart": restart, "--allow-reboot": reboot}
    return " ".join(flag for flag, wanted in flags.items() if wanted)
