"""The steps and pending restarts of a plan or a verification, as entries of a page."""

from __future__ import annotations

from collections import defaultdict

from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.html.entries import Entry, HostEntries, as_declared
from aovpn_remediate.reports.vocabulary import PLANNED, STATES, UNPROVEN, State
from aovpn_remediate.reports.words import moment, needed
from aovpn_remediate.results import Action, HostPlan, Outstanding, PlannedStep
from aovpn_remediate.results.common import is_unreachable, playbook_of

_ARROW = "\N{RIGHTWARDS ARROW}"


def of_plan(host: HostPlan, *, planning: bool) -> HostEntries:
    """Give the entries of a host in a plan or, not planning, in a verification."""
    steps: dict[str, list[Entry]] = defaultdict(list)
    for step in host.steps:
        steps[playbook_of(step.id)].append(_step(step, planning=planning))
    error = "unreachable" if is_unreachable(host.error_kind) else "not_read"
    return HostEntries(steps, tuple(map(_pending, host.outstanding)), STATES["host", error])


def _step(step: PlannedStep, *, planning: bool) -> Entry:
    state = _state(step, planning=planning)
    arrow = planning and step.changes
    after = step.after_text if step.readable and step.action is not Action.NONE else ""
    then = needed(step.then) if arrow else ""
    said = tuple(text for text in (step.waived, step.reason, *step.notes) if text)
    quiet = state.tone == "quiet"
    return Entry(
        state,
        short_id(step.id),
        step.title,
        step.before_text if step.readable else "",
        (_ARROW if arrow else "should be") if after else "",
        after,
        f"then {then}" if then else "",
        () if quiet else said,
        _facts(step, said if quiet else ()),
        as_declared(step.resource),
    )


def _state(step: PlannedStep, *, planning: bool) -> State:
    if not step.readable:
        return STATES["step", "unreadable"]
    if step.waived:
        return STATES["step", "waived"]
    if step.changes and not planning:
        return STATES["step", "differs"]
    return PLANNED[step.action]


def _facts(step: PlannedStep, said: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    facts = [("Step", step.id), ("Found", step.before_text), ("Required", step.after_text)]
    facts.append(("A change needs", needed(step.declared)))
    facts += [("Note", note) for note in said]
    return tuple((label, text) for label, text in facts if text)


def _pending(item: Outstanding) -> Entry:
    reboot = item.need == "reboot"
    return Entry(
        STATES["restart", "outstanding" if item.proven else "unproven"],
        "reboot" if reboot else f"restart of {item.need}",
        remarks=() if item.proven else (UNPROVEN,),
        facts=(
            ("Since", f"{moment(item.since)}, by the host's clock"),
            ("Step", item.step),
            ("Run", item.run),
        ),
    )
