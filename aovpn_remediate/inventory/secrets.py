"""Secrets, from where the inventory says they are. No error text ever holds one."""

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
"""Asks a person for a password, with the text given. Raises a `RemediateError` where none is."""

_MAX_BYTES = 65_536
_LONGEST_NAME = 200
_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH


def resolve(credential: Credential, host: str, *, ask: Ask) -> str | None:
    """The password of a credential; None where it has none.

    Raises `SecretError`, with the name of the host and what to do.
    """
    return Secrets(ask).resolve(credential, host)


class Secrets:
    """The passwords of a run: each reference is read once, and a prompt is asked once.

    It may be shared by threads. What could not be read is not tried again.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._known: dict[Credential, str | SecretError] = {}

    def __repr__(self) -> str:
        return f"<{len(self._known)} secrets>"

    def resolve(self, credential: Credential, host: str) -> str | None:
        """As the function of this name."""
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
        said = "is not set" if secret is None else "is empty"
        raise SecretError(f"the environment variable {name} {said}: set it to the password")
    return secret


def credential_name(path: Path) -> str:
    """What systemd is to call a file of a password that it hands to a service."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", str(path).strip("/"))[-_LONGEST_NAME:]


def _handed_over(path: Path) -> Path | None:
    """The file as systemd hands it over (LoadCredential); only the service can read that."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    found = Path(folder) / credential_name(path) if folder else None
    return found if found is not None and found.is_file() else None


def _from_file(path: Path) -> str:
    handed_over = _handed_over(path)
    try:
        with (handed_over or path).open("rb") as file:
            mode = 0 if handed_over or os.name != "posix" else os.fstat(file.fileno()).st_mode
            if mode & _OTHERS_READ:
                raise SecretError(f"others may read the file {path}: chmod 600 it")
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SecretError(f"the file {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise SecretError("a file cannot be called so") from None
    if len(content) > _MAX_BYTES:
        raise SecretError(f"the file {path} is too large to hold a password")
    try:
        first, _, _ = content.decode("utf-8-sig").partition("\n")
    except UnicodeDecodeError:
        raise SecretError(f"the file {path} is not UTF-8") from None
    if not (secret := first.removesuffix("\r")):
        raise SecretError(f"the first line of the file {path} is empty: it should be the password")
    return secret


def _from_keyring(reference: str) -> str:
    import keyring

    service, _, user = reference.rpartition("/")
    try:
        secret = keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        said = f"the keyring cannot be read ({type(error).__name__})"
        raise SecretError(f"{said}: unlock it, or use env or file") from None
    if not secret:
        hint = f"keyring set {service} {user}"
        raise SecretError(f"the keyring has no password for {reference}: {hint}")
    return secret
