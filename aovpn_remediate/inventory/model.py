"""What an inventory says: hosts, the groups that they are in, and how to reach them."""

from __future__ import annotations

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
    """Where a secret is: exactly one of these. The secret itself is never in a file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    env: str | None = None
    file: str | None = None
    keyring: str | None = None
    """`service/user`"""
    prompt: Literal[True] | None = None


class Credential(BaseModel):
    """Who logs on. Without a user name it is the one of the process (Kerberos ticket)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    username: str | None = None
    password: SecretReference | None = Field(default=None, repr=False)


class Connection(BaseModel):
    """How a host is reached. Host wins over group, the inner group over the outer one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    transport: Literal["psrp", "winrm", "local"] = "psrp"
    address: str | None = None
    """DNS name or IP address; the host's name where not given."""
    scheme: Literal["https", "http"] = "https"
    port: int | None = Field(default=None, ge=1, le=65535)
    """5986 for https, 5985 for http where not given."""
    auth: Auth = "negotiate"
    encryption: Literal["auto", "always", "never"] = "auto"
    """WinRM message encryption; `never` over http must be asked for and is said loudly."""
    verify: bool = True
    """Whether the certificate of the host is verified; `false` is said loudly."""
    ca_file: str | None = None
    certificate: str | None = None
    """The client's certificate (PEM file) for `auth: certificate`."""
    certificate_key: str | None = None
    delegate: bool = False
    """Kerberos delegation, for what must go on from the host."""
    proxy: str | None = None
    """The environment's proxies are never used."""
    endpoint: str = "Microsoft.PowerShell"
    connect_timeout: int = Field(default=10, ge=1, le=300)
    """Seconds."""
    operation_timeout: int = Field(default=20, ge=1, le=55)
    """Seconds that one Receive waits; the answer to silence is to ask again."""
    deadline: int = Field(default=300, ge=1, le=86400)
    """Seconds that one script may take."""

    @property
    def resolved_port(self) -> int:
        """The TCP port."""
        return self.port or (5986 if self.scheme == "https" else 5985)


@dataclass(frozen=True)
class Host:
    """One host, with everything that its groups say merged in."""

    name: str
    groups: tuple[str, ...] = ()
    """Every group that it is in, outermost first."""
    vars: Mapping[str, Any] = field(default_factory=dict)
    connection: Connection = field(default_factory=Connection)
    credential: Credential = field(default_factory=Credential)
    windows: tuple[Window, ...] = ()
    """When it may be changed; none: at any time."""

    @property
    def address(self) -> str:
        """What is connected to."""
        return self.connection.address or self.name


@dataclass(frozen=True)
class Share:
    """Some of the hosts of a group: a number of them, or a percentage of all."""

    count: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> Share | None:
        """`2` or `75%`; None for what is neither, for none of them and for more than all."""
        found = _SHARE.fullmatch(text)
        if found is None or not 0 < float(found[1]) <= (_HUNDRED if found[2] else _MOST_HOSTS):
            return None
        if found[2]:
            return cls(percent=float(found[1]))
        return cls(count=int(found[1])) if found[1].isdecimal() else None

    def at_least(self, size: int) -> int:
        """Of so many hosts; a part of one is one more."""
        return self._of(size, math.ceil)

    def at_most(self, size: int) -> int:
        """Of so many hosts; a part of one is none, but one it is always."""
        return max(1, self._of(size, math.floor))

    def _of(self, size: int, rounded: Callable[[float], int]) -> int:
        return self.count or rounded(size * (self.percent or 0) / _HUNDRED)

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else f"{self.percent:g}%"


@dataclass(frozen=True)
class GroupRules:
    """What is ruled about a group as a whole."""

    keep_serving: Share | None = None
    playbooks: tuple[str | Path, ...] = ()
    """What drift looks after: names of shipped playbooks, and files."""
    drift: DriftPolicy | None = None
    """Whether drift may set what differs, or tells it only; None: nothing is said here."""


@dataclass(frozen=True)
class Inventory:
    """The hosts in the order of the file."""

    path: Path
    hosts: Mapping[str, Host]
    groups: Mapping[str, tuple[str, ...]]
    """Group name to the names of all hosts in it, its children's included."""
    digest: str = ""
    """`sha256:` of the file."""
    waivers: Path | None = None
    """The file of differences that are borne."""
    rules: Mapping[str, GroupRules] = field(default_factory=dict)
    """By group, outermost first; `all` is the first of them. Only groups that rule something."""

    @property
    def floors(self) -> dict[str, int]:
        """By group, how many of its hosts must serve at every moment."""
        return {
            group: rules.keep_serving.at_least(len(self.groups[group]))
            for group, rules in self.rules.items()
            if rules.keep_serving is not None
        }
