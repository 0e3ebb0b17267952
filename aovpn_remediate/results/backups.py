"""Backups that a run has taken of a host: their files, or why there are none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.results.common import Data, PlaybookOnHost


def asked_for(
    playbooks: Iterable[PlaybookOnHost], steps: Iterable[Backup | None] = ()
) -> tuple[Backup, ...]:
    """Return each backup of a host, once: what its playbooks and the steps to be set ask for."""
    books = (book.backup for book in playbooks if book.status == "applies")
    return tuple(dict.fromkeys(name for name in (*books, *steps) if name is not None))


class BackupFile(Data):
    """A file of a backup, by its name in the folder of the backup."""

    name: str
    size: int
    """In bytes."""
    sha256: str
    """In hexadecimal."""


class MissingPart(Data):
    """A part that a backup does not have, and why."""

    part: str
    reason: str


class BackupRun(Data):
    """One backup of a host in a run."""

    of: Backup
    status: Literal["taken", "failed", "left_out"]
    folder: str = ""
    """The folder of the files, on the machine that carried out the run."""
    files: tuple[BackupFile, ...] = ()
    missing: tuple[MissingPart, ...] = ()
    message: str = ""
    """Why it failed, or was left out."""
    time: str = ""
    """Host time."""
