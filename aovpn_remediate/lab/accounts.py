"""Who may log on to the lab: names and passwords, and the file NTLM reads them from."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aovpn_remediate.errors import UsageError

_VARIABLE = "NTLM_USER_FILE"


class Accounts(dict[str, str]):
    """Passwords by user name: plain, with a domain or with a realm. Names know no case."""

    def __init__(self, users: Mapping[str, str] | None) -> None:
        """The users given; without any, `lab` with a password that is new each time."""
        super().__init__(users or {"lab": secrets.token_urlsafe(12)})
        for name, password in self.items():
            if set(":\r\n") & set(name + password):
                raise UsageError(f"the lab's user {name!r}: no colon or line end is possible here")
        self._names = {name.upper(): name for name in self}

    def named(self, name: str) -> str | None:
        """The user as the lab spells the name, or None."""
        return self._names.get(name.upper())

    def admits(self, name: str, password: str) -> bool:
        """Whether that is the user's password."""
        known = self.named(name)
        return known is not None and self[known] == password

    def ntlm_lines(self) -> str:
        """The users as `DOMAIN:name:password` lines."""
        lines = []
        for name, password in self.items():
            domain, _, user = name.rpartition("\\")
            lines.append(f"{domain}:{user}:{password}\n")
        return "".join(lines)


class _NtlmFile:
    """The one file of this process that NTLM reads users from; several labs take turns.

    The environment names it, and other threads read that too: so it is set once, with the first
    lab, and what changes between labs is what stands in the file.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._path: Path | None = None
        self._before: str | None = None
        self._labs = 0
        self._holds: Accounts | None = None

    def join(self) -> None:
        """One lab more."""
        with self._turn:
            self._labs += 1
            if self._path is None:
                # mkstemp makes it readable for this user alone.
                handle, name = tempfile.mkstemp(prefix="aovpn-lab-")
                os.close(handle)
                self._path, self._before = Path(name), os.environ.get(_VARIABLE)
                os.environ[_VARIABLE] = name

    def leave(self) -> None:
        """One lab less; with the last one the file goes."""
        with self._turn:
            self._labs -= 1
            if self._labs or self._path is None:
                return
            self._path.unlink(missing_ok=True)
            self._path = self._holds = None
            if self._before is None:
                os.environ.pop(_VARIABLE, None)
            else:
                os.environ[_VARIABLE] = self._before

    @contextmanager
    def holding(self, accounts: Accounts) -> Iterator[None]:
        """The file holds these users meanwhile."""
        with self._turn:
            if self._holds is not accounts and self._path is not None:
                self._path.write_text(accounts.ntlm_lines(), encoding="utf-8")
                self._holds = accounts
            yield


ntlm_file = _NtlmFile()
