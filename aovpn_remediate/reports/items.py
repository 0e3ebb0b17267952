"""A document as a list: every host, playbook, step, check and restart, with its state.

All formats for machines share it. Texts are as hosts gave them: each format makes them safe in its
own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.restarts import disconnected, needed, origin, reason_of
from aovpn_remediate.reports.vocabulary import (
    STATES,
    Outcome,
    What,
    of_error,
)
from aovpn_remediate.results import (
    CheckResult,
    HostPlan,
    HostRun,
    PlannedStep,
    PlaybookOnHost,
    RestartRun,
    StepRun,
)
from aovpn_remediate.results.common import playbook_of


@dataclass(frozen=True)
class Item:
    """One thing on one host."""

    host: str
    what: What
    id: str
    """`book/step`, `book/after[0]`, the playbook, `reboot` or a service; empty for the host."""
    state: str
    """A name in `vocabulary.STATES`, for programs; `word` is for people."""
    playbook: str = ""
    title: str = ""
    action: str = ""
    found: str = ""
    """The state before anything was set."""
    wanted: str = ""
    after: str = ""
    """The state read back after it was set."""
    then: str = ""
    reason: str = ""
    error: str = ""
    """The word for a host with an error: more exact than that of its state."""

    @property
    def outcome(self) -> Outcome:
        """The outcome that the state stands for."""
        return STATES[self.what, self.state].outcome

    @property
    def word(self) -> str:
        """The state in words."""
        return self.error or STATES[self.what, self.state].column

    @property
    def story(self) -> str:
        """The values, such as `absent -> dword 1` or `absent, should be dword 1`."""
        if self.what == "host":
            return ""  # `found` is the class of the error: the reason tells it in words.
        seen = " -> ".join(part for part in (self.found, self.after) if part)
        missed = self.wanted and self.wanted != (self.after or self.found)
        should = f"should be {self.wanted}" if missed and self.state != "unreadable" else ""
        return ", ".join(part for part in (seen, should) if part)

    @property
    def sentence(self) -> str:
        """A message, such as `service IAS: failed: stopped, should be running`."""
        then = f"then {self.then}" if self.then else ""
        parts = (self.title, self.word, self.story, then, self.reason)
        return ": ".join(part for part in parts if part)


def items(document: Document) -> tuple[Item, ...]:
    """List everything in the document, host by host."""
    return tuple(item for host in document.hosts for item in items_of(host))


def items_of(host: HostPlan | HostRun) -> Iterator[Item]:
    """List the host, its playbooks, before-checks, steps, after-checks and restarts."""
    yield _host(host)
    yield from (_playbook(host, book) for book in host.playbooks)
    yield from (_check(host, check) for check in host.before)
    if isinstance(host, HostRun):
        yield from (_done(host, step) for step in host.steps)
    else:
        yield from (_planned(host, step) for step in host.steps)
    yield from (_check(host, check) for check in host.after)
    yield from _restarts(host)


def _host(host: HostPlan | HostRun) -> Item:
    state, reason = ("read", "") if host.error is None else ("not_read", host.error)
    if isinstance(host, HostRun) and host.left:
        state, reason = "not_begun", host.left
    title, kind = host.facts.windows, host.error_kind
    word = of_error(host).column if state == "not_read" else ""
    return Item(host.host, "host", "", state, title=title, found=kind, reason=reason, error=word)


def _playbook(host: HostPlan | HostRun, book: PlaybookOnHost) -> Item:
    return Item(
        host.host, "playbook", book.name, book.status, playbook=book.name, reason=book.reason
    )


def _planned(host: HostPlan, step: PlannedStep) -> Item:
    return Item(
        host.host,
        "step",
        step.id,
        step.state,
        playbook=playbook_of(step.id),
        title=step.title,
        action=step.action.value,
        found=step.before_text,
        wanted=step.after_text,
        then=needed(step.then),
        reason="; ".join(part for part in (step.waived, step.reason, *step.notes) if part),
    )


def _done(host: HostRun, step: StepRun) -> Item:
    return Item(
        host.host,
        "step",
        step.id,
        step.status,
        playbook=playbook_of(step.id),
        title=step.title,
        found=step.before_text if step.read else step.planned_text,
        wanted=step.goal_text,
        after=step.after_text,
        then=needed(step.then),
        reason=step.message,
    )


def _check(host: HostPlan | HostRun, check: CheckResult) -> Item:
    return Item(
        host.host,
        "check",
        check.id,
        check.state,
        playbook=playbook_of(check.id),
        title=check.title,
        found=check.found,
        wanted=check.wanted,
        reason=check.reason,
    )


def _restarts(host: HostPlan | HostRun) -> Iterator[Item]:
    if isinstance(host, HostRun):
        for done in host.restarts:
            yield _restart(host, done)
        return
    for left in host.outstanding:
        state = left.state
        book = playbook_of(left.step)
        yield Item(host.host, "restart", left.need, state, playbook=book, reason=origin(left))


def _restart(host: HostRun, done: RestartRun) -> Item:
    reason = "; ".join(part for part in (reason_of(done), disconnected(done)) if part)
    return Item(host.host, "restart", done.what, done.status, reason=reason)
