"""Files that start the service: a systemd unit and timer, a scheduled task, a container.

Pure: what is written where is the caller's. Each value is quoted as its reader wants it.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
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
"""Where the journal is, in systemd's state folder as in the volume of a container."""

_IN_CONTAINER = "/etc/aovpn-remediate"
_METRICS = "127.0.0.1:9477"
_SHORTEST_PAUSE, _LONGEST_PAUSE = 10.0, 600.0
_PLAIN = re.compile(r"[A-Za-z0-9_./:=+,@-]+")
_HEALTH = "import urllib.request as u; u.urlopen('http://{place}/healthz', timeout=5)"


@dataclass(frozen=True)
class Order:
    """How a service is to be started. Paths are those of the machine that it runs on."""

    inventory: str
    words: tuple[str, ...]
    """Options of `drift run`, without those below."""
    every: float
    """Seconds."""
    fleet: str
    """What it is called, for a person."""
    journal: str | None = None
    metrics: str | None = None
    metrics_file: str | None = None

    def run(self, *, journal: str | None, metrics: str | None) -> list[str]:
        """What is typed after the name of the program."""
        found = ["drift", "run", "-i", self.inventory, *self.words]
        found += ["--journal", journal] if journal else []
        found += ["--metrics", metrics] if metrics else []
        return [*found, "--metrics-file", self.metrics_file] if self.metrics_file else found


def systemd(order: Order, program: str, passwords: Sequence[Path], version: str) -> dict[str, str]:
    """By name: the service that stays; and one for what is due now, with its timer.

    `passwords` are files that the inventory names: systemd hands them to the service.
    """
    journal = order.journal or f"sqlite:///{STATE}/journal.sqlite"
    paths = [program, order.inventory]
    common: dict[str, Any] = {
        "version": version,
        "description": _raw(f"Drift of {order.fleet}"),
        "credentials": [f"{credential_name(path)}:{_raw(str(path))}" for path in passwords],
        "writes": [_word(folder) for folder in _folders(journal, order.metrics_file)],
        "home": "read-only" if any(map(_is_at_home, paths)) else "yes",
    }
    stays = [program, *order.run(journal=journal, metrics=order.metrics)]
    once = [program, *order.run(journal=journal, metrics=None), "--once"]
    # The rows say what is due: the timer only has to come often enough.
    pause = min(max(order.every / 6, _SHORTEST_PAUSE), _LONGEST_PAUSE)
    timed = f"{UNIT}-once"
    return {
        f"{UNIT}.service": _render(
            "drift.service.j2", common, name=UNIT, command=_command(stays), once=False
        ),
        f"{timed}.service": _render(
            "drift.service.j2", common, name=timed, command=_command(once), once=True
        ),
        f"{timed}.timer": _render("drift.timer.j2", common, name=timed, pause=f"{pause:.0f}"),
    }


def windows(order: Order, program: str, version: str) -> dict[str, str]:
    """A PowerShell script that registers the service as a scheduled task."""
    for what, path in (("-i", order.inventory), ("--metrics-file", order.metrics_file)):
        if path is not None and not PureWindowsPath(path).is_absolute():
            raise UsageError(
                rf"{what} {path}: give the path on the Windows machine, such as C:\aovpn\fleet.yaml"
            )
    _refuse_password(order.journal)
    words = order.run(journal=order.journal, metrics=order.metrics)
    try:
        values = {
            "version": version,
            "program": literal(program),
            "arguments": literal(subprocess.list2cmdline(words)),
            "task": literal(UNIT),
            "description": literal(f"Drift of {order.fleet}"),
        }
    except ValueError as error:
        raise UsageError(f"this cannot be written into a script: {error}") from None
    return {"register-task.ps1": _render("register-task.ps1.j2", values)}


def container(order: Order, version: str) -> dict[str, str]:
    """A file that an image is built from; `order.inventory` is in the folder that is mounted."""
    inventory = f"{_IN_CONTAINER}/{PurePosixPath(order.inventory).name}"
    url = _refuse_password(order.journal)
    extra = "[postgresql]" if url is not None and url.get_backend_name() != "sqlite" else ""
    place = order.metrics or _METRICS
    inside = Order(inventory, order.words, order.every, order.fleet, None, None, order.metrics_file)
    journal = order.journal or f"sqlite:///{STATE}/journal.sqlite"
    values = {
        "version": version,
        "folder": _IN_CONTAINER,
        "state": STATE,
        "package": f'"aovpn-remediate{extra}=={version}"',
        "health": json.dumps(["python", "-c", _HEALTH.format(place=place)]),
        "command": json.dumps(inside.run(journal=journal, metrics=place)),
    }
    return {"Containerfile": _render("Containerfile.j2", values)}


# Quoting


def _command(words: Sequence[str]) -> str:
    """A line of ExecStart."""
    return " ".join(_word(word).replace("$", "$$") for word in words)


def _word(text: str) -> str:
    """One word for systemd: `%` begins a specifier, a backslash an escape."""
    if _PLAIN.fullmatch(text):
        return text
    return '"' + _raw(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _raw(text: str) -> str:
    """The rest of a line of systemd, where there is no quoting."""
    if not text.isprintable():
        raise UsageError(f"{text!r} has characters that cannot be in a unit")
    return text.replace("%", "%%")


def _folders(journal: str, metrics_file: str | None) -> list[str]:
    """Those that are written to beside the state folder."""
    found = []
    url = _refuse_password(journal)
    if url is not None and url.get_backend_name() == "sqlite":
        found.append(str(PurePosixPath(url.database or "").parent))
    if metrics_file is not None:
        found.append(str(PurePosixPath(metrics_file).parent))
    for folder in found:
        if not folder.startswith("/"):
            raise UsageError(f"{folder}: a service has no folder of yours: give the whole path")
    return [folder for folder in dict.fromkeys(found) if folder != STATE]


def _refuse_password(journal: str | None) -> URL | None:
    """A password would be there for everybody to read, in the file and in the list of processes."""
    if journal is None:
        return None
    try:
        url = make_url(journal)
    except ArgumentError as error:
        raise UsageError(f"--journal: {error}") from None
    if url.password is not None:
        raise UsageError(
            "--journal: the password would stand in the file: leave it out of the URL, and put it "
            "into a password file of PostgreSQL (?passfile=/etc/aovpn/pgpass)"
        )
    return url


def _is_at_home(path: str) -> bool:
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
