"""The files of a backup on this machine: for its user alone, under safe names."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from aovpn_remediate.errors import BackupFailed
from aovpn_remediate.results import BackupFile

MANIFEST = "manifest.json"
_LONGEST_NAME = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def is_device(name: str) -> bool:
    """Return true for a name that Windows takes for a device, such as `con` or `aux.txt`."""
    return _DEVICE.fullmatch(name) is not None


def folder_name(host: str) -> str:
    """Return the name of a host as that of a folder; one that had to be changed has a hash."""
    safe = _UNSAFE.sub("_", host)[:_LONGEST_NAME].strip(".")
    if safe == host and safe and not is_device(safe):
        return safe
    digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"host-{safe}-{digest}" if safe else f"host-{digest}"


def make_folder(top: Path, run: str, host: str) -> Path:
    """Make the new folder `runs/RUN/HOST`, for this user alone. Raises `BackupFailed`."""
    folder = top / "runs" / folder_name(run) / folder_name(host)
    try:
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
        for parent in (folder.parent.parent, folder.parent):
            parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise _not_written(folder, error) from None
    return folder


def write_files(folder: Path, files: Mapping[str, bytes]) -> tuple[BackupFile, ...]:
    """Write files to the disk, for this user alone. Raises `BackupFailed`."""
    written = []
    for name, content in files.items():
        try:
            _write(folder / name, content)
        except OSError as error:
            raise _not_written(folder / name, error) from None
        digest = hashlib.sha256(content).hexdigest()
        written.append(BackupFile(name=name, size=len(content), sha256=digest))
    return tuple(written)


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        # Changes follow only when it is certain to be there.
        os.fsync(file.fileno())


def _not_written(path: Path, error: OSError) -> BackupFailed:
    return BackupFailed(f"{path} cannot be written: {error.strerror or error}")
