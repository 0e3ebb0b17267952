"""What looks and runs are both made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, model_validator

from aovpn_remediate.errors import (
    EXIT_COMPLIANT,
    EXIT_DIFFERS,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    Unreachable,
)

SCHEMA_VERSION = 1


State = Mapping[str, Any] | None
"""A setting as a person would write it, such as before or after a change; None for absent."""


class Data(BaseModel):
    """Immutable, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Action(StrEnum):
    """What a change does; its symbol is what a diff shows."""

    NONE = "none"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    MANUAL = "manual"

    @property
    def symbol(self) -> str:
        """One character."""
        return {"none": " ", "create": "+", "update": "~", "delete": "-", "manual": "!"}[self]


class ServiceFact(Data):
    """A service whose restart steps need; `started` is its process's start, `alone` in it."""

    state: str
    start_mode: str = ""
    account: str = ""
    started: str | None = None
    alone: bool | None = None


class Facts(Data):
    """What a host says of itself; None where it cannot be told, with the reason in `unknown`."""

    name: str | None = None
    time: str | None = None
    powershell: str | None = None
    edition: str | None = None
    language_mode: str | None = None
    os_name: str | None = None
    os_edition: str | None = None
    os_build: int | None = None
    os_ubr: int | None = None
    product_type: Literal["client", "server", "domain_controller"] | None = None
    boot: str | None = None
    domain: str | None = None
    administrator: bool | None = None
    pending_reboot: tuple[str, ...] | None = None
    sessions: int | None = None
    """VPN sessions where RRAS is."""
    roles: dict[str, bool | None] = {}
    services: dict[str, ServiceFact | None] = {}
    """None: there is no such service."""
    unknown: dict[str, str] = {}

    @property
    def windows(self) -> str:
        """`Windows Server 2022 20348.3453`."""
        build = ".".join(str(n) for n in (self.os_build, self.os_ubr) if n is not None)
        return " ".join(part for part in (self.os_name, build) if part)


_NOT_YET = "not yet: "
"""The first words of the reason of a pending check in documents before it had a field."""


class CheckResult(Data):
    """A check as read: `ok` is None where it could not be read, or is pending."""

    id: str
    title: str
    resource: dict[str, Any]
    ok: bool | None
    pending: bool = False
    """True until a restart is done that the check depends on; `reason` names it."""
    found: str = ""
    wanted: str = ""
    reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_old_pending(cls, data: Any) -> Any:
        reason = data.get("reason") if isinstance(data, dict) else None
        if isinstance(reason, str) and data.get("ok") is None and reason.startswith(_NOT_YET):
            return {**data, "pending": True, "reason": reason.removeprefix(_NOT_YET)}
        return data


class PlaybookOnHost(Data):
    """Whether a playbook is for this host."""

    name: str
    status: Literal["applies", "not_applicable", "blocked", "unknown"]
    reason: str = ""


class PlaybookSource(Data):
    """A playbook that a plan was made from."""

    name: str
    path: str
    digest: str
    summary: str = ""
    risk: str = ""
    source: str = ""
    confirm_within: float | None = None
    """Seconds after which a host sets itself back, unless its run is confirmed."""


class InventorySource(Data):
    """The inventory that a plan was made with."""

    path: str
    digest: str


class OfHost(Protocol):
    """What is known of one host."""

    @property
    def failed(self) -> bool:
        """Whether something went wrong there."""
        ...

    @property
    def differs(self) -> bool:
        """Whether something is left there."""
        ...


def exit_code_of(hosts: Iterable[OfHost], *, interrupted: bool) -> int:
    """What failed wins over what differs."""
    if interrupted:
        return EXIT_INTERRUPTED
    hosts = tuple(hosts)
    if any(host.failed for host in hosts):
        return EXIT_FAILED
    return EXIT_DIFFERS if any(host.differs for host in hosts) else EXIT_COMPLIANT


def is_unreachable(error_kind: str) -> bool:
    """Return True for the kind of error of a host that did not answer."""
    return error_kind == Unreachable.__name__


def playbook_of(step: str) -> str:
    """The playbook that a step or a check is named after."""
    return step.partition("/")[0]
