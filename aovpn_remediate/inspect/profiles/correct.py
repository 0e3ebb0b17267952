"""A corrected copy of a file: what can be corrected without a person, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from aovpn_remediate.inspect.profiles.documents import (
    Document,
    EapText,
    File,
    eap_of,
    read_file,
)
from aovpn_remediate.inspect.profiles.eap import methods
from aovpn_remediate.inspect.profiles.edits import (
    can_sort,
    remove,
    set_characters,
    set_value,
    sort,
)
from aovpn_remediate.inspect.profiles.layers import Edit, Piece, replaced
from aovpn_remediate.inspect.profiles.nps import NpsCertificates
from aovpn_remediate.inspect.profiles.order import ORDER_IDS, misplaced, ordered_parents
from aovpn_remediate.inspect.profiles.routes import (
    Duplicate,
    Route,
    added_ranges,
    duplicates,
    read_routes,
)
from aovpn_remediate.inspect.profiles.schema import Basis
from aovpn_remediate.inspect.profiles.tree import Element, NotXml, inside
from aovpn_remediate.results.profiles import Correction

_NAME = re.compile(r"[^;]+")
_DEEPEST_ORDER = 3
"""The depth of the elements whose children have an order: a profile, its parts, their parts."""
_ROUTE_PARTS = {"Address", "PrefixSize", "Metric", "ExclusionRoute"}


@dataclass
class _Changes:
    """The edits of one document, and what they do."""

    edits: list[Edit] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)


_Pass = Callable[[Document], tuple[list[Piece], list[Correction]]]


@dataclass(frozen=True)
class Corrected:
    """A corrected copy, read again."""

    data: bytes
    file: File
    corrections: tuple[Correction, ...]


def correct(data: bytes, file: File, name: str, nps: NpsCertificates | None) -> Corrected:
    """Return the corrected copy of a file that is read; `name` is the title of its profile."""
    passes: list[_Pass] = [
        _routes,
        lambda document: _names(document, nps),
        *(partial(_order, depth=depth) for depth in range(_DEEPEST_ORDER)),
    ]
    done: list[Correction] = []
    for each in passes:
        results = [(document, *each(document)) for document in file.documents]
        changed = [(document, pieces) for document, pieces, made in results if made]
        if changed:
            data = file.corrected(changed)
            file = read_file(data, name)
        done += [correction for *_, made in results for correction in made]
    return Corrected(data, file, tuple(done))


def _routes(document: Document) -> tuple[list[Piece], list[Correction]]:
    if document.profile is None:
        return [], []
    changes = _Changes()
    routes = read_routes(document.profile)
    gone = {id(found.second.element): found for found in duplicates(routes) if _can_remove(found)}
    added = added_ranges(routes)
    for route in routes:
        found = gone.get(id(route.element))
        if found is not None:
            changes.edits.append(remove(document.text, route.element))
            changes.corrections.append(_removal(document, found))
        elif route.is_host_address and _can_set(route.element):
            changes.edits += set_value(
                document.text, route.element.all("Address")[0], _network_address(route)
            )
            changes.corrections.append(_widening(document, route, added[id(route)]))
    return replaced(len(document.text), changes.edits), changes.corrections


def _network_address(route: Route) -> str:
    return str(route.network.network_address) if route.network else ""


def _can_set(route: Element) -> bool:
    """True if there is one Address, and nothing but text in it."""
    addresses = route.all("Address")
    return len(addresses) == 1 and not addresses[0].children


def _can_remove(found: Duplicate) -> bool:
    """True if the earlier route does all that the later one does, and nothing else is lost."""
    names = [child.name for child in found.second.element.children]
    plain = set(names) <= _ROUTE_PARTS and len(names) == len(set(names))
    commented = any(element.commented for element in found.second.element.every())
    # The earlier one must become the network that both mean.
    stays = not found.first.is_host_address or _can_set(found.first.element)
    same = found.same_metric and not found.contradicts
    return same and plain and stays and not commented


def _removal(document: Document, found: Duplicate) -> Correction:
    return Correction(
        id=f"route-duplicate{'' if found.same_as_written else '-once-corrected'}",
        subject=document.title,
        text=f"the route {found.second.written} (line {found.second.line}) is removed: it is the "
        f"same network as {found.first.written} (line {found.first.line})",
    )


def _widening(document: Document, route: Route, added: str) -> Correction:
    more = f", which adds {added} to what goes {route.destination}" if added else ""
    return Correction(
        id="route-host-address",
        subject=document.title,
        text=f"the route {route.written} (line {route.line}) is now {route.network}{more}",
        adds=(added,) if added else (),
    )


def _names(document: Document, nps: NpsCertificates | None) -> tuple[list[Piece], list[Correction]]:
    eap = _readable(document)
    if nps is None or eap is None:
        return [], []
    edits: list[Edit] = []
    corrections: list[Correction] = []
    for method in methods(eap.root):
        element = method.names_element
        right = nps.in_right_case(method.names)
        if element is None or element.children or not right:
            continue
        changes: dict[int, str] = {}
        for written, name, start in _places(eap.text, element, right):
            pairs = enumerate(zip(written, name, strict=True), start)
            changes |= {index: new for index, (old, new) in pairs if old != new}
            corrections.append(
                Correction(
                    id="server-name-case",
                    subject=document.title,
                    text=f"the server name {written} of {method.name} is now {name}, as in the "
                    "certificate",
                )
            )
        edits += set_characters(eap.text, element, changes)
    return eap.lift(replaced(len(eap.text), edits)), corrections


def _places(
    text: str, element: Element, right: Mapping[str, str]
) -> Iterator[tuple[str, str, int]]:
    """The names to correct with the right ones, and the index of each in the element's text."""
    for part in _NAME.finditer(inside(text, element).text):
        written = part[0].strip()
        if written in right:
            yield written, right[written], part.start() + part[0].index(written)


def _readable(document: Document) -> EapText | None:
    try:
        return eap_of(document)
    except NotXml:
        return None


def _order(document: Document, depth: int) -> tuple[list[Piece], list[Correction]]:
    """Sort the children of elements at one depth: those within each other take a pass each."""
    edits: list[Edit] = []
    corrections: list[Correction] = []
    if document.profile is None:
        return [], []
    for parent in ordered_parents(document.profile):
        found = list(misplaced(parent)) if _depth(parent) == depth else []
        needed = any(each.basis is Basis.PRACTICE for each in found)
        if not needed or not can_sort(document.text, parent):
            continue
        edits.append(sort(document.text, parent))
        corrections += [
            Correction(
                id=ORDER_IDS[each.basis],
                subject=document.title,
                text=f"{each.element.name} in {parent.name} is now {each.place}",
            )
            for each in found
        ]
    return replaced(len(document.text), edits), corrections


def _depth(element: Element) -> int:
    depth = 0
    while element.parent is not None:
        element = element.parent
        depth += 1
    return depth
