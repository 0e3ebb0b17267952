"""The batches of a run: over each group, the canaries first. Pure.

Each size is that of one batch, taken of every group; the last is repeated until no host is left. A
host counts in the innermost of its groups. The first batch is of the canaries: it is done group by
group, so that a canary that fails is the only one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from aovpn_remediate.inventory.model import Share

Item = TypeVar("Item")


@dataclass(frozen=True)
class Batch(Generic[Item]):
    """Hosts that may be begun at once."""

    items: tuple[Item, ...]
    canary: bool = False
    """Whether it comes first, and others wait for it."""


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
