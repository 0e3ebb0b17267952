"""Judgement of elements themselves: unknown, repeated, with stray text or a wrong boolean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from aovpn_remediate.inspect.profiles.about import AboutProfile, on_line, shown
from aovpn_remediate.inspect.profiles.layers import Bytes
from aovpn_remediate.inspect.profiles.order import ordered_parents
from aovpn_remediate.inspect.profiles.schema import BOOLEANS, ORDERS, REPEATED
from aovpn_remediate.inspect.profiles.tree import Element
from aovpn_remediate.results.inspection import Finding

_MOST_SHOWN = 3
"""Stray text is shown up to this length: a sign, not a value that was to be elsewhere."""


_BY_LOWER_NAME = {
    parent: {name.lower(): name for name in order.wanted} for parent, order in ORDERS.items()
}
_DECLARATION = re.compile(r"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]+)["']""")
_ENCODINGS = {"windows-1252": "cp1252", "us-ascii": "ascii", "utf8": "utf-8"}


def judge_elements(about: AboutProfile, profile: Element) -> Iterator[Finding]:
    """Yield what is odd about the elements of a profile."""
    yield from _unknown(about, profile)
    yield from _repeated(about, profile)
    for element in profile.every():
        if element.name in BOOLEANS and element.parent and element.parent.name in ORDERS:
            yield from _boolean(about, element)


def judge_declaration(about: AboutProfile, content: Bytes) -> Iterator[Finding]:
    """Yield a note if a file of XML says that it has another encoding than it has."""
    declared = _DECLARATION.match(content.text)
    known = (content.encoding, content.encoding.removesuffix("-le").removesuffix("-be"))
    if declared and _ENCODINGS.get(declared[1].lower(), declared[1].lower()) not in known:
        yield about.note(
            "encoding-declared",
            f"the XML declaration says {shown(declared[1])}, and the file is "
            f"{content.encoding.removesuffix('-le').removesuffix('-be').upper()}",
        )


def judge_stray_text(about: AboutProfile, root: Element) -> Iterator[Finding]:
    """Yield text between elements, where nothing but space belongs."""
    for element in root.every():
        if element.text and (element.children or element.name in ORDERS):
            sign = f" {element.text!r}" if len(element.text) <= _MOST_SHOWN else ""
            yield about.warning(
                "stray-text",
                f"the text{sign} lies between the elements of {element.name} "
                f"{on_line(element.line)}",
                "Remove it: such text is left over from editing, and no schema allows it.",
            )


def _unknown(about: AboutProfile, profile: Element) -> Iterator[Finding]:
    seen: dict[tuple[str, str], int] = {}
    for parent in ordered_parents(profile):
        for child in parent.children:
            if child.name not in ORDERS[parent.name].wanted:
                seen.setdefault((parent.name, child.name), child.line)
    for (parent_name, name), line in seen.items():
        meant = _BY_LOWER_NAME[parent_name].get(name.lower())
        hint = f"; {meant} is written so" if meant else ""
        yield about.note(
            "unknown-element",
            f"the element {shown(name)} in {parent_name} {on_line(line)} is not known here{hint}",
        )


def _repeated(about: AboutProfile, profile: Element) -> Iterator[Finding]:
    for parent in ordered_parents(profile):
        for name, number in Counter(child.name for child in parent.children).items():
            if number > 1 and name in ORDERS[parent.name].wanted and name not in REPEATED:
                yield about.warning(
                    "element-repeated",
                    f"{parent.name} {on_line(parent.line)} has {name} {number} times",
                    f"Keep the {name} that is meant.",
                )


def _boolean(about: AboutProfile, element: Element) -> Iterator[Finding]:
    text = element.text
    if text in ("true", "false", "1", "0"):
        return
    if text.lower() in ("true", "false"):
        yield about.warning(
            "boolean-case",
            f"{element.name} is {text!r} {on_line(element.line)}; Windows wants it in small "
            "letters, and sets only a part of the profile otherwise",
            f"Write {text.lower()}.",
        )
    else:
        yield about.warning(
            "boolean-invalid",
            f"{element.name} is {shown(text)!r} {on_line(element.line)}, neither true nor false",
            "Write true or false.",
        )
