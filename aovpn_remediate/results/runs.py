"""Runs: the steps, checks and restarts of each host, and their outcome."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from aovpn_remediate.errors import EXIT_FAILED
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.restart import NOTHING, REBOOT, Restart
from aovpn_remediate.results.backups import BackupRun
from aovpn_remediate.results.common import (
    CONFIRMED,
    CheckResult,
    Data,
    Facts,
    InventorySource,
    PlaybookOnHost,
    PlaybookSource,
    State,
    exit_code_of,
    names_of_playbooks,
)
from aovpn_remediate.results.confirmations import Confirmation
from aovpn_remediate.results.plans import Preview

StepStatus = Literal[
    "unchanged",  # already compliant
    "changed",  # set, and read back as required
    "manual",  # differs, and needs a manual action
    "waived",  # differs, and a waiver accepts it
    "not_done",  # not started: the run stopped before it
    "failed",
    "not_held",  # set, but it reads back as something else
    "skipped",  # not tried: something else on this host failed
    "stale",  # not as the plan saw it
    "unreadable",
    "unknown",  # no record came back: it may or may not have been set
]
RunAction = Literal["apply", "rollback"]
FAILED_STATUSES = frozenset({"failed", "not_held", "skipped", "stale", "unreadable", "unknown"})


class StepRun(Data):
    """One step on one host, and its outcome."""

    id: str
    title: str
    resource: dict[str, Any]
    status: StepStatus
    planned: State = None
    """The state that the plan saw."""
    before: State = None
    """The recorded state, which a rollback restores."""
    goal: State = None
    """The state that the step requires."""
    after: State = None
    read: bool = False
    """True if `before` was read; then None means absent."""
    planned_text: str = ""
    before_text: str = ""
    goal_text: str = ""
    after_text: str = ""
    message: str = ""
    declared: Restart = NOTHING
    then: Restart = NOTHING
    backup: Backup | None = None
    """The backup that is taken of the host before the step is set."""
    high_impact: str = ""
    """What the change concerns beyond the host; a rollback has to be told so as well."""
    time: str | None = None
    """Host time after the Set."""


class RestartRun(Data):
    """A restart, and its outcome."""

    what: str
    """`reboot` or the name of a service."""
    status: Literal["done", "failed", "outstanding", "not_needed", "unproven"]
    message: str = ""
    seconds: float = 0.0
    sessions: int | None = None
    """VPN sessions that it ended, if known."""

    @property
    def tried(self) -> bool:
        """True if the restart was done or attempted."""
        return self.status in ("done", "failed")

    @property
    def open(self) -> bool:
        """True while the restart is pending, or cannot be proven."""
        return self.status in ("outstanding", "unproven")


class HostRun(Data):
    """One host of a run, and its outcome."""

    host: str
    address: str = ""
    groups: tuple[str, ...] = ()
    error: str | None = None
    error_kind: str = ""
    touched: bool = False
    """True if anything was sent that may have changed the host."""
    left: str = ""
    """Why it was not started."""
    facts: Facts = Facts()
    warnings: tuple[str, ...] = ()
    playbooks: tuple[PlaybookOnHost, ...] = ()
    before: tuple[CheckResult, ...] = ()
    backups: tuple[BackupRun, ...] = ()
    steps: tuple[StepRun, ...] = ()
    after: tuple[CheckResult, ...] = ()
    restarts: tuple[RestartRun, ...] = ()
    confirm: Confirmation | None = None
    """The automatic rollback, for a run that has to be confirmed."""
    finished: bool = False
    seconds: float = 0.0
    requests: int = 0

    @property
    def playbook_names(self) -> tuple[str, ...]:
        """The playbooks on this host, in the order of its steps and checks."""
        return names_of_playbooks(self)

    @property
    def own_needs(self) -> frozenset[str]:
        """The restarts that its own steps need or may need, in lower case."""
        needs = [restart for step in self.steps for restart in (step.declared, step.then)]
        services = {name.casefold() for need in needs for name in need.services}
        return frozenset(services | ({REBOOT} if any(need.reboot for need in needs) else set()))

    @property
    def failed(self) -> bool:
        """True if something failed, could not be read or was skipped."""
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
        """True if a restart is pending, until which a check has neither passed nor failed."""
        return any(restart.status == "outstanding" for restart in self.restarts)

    @property
    def differs(self) -> bool:
        """True if a manual action, a restart or another run is needed."""
        return (
            bool(self.left)
            or any(step.status in ("manual", "not_done") for step in self.steps)
            or any(restart.open for restart in self.restarts)
            or any(check.ok is None for check in self.after)
        )


def rollback_words(rollback: Run | Preview) -> tuple[str, ...]:
    """Return the arguments of a rollback that does the same again, or what a preview shows."""
    return (*rollback.of, *(("--limit", rollback.limit) if rollback.limit else ()))


class Run(Data):
    """The result of `apply` or `rollback`."""

    kind: Literal["run"] = "run"
    schema_version: Literal[1] = 1
    id: str
    action: RunAction
    started: str
    finished: str | None = None
    """None while it is at work, or after it was killed."""
    operator: str = ""
    of: tuple[str, ...] = ()
    """The runs that a rollback rolls back or an apply continues, the last one first."""
    plan: str = ""
    """The digest of the plan that an apply carries out; empty for a rollback."""
    follows: tuple[str, ...] = ()
    """The earlier applies of this plan whose changes are still there, the last one first."""
    limit: str = ""
    """The hosts that it was limited to, as they were given; empty: all."""
    options: dict[str, Any] = Field(default_factory=dict)
    inventory: InventorySource
    playbooks: tuple[PlaybookSource, ...] = ()
    hosts: tuple[HostRun, ...] = ()
    interrupted: bool = False
    stopped: str = ""
    """Why not all hosts were started; `resume` continues."""

    @property
    def whole(self) -> tuple[str, ...]:
        """The apply with the earlier ones of its plan: to roll all of them back undoes it all."""
        # Runs of older versions have no digest, and name only those that they resumed.
        return (self.id, *(self.follows if self.plan else self.of))

    @property
    def leave(self) -> tuple[str, ...]:
        """The options without which a rollback or a resumed run refuses what it holds."""
        steps = (step for host in self.hosts for step in host.steps)
        return CONFIRMED if any(step.high_impact for step in steps) else ()

    @property
    def not_tried(self) -> tuple[str, ...]:
        """The hosts that were not started because the run stopped before them."""
        left = f"not tried: {self.stopped}"
        return tuple(host.host for host in self.hosts if self.stopped and host.left == left)

    @property
    def playbook_names(self) -> tuple[str, ...]:
        """All playbooks on its hosts."""
        return tuple(dict.fromkeys(name for host in self.hosts for name in host.playbook_names))

    @property
    def exit_code(self) -> int:
        """0 all compliant, 1 something failed, 3 something remains to be done, 130 interrupted."""
        if self.finished is None and not self.interrupted:
            return EXIT_FAILED
        return exit_code_of(self.hosts, interrupted=self.interrupted)
