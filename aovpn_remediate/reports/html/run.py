"""The steps and restarts of a run, as entries of a page."""

from __future__ import annotations

from collections import defaultdict

from aovpn_remediate.reports import backups
from aovpn_remediate.reports.accuracy import WORDS, step_accuracy
from aovpn_remediate.reports.confirmations import sentence
from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.html.entries import ARROW, Entry, HostEntries, as_declared
from aovpn_remediate.reports.restarts import disconnected, needed, reason_of, restart_of
from aovpn_remediate.reports.vocabulary import BACKUPS, STATES, of_confirmation, of_restart
from aovpn_remediate.reports.words import duration, moment
from aovpn_remediate.results import BackupRun, Confirmation, HostRun, RestartRun, StepRun
from aovpn_remediate.results.common import playbook_of


def of_run(host: HostRun) -> HostEntries:
    """Return the entries of a host in a run."""
    steps: dict[str, list[Entry]] = defaultdict(list)
    for step in host.steps:
        steps[playbook_of(step.id)].append(_step(host, step))
    confirm = (_confirm(host.confirm),) if host.confirm is not None else ()
    rest = (*map(_restart, host.restarts), *confirm)
    return HostEntries(steps, rest, tuple(map(_backup, host.backups)))


def _backup(backup: BackupRun) -> Entry:
    files = [(file.name, f"{file.size} bytes, sha256 {file.sha256}") for file in backup.files]
    missing = [(one.part, f"could not be read: {one.reason}") for one in backup.missing]
    remarks = (backups.sentence(backup),)
    return Entry(BACKUPS[backup.status], "backup", remarks=remarks, facts=(*files, *missing))


def _confirm(confirm: Confirmation) -> Entry:
    remarks = (sentence(confirm), *confirm.problems)
    return Entry(of_confirmation(confirm), "confirmation", remarks=remarks)


def _step(host: HostRun, step: StepRun) -> Entry:
    before = step.before_text if step.read else step.planned_text
    link, after, then = _change(step)
    return Entry(
        STATES["step", step.status],
        short_id(step.id),
        step.title,
        before,
        link,
        after,
        then,
        (step.message,) if step.message else (),
        _facts(host, step),
        as_declared(step.resource),
    )


def _change(step: StepRun) -> tuple[str, str, str]:
    """Return the texts after the first state: a link, the state after, the state read instead."""
    match step.status:
        case "unchanged" | "unreadable":
            return "", "", ""
        case "changed":
            return ARROW, step.after_text or step.goal_text, ""
        case "not_held" if step.after_text:
            return ARROW, step.goal_text, f"reads {step.after_text}"
        case "manual" | "stale" | "waived":
            return "should be", step.goal_text, ""
        case _:
            return ARROW, step.goal_text, ""


def _facts(host: HostRun, step: StepRun) -> tuple[tuple[str, str], ...]:
    found = step_accuracy(host, step)
    plan = f"{WORDS[found.verdict]}: {found.why}" if found.why else WORDS[found.verdict]
    facts = [
        ("Step", step.id),
        ("Planned", step.planned_text),
        ("Found", step.before_text if step.read else "could not be read"),
        ("Goal", "" if step.status == "unchanged" else step.goal_text),
        ("Read back", step.after_text),
        ("Set at", f"{moment(step.time)}, by the host's clock" if step.time else ""),
        ("A change needs", needed(step.declared)),
        ("The plan", "" if found.verdict == "as_predicted" else plan),
    ]
    return tuple((label, text) for label, text in facts if text)


def _restart(restart: RestartRun) -> Entry:
    reason = reason_of(restart)
    took = {"done": "in", "failed": "after"}.get(restart.status, "")
    time = f"{took} {duration(restart.seconds)}" if took and restart.seconds else ""
    return Entry(
        of_restart(restart),
        restart_of(restart.what),
        then=", ".join(part for part in (time, disconnected(restart)) if part),
        remarks=(reason,) if reason else (),
    )
