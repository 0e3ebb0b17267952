"""The data of an inventory: hosts, groups, connections, credentials and rules."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from aovpn_remediate.inventory.windows import Window

DriftPolicy = Literal["fix", "report"]
DRIFT_POLICIES: tuple[DriftPolicy, ...] = get_args(DriftPolicy)
_SHARE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(%?)", re.ASCII)
_HUNDRED = 100
_MOST_HOSTS = 999_999
Auth = Literal["negotiate", "kerberos", "ntlm", "credssp", "basic", "certificate"]


class SecretReference(BaseModel):
    """The place of a secret: exactly one of these. No inventory contains the secret itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    env: str | None = None
    file: str | None = None
    keyring: str | None = None
    """`service/user`"""
    prompt: Literal[True] | None = None


class Credential(BaseModel):
    """The account that logs on; without a user name that of the process (Kerberos ticket)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    username: str | None = None
    password: SecretReference | None = Field(default=None, repr=False)


class Connection(BaseModel):
    """The connection to a host. A host wins over its groups, an inner group over an outer one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    transport: Literal["psrp", "winrm", "local"] = "psrp"
    address: str | None = None
    """DNS name or IP address; default: the name of the host."""
    scheme: Literal["https", "http"] = "https"
    port: int | None = Field(default=None, ge=1, le=65535)
    """Default: 5986 for https, 5985 for http."""
    auth: Auth = "negotiate"
    encryption: Literal["auto", "always", "never"] = "auto"
    """WinRM message encryption; `never` over http gives a warning."""
    verify: bool = True
    """Verify the certificate of the host; `false` gives a warning."""
    ca_file: str | None = None
    certificate: str | None = None
    """The client's certificate (PEM file) for `auth: certificate`."""
    certificate_key: str | None = None
    delegate: bool = False
    """Kerberos delegation, for scripts that log on from the host to another one."""
    proxy: str | None = None
    """URL of an HTTP proxy; proxies from the environment are never used."""
    endpoint: str = "Microsoft.PowerShell"
    connect_timeout: int = Field(default=10, ge=1, le=300)
    """Seconds."""
    operation_timeout: int = Field(default=20, ge=1, le=55)
    """Seconds that one Receive request waits for output before it is repeated."""
    deadline: int = Field(default=300, ge=1, le=86400)
    """Seconds that one script may run."""

    @property
    def resolved_port(self) -> int:
        """The TCP port."""
        return self.port or (5986 if self.scheme == "https" else 5985)


@dataclass(frozen=True)
class Host:
    """A host, with the settings of its groups merged in."""

    name: str
    groups: tuple[str, ...] = ()
    """The groups that contain the host, outermost first."""
    vars: Mapping[str, Any] = field(default_factory=dict)
    connection: Connection = field(default_factory=Connection)
    credential: Credential = field(default_factory=Credential)
    windows: tuple[Window, ...] = ()
    """The change windows of the host; empty: it may be changed at any time."""

    @property
    def address(self) -> str:
        """The DNS name or IP address to connect to."""
        return self.connection.address or self.name


@dataclass(frozen=True)
class Share:
    """A share of the hosts of a group: a number, or a percentage."""

    count: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> Share | None:
        """Parse `2` or `75%`; None for anything else, and unless it is above 0 and at most 100%."""
        found = _SHARE.fullmatch(text)
        if found is None or not 0 < float(found[1]) <= (_HUNDRED if found[2] else _MOST_HOSTS):
            return None
        if found[2]:
            return cls(percent=float(found[1]))
        return cls(count=int(found[1])) if found[1].isdecimal() else None

    def at_least(self, size: int) -> int:
        """Return the number out of `size` hosts, rounded up."""
        return self._of(size, math.ceil)

    def at_most(self, size: int) -> int:
        """Return the number out of `size` hosts, rounded down, but one at least."""
        return max(1, self._of(size, math.floor))

    def _of(self, size: int, rounded: Callable[[float], int]) -> int:
        return self.count or rounded(size * (self.percent or 0) / _HUNDRED)

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else f"{self.percent:g}%"


@dataclass(frozen=True)
class GroupRules:
    """The rules of a group as a whole."""

    keep_serving: Share | None = None
    playbooks: tuple[str | Path, ...] = ()
    """The playbooks that drift checks: names of shipped ones, and files."""
    drift: DriftPolicy | None = None
    """`fix`: drift may fix what differs; `report`: it only reports; None: not set here."""


@dataclass(frozen=True)
class Inventory:
    """The hosts of an inventory file, in its order."""

    path: Path
    hosts: Mapping[str, Host]
    groups: Mapping[str, tuple[str, ...]]
    """By group, the names of its hosts, including those of its child groups."""
    digest: str = ""
    """`sha256:` of the file."""
    waivers: Path | None = None
    """The file of accepted deviations."""
    rules: Mapping[str, GroupRules] = field(default_factory=dict)
    """By group, outermost first and `all` before them; only groups that have rules."""

    @property
    def floors(self) -> dict[str, int]:
        """By group, the number of hosts that must keep serving at every moment."""
        return {
            group: rules.keep_serving.at_least(len(self.groups[group]))
            for group, rules in self.rules.items()
            if rules.keep_serving is not None
        }


def is_ip(address: str) -> bool:
    """Return True for an IP address, False for a name."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
