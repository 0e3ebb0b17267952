"""Backups of hosts in words; the texts are not yet safe to be shown."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.reports.escape import visible
from aovpn_remediate.reports.words import count
from aovpn_remediate.resources.backups import TITLES, Backup
from aovpn_remediate.results import BackupFile, BackupRun, Run


def planned(of: Backup) -> str:
    """Describe a backup that is still to be taken."""
    return f"a backup of {TITLES[of]} is taken first"


def sentence(backup: BackupRun) -> str:
    """Describe a backup that was taken, or why there is none."""
    title = TITLES[backup.of]
    if backup.status != "taken":
        return f"{title}: {backup.message}"
    missing = ", ".join(f"{one.part} ({one.reason})" for one in backup.missing)
    more = f"; could not be read: {missing}" if missing else ""
    return f"{title}: {count(len(backup.files), 'file')} in {backup.folder}{more}"


def digest(file: BackupFile) -> str:
    """Return a file as `sha256sum` lists it."""
    return f"{file.sha256}  {file.name}"


def file_lines(run: Run) -> Iterator[str]:
    """Yield the files of all backups of a run, folder by folder, safe to be shown."""
    for host in run.hosts:
        for backup in host.backups:
            if backup.files:
                yield visible(f"Backup of {host.host} in {backup.folder}, by SHA-256:")
                yield from (visible(digest(file)) for file in backup.files)
