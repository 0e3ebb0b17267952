"""The connection and credential fields of an inventory.

No message here repeats a value that may be a misplaced secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aovpn_remediate.inventory.model import Connection, Credential, SecretReference
from aovpn_remediate.playbook.explain import check
from aovpn_remediate.playbook.words import Finding, Place, did_you_mean, quote, type_of

_ADDRESS = re.compile(r"[\w.:][\w.:%-]*")
_PROXY = re.compile(r"https?://[\w.:\[\]-]+/?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCES = "{env: NAME}, {file: PATH}, {keyring: SERVICE/USER} or {prompt: true}"
_FILES = ("ca_file", "certificate", "certificate_key")


@dataclass(frozen=True)
class Field:
    """A field of a connection, and its place in the file."""

    value: Any
    place: Place


def read_connection(
    value: Any, place: Place, folder: Path, findings: list[Finding]
) -> dict[str, Field]:
    """Read the connection fields of one level; paths of files become absolute."""
    if value is None:
        return {}
    wrong: list[Finding] = []
    _, refused = check(Connection, value)
    wrong += [((*place, *at), what) for at, what in refused]
    fields = {}
    for name, item in value.items() if not wrong else ():
        at = (*place, name)
        if name in _FILES and item is not None:
            fields[name] = Field(_file(item, at, folder, wrong), at)
        else:
            fields[name] = Field(item, at)
    wrong += [((*place, name), what) for name, what in _misspelt(fields)]
    findings += wrong
    return fields


def _file(name: str, place: Place, folder: Path, findings: list[Finding]) -> str:
    path = absolute(name, folder)
    if not path.is_file():
        findings.append((place, f"file not found: {path}"))
    return str(path)


def absolute(name: str, folder: Path) -> Path:
    """Return the absolute path of a file that an inventory in a folder names."""
    return folder.absolute() / Path(name).expanduser()


def _misspelt(fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    address, proxy = fields.get("address"), fields.get("proxy")
    if address and address.value is not None and (what := wrong_address(address.value)):
        yield "address", what
    if proxy and proxy.value is not None and not _PROXY.fullmatch(proxy.value):
        yield "proxy", "should be http://name:port, without user and password"


def wrong_address(address: Any) -> str | None:
    """Return why a value is not the address of a host; None if it is one."""
    if isinstance(address, str) and _ADDRESS.fullmatch(address):
        return None
    shown = quote(address) if isinstance(address, str) else type_of(address)
    return f"should be a DNS name or an IP address, but is {shown}"


def read_credential(
    value: Any, place: Place, folder: Path, findings: list[Finding]
) -> Credential | None:
    """Read the credential of one level; None if there is none, or it is wrong.

    An empty mapping is a credential: the account of this process (Kerberos ticket).
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        findings.append(
            (place, f"should be a mapping of username and password, but is {type_of(value)}")
        )
        return None
    known = Credential.model_fields
    wrong = [
        ((*place, name), f"unknown field{did_you_mean(name, known)}")
        for name in value
        if name not in known
    ]
    user = value.get("username")
    if value and (not isinstance(user, str) or not user.strip()):
        wrong.append(((*place, "username"), r"should be a user name such as CORP\svc"))
    password = None
    if "password" in value:
        password = _read_reference(value["password"], (*place, "password"), folder, wrong)
    findings += wrong
    return None if wrong else Credential(username=user, password=password)


def _read_reference(
    value: Any, place: Place, folder: Path, findings: list[Finding]
) -> SecretReference | None:
    what = _wrong_reference(value)
    if what:
        findings.append((place, what))
        return None
    if "file" in value:
        return SecretReference(file=str(absolute(value["file"], folder)))
    return SecretReference(**value)


def _wrong_reference(value: Any) -> str | None:
    if value is None:
        return f"is empty: name the place of the password as {_REFERENCES}"
    if not isinstance(value, dict):
        what = "a plain-text password is not allowed: store it elsewhere and name the place as"
        return f"{what} {_REFERENCES}"
    if len(value) != 1 or not set(value) <= set(SecretReference.model_fields):
        return f"should be one of {_REFERENCES}"
    [(kind, target)] = value.items()
    return _wrong_target(kind, target)


def _wrong_target(kind: str, target: Any) -> str | None:
    if kind == "prompt":
        return None if target is True else "should be {prompt: true}"
    if not isinstance(target, str) or not target:
        return f"{kind} should be text, but is {type_of(target)}"
    if kind == "env" and not _VARIABLE.fullmatch(target):
        return "env should be the name of an environment variable: letters, digits and _"
    if kind == "keyring" and not all(target.rpartition("/")):
        return "keyring should be SERVICE/USER"
    return None


def wrong_logon(
    fields: Mapping[str, Field], address: str, credential: Credential
) -> Iterator[Finding]:
    """Find settings of one host that contradict each other."""
    connection = Connection(**{name: field.value for name, field in fields.items()})
    if connection.transport == "local" or "auth" not in fields:
        return
    place = fields["auth"].place
    match connection.auth:
        case "certificate":
            yield from ((place, what) for what in _without_certificate(connection))
        case "basic" | "credssp" if credential.password is None:
            yield place, f"{connection.auth} needs a credential with username and password"
    if connection.auth == "basic" and connection.scheme == "http":
        yield from ((place, what) for what in _unencrypted(connection, address))


def _unencrypted(connection: Connection, address: str) -> Iterator[str]:
    if connection.proxy or not _is_loopback(address):
        yield (
            "basic over http would send the password unencrypted: use scheme: https or "
            "auth: negotiate (basic over http is allowed for loopback addresses only)"
        )
    elif connection.encryption != "never":
        yield "basic over http cannot encrypt messages: set encryption: never"


def _without_certificate(connection: Connection) -> Iterator[str]:
    if connection.scheme != "https":
        yield "certificate needs scheme: https"
    if not (connection.certificate and connection.certificate_key):
        yield "certificate needs certificate and certificate_key (PEM files)"


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address.casefold() == "localhost"
