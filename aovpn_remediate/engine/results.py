"""What was found and what was done: pure data, the same in a plan file, the journal and a report.

A plan is a JSON file with a schema version that stands alone; it holds no secret. `Run` is what
`apply`, `rollback` and `verify RUN` give. Times are ISO 8601 in UTC; host times are the host's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from aovpn_remediate.errors import EXIT_AS_WANTED, EXIT_DIFFERS, EXIT_FAILED, EXIT_INTERRUPTED

SCHEMA_VERSION = 1


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


class Needs(Data):
    """A reboot, or services to restart, before a change takes effect."""

    reboot: bool = False
    services: tuple[str, ...] = ()


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


class CheckResult(Data):
    """A check as read: `ok` is None where it could not be read, or cannot be told yet."""

    id: str
    title: str
    resource: dict[str, Any]
    ok: bool | None
    found: str = ""
    wanted: str = ""
    reason: str = ""


class PlaybookOnHost(Data):
    """Whether a playbook is for this host."""

    name: str
    status: Literal["applies", "not_applicable", "blocked", "unknown"]
    reason: str = ""


class PlannedStep(Data):
    """A step as resolved for one host, what was found, and what would be."""

    id: str
    title: str
    resource: dict[str, Any]
    """As declared: `{kind: fields}`."""
    readable: bool = True
    action: Action = Action.NONE
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    before_text: str = ""
    after_text: str = ""
    reason: str = ""
    """Why it cannot be read, or what a person has to do."""
    notes: tuple[str, ...] = ()
    declared: Needs = Needs()
    """What the playbook says any change of it needs."""
    then: Needs = Needs()
    """What this change needs, consequences included."""
    waived: str = ""
    """The waiver that bears this difference: ticket, reason, last day."""

    @property
    def changes(self) -> bool:
        """Whether apply would set it."""
        return self.readable and not self.waived and self.action not in (Action.NONE, Action.MANUAL)


class Outstanding(Data):
    """A restart that an earlier change still needs."""

    need: str
    """`reboot` or the name of a service."""
    since: str
    """Host time after the change."""
    run: str
    step: str
    proven: bool = True
    """False: a shared process has started since, which proves nothing; shown, not acted on."""


class HostPlan(Data):
    """One host as read, or why it could not be."""

    host: str
    address: str = ""
    groups: tuple[str, ...] = ()
    error: str | None = None
    """Why it was not read."""
    error_kind: str = ""
    facts: Facts = Facts()
    warnings: tuple[str, ...] = ()
    playbooks: tuple[PlaybookOnHost, ...] = ()
    before: tuple[CheckResult, ...] = ()
    steps: tuple[PlannedStep, ...] = ()
    after: tuple[CheckResult, ...] = ()
    outstanding: tuple[Outstanding, ...] = ()
    seconds: float = 0.0
    requests: int = 0

    @property
    def failed(self) -> bool:
        """Whether something could not be read, or a before-check keeps a playbook off."""
        return (
            self.error is not None
            or any(not step.readable for step in self.steps)
            or any(check.ok is None for check in self.after)
            or any(book.status in ("blocked", "unknown") for book in self.playbooks)
        )

    @property
    def differs(self) -> bool:
        """Whether something is not as wanted, or waits for a restart."""
        return (
            any(step.action is not Action.NONE and not step.waived for step in self.steps)
            or any(check.ok is not True for check in self.after)
            or bool(self.outstanding)
        )


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


def _exit_code(hosts: Iterable[HostPlan | HostRun], *, interrupted: bool) -> int:
    """What failed wins over what differs."""
    if interrupted:
        return EXIT_INTERRUPTED
    hosts = tuple(hosts)
    if any(host.failed for host in hosts):
        return EXIT_FAILED
    return EXIT_DIFFERS if any(host.differs for host in hosts) else EXIT_AS_WANTED


class Look(Data):
    """What a look at hosts found."""

    schema_version: Literal[1] = 1
    made_at: str
    hosts: tuple[HostPlan, ...]
    unused_waivers: tuple[str, ...] = ()
    """Those that no difference needs any more, in words."""
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 as wanted, 1 not all read, 3 differs, 130 interrupted."""
        return _exit_code(self.hosts, interrupted=self.interrupted)


class Plan(Look):
    """What `plan` found. `apply` changes exactly this."""

    kind: Literal["plan"] = "plan"
    made_by: str = ""
    """The version of this program."""
    inventory: InventorySource
    playbooks: tuple[PlaybookSource, ...]


class Verification(Look):
    """Whether what was planned or set still holds: `verify`."""

    kind: Literal["verification"] = "verification"
    of: str
    """The playbooks or the run that was verified."""


StepStatus = Literal[
    "unchanged",  # as wanted already
    "changed",  # set, and read back as wanted
    "manual",  # differs, and a person has to act
    "waived",  # differs, and a waiver bears it
    "not_done",  # not begun: the run stopped before it
    "failed",
    "not_held",  # set, but it reads back otherwise
    "skipped",  # something else on this host stopped it
    "stale",  # not as the plan saw it
    "unreadable",
    "unknown",  # no record: it may have been set or not
]
FAILED_STATUSES = frozenset({"failed", "not_held", "skipped", "stale", "unreadable", "unknown"})


