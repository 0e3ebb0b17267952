"""Backups that a run has taken of a host: their files, or why there are none."""

from __future__ import annotations

from typing import Literal

from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.results.common import Data


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
