"""A document as Markdown for a change ticket."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.reports import backups
from aovpn_remediate.reports.accuracy import WORDS, accuracy
from aovpn_remediate.reports.confirmations import sentence
from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.items import Item, items_of
from aovpn_remediate.reports.markdown.escape import bullets, code, link, prose, table
from aovpn_remediate.reports.markdown.restarts import restarts
from aovpn_remediate.reports.next_steps import next_steps
from aovpn_remediate.reports.text.summary import summary
from aovpn_remediate.reports.vocabulary import BACKUPS, of_confirmation, of_error
from aovpn_remediate.reports.words import duration, moment, seconds_between
from aovpn_remediate.results import (
    Audit,
    HostPlan,
    HostRun,
    Plan,
    PlaybookSource,
    Preview,
    Run,
    Verification,
)

_HEADER = ("Step", "State", "What", "Found", "Required", "Now", "Then", "Remark")


def report(document: Document) -> str:
    """Return summary, playbooks, hosts, restarts, plan accuracy and next steps."""
    lines = [*_head(document), *_playbooks(document), "## Hosts", ""]
    for host in document.hosts:
        lines += _host(host, planning=isinstance(document, Plan))
    lines += restarts(document)
    if isinstance(document, Run):
        lines += _accuracy(document)
    lines += _next_steps(document)
    return "\n".join(lines).rstrip("\n")


def _head(document: Document) -> Iterator[str]:
    if isinstance(document, Run):
        yield f"# {document.action.capitalize()}: run {code(document.id)}"
    elif isinstance(document, Preview):
        yield f"# Preview of the rollback of {', '.join(map(code, document.of))}"
    elif isinstance(document, Plan):
        yield "# Plan"
    elif isinstance(document, Audit):
        yield f"# Audit of {', '.join(map(code, document.roles))}"
    else:
        yield f"# Verification of {code(document.of)}"
    yield ""
    yield f"**{summary(document).plain}**"
    yield ""
    yield from bullets(_circumstances(document))


def _circumstances(document: Document) -> Iterator[tuple[str, str]]:
    """Return the operator, the time and the inventory."""
    if not isinstance(document, Verification):
        yield "Inventory", code(document.inventory.path)
    if isinstance(document, Run):
        yield from _of_run(document)
    else:
        yield "Made", prose(moment(document.made_at))
        yield "Unused waivers", "; ".join(map(prose, document.unused_waivers))


def _of_run(run: Run) -> Iterator[tuple[str, str]]:
    yield "Rolls back" if run.action == "rollback" else "Continues", ", ".join(map(code, run.of))
    yield "Stopped", prose(run.stopped)
    yield "Not started", ", ".join(map(code, run.not_tried))
    yield "By", code(run.operator)
    yield "Started", prose(moment(run.started))
    if run.finished is None:
        yield "Finished", "no: it is still at work, or was killed"
    else:
        yield "Duration", duration(seconds_between(run.started, run.finished))
    yield "Options", ", ".join(code(f"{name}: {value}") for name, value in run.options.items())


def _playbooks(document: Document) -> Iterator[str]:
    sources = () if isinstance(document, Verification) else document.playbooks
    if sources:
        yield from ("## Playbooks", "")
    for source in sources:
        yield from (f"### {code(source.name)}", "", *bullets(_playbook(source)))


def _playbook(source: PlaybookSource) -> Iterator[tuple[str, str]]:
    yield "What", prose(source.summary)
    yield "Risk", prose(source.risk)
    yield "Source", link(source.source) if source.source else ""
    yield "File", code(source.path)
    yield "Digest", code(source.digest)


def _host(host: HostPlan | HostRun, *, planning: bool) -> Iterator[str]:
    """Return the facts, and a table of steps and checks without the before-checks that passed."""
    held = {check.id for check in host.before if check.ok}
    rows = [_row(item) for item in items_of(host) if _has_row(item) and item.id not in held]
    facts = (*_backups(host, planning=planning), *_of_host(host))
    yield from (f"### {code(host.host)}", "", *bullets(facts), *table(_HEADER, rows))


def _of_host(host: HostPlan | HostRun) -> Iterator[tuple[str, str]]:
    yield of_error(host).column.capitalize(), prose(host.error or "")
    yield "Not started", prose(host.left) if isinstance(host, HostRun) else ""
    if isinstance(host, HostRun) and (confirm := host.confirm) is not None:
        words = "; ".join((sentence(confirm), *confirm.problems))
        yield of_confirmation(confirm).word.capitalize(), prose(words)
    yield "Windows", prose(host.facts.windows)
    yield "Groups", ", ".join(map(code, host.groups))
    yield "VPN sessions", "" if host.facts.sessions is None else str(host.facts.sessions)
    yield "Pending reboot", ", ".join(map(code, host.facts.pending_reboot or ()))
    yield "Warning", "; ".join(map(prose, host.warnings))


def _backups(host: HostPlan | HostRun, *, planning: bool) -> Iterator[tuple[str, str]]:
    if isinstance(host, HostPlan):
        yield "Backup", "; ".join(map(backups.planned, host.backups)) if planning else ""
        return
    for backup in host.backups:
        yield BACKUPS[backup.status].word.capitalize(), prose(backups.sentence(backup))
        yield "SHA-256", ", ".join(code(backups.digest(file)) for file in backup.files)


def _has_row(item: Item) -> bool:
    """Leave out restarts, which have a table of their own, and playbooks that apply."""
    if item.what == "playbook":
        return item.outcome != "well"
    return item.what in ("step", "check")


def _row(item: Item) -> tuple[str, ...]:
    return (
        code(item.id),
        item.word,
        code(item.title),
        code(item.found),
        code(item.wanted),
        code(item.after),
        prose(item.then),
        prose(item.reason),
    )


def _accuracy(run: Run) -> Iterator[str]:
    found = accuracy(run)
    if not found.steps:
        return
    yield from ("## Plan accuracy", "", f"{found}.", "")
    header = ("Host", "Step", "Predicted", "Happened", "Verdict", "Reason")
    yield from table(
        header,
        (
            (
                code(step.host),
                code(step.step),
                code(step.predicted),
                prose(step.happened),
                WORDS[step.verdict],
                prose(step.why),
            )
            for step in found.deviations
        ),
    )


def _next_steps(document: Document) -> Iterator[str]:
    found = list(next_steps(document))
    shown = [" ".join((prose(item.sentence), code(item.command))).rstrip() for item in found]
    if isinstance(document, Plan) and any(s.changes for h in document.hosts for s in h.steps):
        command = code("aovpn-remediate rollback RUN")
        shown.append(f"To roll it back afterwards (apply names its RUN): {command}")
    if shown:
        yield from ("## Next steps", "", *(f"- {line}" for line in shown), "")
