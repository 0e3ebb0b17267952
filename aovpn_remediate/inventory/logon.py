"""How hosts are reached and who logs on: what one place of an inventory says, and what that makes.

Nothing here repeats a value that may be a secret in the wrong place.
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
from aovpn_remediate.playbook.words import Finding, Place, did_you_mean, quote, sort_of

_ADDRESS = re.compile(r"[\w.:][\w.:%-]*")
_PROXY = re.compile(r"https?://[\w.:\[\]-]+/?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCES = "{env: NAME}, {file: PATH}, {keyring: SERVICE/USER} or {prompt: true}"
_FILES = ("ca_file", "certificate", "certificate_key")


@dataclass(frozen=True)
class Field:
    """A field of a connection, and where it was said."""

    value: Any
    place: Place


def read_connection(
    value: Any, place: Place, folder: Path, findings: list[Finding]
) -> dict[str, Field]:
    """The fields that one place gives, files as paths that do not depend on where we are."""
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
        findings.append((place, f"there is no file {path}"))
    return str(path)


def absolute(name: str, folder: Path) -> Path:
    """The path of a file that an inventory in a folder names."""
    return folder.absolute() / Path(name).expanduser()


def _misspelt(fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    address, proxy = fields.get("address"), fields.get("proxy")
    if address and address.value is not None and (what := wrong_address(address.value)):
        yield "address", what
    if proxy and proxy.value is not None and not _PROXY.fullmatch(proxy.value):
        yield "proxy", "should be http://name:port, without user and password"


def wrong_address(address: Any) -> str | None:
    """Why it is not the address of a host; None where it is."""
    if isinstance(address, str) and _ADDRESS.fullmatch(address):
        return None
    shown = quote(address) if isinstance(address, str) else sort_of(address)
    return f"should be a DNS name or an IP address alone, is {shown}"


def read_credential(
    value: Any, place: Place, folder: Path, findings: list[Finding]
) -> Credential | None:
    """Who logs on; None where nothing is said, or something is wrong.

    An empty mapping is said: who runs this process (Kerberos ticket).
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        findings.append((place, f"should be a mapping of username, password; is {sort_of(value)}"))
        return None
    known = Credential.model_fields
    wrong = [
        ((*place, name), f"unknown field{did_you_mean(name, known)}")
        for name in value
        if name not in known
    ]
    user = value.get("username")
    if value and (not isinstance(user, str) or not user.strip()):
        wrong.append(((*place, "username"), r"should be a name, such as CORP\svc"))
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
        return f"is empty: should say where the password is, as {_REFERENCES}"
    if not isinstance(value, dict):
        return f"a password in the clear: keep it elsewhere and say where, as {_REFERENCES}"
    if len(value) != 1 or not set(value) <= set(SecretReference.model_fields):
        return f"should be one of {_REFERENCES}"
    [(kind, said)] = value.items()
    return _wrong_kind(kind, said)


def _wrong_kind(kind: str, said: Any) -> str | None:
    if kind == "prompt":
        return None if said is True else "should be {prompt: true}"
    if not isinstance(said, str) or not said:
        return f"{kind} should be followed by text, is {sort_of(said)}"
    if kind == "env" and not _VARIABLE.fullmatch(said):
        return "env should be followed by the name of a variable: letters, digits and _"
    if kind == "keyring" and not all(said.rpartition("/")):
        return "keyring should be followed by SERVICE/USER"
    return None


def wrong_logon(
    fields: Mapping[str, Field], address: str, credential: Credential
) -> Iterator[Finding]:
    """What does not go together in all that is said for one host."""
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
        yield from ((place, what) for what in _in_the_clear(connection, address))


def _in_the_clear(connection: Connection, address: str) -> Iterator[str]:
    if connection.proxy or not _is_loopback(address):
        yield (
            "basic over http would send the password in the clear: use scheme: https, or "
            "auth: negotiate (it is allowed for 127.0.0.0/8 alone)"
        )
    elif connection.encryption != "never":
        yield "basic over http cannot encrypt messages: say so with encryption: never"


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
