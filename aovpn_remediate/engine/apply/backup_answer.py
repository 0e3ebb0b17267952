"""The answer of a host to a backup, validated: a host may send anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aovpn_remediate.engine.apply.backup_files import MANIFEST, is_device
from aovpn_remediate.engine.reading.records import ErrorRecord
from aovpn_remediate.errors import BackupFailed, first_problem
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.results import MissingPart

_MOST_FILES = 40
_LARGEST_FILE = 8 * 2**20
_LARGEST_ANSWER = 64 * 2**20
_LONGEST_REASON = 300

T = TypeVar("T", bound=BaseModel)

_Part = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}\.(txt|reg|json)$")
]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _FileLine(_Line):
    part: _Part
    size: int = Field(ge=1, le=_LARGEST_FILE)
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    pieces: int = Field(ge=1)


class _PieceLine(_Line):
    part: str
    piece: int
    data: str


class _MissingLine(_Line):
    part: _Part
    reason: str


class _EndLine(_Line):
    backup: str
    ok: bool
    time: str
    missing: Annotated[tuple[_MissingLine, ...], Field(strict=False, max_length=_MOST_FILES)]
    error: ErrorRecord | None = None


@dataclass(frozen=True)
class BackupContent:
    """The files of a backup by name, and the parts that the host could not read."""

    files: dict[str, bytes]
    missing: tuple[MissingPart, ...]
    time: str
    """Host time."""


def read_backup(lines: Iterable[str], of: Backup) -> BackupContent:
    """Return what a host has sent of a backup. Raises `BackupFailed` where it is not whole."""
    answer = _Answer()
    for line in lines:
        answer.take(line)
    return answer.content(of)


@dataclass
class _Answer:
    """The lines of a host so far."""

    files: dict[str, bytes] = field(default_factory=dict)
    end: _EndLine | None = None
    _file: _FileLine | None = None
    _pieces: list[bytes] = field(default_factory=list)
    _length: int = 0

    def take(self, line: str) -> None:
        """Take the next line. Raises `BackupFailed`."""
        self._length += len(line)
        if self._length > _LARGEST_ANSWER:
            raise BackupFailed("the host sent more than a backup can have")
        data = _parsed(line)
        if self.end is not None:
            raise BackupFailed("the host sent more after the end of the backup")
        if "piece" in data:
            self._take_piece(_valid(_PieceLine, data))
        elif self._file is not None:
            raise BackupFailed(f"the host sent {self._file.part} in part only")
        elif "part" in data:
            self._begin(_valid(_FileLine, data))
        else:
            self.end = _valid(_EndLine, data)

    def _begin(self, line: _FileLine) -> None:
        taken = {name.casefold() for name in (*self.files, MANIFEST)}
        if is_device(line.part) or line.part.casefold() in taken:
            raise BackupFailed(f"the host sent a file that cannot be kept: {line.part}")
        if len(self.files) >= _MOST_FILES:
            raise BackupFailed("the host sent more files than a backup can have")
        self._file, self._pieces = line, []

    def _take_piece(self, line: _PieceLine) -> None:
        file = self._file
        if file is None or line.part != file.part or line.piece != len(self._pieces):
            raise BackupFailed("the host sent the pieces of a file in another order")
        try:
            self._pieces.append(base64.b64decode(line.data, validate=True))
        except ValueError:
            raise BackupFailed(f"the host sent a piece of {file.part} that is no base64") from None
        if sum(map(len, self._pieces)) > file.size:
            raise BackupFailed(f"the host sent more of {file.part} than it has")
        if len(self._pieces) == file.pieces:
            self.files[file.part] = _whole(file, b"".join(self._pieces))
            self._file = None

    def content(self, of: Backup) -> BackupContent:
        """Return the files once all is there. Raises `BackupFailed`."""
        end = self.end
        if end is None or self._file is not None:
            raise BackupFailed("the host did not send all of the backup")
        if not end.ok or end.backup != of:
            raise BackupFailed(_short(str(end.error or "no reason was given")))
        missing = tuple(
            MissingPart(part=one.part, reason=_short(one.reason)) for one in end.missing
        )
        if not self.files:
            why = "; ".join(f"{one.part}: {one.reason}" for one in missing[:1])
            raise BackupFailed(f"nothing could be read ({why})" if why else "nothing could be read")
        return BackupContent(self.files, missing, _short(end.time))


def _whole(file: _FileLine, content: bytes) -> bytes:
    if len(content) != file.size or hashlib.sha256(content).hexdigest() != file.sha256:
        raise BackupFailed(f"{file.part} is not as the host has read it")
    return content


def _parsed(line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise BackupFailed(f"the host sent an invalid record: {line[:80]!r}")
    return data


def _valid(kind: type[T], data: dict[str, Any]) -> T:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        words = ": ".join(first_problem(error))
        raise BackupFailed(f"the host sent an invalid record: {words}") from None


def _short(text: str) -> str:
    """Return a text of a host in one line, cut."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."
