"""The steps and pending restarts of a plan or a verification, as entries of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from aovpn_remediate.reports import backups
from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.html.entries import ARROW, Entry, HostEntries, as_declared
from aovpn_remediate.reports.restarts import needed, origin, pending_of
from aovpn_remediate.reports.vocabulary import (
    BACKUPS,
    STATES,
    UNPROVEN,
    of_outstanding,
    of_planned,
)
from aovpn_remediate.reports.words import moment
from aovpn_remediate.results import Action, HostPlan, Outstanding, PlannedStep
from aovpn_remediate.results.common import playbook_of


def of_plan(host: HostPlan, *, planning: bool) -> HostEntries:
    """Return the entries of a host in a plan or, not planning, in a verification."""
    steps: dict[str, list[Entry]] = defaultdict(list)
    for step in host.steps:
        steps[playbook_of(step.id)].append(_step(step, planning=planning))
    first = [
        Entry(BACKUPS["planned"], "backup", remarks=(backups.planned(of),))
        for of in (host.backups if planning else ())
    ]
    return HostEntries(steps, tuple(map(_pending, host.outstanding)), tuple(first))


def _step(step: PlannedStep, *, planning: bool) -> Entry:
    state = of_planned(step.action, step.state) if planning else STATES["step", step.state]
    arrow = planning and step.changes
    after = step.after_text if step.readable and step.action is not Action.NONE else ""
    then = needed(step.then) if arrow else ""
    texts = tuple(text for text in (step.waived, step.reason, *step.notes) if text)
    quiet = state.tone == "quiet"
    return Entry(
        state,
        short_id(step.id),
        step.title,
        step.before_text if step.readable else "",
        (ARROW if arrow else "should be") if after else "",
        after,
        f"then {then}" if then else "",
        () if quiet else texts,
        _facts(step, texts if quiet else ()),
        as_declared(step.resource),
    )


def _facts(step: PlannedStep, texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    facts = [("Step", step.id), ("Found", step.before_text), ("Required", step.after_text)]
    facts.append(("A change needs", needed(step.declared)))
    facts += [("Note", note) for note in texts]
    return tuple((label, text) for label, text in facts if text)


def _pending(item: Outstanding) -> Entry:
    return Entry(
        of_outstanding(item),
        pending_of(item),
        remarks=_remarks(item),
        facts=tuple((label, text) for label, text in _origin(item) if text),
    )


def _remarks(item: Outstanding) -> tuple[str, ...]:
    if item.down:
        return (origin(item),)
    return () if item.proven else (UNPROVEN,)


def _origin(item: Outstanding) -> Iterator[tuple[str, str]]:
    yield "Since", f"{moment(item.since)}, by the host's clock" if item.since else ""
    yield "Step", item.step
    yield "Run", item.run
