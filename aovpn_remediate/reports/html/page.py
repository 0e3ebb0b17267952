"""An HTML report before it is HTML: everything that the template shows, in its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aovpn_remediate.reports.accuracy import WORDS, Accuracy, StepAccuracy, accuracy
from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.escape import one_line
from aovpn_remediate.reports.html.entries import Entry, Group, groups
from aovpn_remediate.reports.html.head import about, heading, kind, outcome
from aovpn_remediate.reports.html.links import is_web_address
from aovpn_remediate.reports.html.plan import of_plan
from aovpn_remediate.reports.html.run import of_run
from aovpn_remediate.reports.next_steps import NextStep, next_steps
from aovpn_remediate.reports.text.host import all_warnings
from aovpn_remediate.reports.text.summary import summary
from aovpn_remediate.reports.vocabulary import State
from aovpn_remediate.reports.words import count, moment, names
from aovpn_remediate.results import HostPlan, HostRun, Plan, PlaybookSource, Run


@dataclass(frozen=True)
class Tile:
    """A number of the summary, and what it is of."""

    number: int
    label: str
    tone: str = "quiet"
    sign: str = ""
    on: str = ""
    """`on 3 hosts`."""


@dataclass(frozen=True)
class Host:
    """A host of the page; its page is open if it needs attention."""

    name: str
    windows: str
    remarks: tuple[str, ...]
    words: tuple[tuple[State, int], ...]
    """The number of entries in each state, the most urgent first."""
    needs_attention: bool
    find: str
    """The text that the host filter searches."""
    facts: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Book:
    """A playbook, with the address of its source where a browser may follow it."""

    name: str
    summary: str
    risk: str
    source: str
    address: str
    path: str
    digest: str


@dataclass(frozen=True)
class PlanAccuracy:
    """The accuracy of the plan of a run."""

    title: str
    sentence: str
    deviations: tuple[StepAccuracy, ...]
    not_tried_title: str
    not_tried: tuple[tuple[str, str], ...]
    """A reason each, with the number of steps and the hosts that it is about."""


@dataclass(frozen=True)
class Page:
    """The whole report."""

    kind: str
    heading: str
    outcome: State
    lead: str
    about: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    states: tuple[tuple[State, int], ...]
    """Every state with its number of entries, to filter by."""
    needing_attention: int
    """The number of entries that need attention."""
    next_steps: tuple[NextStep, ...]
    books: tuple[Book, ...]
    warnings: tuple[tuple[str, str], ...]
    accuracy: PlanAccuracy | None
    hosts: tuple[Host, ...]
    several: bool
    """True where playbooks have to be told apart."""


def page_of(document: Document) -> Page:
    """Make the page of a document."""
    hosts = tuple(_host(host, document) for host in document.hosts)
    states = _numbers(entry for host in hosts for group in host.groups for entry in group.entries)
    return Page(
        kind=kind(document),
        heading=heading(document),
        outcome=outcome(document),
        lead=_sentence(document),
        about=tuple(about(document)),
        tiles=tuple(_tiles(document, hosts, states)),
        states=states,
        needing_attention=sum(number for state, number in states if state.tone != "quiet"),
        next_steps=tuple(next_steps(document)),
        books=() if document.kind == "verification" else tuple(map(_book, document.playbooks)),
        warnings=tuple(_warnings(document)),
        accuracy=_accuracy(document) if isinstance(document, Run) else None,
        hosts=hosts,
        several=len(document.playbook_names) > 1,
    )


def _sentence(document: Document) -> str:
    """Return the summary without its first word, which the heading has."""
    words = summary(document).plain.partition(": ")[2]
    return words[:1].upper() + words[1:]


def _host(host: HostPlan | HostRun, document: Document) -> Host:
    planning = isinstance(document, Plan)
    entries = of_run(host) if isinstance(host, HostRun) else of_plan(host, planning=planning)
    found = tuple(groups(host, entries))
    words = _numbers(entry for group in found for entry in group.entries)
    return Host(
        name=host.host,
        windows=host.facts.windows,
        remarks=tuple(_remarks(host)),
        words=words,
        needs_attention=any(state.tone != "quiet" for state, _ in words),
        find=" ".join((host.host, host.address, *host.groups)),
        facts=tuple((label, text) for label, text in _facts(host) if text),
        groups=found,
    )


_TONES = ("bad", "warn", "edit", "good", "quiet")


def _numbers(entries: Iterable[Entry]) -> tuple[tuple[State, int], ...]:
    found = Counter(entry.state for entry in entries)
    return tuple(sorted(found.items(), key=lambda item: _TONES.index(item[0].tone)))


def _remarks(host: HostPlan | HostRun) -> Iterator[str]:
    """Return VPN sessions and a pending reboot, which matter before a restart."""
    if host.facts.sessions:
        yield count(host.facts.sessions, "VPN session")
    if host.facts.pending_reboot:
        yield "Windows has a pending reboot"


def _facts(host: HostPlan | HostRun) -> Iterator[tuple[str, str]]:
    """Return the facts of the host; those that could not be read with the reason."""
    facts = host.facts
    yield "Address", host.address
    yield "Groups", ", ".join(host.groups)
    yield "Name", facts.name or ""
    yield "Domain", facts.domain or ""
    yield "Windows", " ".join(part for part in (facts.windows, facts.os_edition) if part)
    yield "PowerShell", " ".join(part for part in (facts.powershell, facts.edition) if part)
    yield "Roles", ", ".join(role for role, there in facts.roles.items() if there)
    yield "Started", moment(facts.boot) if facts.boot else ""
    yield "Read at", f"{moment(facts.time)}, by the host's clock" if facts.time else ""
    yield "Pending reboot", "; ".join(facts.pending_reboot or ())
    yield "VPN sessions", "" if facts.sessions is None else str(facts.sessions)
    for warning in host.warnings:
        yield "Warning", one_line(warning)
    for name, reason in facts.unknown.items():
        yield f"Unknown: {name}", one_line(reason)


def _tiles(
    document: Document, hosts: Sequence[Host], states: Sequence[tuple[State, int]]
) -> Iterator[Tile]:
    yield Tile(len(hosts), "host" if len(hosts) == 1 else "hosts")
    for state, number in states:
        on = sum(any(state == found for found, _ in host.words) for host in hosts)
        yield Tile(number, state.word, state.tone, state.sign, f"on {count(on, 'host')}")
    sessions = _sessions(document)
    if sessions:
        done = isinstance(document, Run)
        yield Tile(
            sessions,
            "VPN sessions disconnected" if done else "VPN sessions that a restart disconnects",
            "warn",
        )


def _sessions(document: Document) -> int:
    """Count the VPN sessions that were disconnected, or that the plan would disconnect."""
    if isinstance(document, Run):
        restarts = (restart for host in document.hosts for restart in host.restarts)
        return sum(r.sessions or 0 for r in restarts if r.tried)
    if not isinstance(document, Plan):
        return 0
    return sum(host.facts.sessions or 0 for host in document.hosts if _disconnects(host))


def _disconnects(host: HostPlan) -> bool:
    """Return True if a restart that the host needs ends its VPN sessions."""
    needs = [step.then for step in host.steps if step.changes]
    pending = [item.restart for item in host.outstanding if item.proven]
    return any(restart.cuts_users for restart in (*needs, *pending))


def _book(book: PlaybookSource) -> Book:
    source = book.source
    return Book(
        name=book.name,
        summary=book.summary,
        risk=book.risk,
        source=source,
        address=source if source.startswith("https://") and is_web_address(source) else "",
        path=book.path,
        digest=book.digest,
    )


def _warnings(document: Document) -> Iterator[tuple[str, str]]:
    """Return each warning once, with the hosts that it is about, if it is about hosts."""
    about: dict[str, list[str]] = {}
    for warning, host in all_warnings(document.hosts):
        about.setdefault(warning, []).append(host)
    for warning, hosts in about.items():
        yield warning, names(hosts)
    if not isinstance(document, Run):
        yield from ((f"unused waiver: {waiver}", "") for waiver in document.unused_waivers)


def _accuracy(run: Run) -> PlanAccuracy | None:
    found = accuracy(run)
    if not found.steps:
        return None
    back = run.action == "rollback"
    return PlanAccuracy(
        title="Accuracy of the rollback" if back else "Plan accuracy",
        sentence=str(found),
        deviations=tuple(step for step in found.steps if step.verdict == "not_as_predicted"),
        not_tried_title=WORDS["not_tried"].capitalize(),
        not_tried=tuple(_not_tried(found)),
    )


def _not_tried(found: Accuracy) -> Iterator[tuple[str, str]]:
    about: dict[str, list[str]] = {}
    for step in found.steps:
        if step.verdict == "not_tried":
            about.setdefault(step.why, []).append(step.host)
    for why, hosts in about.items():
        yield why, f"{count(len(hosts), 'step')} on {names(tuple(dict.fromkeys(hosts)))}"
