"""The texts that a frame holds, level by level.

Level 0 is the locals themselves, level 1 the attributes of objects among them, level 2 the
attributes of objects among those. A collection is not a level: its items, and the keys of a
mapping, belong to the level of the collection, however deeply it is nested.

Objects are instances of the product's classes. Only their stored attributes count, never
properties. Classes, functions and objects of other libraries are not searched, because to hold a
callback is not to handle its later result.
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
    """Yield the texts of each level from 0; each object counts at its lowest level."""
    seen: dict[int, Any] = {}  # keeps the objects alive, as ids are reused
    here = held
    for _ in range(levels):
        found, objects = _told_apart(here, seen)
        yield found
        here = [part for one in objects for part in _stored(one)]


def _told_apart(held: Iterable[Any], seen: dict[int, Any]) -> tuple[list[Text], list[Any]]:
    """Return the texts and the objects among these values, with collections flattened."""
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
        except AttributeError:  # not set, or deleted
            continue


def _slots(kind: type) -> tuple[MemberDescriptorType, ...]:
    members = (member for base in kind.__mro__ for member in vars(base).values())
    return tuple(member for member in members if isinstance(member, MemberDescriptorType))
