"""The head of an HTML report: its document, the time, the operator, the outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.vocabulary import State
from aovpn_remediate.reports.words import count, duration, moment, seconds_between
from aovpn_remediate.results import Audit, Plan, Preview, Run


def kind(document: Document) -> str:
    """Name the kind of the document."""
    if isinstance(document, Run):
        return document.action
    return document.kind


def heading(document: Document) -> str:
    """Name the document."""
    if isinstance(document, Run):
        return f"Run {document.id}"
    if isinstance(document, Preview):
        return f"Preview of the rollback of {', '.join(document.of)}"
    if isinstance(document, Plan):
        return f"Plan for {count(len(document.hosts), 'host')}"
    if isinstance(document, Audit):
        return f"Audit of {count(len(document.hosts), 'host')}"
    return f"Verification of {document.of}"


def outcome(document: Document) -> State:
    """Return the exit code in words."""
    if document.interrupted:
        return State("interrupted", "!", "bad")
    if isinstance(document, Run) and document.finished is None:
        return State("not finished", "!", "bad")
    if any(host.failed for host in document.hosts):
        words = "something failed" if isinstance(document, Run) else "not everything could be read"
        if not isinstance(document, Run) and all(host.error for host in document.hosts):
            words = "no host could be read"
        return State(words, "\N{MULTIPLICATION SIGN}", "bad")
    if any(host.differs for host in document.hosts):
        words = "something is pending" if isinstance(document, Run) else "not compliant"
        return State(words, "!", "warn")
    return State("all compliant", "\N{CHECK MARK}", "good")


def about(document: Document) -> Iterator[tuple[str, str]]:
    """Return the operator, the time and the inventory: a label and a text each."""
    if isinstance(document, Run):
        yield from _of_run(document)
    else:
        yield "Made", moment(document.made_at)
        if isinstance(document, Plan | Audit) and document.made_by:
            yield "By", f"aovpn-remediate {document.made_by}"
    if document.kind != "verification":
        yield "Inventory", document.inventory.path
    yield "Exit code", str(document.exit_code)


def _of_run(run: Run) -> Iterator[tuple[str, str]]:
    if run.operator:
        yield "By", run.operator
    yield "Started", moment(run.started)
    if run.finished is not None:
        yield "Duration", duration(seconds_between(run.started, run.finished))
    if run.of:
        yield "Rolls back" if run.action == "rollback" else "Continues", ", ".join(run.of)
    if run.stopped:
        yield "Stopped", run.stopped
    if run.not_tried:
        yield "Not started", ", ".join(run.not_tried)
    if run.options:
        yield "Options", ", ".join(_option(*item) for item in run.options.items())


def _option(name: str, value: object) -> str:
    return f"{name.replace('_', ' ')} {value if isinstance(value, str) else json.dumps(value)}"
