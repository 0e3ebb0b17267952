"""The accounts of the lab, and the file that NTLM reads their passwords from."""

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
    """Passwords by user name, plain or with domain or realm. Names are case-insensitive."""

    def __init__(self, users: Mapping[str, str] | None) -> None:
        """Take these users; without any, the user `lab` with a random password.

        Raises `UsageError` for a name or password that the NTLM user file cannot hold.
        """
        super().__init__(users or {"lab": secrets.token_urlsafe(12)})
        for name, password in self.items():
            if set(":\r\n") & set(name + password):
                raise UsageError(
                    f"lab user {name!r}: no colon or line break is allowed in name or password"
                )
        self._names = {name.upper(): name for name in self}

    def spelling(self, name: str) -> str | None:
        """Return the name as the lab spells it, or None for an unknown user."""
        return self._names.get(name.upper())

    def admits(self, name: str, password: str) -> bool:
        """Return True if this is the password of the user."""
        spelling = self.spelling(name)
        return spelling is not None and self[spelling] == password

    def ntlm_lines(self) -> str:
        """Return the users as lines `DOMAIN:name:password`, the format of NTLM_USER_FILE."""
        lines = []
        for name, password in self.items():
            domain, _, user = name.rpartition("\\")
            lines.append(f"{domain}:{user}:{password}\n")
        return "".join(lines)


class _NtlmFile:
    """The single file of this process that NTLM reads users from, shared by several labs.

    An environment variable names the file, and other threads read the environment as well.
    Therefore the variable is set only once, by the first lab, and the file is rewritten when
    another lab needs its users in it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._previous: str | None = None
        self._lab_count = 0
        self._written: Accounts | None = None

    def join(self) -> None:
        """Register a lab; the first one creates the file."""
        with self._lock:
            self._lab_count += 1
            if self._path is None:
                # mkstemp makes the file readable only for this user.
                handle, name = tempfile.mkstemp(prefix="aovpn-lab-")
                os.close(handle)
                self._path, self._previous = Path(name), os.environ.get(_VARIABLE)
                os.environ[_VARIABLE] = name

    def leave(self) -> None:
        """Unregister a lab; the last one removes the file."""
        with self._lock:
            self._lab_count -= 1
            if self._lab_count or self._path is None:
                return
            self._path.unlink(missing_ok=True)
            self._path = self._written = None
            if self._previous is None:
                os.environ.pop(_VARIABLE, None)
            else:
                os.environ[_VARIABLE] = self._previous

    @contextmanager
    def containing(self, accounts: Accounts) -> Iterator[None]:
        """Keep these users in the file inside the `with`."""
        with self._lock:
            if self._written is not accounts and self._path is not None:
                self._path.write_text(accounts.ntlm_lines(), encoding="utf-8")
                self._written = accounts
            yield


ntlm_file = _NtlmFile()
