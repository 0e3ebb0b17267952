"""Backups of hosts in a run: taken before anything is set, and kept with the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.apply.backup_answer import BackupContent, read_backup
from aovpn_remediate.engine.apply.backup_files import MANIFEST, make_folder, write_files
from aovpn_remediate.errors import BackupFailed, RemediateError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.rendering.batch import backing_up
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.results import BackupFile, BackupRun
from aovpn_remediate.transports.base import Session

_NOT_INCLUDED = (
    "the shared secrets of RADIUS servers",
    "the pre-shared key of L2TP",
    "the private key of the SSTP certificate, and its binding",
)
_RESTORE: Mapping[str, str] = {
    "in general": "Nothing is brought back by itself: `rollback` restores what its run has set. By "
    "hand, as an administrator of the host and in a change window: users are disconnected.",
    "RemoteAccess.reg, miniport-*.reg": "Stop RemoteAccess and RasMan, `reg.exe import FILE`, and "
    "start them. Values that were added since stay. The number in the name of a miniport's file "
    "still has to be that of the miniport.",
    "netsh-ras-dump.txt": "`netsh.exe exec FILE`, then set the port counts again with "
    "Set-VpnServerConfiguration and restart RasMan. It cannot be brought back where `netsh ras` "
    "fails with error 1702.",
    "Get-*.json": "What the cmdlets said, to compare and to set again with "
    "Set-VpnServerConfiguration, Set-VpnAuthProtocol, Set-RemoteAccess, Set-RemoteAccessRadius and "
    "Set-RemoteAccessAccounting. Certificates are in base64 (DER).",
    "secrets": "They have to be given anew: Set-RemoteAccessRadius -SharedSecret, and "
    "Set-RemoteAccess -SslCertificate for SSTP.",
}
LEFT_OUT = "left out (--no-backup)"


@dataclass(frozen=True)
class RunBackups:
    """The backups of one run."""

    run: str
    folder: Path
    """Its backups are below it, in `runs/RUN/HOST`."""
    left_out: bool = False
    """True if the run was told to take none."""

    def take(self, session: Session, host: Host, of: Backup) -> BackupRun:
        """Take a backup of a host and keep it; of one that fails, return why."""
        if self.left_out:
            return BackupRun(of=of, status="left_out", message=LEFT_OUT)
        try:
            lines = session.run(backing_up(of), seconds=host.connection.deadline)
            content = read_backup(lines, of)
            folder = make_folder(self.folder, self.run, host.name)
            written = write_files(folder, content.files)
            manifest = _manifest(self.run, host, of, content, written)
            written += write_files(folder, {MANIFEST: manifest})
        except RemediateError as error:
            return BackupRun(of=of, status="failed", message=str(error))
        return BackupRun(
            of=of,
            status="taken",
            folder=str(folder),
            files=written,
            missing=content.missing,
            time=content.time,
        )


def refused(backup: BackupRun) -> BackupFailed:
    """Return the error of a host whose backup has failed."""
    return BackupFailed(
        f"nothing was set, because no backup could be taken: {backup.message} "
        "(to go on without one: --no-backup)"
    )


def _manifest(
    run: str, host: Host, of: Backup, content: BackupContent, files: tuple[BackupFile, ...]
) -> bytes:
    """Return the file that tells what is in a backup, what is not, and how to bring it back."""
    document: Mapping[str, Any] = {
        "schema_version": 1,
        "kind": "backup",
        "of": of,
        "run": run,
        "host": host.name,
        "address": host.address,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "host_time": content.time,
        "files": [file.model_dump() for file in files],
        "could_not_be_read": [part.model_dump() for part in content.missing],
        "not_included": list(_NOT_INCLUDED),
        "how_to_restore": dict(_RESTORE),
    }
    return f"{json.dumps(document, indent=2)}\n".encode("ascii")
