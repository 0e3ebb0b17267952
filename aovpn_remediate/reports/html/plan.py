"""The steps and outstanding restarts of a plan or a verification, as entries of a page."""

from __future__ import annotations

from collections import defaultdict

from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.html.entries import (
    NOT_READ,
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
from aovpn_remediate.reports.words import moment, needed
from aovpn_remediate.results import Action, HostPlan, Outstanding, PlannedStep
from aovpn_remediate.results.common import playbook_of

_PLANNED = {
    Action.NONE: State("as wanted", "=", "quiet"),
    Action.CREATE: State("to create", "+", "edit"),
    Action.UPDATE: State("to update", "~", "edit"),
    Action.DELETE: State("to remove", "\N{MINUS SIGN}", "edit"),
    Action.MANUAL: State("for a person", "!", "warn"),
}
_DIFFERS = State("differs", "\N{NOT EQUAL TO}", "bad")
_ARROW = "\N{RIGHTWARDS ARROW}"


def of_plan(host: HostPlan, *, planning: bool) -> Saying:
    """What a plan says of a host; not planning: what a verification says."""
    steps: dict[str, list[Entry]] = defaultdict(list)
    for step in host.steps:
        steps[playbook_of(step.id)].append(_step(step, planning=planning))
    return Saying(steps, tuple(map(_outstanding, host.outstanding)), NOT_READ)


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
        return UNREADABLE
    if step.waived:
        return WAIVED
    return _DIFFERS if step.changes and not planning else _PLANNED[step.action]


def _facts(step: PlannedStep, said: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    facts = [("Step", step.id), ("Found", step.before_text), ("Wanted", step.after_text)]
    facts.append(("A change needs", needed(step.declared)))
    facts += [("Note", note) for note in said]
    return tuple((label, text) for label, text in facts if text)


def _outstanding(item: Outstanding) -> Entry:
    reboot = item.need == "reboot"
    return Entry(
        OUTSTANDING if item.proven else UNPROVEN,
        "reboot" if reboot else f"restart of {item.need}",
        remarks=() if item.proven else (UNTOLD,),
        facts=(
            ("Since", f"{moment(item.since)}, by the host's clock"),
            ("Step", item.step),
            ("Run", item.run),
        ),
    )
