"""What a run did: of each host its steps, checks and restarts."""

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
    planned: State = None
    """The state that the plan saw."""
    before: State = None
    """The state that the record shows: what rollback brings back."""
    goal: State = None
    """The state that was to be."""
    after: State = None
    read: bool = False
    """Whether `before` was read; a state of None means absent."""
    planned_text: str = ""
    before_text: str = ""
    goal_text: str = ""
    after_text: str = ""
    message: str = ""
    declared: Restart = NOTHING
    then: Restart = NOTHING
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
    """The runs that a rollback undoes, or those that an apply goes on with, the last one first."""
    options: dict[str, Any] = Field(default_factory=dict)
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
        return exit_code_of(self.hosts, interrupted=self.interrupted)
