"""Edits of an XML text: a value, a removed element, children in another order."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aovpn_remediate.inspect.profiles.layers import Edit, Inside, Piece, Slice
from aovpn_remediate.inspect.profiles.schema import ORDERS
from aovpn_remediate.inspect.profiles.tree import Element, inside

_COMMENT_BEHIND = re.compile(r"[ \t]*(?:<!--(?:(?!-->)[^\n])*-->[ \t]*)+(?=\r?\n)")
_BETWEEN = re.compile(r"(?:\s|<!--.*?-->)*", re.DOTALL)


def set_value(text: str, element: Element, new: str) -> list[Edit]:
    """Return the edits that give an element without children a value; comments in it stay."""
    content = inside(text, element)
    lead = len(content.text) - len(content.text.lstrip())
    end = len(content.text.rstrip())
    first, *others = _spans(content, lead, end)
    return [(first, [new]), *((other, []) for other in others)]


def set_characters(text: str, element: Element, changes: Mapping[int, str]) -> list[Edit]:
    """Return the edits that replace single characters of an element's text, by their index."""
    content = inside(text, element)
    return [(Slice(content.starts[n], content.ends[n]), [new]) for n, new in changes.items()]


def remove(text: str, element: Element) -> Edit:
    """Return the edit that removes an element, with its lines if nothing else is on them."""
    start, end = element.whole.start, element.whole.end
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    if line_end >= 0 and not text[line_start:start].strip() and not text[end:line_end].strip():
        return Slice(line_start, line_end + 1), []
    return element.whole, []


def can_sort(text: str, parent: Element) -> bool:
    """Return True if the children are all known, and only space and comments lie between them."""
    order = ORDERS[parent.name].wanted
    if parent.text or any(child.name not in order for child in parent.children):
        return False
    edges = [parent.inner.start, *(child.whole.end for child in parent.children)]
    starts = [*(child.whole.start for child in parent.children), parent.inner.end]
    return all(
        _BETWEEN.fullmatch(text, start, end) for start, end in zip(edges, starts, strict=True)
    )


def sort(text: str, parent: Element) -> Edit:
    """Return the edit that puts children in order; a comment goes with the element after it."""
    order = ORDERS[parent.name].wanted
    parts: list[tuple[int, Slice]] = []
    done = parent.inner.start
    for child in parent.children:
        behind = _COMMENT_BEHIND.match(text, child.whole.end, parent.inner.end)
        end = behind.end() if behind else child.whole.end
        parts.append((order.index(child.name), Slice(done, end)))
        done = end
    moved: list[Piece] = [part for _, part in sorted(parts, key=lambda part: part[0])]
    return parent.inner, [*moved, Slice(done, parent.inner.end)]


def _spans(content: Inside, start: int, end: int) -> list[Slice]:
    """The places of characters, those that lie side by side as one."""
    spans: list[Slice] = []
    for index in range(start, end):
        if spans and spans[-1].end == content.starts[index]:
            spans[-1] = Slice(spans[-1].start, content.ends[index])
        else:
            spans.append(Slice(content.starts[index], content.ends[index]))
    return spans
