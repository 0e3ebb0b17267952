"""What an HTML report says of a host, entry by entry: the same shape for all three documents.

An entry is a state (a word, a sign, a tone), a thing, what it was and is, and the evidence.
Texts are as hosts and playbooks gave them: the template escapes each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import yaml

from aovpn_remediate.reports.document import playbooks_on, short_id
from aovpn_remediate.results import CheckResult, HostPlan, HostRun, PlaybookOnHost
from aovpn_remediate.results.common import playbook_of

Tone = Literal["quiet", "good", "edit", "warn", "bad"]
_LONGEST_LINE = 10_000
"""No path is broken: a browser breaks lines by itself."""


@dataclass(frozen=True)
class State:
    """A word that is filtered by; its sign and colour only repeat what it says."""

    word: str
    sign: str
    tone: Tone


HOLDS = State("holds", "\N{CHECK MARK}", "quiet")
FAILS = State("does not hold", "\N{MULTIPLICATION SIGN}", "bad")
NOT_YET = State("not yet", "!", "warn")
WAIVED = State("waived", "\N{ALMOST EQUAL TO}", "edit")
UNREADABLE = State("unreadable", "?", "bad")
NOT_READ = State("host not read", "?", "bad")
HOST_FAILED = State("host failed", "\N{MULTIPLICATION SIGN}", "bad")
NOT_BEGUN = State("host not begun", "\N{EN DASH}", "warn")
OUTSTANDING = State("restart outstanding", "!", "warn")
UNPROVEN = State("restart unproven", "?", "warn")
UNTOLD = "its process hosts other services: whether it was restarted since cannot be told"
_BEFORE_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STANDINGS = {
    "not_applicable": State("not applicable", "\N{EN DASH}", "quiet"),
    "blocked": State("kept off by a check", "\N{MULTIPLICATION SIGN}", "bad"),
    "unknown": State("cannot be told", "?", "bad"),
}


@dataclass(frozen=True)
class Entry:
    """One line of a host, and what is behind it."""

    state: State
    name: str
    title: str = ""
    before: str = ""
    link: str = ""
    """What stands between before and after: an arrow, or `should be`."""
    after: str = ""
    then: str = ""
    """What is to be added to the change: `then reboot`, `reads dword 0`."""
    remarks: tuple[str, ...] = ()
    """What has to be read without opening anything."""
    facts: tuple[tuple[str, str], ...] = ()
    """Evidence: what it is called, what it is."""
    declared: str = ""
    """The resource as its playbook declares it, as YAML."""


@dataclass(frozen=True)
class Group:
    """Entries of a host under a title: those of a playbook, or what is about the host itself."""

    title: str
    entries: tuple[Entry, ...]
    of_playbook: bool = True


@dataclass(frozen=True)
class Saying:
    """How one kind of document says its steps, and what comes after them."""

    steps: dict[str, list[Entry]] = field(default_factory=dict)
    """By playbook."""
    rest: tuple[Entry, ...] = ()
    """Restarts: done, outstanding, failed."""
    lost: State = NOT_READ
    """What a host is called that gave an error."""


def groups(host: HostPlan | HostRun, saying: Saying) -> Iterator[Group]:
    """The error of a host, its playbooks, its restarts."""
    if host.error is not None:
        kind = _BEFORE_CAPITAL.sub(" ", host.error_kind).capitalize()
        yield Group("", (Entry(saying.lost, kind or "Error", remarks=(host.error,)),), False)
    if isinstance(host, HostRun) and host.left:
        yield Group("", (Entry(NOT_BEGUN, "Left alone", remarks=(host.left,)),), False)
    standings = {book.name: book for book in host.playbooks}
    for name in playbooks_on(host):
        entries = [
            *_standing(standings.get(name)),
            *(_check(c) for c in host.before if playbook_of(c.id) == name),
            *saying.steps.get(name, ()),
            *(_check(c) for c in host.after if playbook_of(c.id) == name),
        ]
        if entries:
            yield Group(name, tuple(entries))
    if saying.rest:
        yield Group("Restarts", saying.rest, False)


def _standing(book: PlaybookOnHost | None) -> Iterator[Entry]:
    if book is not None and book.status in _STANDINGS:
        state = _STANDINGS[book.status]
        yield Entry(state, "playbook", book.name, remarks=(book.reason,) if book.reason else ())


def _check(check: CheckResult) -> Entry:
    """A check, called after when it was made: before the steps or after them."""
    state, reason = HOLDS, check.reason
    if check.ok is None:
        waits = reason.startswith("not yet: ")
        state, reason = (NOT_YET if waits else UNREADABLE), reason.removeprefix("not yet: ")
    elif not check.ok:
        state = FAILS
    wanted = "" if check.ok else check.wanted
    return Entry(
        state,
        f"check {short_id(check.id)}",
        check.title,
        check.found,
        "should be" if wanted else "",
        wanted,
        remarks=(reason,) if reason else (),
        facts=(("Check", check.id),),
        declared=as_declared(check.resource),
    )


def as_declared(resource: dict[str, Any]) -> str:
    """A resource as YAML; hosts of a group share most of them."""
    return _yaml(json.dumps(resource, default=str))


@lru_cache(maxsize=1024)
def _yaml(resource: str) -> str:
    text = yaml.safe_dump(
        json.loads(resource), sort_keys=False, allow_unicode=True, width=_LONGEST_LINE
    )
    return str(text).rstrip("\n")
