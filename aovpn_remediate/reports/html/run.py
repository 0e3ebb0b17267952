"""The steps and restarts of a run, as entries of a page."""

from __future__ import annotations

from collections import defaultdict

from aovpn_remediate.reports.accuracy import WORDS, step_truth
from aovpn_remediate.reports.confirmations import WORDS as CONFIRMATIONS
from aovpn_remediate.reports.confirmations import sentence
from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.html.entries import (
    HOST_FAILED,
    OUTSTANDING,
    UNPROVEN,
    UNREADABLE,
    UNTOLD,
    WAIVED,
    Entry,
    Saying,
    State,
    as_declared,
)
from aovpn_remediate.reports.words import count, duration, moment, needed
from aovpn_remediate.results import Confirmation, HostRun, RestartRun, StepRun
from aovpn_remediate.results.common import playbook_of

_STEPS = {
    "unchanged": State("unchanged", "=", "quiet"),
    "changed": State("changed", "\N{CHECK MARK}", "good"),
    "manual": State("for a person", "!", "warn"),
    "waived": WAIVED,
    "not_done": State("not done", "\N{EN DASH}", "warn"),
    "failed": State("failed", "\N{MULTIPLICATION SIGN}", "bad"),
    "not_held": State("not held", "\N{MULTIPLICATION SIGN}", "bad"),
    "skipped": State("skipped", "\N{EN DASH}", "warn"),
    "stale": State("stale", "\N{NOT EQUAL TO}", "bad"),
    "unreadable": UNREADABLE,
    "unknown": State("unknown", "?", "bad"),
}
_RESTARTS = {
    "done": State("restarted", "\N{CHECK MARK}", "good"),
    "failed": State("restart failed", "\N{MULTIPLICATION SIGN}", "bad"),
    "outstanding": OUTSTANDING,
    "unproven": UNPROVEN,
    "not_needed": State("restart not needed", "\N{EN DASH}", "quiet"),
}
_ARROW = "\N{RIGHTWARDS ARROW}"


def of_run(host: HostRun) -> Saying:
    """What a run says of a host."""
    steps: dict[str, list[Entry]] = defaultdict(list)
    for step in host.steps:
        steps[playbook_of(step.id)].append(_step(host, step))
    confirm = (_confirm(host.confirm),) if host.confirm is not None else ()
    return Saying(steps, (*map(_restart, host.restarts), *confirm), HOST_FAILED)


def _confirm(confirm: Confirmation) -> Entry:
    word, _ = CONFIRMATIONS[confirm.status]
    match confirm.status:
        case "waiting":
            state = State(word, "!", "warn")
        case "confirmed":
            state = State(word, "\N{CHECK MARK}", "good")
        case _:
            state = State(word, "\N{MULTIPLICATION SIGN}", "bad")
    remarks = (sentence(confirm), *confirm.problems)
    return Entry(state, "confirmation", remarks=remarks)


def _step(host: HostRun, step: StepRun) -> Entry:
    before = step.before_text if step.read else step.planned_text
    link, after, then = _change(step)
    return Entry(
        _STEPS[step.status],
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
    """What follows the state before: a link, what is or was to be, what it reads instead."""
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
    judged = step_truth(host, step)
    plan = f"{WORDS[judged.verdict]}: {judged.why}" if judged.why else WORDS[judged.verdict]
    facts = [
        ("Step", step.id),
        ("Planned", step.planned_text),
        ("Found", step.before_text if step.read else "not read"),
        ("Goal", "" if step.status == "unchanged" else step.goal_text),
        ("Read back", step.after_text),
        ("Set at", f"{moment(step.time)}, by the host's clock" if step.time else ""),
        ("A change needs", needed(step.declared)),
        ("The plan", "" if judged.verdict == "kept" else plan),
    ]
    return tuple((label, text) for label, text in facts if text)


def _restart(restart: RestartRun) -> Entry:
    why = UNTOLD if restart.status == "unproven" else restart.message
    took = {"done": "in", "failed": "after"}.get(restart.status, "")
    parts = [f"{took} {duration(restart.seconds)}" if took and restart.seconds else ""]
    if took and restart.sessions:
        parts.append(f"{count(restart.sessions, 'VPN session')} cut")
    return Entry(
        _RESTARTS[restart.status],
        "reboot" if restart.what == "reboot" else f"restart of {restart.what}",
        then=", ".join(part for part in parts if part),
        remarks=(why,) if why else (),
    )
