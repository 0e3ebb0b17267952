"""Files that start the service: systemd units, a scheduled task, a container image.

Pure: the caller writes the files. Each value is quoted for the program that reads the file.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.secrets import credential_name
from aovpn_remediate.rendering.literals import literal

UNIT = "aovpn-remediate-drift"
STATE = "/var/lib/aovpn-remediate"
"""The folder of the journal: systemd's state folder, or the volume of a container."""

_IN_CONTAINER = "/etc/aovpn-remediate"
_METRICS = "127.0.0.1:9477"
_SHORTEST_PAUSE, _LONGEST_PAUSE = 10.0, 600.0
_PLAIN = re.compile(r"[A-Za-z0-9_./:=+,@-]+")
_HEALTH = "import urllib.request as u; u.urlopen('http://{place}/healthz', timeout=5)"


@dataclass(frozen=True)
class ServiceCommand:
    """The command that starts the service. Paths are those of the machine that it runs on."""

    inventory: str
    options: tuple[str, ...]
    """Options of `drift run`, except those below."""
    every: float
    """Seconds."""
    fleet: str
    """The fleet's name, for the description of the service."""
    journal: str | None = None
    backup_dir: str | None = None
    metrics: str | None = None
    metrics_file: str | None = None

    def arguments(self, *, journal: str | None, metrics: str | None) -> list[str]:
        """Return the arguments of the program."""
        found = ["drift", "run", "-i", self.inventory, *self.options]
        found += ["--journal", journal] if journal else []
        found += ["--backup-dir", self.backup_dir] if self.backup_dir else []
        found += ["--metrics", metrics] if metrics else []
        return [*found, "--metrics-file", self.metrics_file] if self.metrics_file else found


def systemd(
    command: ServiceCommand, program: str, passwords: Sequence[Path], version: str
) -> dict[str, str]:
    """Return the units by name: a service that keeps running; and one with a timer.

    `passwords` are the password files that the inventory names: systemd passes them to the service.
    """
    journal = command.journal or f"sqlite:///{STATE}/journal.sqlite"
    command = _with_backup_folder(command, journal)
    paths = [program, command.inventory]
    common: dict[str, Any] = {
        "version": version,
        "description": _escaped(f"Drift detection for {command.fleet}"),
        "credentials": [f"{credential_name(path)}:{_escaped(str(path))}" for path in passwords],
        "writes": [_quoted(folder) for folder in _folders(journal, command)],
        "home": "read-only" if any(map(_is_in_home, paths)) else "yes",
    }
    resident = [program, *command.arguments(journal=journal, metrics=command.metrics)]
    once = [program, *command.arguments(journal=journal, metrics=None), "--once"]
    # The journal holds the due times: the timer only has to fire often enough.
    pause = min(max(command.every / 6, _SHORTEST_PAUSE), _LONGEST_PAUSE)
    timed = f"{UNIT}-once"
    return {
        f"{UNIT}.service": _render(
            "drift.service.j2", common, name=UNIT, command=_exec_start(resident), once=False
        ),
        f"{timed}.service": _render(
            "drift.service.j2", common, name=timed, command=_exec_start(once), once=True
        ),
        f"{timed}.timer": _render("drift.timer.j2", common, name=timed, pause=f"{pause:.0f}"),
    }


def windows(command: ServiceCommand, program: str, version: str) -> dict[str, str]:
    """Return a PowerShell script that registers the service as a scheduled task."""
    paths = {
        "-i": command.inventory,
        "--metrics-file": command.metrics_file,
        "--backup-dir": command.backup_dir,
    }
    for what, path in paths.items():
        if path is not None and not PureWindowsPath(path).is_absolute():
            raise UsageError(
                rf"{what} {path}: expected an absolute path of the Windows machine, "
                r"such as C:\aovpn\fleet.yaml"
            )
    _refuse_password(command.journal)
    arguments = command.arguments(journal=command.journal, metrics=command.metrics)
    values = {
        "version": version,
        "program": literal(program),
        "arguments": literal(subprocess.list2cmdline(arguments)),
        "task": literal(UNIT),
        "description": literal(f"Drift detection for {command.fleet}"),
    }
    return {"register-task.ps1": _render("register-task.ps1.j2", values)}


