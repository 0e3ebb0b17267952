"""The batches of a run: over each group, the canaries first. Pure.

Each size is that of one batch, taken of every group; the last is repeated until no host is left. A
host counts in the innermost of its groups. The first batch is of the canaries: it is done group by
group, so that a canary that fails is the only one. A host where nothing can be done is no canary,
because it would prove nothing: those outside their change windows come later, in batches of their
own, and those where the plan has nothing to do last.
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
    """Hosts that may be begun at once."""

    items: tuple[Item, ...]
    canary: bool = False
    """Whether it comes first, and others wait for it."""


def arranged(
    changes: Sequence[HostChanges], options: Options, now: datetime, done: frozenset[str]
) -> list[Batch[HostChanges]]:
    """The hosts of a run in batches, without those that are left out.

    What an earlier run has done counts for the sizes, so that a run goes on as that one began.
    """
    asked = [item for item in changes if item.host.name not in options.skip]
    well = [item for item in asked if _is_well(item)]
    to_change = [item for item in asked if not _is_well(item)]
    closed = [item for item in to_change if not _may_be_now(item, options, now)]
    batches = [
        *batches_of([i for i in to_change if i not in closed], options.sizes, _group_of),
        *batches_of(closed, options.sizes, _group_of),
    ]
    if len(batches) <= 1 or not options.sizes:
        batches = [Batch(tuple(asked))]
    elif well:
        batches.append(Batch(tuple(well)))
    left = (
        Batch(tuple(item for item in batch.items if item.host.name not in done), batch.canary)
        for batch in batches
    )
    return [batch for batch in left if batch.items]


def _is_well(item: HostChanges) -> bool:
    """Whether the plan has read a host, and found nothing to do there."""
    was_read = item.plan is None or item.plan.error is None
    return was_read and not changes_something(item)


def _may_be_now(item: HostChanges, options: Options, now: datetime) -> bool:
    return bool(options.override_window) or is_open(item.host.windows, now) is not None


def _group_of(item: HostChanges) -> str:
    """The innermost group of a host."""
    return item.host.groups[-1] if item.host.groups else ""


def batches_of(
    items: Sequence[Item], sizes: Sequence[Share], group_of: Callable[[Item], str]
) -> list[Batch[Item]]:
    """The items in batches, each of them once, in their own order within a group."""
    if not sizes or not items:
        return [Batch(tuple(items))] if items else []
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(group_of(item), []).append(item)
    cuts = [_cut(members, sizes) for members in groups.values()]
    first = [Batch(cut[0], canary=True) for cut in cuts if len(items) > len(cut[0])]
    if not first:
        return [Batch(tuple(items))]
    later = range(1, max(map(len, cuts)))
    rest = (tuple(_flat(cut[turn] for cut in cuts if turn < len(cut))) for turn in later)
    return [*first, *(Batch(batch) for batch in rest)]


def _cut(members: Sequence[Item], sizes: Sequence[Share]) -> list[tuple[Item, ...]]:
    parts: list[tuple[Item, ...]] = []
    begin = 0
    while begin < len(members):
        size = sizes[min(len(parts), len(sizes) - 1)].at_most(len(members))
        parts.append(tuple(members[begin : begin + size]))
        begin += size
    return parts


def _flat(parts: Iterable[Sequence[Item]]) -> Iterable[Item]:
    return (item for part in parts for item in part)
