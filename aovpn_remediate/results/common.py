"""The parts that plans, verifications and runs share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from aovpn_remediate.resources.backups import Backup

SCHEMA_VERSION = 1
CONFIRMED = ("--confirm-high-impact",)
"""The option for changes that concern more than their host."""


State = Mapping[str, Any] | None
"""A setting as a person would write it, such as before or after a change; None for absent."""


class Data(BaseModel):
    """Immutable data without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Action(StrEnum):
    """The kind of a change."""

    NONE = "none"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    MANUAL = "manual"


class ServiceFact(Data):
    """A service whose restart steps need; `started` is its process's start, `alone` in it."""

    state: str
    start_mode: str = ""
    account: str = ""
    started: str | None = None
    alone: bool | None = None


class Facts(Data):
    """The facts of a host; one that could not be read is None, with the reason in `unknown`."""

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
    """The time of the boot, as far as the clock of the host tells it now."""
    boot_mark: str | None = None
    """The same text as long as the host has not booted again, however its clock is set."""
    domain: str | None = None
    machine_guid: str | None = None
    """The id that Windows got at its installation; clones share it."""
    administrator: bool | None = None
    pending_reboot: tuple[str, ...] | None = None
    sessions: int | None = None
    """VPN sessions on a host with RRAS."""
    roles: dict[str, bool | None] = {}
    services: dict[str, ServiceFact | None] = {}
    """None for a service that does not exist."""
    below: dict[str, tuple[str, ...]] = {}
    """The services whose programs lie in a folder, by the value of the registry that names it."""
    unknown: dict[str, str] = {}

    @property
    def windows(self) -> str:
        """The version, such as `Windows Server 2022 20348.3453`."""
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

    @property
    def state(self) -> str:
        """The name of its state."""
        if self.pending:
            return "not_yet"
        return {True: "holds", False: "fails", None: "unreadable"}[self.ok]

    @model_validator(mode="before")
    @classmethod
    def _read_old_pending(cls, data: Any) -> Any:
        reason = data.get("reason") if isinstance(data, dict) else None
        if isinstance(reason, str) and data.get("ok") is None and reason.startswith(_NOT_YET):
            return {**data, "pending": True, "reason": reason.removeprefix(_NOT_YET)}
        return data


class PlaybookOnHost(Data):
    """A playbook on a host: it applies or does not, with the reason."""

    name: str
    status: Literal["applies", "not_applicable", "blocked", "unknown"]
    reason: str = ""
    backup: Backup | None = None
    """The backup that each apply takes, of a playbook without steps."""


class PlaybookSource(Data):
    """A playbook that a plan was made from."""

    name: str
    path: str
    digest: str
    summary: str = ""
    risk: str = ""
    source: str = ""
    confirm_within: float | None = None
    """Seconds after which a host rolls back automatically, unless its run is confirmed."""


class InventorySource(Data):
    """The inventory that a plan was made with."""

    path: str
    digest: str


class OfHost(Protocol):
    """The result of one host."""

    @property
    def failed(self) -> bool:
        """True if something failed."""
        ...

    @property
    def differs(self) -> bool:
        """True if something remains to be done."""
        ...


def exit_code_of(hosts: Iterable[OfHost], *, interrupted: bool) -> int:
    """Return the exit code: a failure takes precedence over a difference."""
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
    """Return the playbook in the id of a step or a check."""
    return step.partition("/")[0]


class Named(Protocol):
    """A thing with an id, `playbook/step`."""

    @property
    def id(self) -> str:
        """The id."""
        ...


class OfPlaybooks(Protocol):
    """A host with the things of its playbooks."""

    @property
    def playbooks(self) -> tuple[PlaybookOnHost, ...]:
        """The playbooks and whether they apply."""
        ...

    @property
    def steps(self) -> Sequence[Named]:
        """The steps."""
        ...

    @property
    def after(self) -> Sequence[Named]:
        """The after-checks."""
        ...


def names_of_playbooks(host: OfPlaybooks) -> tuple[str, ...]:
    """Return the playbooks of a host, each once, in order."""
    names = [book.name for book in host.playbooks]
    ids = [item.id for part in (host.steps, host.after) for item in part]
    return tuple(dict.fromkeys([*names, *map(playbook_of, ids)]))
