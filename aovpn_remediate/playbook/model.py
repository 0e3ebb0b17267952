"""A playbook that is resolved for one set of variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.resources.roles import Role

ProductType = Literal["client", "server", "domain_controller"]


class Symptom(BaseModel):
    """A symptom that the playbook fixes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    client_error: int | None = None
    """RAS error code on the client, as in RasClient event 20227."""
    nps_reason: int | None = None
    """Reason code of NPS event 6273."""
    text: str | None = None
    """Text of an error message or a log entry."""

    def __str__(self) -> str:
        """Return `client error 853 with NPS reason 258`."""
        parts = []
        if self.client_error is not None:
            parts.append(f"client error {self.client_error}")
        if self.nps_reason is not None:
            parts.append(f"NPS reason {self.nps_reason}")
        if self.text is not None:
            parts.append(f"“{self.text}”")
        return " with ".join(parts)


class Applies(BaseModel):
    """The facts that a host must have for the playbook to apply to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    role: Role | None = None
    """The role of the server."""
    product_type: ProductType | None = None
    """The product type of Windows."""
    os_build_at_least: int | None = Field(default=None, ge=1)
    """The first build to apply to: 17763 is Server 2019, 20348 is 2022, 26100 is 2025."""
    os_build_below: int | None = Field(default=None, ge=1)
    """The first build not to apply to."""


@dataclass(frozen=True, eq=False)
class Check:
    """A resource that is only read, and has to be as declared."""

    id: str
    """`playbook/before[0]`"""
    resource: Resource


@dataclass(frozen=True, eq=False)
class Step:
    """A resource that is set as declared. Hosts with the same variables share the object."""

    id: str
    """`playbook/step`"""
    resource: Resource
    then: Restart = NOTHING
    backup: Backup | None = None
    """The backup that is taken of the host before the step is set."""
    manual: str = ""
    """The manual action that a difference needs; empty where the step may be set."""
    high_impact: str = ""
    """What the change concerns beyond the host; it is only set with --confirm-high-impact."""


@dataclass(frozen=True, eq=False)
class Playbook:
    """A playbook in which every expression has its value."""

    name: str
    summary: str
    hosts: str
    """The pattern of the hosts that the playbook is meant for: usually a group."""
    steps: tuple[Step, ...]
    source: str = ""
    risk: str = ""
    symptoms: tuple[Symptom, ...] = ()
    applies: Applies = field(default_factory=Applies)
    only_if: tuple[Check, ...] = ()
    """A host on which one of these fails is not one that the playbook is for."""
    before: tuple[Check, ...] = ()
    after: tuple[Check, ...] = ()
    backup: Backup | None = None
    """The backup that each apply takes, of a playbook that was written without steps."""
    digest: str = ""
    """`sha256:` of the file."""
