"""The order of elements: which of them are misplaced, and which order they belong in."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aovpn_remediate.inspect.profiles.about import AboutProfile, on_line
from aovpn_remediate.inspect.profiles.schema import ORDERS, Basis
from aovpn_remediate.inspect.profiles.tree import Element
from aovpn_remediate.results.inspection import Finding

ORDER_IDS: Mapping[Basis, str] = {
    Basis.PRACTICE: "element-order",
    Basis.DISPUTED: "element-order-disputed",
    Basis.SCHEMA: "element-order-schema",
}
"""The ids of findings about the order."""


@dataclass(frozen=True)
class Misplaced:
    """An element that has to move, and the names of the siblings that it belongs between."""

    element: Element
    after: str
    before: str
    basis: Basis

    @property
    def place(self) -> str:
        """Where it belongs, in words."""
        parts = (("after", self.after), ("before", self.before))
        return ", ".join(f"{word} {name}" for word, name in parts if name)


_Key = tuple[str, str, str, Basis]


def judge_order(about: AboutProfile, profile: Element) -> Iterator[Finding]:
    """Yield the misplaced elements; those that many parents share are one finding."""
    seen: Counter[_Key] = Counter()
    lines: dict[_Key, int] = {}
    for parent in ordered_parents(profile):
        for found in misplaced(parent):
            key = (parent.name, found.element.name, found.place, found.basis)
            seen[key] += 1
            lines.setdefault(key, found.element.line)
    for key, number in seen.items():
        yield _finding(about, key, lines[key], number)


def ordered_parents(profile: Element) -> Iterator[Element]:
    """Yield the elements whose children have an order."""
    for element in profile.every():
        known_here = element.parent is None or element.parent.name in ORDERS
        if element.name in ORDERS and known_here:
            yield element


def _finding(about: AboutProfile, key: _Key, line: int, number: int) -> Finding:
    parent, name, place, basis = key
    times = f", {number} times" if number > 1 else ""
    text = f"{name} in {parent} {on_line(line)}{times} belongs {place}"
    if basis is Basis.PRACTICE:
        return about.warning(
            ORDER_IDS[basis],
            f"{text}: profiles that Intune deploys to Windows 11 are reported to need this order "
            "(not documented)",
            f"Move {name} {place}.",
        )
    if basis is Basis.DISPUTED:
        return about.note(
            ORDER_IDS[basis],
            f"{text}, by the order that is reported to work on Windows 11; the published schema "
            "has it where it is",
        )
    return about.note(
        ORDER_IDS[basis], f"{text}, by the published schema, which is older than Windows 11"
    )


def misplaced(parent: Element) -> Iterator[Misplaced]:
    """Yield the fewest children that have to move, each with where it belongs."""
    order = ORDERS[parent.name]
    placed = [child for child in parent.children if child.name in order.wanted]
    ranks = [order.wanted.index(child.name) for child in placed]
    stays = _longest_rising(ranks)
    if len(stays) == len(placed):
        return
    first = {rank: index for index, rank in reversed([*enumerate(ranks)])}
    last = {rank: index for index, rank in enumerate(ranks)}
    kept = {ranks[index] for index in stays}
    for index in sorted({*range(len(placed))} - {*stays}):
        rank, name = ranks[index], placed[index].name
        passed = [order.wanted[r] for r in first if r > rank and first[r] < index]
        still_to_pass = [order.wanted[r] for r in last if r < rank and last[r] > index]
        basis = min(
            [
                *(order.basis(other, name) for other in passed),
                *(order.basis(name, other) for other in still_to_pass),
            ]
        )
        if basis is not Basis.NONE:
            yield Misplaced(
                placed[index],
                after=max(((r, order.wanted[r]) for r in kept if r < rank), default=(0, ""))[1],
                before=min(((r, order.wanted[r]) for r in kept if r > rank), default=(0, ""))[1],
                basis=basis,
            )


def _longest_rising(ranks: Sequence[int]) -> list[int]:
    """The indices of a longest sequence that does not fall."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, rank in enumerate(ranks):
        length = bisect_right(tails, rank)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [rank]
        ends[length : length + 1] = [index]
    found: list[int] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found[::-1]
