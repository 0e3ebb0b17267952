"""What a playbook says, resolved for one set of variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.restart import NOTHING, Restart

Role = Literal["nps", "rras", "connector", "domain_controller", "client"]
ProductType = Literal["client", "server", "domain_controller"]


class Symptom(BaseModel):
    """What a person sees before they look for this playbook."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    client_error: int | None = None
    """RAS error on the client, as RasClient event 20227 gives it."""
    nps_reason: int | None = None
    """Reason code of NPS event 6273."""
    text: str | None = None
    """Words on a screen or in a log."""

    def __str__(self) -> str:
        """`client error 853 with NPS reason 258`."""
        said = []
        if self.client_error is not None:
            said.append(f"client error {self.client_error}")
        if self.nps_reason is not None:
            said.append(f"NPS reason {self.nps_reason}")
        if self.text is not None:
            said.append(f"“{self.text}”")
        return " with ".join(said)


class Applies(BaseModel):
    """The facts that a host must show; otherwise the playbook is not applicable to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    role: Role | None = None
    """What the host serves as."""
    product_type: ProductType | None = None
    """The edition of Windows, as it calls itself."""
    os_build_at_least: int | None = Field(default=None, ge=1)
    """17763 is Server 2019, 20348 is 2022, 26100 is 2025."""
    os_build_below: int | None = Field(default=None, ge=1)
    """The first build that it is not for."""


@dataclass(frozen=True, eq=False)
class Check:
    """Something that is read and must be as declared; it is never set."""

    id: str
    """`playbook/before[0]`"""
    resource: Resource


@dataclass(frozen=True, eq=False)
class Step:
    """Something that is made as declared. Hosts with the same variables share the same object."""

    id: str
    """`playbook/step`"""
    resource: Resource
    then: Restart = NOTHING


@dataclass(frozen=True, eq=False)
class Playbook:
    """A playbook whose every expression has its value."""

    name: str
    summary: str
    hosts: str
    """The pattern of hosts that it is meant for: a group, usually."""
    steps: tuple[Step, ...]
    source: str = ""
    risk: str = ""
    symptoms: tuple[Symptom, ...] = ()
    applies: Applies = field(default_factory=Applies)
    before: tuple[Check, ...] = ()
    after: tuple[Check, ...] = ()
    digest: str = ""
    """`sha256:` of the file."""