def container(command: ServiceCommand, version: str) -> dict[str, str]:
    """Return a Containerfile; the folder of `command.inventory` is to be mounted."""
    inventory = f"{_IN_CONTAINER}/{PurePosixPath(command.inventory).name}"
    url = _refuse_password(command.journal)
    extra = "[postgresql]" if url is not None and url.get_backend_name() != "sqlite" else ""
    place = command.metrics or _METRICS
    inside = replace(command, inventory=inventory)
    journal = command.journal or f"sqlite:///{STATE}/journal.sqlite"
    values = {
        "version": version,
        "folder": _IN_CONTAINER,
        "state": STATE,
        "package": f'"aovpn-remediate{extra}=={version}"',
        "health": json.dumps(["python", "-c", _HEALTH.format(place=place)]),
        "command": json.dumps(inside.arguments(journal=journal, metrics=place)),
    }
    return {"Containerfile": _render("Containerfile.j2", values)}


# Quoting


def _exec_start(words: Sequence[str]) -> str:
    """Return a command line for ExecStart."""
    return " ".join(_quoted(word).replace("$", "$$") for word in words)


def _quoted(text: str) -> str:
    """Quote one word for systemd: `%` begins a specifier, a backslash an escape."""
    if _PLAIN.fullmatch(text):
        return text
    return '"' + _escaped(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    """Escape the value of a systemd directive that takes no quotes."""
    if not text.isprintable():
        raise UsageError(f"{text!r} has characters that a systemd unit cannot contain")
    return text.replace("%", "%%")


def _folders(journal: str, command: ServiceCommand) -> list[str]:
    """Return the folders beside the state folder that the service writes to."""
    found = []
    url = _refuse_password(journal)
    if url is not None and url.get_backend_name() == "sqlite":
        found.append(str(PurePosixPath(url.database or "").parent))
    if command.metrics_file is not None:
        found.append(str(PurePosixPath(command.metrics_file).parent))
    if command.backup_dir is not None:
        found.append(command.backup_dir)
    for folder in found:
        if not folder.startswith("/"):
            raise UsageError(
                f"{folder}: a service has no working folder of yours: use an absolute path"
            )
    return [folder for folder in dict.fromkeys(found) if folder != STATE]


def _with_backup_folder(command: ServiceCommand, journal: str) -> ServiceCommand:
    """Return the command with a folder for backups, if no file of the journal has one."""
    url = _refuse_password(journal)
    has_file = url is None or url.get_backend_name() == "sqlite"
    if has_file or command.backup_dir or "--fix" not in command.options:
        return command
    return replace(command, backup_dir=STATE)


def _refuse_password(journal: str | None) -> URL | None:
    """Parse the URL of the journal, and refuse one with a password.

    Anyone could read the password, in the file and in the list of processes.
    """
    if journal is None:
        return None
    try:
        url = make_url(journal)
    except ArgumentError as error:
        raise UsageError(f"--journal: {error}") from None
    if url.password is not None:
        raise UsageError(
            "--journal: the file would contain the password: remove it from the URL and put it "
            "into a PostgreSQL password file (?passfile=/etc/aovpn/pgpass)"
        )
    return url


def _is_in_home(path: str) -> bool:
    return path.startswith(("/home/", "/root/", "/run/user/"))


# Templates


def _render(template: str, *values: dict[str, Any], **more: Any) -> str:
    merged: dict[str, Any] = {}
    for some in (*values, more):
        merged |= some
    return _environment().get_template(template).render(merged)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(asset_dir("templates") / "service"),
        autoescape=False,  # noqa: S701 - no HTML: what goes in is quoted above, for its reader
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
