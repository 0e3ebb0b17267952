"""Text of hosts and files inside Markdown: it stays text in every dialect, also in a table.

A value is a code span, in which nothing becomes emphasis, a link, HTML or a mention. A bar would
end a cell of a table even in a code span, so it is an entity between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.html.links import is_web_address

_BEFORE, _AFTER = "\"'(", "\"').,;:?"
"""Punctuation around a word, which belongs to the sentence."""
_PLAIN = re.compile(r"[^\W_]+(?:[-'/][^\W_]+)*|[0-9]+(?:[.:][0-9]+)+")
"""A word without a meaning in Markdown; a web address has points, so it is none."""


def code(value: str) -> str:
    """Return a value as a code span, with everything that cannot be printed shown as its number."""
    text = visible(value)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return "&#124;".join(_span(part, fence) for part in text.split("|"))


def _span(part: str, fence: str) -> str:
    if not part:
        return ""
    # Markdown removes one blank from both ends of a span.
    needs_room = part[0] in "` " or part[-1] in "` "
    padding = " " if needs_room and part.strip(" ") else ""
    return f"{fence}{padding}{part}{padding}{fence}"


def prose(message: str) -> str:
    """Return a message in one line, with everything that is more than a word as a value."""
    return " ".join(_plain_or_code(word) for word in one_line(message).split(" "))


def _plain_or_code(word: str) -> str:
    rest = word.lstrip(_BEFORE)
    inner = rest.rstrip(_AFTER)
    before, after = word[: len(word) - len(rest)], rest[len(inner) :]
    return before + (inner if _PLAIN.fullmatch(inner) else code(inner)) + after


def link(address: str) -> str:
    """Return a link for a web address, and a value for any other text."""
    return f"<{address}>" if is_web_address(address) else code(address)


def bullets(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Return `- **Made**: ...` for each entry with a text, and an empty line after them."""
    shown = [f"- **{name}**: {text}" for name, text in entries if text]
    yield from [*shown, ""] if shown else []


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Return the header and the rows without the columns that are empty in all rows, or nothing."""
    found = list(rows)
    used = [place for place in range(len(header)) if any(row[place] for row in found)]
    if not used:
        return
    yield _row([header[place] for place in used])
    yield _row(["---"] * len(used))
    for row in found:
        yield _row([row[place] for place in used])
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
