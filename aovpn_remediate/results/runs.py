"""Runs: the steps, checks and restarts of each host, with their outcome."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from aovpn_remediate.errors import EXIT_FAILED
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results.common import (
    CheckResult,
    Data,
    Facts,
    InventorySource,
    PlaybookOnHost,
    PlaybookSource,
    State,
    exit_code_of,
)
from aovpn_remediate.results.confirmations import Confirmation

StepStatus = Literal[
    "unchanged",  # compliant already
    "changed",  # set, and read back as set
    "manual",  # not compliant, manual action needed
    "waived",  # not compliant, with a waiver
    "not_done",  # not started: the run stopped before it
    "failed",
    "not_held",  # set, but it reads back as something else
    "skipped",  # not set, because of something else on this host
    "stale",  # changed since the plan
    "unreadable",
    "unknown",  # no record: it may or may not have been set
]
FAILED_STATUSES = frozenset({"failed", "not_held", "skipped", "stale", "unreadable", "unknown"})


class StepRun(Data):
    """A step on one host, with its outcome."""

    id: str
    title: str
    resource: dict[str, Any]
    status: StepStatus
    planned: State = None
    """The state that the plan shows as read."""
    before: State = None
    """The state read right before the change, which a rollback restores."""
    goal: State = None
    """The state to be set."""
    after: State = None
    read: bool = False
    """True if `before` was read, as a state of None means absent."""
    planned_text: str = ""
    before_text: str = ""
    goal_text: str = ""
    after_text: str = ""
    message: str = ""
    declared: Restart = NOTHING
    then: Restart = NOTHING
    time: str | None = None
    """The host's time after the Set."""


class RestartRun(Data):
    """A restart that was made, or is pending."""

    what: str
    """`reboot` or the name of a service."""
    status: Literal["done", "failed", "outstanding", "not_needed", "unproven"]
    message: str = ""
    seconds: float = 0.0
    sessions: int | None = None
    """VPN sessions that it disconnected, as far as known."""


class HostRun(Data):
    """A host, with the outcome of its steps, checks and restarts."""

    host: str
    address: str = ""
    groups: tuple[str, ...] = ()
    error: str | None = None
    error_kind: str = ""
    touched: bool = False
    """True if anything was sent to it that may have changed it."""
    left: str = ""
    """The reason why it was not started."""
    facts: Facts = Facts()
    warnings: tuple[str, ...] = ()
    playbooks: tuple[PlaybookOnHost, ...] = ()
    before: tuple[CheckResult, ...] = ()
    steps: tuple[StepRun, ...] = ()
    after: tuple[CheckResult, ...] = ()
    restarts: tuple[RestartRun, ...] = ()
    confirm: Confirmation | None = None
    """Its automatic rollback, where it has one unless the run is confirmed."""
    finished: bool = False
    seconds: float = 0.0
    requests: int = 0

    @property
    def failed(self) -> bool:
        """True if something was not done that should have been."""
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
        """True if a restart is pending: until then checks neither pass nor fail."""
        return any(restart.status == "outstanding" for restart in self.restarts)

    @property
    def differs(self) -> bool:
        """True if something is left: a manual action, a restart, or work for another run."""
        return (
            bool(self.left)
            or any(step.status in ("manual", "not_done") for step in self.steps)
            or any(restart.status in ("outstanding", "unproven") for restart in self.restarts)
            or any(check.ok is None for check in self.after)
        )


class Run(Data):
    """The result of `apply` or `rollback`."""

    kind: Literal["run"] = "run"
    schema_version: Literal[1] = 1
    id: str
    action: Literal["apply", "rollback"]
    started: str
    finished: str | None = None
    """None while the run works, or if it was killed."""
    operator: str = ""
    of: tuple[str, ...] = ()
    """The runs that a rollback undoes, or that an apply resumes, the last one first."""
    options: dict[str, Any] = Field(default_factory=dict)
    inventory: InventorySource
    playbooks: tuple[PlaybookSource, ...] = ()
    hosts: tuple[HostRun, ...] = ()
    interrupted: bool = False
    stopped: str = ""
    """The reason why not all hosts were started; `resume` goes on with them."""

    @property
    def not_tried(self) -> tuple[str, ...]:
        """The hosts that were not started because the run stopped before them."""
        left = f"not tried: {self.stopped}"
        return tuple(host.host for host in self.hosts if self.stopped and host.left == left)

    @property
    def exit_code(self) -> int:
        """0 all compliant, 1 something failed, 3 something is left, 130 interrupted."""
        if self.finished is None and not self.interrupted:
            return EXIT_FAILED
        return exit_code_of(self.hosts, interrupted=self.interrupted)
