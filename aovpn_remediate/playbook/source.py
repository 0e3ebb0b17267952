"""A YAML file with the line and column of every value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aovpn_remediate.errors import InputError, PlaybookError, Problem
from aovpn_remediate.playbook.reader import DocumentError, Position, read_document
from aovpn_remediate.playbook.words import Finding, Place, where

MAX_BYTES = 5_000_000

# PyYAML's two parsers report these characters differently, one of them without a position.
_NOT_YAML = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True)
class Source:
    """A file that was read: plain data, and the position of each value."""

    path: Path
    value: Any
    """dict, list, str, int, float, bool, None."""
    digest: str
    """`sha256:` of the file."""
    position: Position = field(repr=False)
    error: type[InputError]
    """The type of error that `refusal` returns."""

    def at(self, place: Place) -> tuple[int, int]:
        """Return line and column of a value or of its key; of its parent if it is missing."""
        position = self.position
        for part in place:
            if part not in position.parts:
                break
            position = position.parts[part]
        return position.line, position.column

    def problem(self, place: Place, what: str) -> Problem:
        """Return a problem of a value."""
        return Problem(self.path, *self.at(place), where(place), what)

    def refusal(self, findings: Iterable[Finding]) -> InputError:
        """Return the error of the file, with all problems sorted by line."""
        problems = dict.fromkeys(self.problem(place, what) for place, what in findings)
        return self.error(*sorted(problems, key=lambda problem: (problem.line, problem.column)))


def load(path: Path | str, error: type[InputError] = PlaybookError) -> Source:
    """Read a file. Raises only errors of the type given, whatever the file contains."""
    path = Path(path)
    return parse(_read(path, error), path, error)


def _read(path: Path, error: type[InputError]) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        what = "no such file"
    except OSError as reason:
        what = f"cannot be read: {reason.strerror}"
        if path.is_dir():
            what = "is a folder: give the path of a file"
    except ValueError:
        what = "is not a valid path"
    else:
        if len(content) <= MAX_BYTES:
            return content
        what = f"is larger than {MAX_BYTES // 1_000_000} MB"
    raise error(Problem(path, 0, 0, "", what))


def parse(content: bytes, path: Path, error: type[InputError] = PlaybookError) -> Source:
    """Read the content of a file, as `load` does."""
    try:
        value, position = read_document(_text(content))
    except DocumentError as reason:
        problem = Problem(path, reason.line, reason.column, where(reason.place), reason.what)
        raise error(problem) from None
    return Source(path, value, f"sha256:{hashlib.sha256(content).hexdigest()}", position, error)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        before = content[: reason.start].decode("utf-8", "replace")
        raise DocumentError("is not UTF-8: save it as UTF-8", *_end_of(before)) from None
    if found := _NOT_YAML.search(text):
        what = f"the character U+{ord(found.group()):04X} is not allowed in a YAML file"
        raise DocumentError(what, *_end_of(text[: found.start()]))
    return text


def _end_of(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")
