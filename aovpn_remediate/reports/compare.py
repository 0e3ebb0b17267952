"""The differences between two plans, two runs or two verifications.

A pure function of the two. Texts are as hosts gave them, until a format makes them safe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.escape import visible
from aovpn_remediate.reports.items import Item, items_of
from aovpn_remediate.reports.vocabulary import What
from aovpn_remediate.reports.words import count, moment
from aovpn_remediate.results import HostPlan, HostRun, Run

_Key = tuple[What, str]


@dataclass(frozen=True)
class ItemChange:
    """One thing on one host that has changed; None if it is missing from that document."""

    host: str
    what: What
    id: str
    title: str
    was: str | None
    now: str | None


@dataclass(frozen=True)
class Comparison:
    """The names of two documents, and their differences."""

    kind: str
    first: str
    second: str
    appeared: tuple[str, ...]
    """Hosts in the second document alone."""
    gone: tuple[str, ...]
    """Hosts in the first document alone."""
    changes: tuple[ItemChange, ...]
    """Changes on hosts in both, in the order of the second."""

    @property
    def same(self) -> bool:
        """True if nothing changed."""
        return not (self.appeared or self.gone or self.changes)


def compare(first: Document, second: Document) -> Comparison:
    """Compare two documents of one kind."""
    before = {host.host: host for host in first.hosts}
    now = {host.host: host for host in second.hosts}
    return Comparison(
        kind=second.kind,
        first=_name(first),
        second=_name(second),
        appeared=tuple(host for host in now if host not in before),
        gone=tuple(host for host in before if host not in now),
        changes=tuple(
            change
            for name, host in now.items()
            if name in before
            for change in _changes(*_comparable(before[name], host))
        ),
    )


def as_text(comparison: Comparison) -> str:
    """Return the changes host by host, and a summary."""
    shown = [f"{visible(comparison.first)} -> {visible(comparison.second)}"]
    shown += [f"{visible(host)}  only in the second document" for host in comparison.appeared]
    shown += [f"{visible(host)}  only in the first document" for host in comparison.gone]
    for host, changes in groupby(comparison.changes, key=lambda change: change.host):
        shown += [visible(host), *map(_line, changes)]
    return "\n".join([*shown, _summary(comparison)])


def as_json(comparison: Comparison) -> str:
    """Return one JSON object in ASCII."""
    found = {"kind": "comparison", "schema_version": 1, "of": comparison.kind}
    data = {name: value for name, value in asdict(comparison).items() if name != "kind"}
    return json.dumps({**found, "same": comparison.same, **data}, indent=2)


def _name(document: Document) -> str:
    if isinstance(document, Run):
        return f"run {document.id}"
    return f"{document.kind} of {moment(document.made_at)}"


def _comparable(
    before: HostPlan | HostRun, now: HostPlan | HostRun
) -> tuple[dict[_Key, Item], dict[_Key, Item]]:
    """Return the items of a host in both; the host alone if one of them could not read it."""
    found = _by_key(items_of(before)), _by_key(items_of(now))
    if not any(isinstance(host, HostPlan) and host.error is not None for host in (before, now)):
        return found
    was, is_ = ({key: item for key, item in one.items() if item.what == "host"} for one in found)
    return was, is_


def _by_key(found: Iterator[Item]) -> dict[_Key, Item]:
    """Return the items of a host by kind and id; of two restarts of one service the last counts."""
    return {(item.what, item.id.casefold()): item for item in found}


def _changes(before: Mapping[_Key, Item], now: Mapping[_Key, Item]) -> Iterator[ItemChange]:
    for key in dict.fromkeys((*now, *before)):
        was, is_ = before.get(key), now.get(key)
        item = is_ or was
        if item is None or _same(was, is_):
            continue
        yield ItemChange(
            host=item.host,
            what=item.what,
            id=item.id,
            title=item.title,
            was=_in_words(was),
            now=_in_words(is_),
        )


def _same(was: Item | None, is_: Item | None) -> bool:
    """Return True if state, action and values are the same; the reasons may differ."""
    return _compared(was) == _compared(is_)


def _compared(item: Item | None) -> tuple[str, ...] | None:
    if item is None or (item.what == "playbook" and item.outcome == "well"):
        return None
    return (item.state, item.action, item.found, item.wanted, item.after, item.then)


def _in_words(item: Item | None) -> str | None:
    """Return the state of an item with its values and its reason, or None if there is no item."""
    if item is None:
        return None
    reason = item.reason if item.outcome != "well" else ""
    return ": ".join(part for part in (item.word, item.story, reason) if part)


def _line(change: ItemChange) -> str:
    thing = {"host": "(host)", "restart": f"restart of {change.id}"}.get(change.what, change.id)
    was, now = (visible(text) if text else "not listed" for text in (change.was, change.now))
    title = f"  {visible(change.title)}" if change.what in ("step", "check") else ""
    return f"  {visible(thing)}{title}\n      was  {was}\n      now  {now}"


def _summary(comparison: Comparison) -> str:
    if comparison.same:
        return "Diff: no differences."
    hosts = len({change.host for change in comparison.changes})
    parts = (
        (len(comparison.appeared), f"{count(len(comparison.appeared), 'host')} appeared"),
        (len(comparison.gone), f"{count(len(comparison.gone), 'host')} gone"),
        (hosts, f"{count(len(comparison.changes), 'change')} on {count(hosts, 'host')}"),
    )
    return f"Diff: {', '.join(words for number, words in parts if number)}."
