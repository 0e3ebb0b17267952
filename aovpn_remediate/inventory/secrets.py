"""Secrets, read from the places that the inventory names. No error text contains one."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from aovpn_remediate.errors import RemediateError, SecretError
from aovpn_remediate.inventory.model import Credential, SecretReference

Ask = Callable[[str], str]
"""A function that prompts for a password with the text given.

Raises a `RemediateError` if there is nobody to ask.
"""

_MAX_BYTES = 65_536
_LONGEST_NAME = 200
_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH


def resolve(credential: Credential, host: str, *, ask: Ask) -> str | None:
    """Return the password of a credential; None if it has none.

    Raises `SecretError`, with the name of the host and what to do.
    """
    return Secrets(ask).resolve(credential, host)


class Secrets:
    """The passwords of a run: each reference is read once, and each prompt shown once.

    Threads may share it. A reference that could not be read is not tried again.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._known: dict[Credential, str | SecretError] = {}

    def __repr__(self) -> str:
        return f"<{len(self._known)} secrets>"

    def resolve(self, credential: Credential, host: str) -> str | None:
        """Return what the function of this name returns."""
        if credential.password is None:
            return None
        with self._lock:
            if credential not in self._known:
                self._known[credential] = self._first(credential, credential.password)
            found = self._known[credential]
        if isinstance(found, SecretError):
            raise SecretError(f"{host}: {found}")
        return found

    def _first(self, credential: Credential, reference: SecretReference) -> str | SecretError:
        try:
            return _usable(_read(reference, credential.username or "", self._ask))
        except RemediateError as error:
            return SecretError(str(error))


def _read(reference: SecretReference, user: str, ask: Ask) -> str:
    if reference.env is not None:
        return _from_environment(reference.env)
    if reference.file is not None:
        return _from_file(Path(reference.file))
    if reference.keyring is not None:
        return _from_keyring(reference.keyring)
    return ask(f"Password for {user}: ")


def _usable(secret: str) -> str:
    if not secret:
        raise SecretError("the password is empty")
    try:
        secret.encode("utf-8")
    except UnicodeEncodeError:
        raise SecretError("the password is not text: it has bytes that are not UTF-8") from None
    return secret


def _from_environment(name: str) -> str:
    secret = os.environ.get(name)
    if not secret:
        state = "is not set" if secret is None else "is empty"
        raise SecretError(f"the environment variable {name} {state}: set it to the password")
    return secret


def credential_name(path: Path) -> str:
    """Return the name under which systemd passes a password file to a service."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", str(path).strip("/"))[-_LONGEST_NAME:]


def _from_systemd(path: Path) -> Path | None:
    """Return the copy of a file that systemd passes to the service alone (LoadCredential)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    found = Path(folder) / credential_name(path) if folder else None
    return found if found is not None and found.is_file() else None


def _from_file(path: Path) -> str:
    passed = _from_systemd(path)
    try:
        with (passed or path).open("rb") as file:
            mode = 0 if passed or os.name != "posix" else os.fstat(file.fileno()).st_mode
            if mode & _OTHERS_READ:
                raise SecretError(
                    f"the file {path} is readable by other users: run chmod 600 on it"
                )
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SecretError(f"the file {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise SecretError("the path of the password file is not valid") from None
    if len(content) > _MAX_BYTES:
        raise SecretError(f"the file {path} is too large to hold a password")
    try:
        first, _, _ = content.decode("utf-8-sig").partition("\n")
    except UnicodeDecodeError:
        raise SecretError(f"the file {path} is not UTF-8") from None
    if not (secret := first.removesuffix("\r")):
        raise SecretError(
            f"the first line of the file {path} is empty: it should contain the password"
        )
    return secret


def _from_keyring(reference: str) -> str:
    import keyring

    service, _, user = reference.rpartition("/")
    try:
        secret = keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        what = f"the keyring cannot be read ({type(error).__name__})"
        raise SecretError(f"{what}: unlock it, or use env or file") from None
    if not secret:
        hint = f"add it with: keyring set {service} {user}"
        raise SecretError(f"the keyring has no password for {reference}: {hint}")
    return secret
