"""A fleet of simulated hosts on loopback, and the inventory that leads to it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aovpn_remediate.errors import UsageError

if TYPE_CHECKING:
    from aovpn_remediate.lab.server import Lab
    from aovpn_remediate.lab.windows import SimulatedWindows
    from aovpn_remediate.lab.windows.fleet import Member

_FIRST_LINE = "# SIMULATED hosts of `aovpn-remediate lab`. Written anew at each start.\n"
_USER = "lab"


@dataclass(frozen=True)
class Serving:
    """A lab that serves, and what is behind it."""

    lab: Lab
    windows: SimulatedWindows
    inventory: Path
    password: Path
    """The file with the password, for this user alone to read."""


def needs_extra(error: ModuleNotFoundError) -> UsageError:
    """What to do where the packages of the lab are not installed; a bug of ours is raised."""
    if (error.name or "").startswith("aovpn_remediate"):
        raise error
    return UsageError(
        f"the lab needs {error.name}, which is not installed: pip install 'aovpn-remediate[lab]'"
    )


@contextmanager
def serving(
    members: Sequence[Member], inventory: Path, *, port: int = 0, latency: float = 0.0
) -> Iterator[Serving]:
    """Serve these hosts, with an inventory for them; `latency` is in seconds.

    Raises `UsageError` for an inventory that is somebody's own, or where the files cannot be made.
    """
    from aovpn_remediate.lab.server import Lab
    from aovpn_remediate.lab.windows import SimulatedWindows
    from aovpn_remediate.lab.windows.fleet import inventory_text

    _refuse_own(inventory)
    word = secrets.token_urlsafe(18)
    users = {_USER: word} | {m.username: word for m in members if m.username is not None}
    windows = SimulatedWindows({member.address: member.seed for member in members})
    with Lab(windows, users, port=port, latency=latency) as lab:
        password = inventory.with_suffix(".password")
        text = inventory_text(members, port=lab.port, user=_USER, password={"file": password.name})
        _write(password, f"{word}\n")
        _write(inventory, _FIRST_LINE + text)
        yield Serving(lab, windows, inventory, password)


def _refuse_own(inventory: Path) -> None:
    try:
        with inventory.open(encoding="utf-8", errors="replace") as file:
            is_ours = file.readline() == _FIRST_LINE
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{inventory} cannot be written: {error.strerror}") from None
    if not is_ours:
        raise UsageError(
            f"{inventory} is there and was not written by the lab: give another with --inventory"
        )


def _write(path: Path, text: str) -> None:
    """A new file that this user alone may read."""
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
