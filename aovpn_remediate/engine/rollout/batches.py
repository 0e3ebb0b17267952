"""The batches of a run: canaries first, then the sizes of `--serial` over each group. Pure.

Each size is that of one batch, taken of every group; the last is repeated until no host is left. A
host counts in the innermost of its groups. The first batch, of the canaries, is done group by
group, so that only one canary fails. A host where nothing can be done is not a canary, because it
would prove nothing: hosts outside their change windows come later, in batches of their own, and
hosts where the plan has nothing to do come last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.rollout.options import Options
from aovpn_remediate.engine.rollout.windows import changes_something
from aovpn_remediate.inventory.model import Share
from aovpn_remediate.inventory.windows import is_open

Item = TypeVar("Item")


@dataclass(frozen=True)
class Batch(Generic[Item]):
    """Hosts that may be begun at the same time."""

    items: tuple[Item, ...]
    canary: bool = False
    """True if it comes first, and the others wait for it."""


def arranged(
    changes: Sequence[HostChanges], options: Options, now: datetime, done: frozenset[str]
) -> list[Batch[HostChanges]]:
    """Return the hosts of a run in batches, without those that are skipped.

    Hosts that an earlier run has done count for the sizes, so that a resumed run keeps its batches.
    """
    asked = [item for item in changes if item.host.name not in options.skip]
    compliant = [item for item in asked if _is_compliant(item)]
    to_change = [item for item in asked if not _is_compliant(item)]
    closed = [item for item in to_change if not _is_open_now(item, options, now)]
    batches = [
        *batches_of([i for i in to_change if i not in closed], options.sizes, _group_of),
        *batches_of(closed, options.sizes, _group_of),
    ]
    if len(batches) <= 1 or not options.sizes:
        batches = [Batch(tuple(asked))]
    elif compliant:
        batches.append(Batch(tuple(compliant)))
    left = (
        Batch(tuple(item for item in batch.items if item.host.name not in done), batch.canary)
        for batch in batches
    )
    return [batch for batch in left if batch.items]


def _is_compliant(item: HostChanges) -> bool:
    """Return true if the plan has read a host, and found nothing to do there."""
    was_read = item.plan is None or item.plan.error is None
    return was_read and not changes_something(item)


def _is_open_now(item: HostChanges, options: Options, now: datetime) -> bool:
    return bool(options.override_window) or is_open(item.host.windows, now) is not None


def _group_of(item: HostChanges) -> str:
    """Return the innermost group of a host."""
    return item.host.groups[-1] if item.host.groups else ""


def batches_of(
    items: Sequence[Item], sizes: Sequence[Share], group_of: Callable[[Item], str]
) -> list[Batch[Item]]:
    """Return the items in batches, each item once, in their own order within a group."""
    if not sizes or not items:
        return [Batch(tuple(items))] if items else []
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(group_of(item), []).append(item)
    parts = [_parts(members, sizes) for members in groups.values()]
    first = [Batch(own[0], canary=True) for own in parts if len(items) > len(own[0])]
    if not first:
        return [Batch(tuple(items))]
    later = range(1, max(map(len, parts)))
    rest = (tuple(_flat(own[place] for own in parts if place < len(own))) for place in later)
    return [*first, *(Batch(batch) for batch in rest)]


def _parts(members: Sequence[Item], sizes: Sequence[Share]) -> list[tuple[Item, ...]]:
    parts: list[tuple[Item, ...]] = []
    begin = 0
    while begin < len(members):
        size = sizes[min(len(parts), len(sizes) - 1)].at_most(len(members))
        parts.append(tuple(members[begin : begin + size]))
        begin += size
    return parts


def _flat(parts: Iterable[Sequence[Item]]) -> Iterable[Item]:
    return (item for part in parts for item in part)
