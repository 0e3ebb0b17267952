"""A YAML file whose every value knows its line and column."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aovpn_remediate.errors import InputError, PlaybookError, Problem
from aovpn_remediate.playbook.reader import NotReadable, Spot, read_document
from aovpn_remediate.playbook.words import Finding, Place, where

MAX_BYTES = 5_000_000

# The parsers differ in what they say of these, and one does not say where.
_NOT_YAML = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True)
class Source:
    """A file that was read: plain data, and where each value is."""

    path: Path
    value: Any
    """dict, list, str, int, float, bool, None."""
    digest: str
    """`sha256:` of the file."""
    spot: Spot = field(repr=False)
    error: type[InputError]
    """What `refusal` gives."""

    def at(self, place: Place) -> tuple[int, int]:
        """Line and column of a value or of its name; for a missing one, of what it misses from."""
        spot = self.spot
        for part in place:
            if part not in spot.parts:
                break
            spot = spot.parts[part]
        return spot.line, spot.column

    def problem(self, place: Place, what: str) -> Problem:
        """Something that is wrong with a value."""
        return Problem(self.path, *self.at(place), where(place), what)

    def refusal(self, findings: Iterable[Finding]) -> InputError:
        """The file's error, with all that is wrong, sorted by line."""
        problems = dict.fromkeys(self.problem(place, what) for place, what in findings)
        return self.error(*sorted(problems, key=lambda problem: (problem.line, problem.column)))


def load(path: Path | str, error: type[InputError] = PlaybookError) -> Source:
    """Read a file. Raises the error given, whatever the file holds."""
    path = Path(path)
    return parse(_read(path, error), path, error)


def _read(path: Path, error: type[InputError]) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        what = "there is no such file"
    except OSError as reason:
        what = f"cannot be read: {reason.strerror}"
        if path.is_dir():
            what = "is a folder, should be a file"
    except ValueError:
        what = "cannot be the name of a file"
    else:
        if len(content) <= MAX_BYTES:
            return content
        what = f"is larger than {MAX_BYTES // 1_000_000} MB"
    raise error(Problem(path, 0, 0, "", what))


def parse(content: bytes, path: Path, error: type[InputError] = PlaybookError) -> Source:
    """As `load`, from the bytes of a file."""
    try:
        value, spot = read_document(_text(content))
    except NotReadable as reason:
        problem = Problem(path, reason.line, reason.column, where(reason.place), reason.what)
        raise error(problem) from None
    return Source(path, value, f"sha256:{hashlib.sha256(content).hexdigest()}", spot, error)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        before = content[: reason.start].decode("utf-8", "replace")
        raise NotReadable("is not UTF-8: save it as UTF-8", *_end_of(before)) from None
    if found := _NOT_YAML.search(text):
        what = f"the character U+{ord(found.group()):04X} cannot be in a YAML file"
        raise NotReadable(what, *_end_of(text[: found.start()]))
    return text


def _end_of(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")
