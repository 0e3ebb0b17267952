"""Files that are inspected: read in whole up to a limit, never from a device or a pipe."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aovpn_remediate.results.inspection import Unread

_MOST_IN_A_FOLDER = 1_000


@dataclass
class Inputs:
    """The contents of files by their paths, and the files that could not be read."""

    files: dict[str, bytes] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def add(self, path: Path, suffixes: Collection[str], limit: int) -> None:
        """Read a file, or the files of a folder that have one of the suffixes.

        No more than one byte above the limit is read.
        """
        try:
            for one in _files(path, suffixes):
                self._read(one, limit)
        except _UnreadableError as error:
            self.unread.append(Unread(subject=str(path), reason=str(error)))
        except OSError as error:
            self.unread.append(_unread(path, error))

    def add_file(self, path: Path, limit: int) -> bytes | None:
        """Read one file and return what it holds, None if it could not be read."""
        if path.is_dir():
            self.unread.append(Unread(subject=str(path), reason="it is a folder, not a file"))
        else:
            self.add(path, (), limit)
        return self.files.get(str(path))

    def _read(self, path: Path, limit: int) -> None:
        try:
            with path.open("rb") as file:
                self.files[str(path)] = file.read(limit + 1)
        except OSError as error:
            self.unread.append(_unread(path, error))


class _UnreadableError(Exception):
    """A path without files to read."""


def _files(path: Path, suffixes: Collection[str]) -> Iterable[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise _UnreadableError("it is not a file" if path.exists() else "there is no such file")
    found = sorted(
        one for one in path.iterdir() if one.suffix.lower() in suffixes and one.is_file()
    )
    if not found:
        raise _UnreadableError(f"the folder has no files {', '.join(suffixes)}")
    if len(found) > _MOST_IN_A_FOLDER:
        raise _UnreadableError(f"the folder has more than {_MOST_IN_A_FOLDER} such files")
    return found


def _unread(path: Path, error: OSError) -> Unread:
    return Unread(subject=str(path), reason=f"it cannot be read: {error.strerror}")
