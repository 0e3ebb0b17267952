"""The layers of a file: which characters of a text stand where in the text that contains it."""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")
_OTHER_ENCODINGS = {"iso-8859-1": "iso-8859-1", "windows-1252": "cp1252", "us-ascii": "ascii"}
_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


class NotText(Exception):  # noqa: N818 - no suffix: the name says what happened
    """Bytes that are no text; the message says of which encoding."""


@dataclass(frozen=True)
class Slice:
    """The characters from `start` to `end` of a layer, kept as they are written."""

    start: int
    end: int


Piece = Slice | str
"""A part of a corrected text: kept, or new.

New text consists of letters, digits, `.:-+/=` alone, which mean the same in every layer.
"""


@dataclass(frozen=True)
class Bytes:
    """Bytes as text, with what is needed to write them again."""

    text: str
    encoding: str
    bom: bytes

    def write(self, pieces: Iterable[Piece]) -> bytes:
        """Return the corrected bytes."""
        return self.bom + written(self.text, pieces).encode(self.encoding)


@dataclass(frozen=True)
class Inside:
    """A text whose characters each stand somewhere in the text that contains it."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    whole: Slice
    """The place of the text in the one that contains it."""
    size: int
    """The length of the text that contains it."""

    def without_lead(self, characters: str) -> Inside:
        """Return the text without characters at its beginning, which stay where they are."""
        lead = len(self.text) - len(self.text.lstrip(characters))
        if not lead or lead == len(self.text):
            return self
        starts, ends = self.starts[lead:], self.ends[lead:]
        return Inside(self.text[lead:], starts, ends, Slice(starts[0], self.whole.end), self.size)

    def lift(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return the corrected text as pieces that take its place."""
        return [
            piece
            if isinstance(piece, str)
            else Slice(self._edge(piece.start), self._closing_edge(piece.end))
            for piece in pieces
            if isinstance(piece, str) or piece.start < piece.end
        ]

    def _edge(self, index: int) -> int:
        """The place of a character; the first one comes with all that stands before it."""
        return self.starts[index] if index else self.whole.start

    def _closing_edge(self, index: int) -> int:
        return self.ends[index - 1] if index < len(self.text) else self.whole.end


@dataclass(frozen=True)
class Base64:
    """A text in bytes, which the text that contains it holds as Base64."""

    inner: Bytes
    whole: Slice
    size: int

    @property
    def text(self) -> str:
        """The text in the bytes."""
        return self.inner.text

    def lift(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return the corrected text as pieces that take its place."""
        return [base64.b64encode(self.inner.write(pieces)).decode("ascii")]


Layer = Inside | Base64


def around(layer: Layer, pieces: Iterable[Piece]) -> list[Piece]:
    """Return the corrected text as pieces of the whole text that contains it."""
    before, after = Slice(0, layer.whole.start), Slice(layer.whole.end, layer.size)
    return [before, *layer.lift(pieces), after]


def written(text: str, pieces: Iterable[Piece]) -> str:
    """Return the text that the pieces make."""
    return "".join(
        piece if isinstance(piece, str) else text[piece.start : piece.end] for piece in pieces
    )


Edit = tuple[Slice, Sequence[Piece]]
"""A part of a text and what takes its place."""


def replaced(size: int, edits: Iterable[Edit]) -> list[Piece]:
    """Return the pieces of a text of this length with each part replaced; none may overlap."""
    pieces: list[Piece] = []
    done = 0
    for place, new in sorted(edits, key=lambda edit: (edit[0].start, edit[0].end)):
        pieces += [Slice(done, place.start), *new]
        done = place.end
    return [*pieces, Slice(done, size)]


def decoded(data: bytes) -> Bytes:
    """Return bytes as text, as a byte order mark or an XML declaration says. Raises `NotText`."""
    bom, encoding = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", ""))
    encoding = encoding or _unmarked(data)
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise NotText(_undecodable(data, encoding, error.start + len(bom))) from None
    bare = text.lstrip("\ufeff")
    return Bytes(bare, encoding, bom + text[: len(text) - len(bare)].encode(encoding))


def _undecodable(data: bytes, encoding: str, place: int) -> str:
    what = f"it is not {_NAMES.get(encoding, encoding)} text"
    if encoding.startswith("utf-16"):
        return f"{what} (byte {place})"
    start = data.rfind(b"\n", 0, place) + 1
    line = data.count(b"\n", 0, place) + 1
    return f"line {line}, byte {place - start + 1}: {what}"


def _unmarked(data: bytes) -> str:
    """The encoding of bytes without a byte order mark."""
    if data[1:2] == b"\0":
        return "utf-16-le"
    if data[:1] == b"\0":
        return "utf-16-be"
    declared = _DECLARED.match(data[:200])
    name = declared[1].decode("ascii", "replace").lower() if declared else ""
    return _OTHER_ENCODINGS.get(name, "utf-8")