class StepRun(Data):
    """What became of one step on one host."""

    id: str
    title: str
    resource: dict[str, Any]
    status: StepStatus
    planned: dict[str, Any] | None = None
    """The state that the plan saw."""
    before: dict[str, Any] | None = None
    """The state that the record shows: what rollback brings back."""
    goal: dict[str, Any] | None = None
    """The state that was to be."""
    after: dict[str, Any] | None = None
    read: bool = False
    """Whether `before` was read; a state of None means absent."""
    planned_text: str = ""
    before_text: str = ""
    goal_text: str = ""
    after_text: str = ""
    message: str = ""
    declared: Needs = Needs()
    then: Needs = Needs()
    time: str | None = None
    """Host time after the Set."""


class RestartRun(Data):
    """A restart that was done, or was to be."""

    what: str
    """`reboot` or the name of a service."""
    status: Literal["done", "failed", "outstanding", "not_needed", "unproven"]
    message: str = ""
    seconds: float = 0.0
    sessions: int | None = None
    """VPN sessions that it cut, as far as known."""


class Confirmation(Data):
    """A host that sets itself back unless its run is confirmed, and what became of that."""

    run: str
    """The run to confirm."""
    until: str = ""
    """When it sets itself back, by its own clock, in UTC."""
    status: Literal[
        "waiting",  # it will set itself back
        "confirmed",  # it will not: the changes stay
        "undone",  # it has
        "undoing",  # it is under way
        "unfinished",  # it began, and did not come to its end
        "gone",  # nothing of it is left on the host, and nobody knows why
        "unreached",  # the host does not answer
        "failed",  # the host would not take it away
    ] = "waiting"
    time: str = ""
    """Host time of the end, as far as there is one."""
    message: str = ""
    problems: tuple[str, ...] = ()
    """What the host could not set back, a line each."""


class HostConfirmation(Data):
    """What became of the confirmation of one host."""

    host: str
    confirm: Confirmation


class Confirmations(Data):
    """What `confirm` gives."""

    kind: Literal["confirmations"] = "confirmations"
    schema_version: Literal[1] = 1
    made_at: str
    run: str
    hosts: tuple[HostConfirmation, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 all are confirmed, 1 not all, 130 interrupted."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        kept = all(host.confirm.status == "confirmed" for host in self.hosts)
        return EXIT_AS_WANTED if kept else EXIT_FAILED


class HostRun(Data):
    """What became of one host."""

    host: str
    address: str = ""
    groups: tuple[str, ...] = ()
    error: str | None = None
    error_kind: str = ""
    touched: bool = False
    """Whether anything was sent to it that may have changed it."""
    left: str = ""
    """Why it was not begun."""
    facts: Facts = Facts()
    warnings: tuple[str, ...] = ()
    playbooks: tuple[PlaybookOnHost, ...] = ()
    before: tuple[CheckResult, ...] = ()
    steps: tuple[StepRun, ...] = ()
    after: tuple[CheckResult, ...] = ()
    restarts: tuple[RestartRun, ...] = ()
    confirm: Confirmation | None = None
    """Where it sets itself back unless the run is confirmed."""
    finished: bool = False
    seconds: float = 0.0
    requests: int = 0

    @property
    def failed(self) -> bool:
        """Whether something was not done that should have been."""
        return (
            self.error is not None
            or any(step.status in FAILED_STATUSES for step in self.steps)
            or any(book.status in ("blocked", "unknown") for book in self.playbooks)
            or any(check.ok is False for check in self.after)
            or (any(check.ok is None for check in self.after) and not self._waits)
            or any(restart.status == "failed" for restart in self.restarts)
            or (self.confirm is not None and self.confirm.status not in ("waiting", "confirmed"))
        )

    @property
    def _waits(self) -> bool:
        """Whether a restart is outstanding: until then a check is neither held nor failed."""
        return any(restart.status == "outstanding" for restart in self.restarts)

    @property
    def differs(self) -> bool:
        """Whether something is left: for a person, for a restart, for another run."""
        return (
            bool(self.left)
            or any(step.status in ("manual", "not_done") for step in self.steps)
            or any(restart.status in ("outstanding", "unproven") for restart in self.restarts)
            or any(check.ok is None for check in self.after)
        )


class Run(Data):
    """What `apply` or `rollback` did."""

    kind: Literal["run"] = "run"
    schema_version: Literal[1] = 1
    id: str
    action: Literal["apply", "rollback"]
    started: str
    finished: str | None = None
    """None while it works, or when it was killed."""
    operator: str = ""
    of: tuple[str, ...] = ()
    """The runs that a rollback undoes, or the one that an apply goes on with."""
    options: dict[str, Any] = {}
    inventory: InventorySource
    playbooks: tuple[PlaybookSource, ...] = ()
    hosts: tuple[HostRun, ...] = ()
    interrupted: bool = False
    stopped: str = ""
    """Why not all hosts were begun; `resume` goes on."""

    @property
    def not_tried(self) -> tuple[str, ...]:
        """The hosts that were not begun because the run stopped before them."""
        left = f"not tried: {self.stopped}"
        return tuple(host.host for host in self.hosts if self.stopped and host.left == left)

    @property
    def exit_code(self) -> int:
        """0 all as wanted, 1 something failed, 3 something is left, 130 interrupted."""
        if self.finished is None and not self.interrupted:
            return EXIT_FAILED
        return _exit_code(self.hosts, interrupted=self.interrupted)
