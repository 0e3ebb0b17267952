"""The steps and restarts of a run, as entries of a page."""

from __future__ import annotations

from collections import defaultdict

from aovpn_remediate.reports.accuracy import WORDS, step_accuracy
from aovpn_remediate.reports.confirmations import sentence
from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.html.entries import Entry, HostEntries, as_declared
from aovpn_remediate.reports.vocabulary import STATES, UNPROVEN, of_confirmation, of_step
from aovpn_remediate.reports.words import count, duration, moment, needed
from aovpn_remediate.results import Confirmation, HostRun, RestartRun, StepRun
from aovpn_remediate.results.common import playbook_of

_ARROW = "\N{RIGHTWARDS ARROW}"


def of_run(host: HostRun) -> HostEntries:
    """Give the entries of a host in a run."""
    steps: dict[str, list[Entry]] = defaultdict(list)
    for step in host.steps:
        steps[playbook_of(step.id)].append(_step(host, step))
    confirm = (_confirm(host.confirm),) if host.confirm is not None else ()
    return HostEntries(steps, (*map(_restart, host.restarts), *confirm), STATES["host", "failed"])


def _confirm(confirm: Confirmation) -> Entry:
    remarks = (sentence(confirm), *confirm.problems)
    return Entry(of_confirmation(confirm), "confirmation", remarks=remarks)


def _step(host: HostRun, step: StepRun) -> Entry:
    before = step.before_text if step.read else step.planned_text
    link, after, then = _change(step)
    return Entry(
        of_step(step),
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
    """Give what follows the state before: a link, the state after, what it reads instead."""
    match step.status:
        case "unchanged" | "unreadable":
            return "", "", ""
        case "changed":
            return _ARROW, step.after_text or step.goal_text, ""
        case "not_held" if step.after_text:
            return _ARROW, step.goal_text, f"reads {step.after_text}"
        case "manual" | "stale" | "waived":
            return "should be", step.goal_text, ""
        case _:
            return _ARROW, step.goal_text, ""


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
        ("The plan", "" if found.verdict == "kept" else plan),
    ]
    return tuple((label, text) for label, text in facts if text)


def _restart(restart: RestartRun) -> Entry:
    why = UNPROVEN if restart.status == "unproven" else restart.message
    took = {"done": "in", "failed": "after"}.get(restart.status, "")
    parts = [f"{took} {duration(restart.seconds)}" if took and restart.seconds else ""]
    if took and restart.sessions:
        parts.append(f"{count(restart.sessions, 'VPN session')} disconnected")
    return Entry(
        STATES["restart", restart.status],
        "reboot" if restart.what == "reboot" else f"restart of {restart.what}",
        then=", ".join(part for part in parts if part),
        remarks=(why,) if why else (),
    )
