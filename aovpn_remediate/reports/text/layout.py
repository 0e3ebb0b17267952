"""Rows of a host as lines: in columns if they fit, else each on several lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.text import Text

_GAP = "  "
_FILL = "..."
_WIDEST_COLUMN = 100
"""A longer value overruns its column, so that it does not move all others."""
_LEAST_ROOM = 24
_INDENT = " " * 6


@dataclass(frozen=True)
class Row:
    """A state, a thing, its change, what follows the change, and the notes below the line."""

    head: Text
    title: Text = field(default_factory=Text)
    change: Text = field(default_factory=Text)
    then: Text = field(default_factory=Text)
    below: tuple[Text, ...] = ()


def table(rows: Sequence[Row], width: int | None) -> list[Text]:
    """Return the rows in columns if all fit; without a width all do."""
    columns = (
        _column(row.head for row in rows),
        _column(row.title for row in rows),
        _column(row.change for row in rows if row.then),
        0,
    )
    lines = [[_flat(row, columns)] for row in rows]
    if width is not None and any(line.cell_len > width for [line] in lines):
        lines = [_alone(row, columns[0], width) for row in rows]
    margin = Text(" " * columns[0] + _GAP)
    for place, row in enumerate(rows):
        for note in row.below:
            lines[place] += hanging(margin, note, width)
    return [line for own in lines for line in own]


def hanging(start: Text, rest: Text, width: int | None) -> list[Text]:
    """Return a line that continues below the end of its start."""
    if width is None or start.cell_len + rest.cell_len <= width:
        return [_joined(start, rest)]
    room = width - start.cell_len
    if room < _LEAST_ROOM:
        above = _broken(start, width) if start.plain.strip() else []
        return [*above, *hanging(Text(_INDENT), rest, width)]
    margin = Text(" " * start.cell_len)
    first, *more = _broken(rest, room)
    return [_joined(start, first), *(margin + line for line in more)]


def shortened(title: str, room: int) -> list[str]:
    r"""Return a title in this width: `HKLM\...\EAP\13  Name`, or the name on a line of its own."""
    path, gap, name = title.partition(_GAP)
    if (found := _short_path(path, room - cell_len(gap + name))) is not None:
        return [found + gap + name]
    above = [_short_path(path, room) or path]
    return [*above, name] if name else above


def _short_path(path: str, room: int) -> str | None:
    """Return a path without as many names in its middle as needed; None if that is not enough."""
    first, *parts = path.split("\\")
    candidates = [path, *("\\".join((first, _FILL, *parts[n:])) for n in range(1, len(parts)))]
    return next((found for found in candidates if cell_len(found) <= room), None)


def _joined(*parts: Text) -> Text:
    """Join texts, each in its own style."""
    line = Text()
    for part in parts:
        line.append_text(part)
    return line


def _broken(text: Text, width: int) -> list[Text]:
    """Break a text into lines between words, or within a word that is longer than a line."""
    return [_stripped(line) for line in text.divide(list(_breaks(text.plain, width)))]


def _breaks(letters: str, width: int) -> Iterator[int]:
    """Return the places at which the lines after the first begin."""
    room, gap = width, 0
    begun = False
    for place, letter in enumerate(letters):
        room -= cell_len(letter)
        if letter == " ":
            gap = place + 1 if begun else 0
            continue
        begun = True
        if room < 0:
            start = gap or place
            yield start
            room, gap = width - cell_len(letters[start : place + 1]), 0


def _stripped(line: Text) -> Text:
    blank = len(line.plain) - len(line.plain.lstrip(" "))
    line = line[blank:] if blank else line
    line.rstrip()
    return line


def _column(cells: Iterable[Text]) -> int:
    return max((w for c in cells if (w := c.cell_len) <= _WIDEST_COLUMN), default=0)


def _flat(row: Row, columns: Sequence[int]) -> Text:
    """Return a row on one line, each cell padded to its column."""
    cells = (row.head, row.title, row.change, row.then)
    shown = [(cell, column) for cell, column in zip(cells, columns, strict=True) if cell]
    line = Text()
    for cell, column in shown[:-1]:
        line.append_text(cell)
        line.append(" " * max(0, column - cell.cell_len) + _GAP)
    return _joined(line, shown[-1][0]) if shown else line


def _alone(row: Row, head: int, width: int) -> list[Text]:
    """Return a row on one line if it fits without columns, else on several."""
    line = _flat(row, (head, 0, 0, 0))
    return [line] if line.cell_len <= width else _stacked(row, head, width)


def _stacked(row: Row, head: int, width: int) -> list[Text]:
    """Return a row with the title, shortened, on the first line and the rest below."""
    margin = Text(" " * head + _GAP)
    start = _joined(row.head, Text(" " * max(0, head - row.head.cell_len) + _GAP))
    above: list[Text] = []
    if width - start.cell_len < _LEAST_ROOM:
        above, start = _broken(row.head, width), Text(_INDENT)
        margin = start
    rest = Text(_GAP).join(cell for cell in (row.change, row.then) if cell)
    if not row.title:
        return [*above, *hanging(start, rest, width)]
    lines = above
    for part in shortened(row.title.plain, width - start.cell_len):
        lines += hanging(start, Text(part, style=row.title.style), width)
        start = margin
    return lines + hanging(margin, rest, width) if rest else lines
