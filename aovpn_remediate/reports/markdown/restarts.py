"""The restarts of a document as Markdown: those needed, done and pending, with VPN sessions."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.markdown.escape import code, prose, table
from aovpn_remediate.reports.restarts import origin, reason_of, since
from aovpn_remediate.reports.vocabulary import of_outstanding, of_restart
from aovpn_remediate.reports.words import duration
from aovpn_remediate.results import HostPlan, HostRun, Plan, RestartRun

_HEADER = ("Host", "Restart", "State", "VPN sessions", "Duration", "Remark")


def restarts(document: Document) -> Iterator[str]:
    """Return two tables: restarts that the changes need or needed, and those that are pending."""
    yield from _section(
        "Restarts",
        (row for host in document.hosts for row in _needed(host, planning=_planning(document))),
    )
    yield from _section(
        "Pending restarts", (row for host in document.hosts for row in _pending(host))
    )


def _planning(document: Document) -> bool:
    return isinstance(document, Plan)


def _section(title: str, rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    lines = list(table(_HEADER, rows))
    yield from [f"## {title}", "", *lines] if lines else []


def _needed(host: HostPlan | HostRun, *, planning: bool) -> Iterator[tuple[str, ...]]:
    """Return the closed ones of a run, or those that the changes of a plan would need."""
    if isinstance(host, HostRun):
        yield from (_of_run(host, r) for r in host.restarts if not r.open)
        return
    then = [step.then for step in host.steps if step.changes and planning]
    services = dict.fromkeys(service for need in then for service in need.services)
    whole = ["reboot"] if any(need.reboot for need in then) else list(services)
    sessions = "" if host.facts.sessions is None else f"{host.facts.sessions} now"
    for what in whole:
        yield (code(host.host), code(what), "needed by the changes", sessions, "", "")


def _pending(host: HostPlan | HostRun) -> Iterator[tuple[str, ...]]:
    if isinstance(host, HostRun):
        yield from (_of_run(host, r) for r in host.restarts if r.open)
        return
    for left in host.outstanding:
        state = of_outstanding(left).column
        remark = f"{prose(since(left))}: {code(left.step)} of run {code(left.run)}"
        if left.down:
            remark = prose(origin(left))
        yield (code(host.host), code(left.need), state, "", "", remark)


def _of_run(host: HostRun, restart: RestartRun) -> tuple[str, ...]:
    known = restart.tried and restart.sessions is not None
    ended = f"{restart.sessions} disconnected" if known else ""
    took = duration(restart.seconds) if restart.seconds else ""
    state = of_restart(restart).column
    return (code(host.host), code(restart.what), state, ended, took, prose(reason_of(restart)))
