"""Text of hosts and files inside Markdown: it stays text in every dialect, also in a table.

A value is a code span: no emphasis, no link, no HTML and no mention comes of what is in one. A bar
would end a cell of a table, even in a code span, so it stands between two of them as an entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aovpn_remediate.reports.escape import said, visible
from aovpn_remediate.reports.html.links import is_web_address

_BEFORE, _AFTER = "\"'(", "\"').,;:?"
"""What is around a word belongs to the sentence."""
_PLAIN = re.compile(r"[^\W_]+(?:[-'/][^\W_]+)*|[0-9]+(?:[.:][0-9]+)+")
"""It means nothing in Markdown, and no address in the web is one: they have points."""


def code(value: str) -> str:
    """A value, exactly: what cannot be printed is shown as its number."""
    text = visible(value)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return "&#124;".join(_span(part, fence) for part in text.split("|"))


def _span(part: str, fence: str) -> str:
    if not part:
        return ""
    # One blank at both ends belongs to the span, not to the text.
    needs_room = part[0] in "` " or part[-1] in "` "
    padding = " " if needs_room and part.strip(" ") else ""
    return f"{fence}{padding}{part}{padding}{fence}"


def prose(message: str) -> str:
    """A message in words, in one line: whatever is more than a word is a value."""
    return " ".join(_plain_or_code(word) for word in said(message).split(" "))


def _plain_or_code(word: str) -> str:
    rest = word.lstrip(_BEFORE)
    inner = rest.rstrip(_AFTER)
    before, after = word[: len(word) - len(rest)], rest[len(inner) :]
    return before + (inner if _PLAIN.fullmatch(inner) else code(inner)) + after


def link(address: str) -> str:
    """A link where it is one to the web and nothing else; a value otherwise."""
    return f"<{address}>" if is_web_address(address) else code(address)


def bullets(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """`- **Made**: ...` for each that has something to say, and an empty line after them."""
    shown = [f"- **{name}**: {text}" for name, text in entries if text]
    yield from [*shown, ""] if shown else []


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows below the header, columns that are empty in all rows left out; or nothing."""
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
