"""The entries of a host in an HTML report: the same shape for all three documents.

An entry has a state (a word, a sign, a tone), a thing, its states before and after, and evidence.
Texts are as hosts and playbooks gave them: the template escapes each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.vocabulary import STATES, State, of_check, of_error
from aovpn_remediate.resources.texts import in_short
from aovpn_remediate.results import CheckResult, HostPlan, HostRun, PlaybookOnHost
from aovpn_remediate.results.common import playbook_of

ARROW = "\N{RIGHTWARDS ARROW}"
_LONGEST_LINE = 10_000
"""No path is broken: a browser breaks lines by itself."""

_BEFORE_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Entry:
    """One line of a host, and the evidence behind it."""

    state: State
    name: str
    title: str = ""
    before: str = ""
    link: str = ""
    """The words between before and after: an arrow, or `should be`."""
    after: str = ""
    then: str = ""
    """An addition to the change: `then reboot`, `reads dword 0`."""
    remarks: tuple[str, ...] = ()
    """Texts that are read without opening anything."""
    facts: tuple[tuple[str, str], ...] = ()
    """Evidence: a label and a text each."""
    declared: str = ""
    """The resource as its playbook declares it, as YAML."""


@dataclass(frozen=True)
class Group:
    """Entries of a host under a title: those of a playbook, or those about the host itself."""

    title: str
    entries: tuple[Entry, ...]
    of_playbook: bool = True


@dataclass(frozen=True)
class HostEntries:
    """The entries of a host: its steps, and what comes after them."""

    steps: dict[str, list[Entry]] = field(default_factory=dict)
    """By playbook."""
    rest: tuple[Entry, ...] = ()
    """Restarts: done, pending, failed."""
    backups: tuple[Entry, ...] = ()


def groups(host: HostPlan | HostRun, found: HostEntries) -> Iterator[Group]:
    """Return the error of a host, its playbooks, its restarts."""
    if host.error is not None:
        kind = _BEFORE_CAPITAL.sub(" ", host.error_kind).capitalize()
        yield Group("", (Entry(of_error(host), kind or "Error", remarks=(host.error,)),), False)
    if isinstance(host, HostRun) and host.left:
        state = STATES["host", "not_begun"]
        yield Group("", (Entry(state, "Left unchanged", remarks=(host.left,)),), False)
    if found.backups:
        yield Group("Backup", found.backups, False)
    standings = {book.name: book for book in host.playbooks}
    for name in host.playbook_names:
        entries = [
            *_standing(standings.get(name)),
            *(_check(c) for c in host.before if playbook_of(c.id) == name),
            *found.steps.get(name, ()),
            *(_check(c) for c in host.after if playbook_of(c.id) == name),
        ]
        if entries:
            yield Group(name, tuple(entries))
    if found.rest:
        yield Group("Restarts", found.rest, False)


def _standing(book: PlaybookOnHost | None) -> Iterator[Entry]:
    if book is not None and book.status != "applies":
        state = STATES["playbook", book.status]
        yield Entry(state, "playbook", book.name, remarks=(book.reason,) if book.reason else ())


def _check(check: CheckResult) -> Entry:
    """Return a check, named after its part: before the steps or after them."""
    reason = check.reason
    wanted = "" if check.ok else check.wanted
    return Entry(
        of_check(check),
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
    """Return a resource as YAML; hosts of a group share most of them. Long texts are in short."""
    return _yaml(json.dumps(_in_short(resource), default=str))


def _in_short(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_short(part) for part in value]
    if isinstance(value, str):
        return in_short(value, f"{len(value)} characters")
    return value


@lru_cache(maxsize=1024)
def _yaml(resource: str) -> str:
    text = yaml.safe_dump(
        json.loads(resource), sort_keys=False, allow_unicode=True, width=_LONGEST_LINE
    )
    return str(text).rstrip("\n")
