"""The rule of what a frame holds: the texts in it, level by level.

Level 0 are the locals themselves, level 1 the attributes of an object among them, level 2 the
attributes of an object among those. A collection is no level: its items, and the keys of a mapping,
count as what the collection stands among, however it is nested.

Objects are those of the product's classes, taken by what they store, never by a property. A class,
a function or an object of another library is not looked into: holding a callback is not handling
what it will give.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType, MemberDescriptorType
from typing import Any

import aovpn_remediate

Text = str | bytes | bytearray

_MAPPINGS = (dict, MappingProxyType)
_COLLECTIONS = (list, tuple, set, frozenset, deque)
_PRODUCT = aovpn_remediate.__name__


def texts(held: Iterable[Any], levels: int) -> Iterator[list[Text]]:
    """Yield the texts of each level, from 0; each object is taken at its least level."""
    seen: dict[int, Any] = {}  # the objects as well: an id alone may come to mean another one
    here = held
    for _ in range(levels):
        found, objects = _told_apart(here, seen)
        yield found
        here = [part for one in objects for part in _stored(one)]


def _told_apart(held: Iterable[Any], seen: dict[int, Any]) -> tuple[list[Text], list[Any]]:
    """Return the texts and the objects among these, collections spread out."""
    found: list[Text] = []
    objects: list[Any] = []
    waiting = list(held)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Text):
            found.append(one)
        elif id(one) not in seen:
            seen[id(one)] = one
            if (items := _items(one)) is not None:
                waiting += items
            elif _is_of_product(type(one)):
                objects.append(one)
    return found, objects


def _items(one: Any) -> Iterable[Any] | None:
    if isinstance(one, _MAPPINGS):
        pairs: Mapping[Any, Any] = dict(one)
        return [*pairs, *pairs.values()]
    return list(one) if isinstance(one, _COLLECTIONS) else None


def _is_of_product(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == _PRODUCT


def _stored(one: Any) -> Iterator[Any]:
    yield from getattr(one, "__dict__", {}).copy().values()
    for slot in _slots(type(one)):
        try:
            yield slot.__get__(one)
        except AttributeError:  # not set yet, or no more
            continue


def _slots(kind: type) -> tuple[MemberDescriptorType, ...]:
    members = (member for base in kind.__mro__ for member in vars(base).values())
    return tuple(member for member in members if isinstance(member, MemberDescriptorType))
