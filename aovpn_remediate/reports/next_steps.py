"""The next steps after a report: a sentence each, and the command where there is one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.words import count, moment, names
from aovpn_remediate.results import Action, Audit, Plan, Preview, Restart, Run, Verification
from aovpn_remediate.results.runs import rollback_words

_PROGRAM = "aovpn-remediate"


@dataclass(frozen=True)
class NextStep:
    """One thing to do next; `command` is empty where there is none to copy."""

    sentence: str
    command: str = ""


def next_steps(document: Document) -> Iterator[NextStep]:
    """Return the next steps after a document."""
    if isinstance(document, Preview):
        yield from _after_preview(document)
    elif isinstance(document, Plan):
        yield from _after_plan(document)
    elif isinstance(document, Run):
        yield from _after_run(document)
    else:
        yield from _after_verification(document)


def _after_plan(plan: Plan) -> Iterator[NextStep]:
    steps = [step for host in plan.hosts for step in host.steps]
    pending = [item for host in plan.hosts for item in host.outstanding if item.proven]
    owed = [item.need for item in pending if not item.down]
    backed_up = any(host.only_backed_up for host in plan.hosts)
    if pending or backed_up or any(step.changes for step in steps):
        flags = _flags((step.then for step in steps if step.changes), owed)
        yield NextStep(
            "To apply exactly this (FILE is where plan -o FILE wrote it):",
            " ".join((f"{_PROGRAM} apply FILE", *plan.leave)),
        )
        if flags:
            yield NextStep(f"Restarts stay pending unless they are allowed: {flags}.")
    if manual := sum(s.action is Action.MANUAL and not s.waived for s in steps):
        yield NextStep(
            f"Manual action is needed for {count(manual, 'step')}: each says what to do."
        )


def _after_preview(preview: Preview) -> Iterator[NextStep]:
    if any(step.changes for host in preview.hosts for step in host.steps):
        words = "To roll back exactly these runs:"
        yield NextStep(words, _command("rollback", *rollback_words(preview), *preview.leave))


def _after_run(run: Run) -> Iterator[NextStep]:
    statuses = {step.status for host in run.hosts for step in host.steps}
    open_steps = statuses & {"not_done", "skipped", "failed", "unknown"}
    go_on = _command("resume", run.id, *run.leave)
    again = _command("rollback", *rollback_words(run), *run.leave)
    if run.finished is None and run.action == "apply":
        yield NextStep(
            "The run is at work, or was killed. If it was killed, finish it with:", go_on
        )
    elif run.finished is None:
        yield NextStep(
            "The rollback is at work, or was killed. If it was killed, finish it with:", again
        )
    elif run.action == "apply" and (open_steps or run.stopped):
        yield NextStep("To continue with the hosts that are not done:", go_on)
    elif run.stopped:
        yield NextStep("To continue, with restored steps left unchanged:", again)
    if "stale" in statuses and run.action == "rollback":
        yield NextStep(
            "Stale steps were left as they are: restore them manually if they are wrong."
        )
    elif "stale" in statuses:
        yield NextStep("Stale steps: plan again, and review what has changed since.")
    yield from _to_confirm(run)
    yield from _restarts(run)
    yield from _back(run, has_changed="changed" in statuses)


def _back(run: Run, *, has_changed: bool) -> Iterator[NextStep]:
    if run.action == "rollback" and has_changed:
        words = "To undo this rollback, and set again what it took back:"
        yield NextStep(words, _command("rollback", run.id, *run.leave))
    elif run.follows:
        words = "To roll it back, with the earlier runs of the same plan:"
        yield NextStep(words, _command("rollback", run.id, *run.follows, *run.leave))
    elif has_changed:
        yield NextStep("To roll it back:", _command("rollback", run.id, *run.leave))


def _command(verb: str, *arguments: str) -> str:
    return shlex.join((_PROGRAM, verb, *arguments))


def _to_confirm(run: Run) -> Iterator[NextStep]:
    waiting = [h for h in run.hosts if h.confirm is not None and h.confirm.status == "waiting"]
    if waiting:
        first = min(host.confirm.until for host in waiting if host.confirm is not None)
        which = names([host.host for host in waiting])
        words = f"To keep the changes, confirm {which} before {moment(first)} (host clock):"
        yield NextStep(words, _command("confirm", run.id))


def _restarts(run: Run) -> Iterator[NextStep]:
    owing = {
        host.host: [item.what for item in host.restarts if item.status == "outstanding"]
        for host in run.hosts
    }
    hosts = [host for host, what in owing.items() if what]
    if not hosts:
        return
    flags = _flags((), (what for host in hosts for what in owing[host])).split()
    pending = f"Restarts are pending on {names(hosts)}"
    if run.action == "rollback":
        # To plan again would show what was rolled back.
        command = _command("rollback", *rollback_words(run), *flags)
        yield NextStep(f"{pending}. To make them:", command)
    elif all(host.own_needs.issuperset(map(str.casefold, owing[host.host])) for host in run.hosts):
        yield NextStep(f"{pending}. To make them:", _command("resume", run.id, *flags))
    else:
        # They are of other runs, which this plan does not know.
        yield NextStep(f"{pending}: plan and apply again with {' '.join(flags)}.")


def _after_verification(found: Verification | Audit) -> Iterator[NextStep]:
    if any(host.differs for host in found.hosts):
        yield NextStep("To see what would change, and to change it: plan, then apply the plan.")


def _flags(needs: Iterable[Restart], owed: Iterable[str]) -> str:
    """Return the options that allow these restarts."""
    owed, needs = set(owed), list(needs)
    reboot = "reboot" in owed or any(need.reboot for need in needs)
    restart = bool(owed - {"reboot"}) or any(need.services for need in needs)
    flags = {"--allow-restart": restart, "--allow-reboot": reboot}
    return " ".join(flag for flag, wanted in flags.items() if wanted)
