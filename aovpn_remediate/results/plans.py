"""Plans and verifications: hosts as read, and their differences from the playbooks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any, Literal

from aovpn_remediate.errors import LogonFailed
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.restart import NOTHING, Restart, restart_for
from aovpn_remediate.results.backups import asked_for
from aovpn_remediate.results.common import (
    CONFIRMED,
    Action,
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

INTERRUPTED = "Interrupted"
"""The error kind of a host that an interrupted run did not read; others name an error class."""


class PlannedStep(Data):
    """A step as resolved for one host: the state found, and the state required."""

    id: str
    title: str
    resource: dict[str, Any]
    """As declared: `{kind: fields}`."""
    readable: bool = True
    action: Action = Action.NONE
    before: State = None
    after: State = None
    before_text: str = ""
    after_text: str = ""
    reason: str = ""
    """Why it could not be read, or the manual action that is needed."""
    notes: tuple[str, ...] = ()
    declared: Restart = NOTHING
    """The restart that the playbook declares for any change of this step."""
    then: Restart = NOTHING
    """The restart that this change needs, consequences included."""
    backup: Backup | None = None
    """The backup that is taken of the host before the step is set."""
    high_impact: str = ""
    """What the change concerns beyond the host; it is only set with --confirm-high-impact."""
    waived: str = ""
    """The waiver that accepts this difference: ticket, reason, last day."""

    @property
    def state(self) -> str:
        """The name of its state as found; `differs` is what apply would set."""
        if not self.readable:
            return "unreadable"
        if self.action is Action.NONE:
            return "as_wanted"
        if self.waived:
            return "waived"
        return "manual" if self.action is Action.MANUAL else "differs"

    @property
    def changes(self) -> bool:
        """True if apply would set it."""
        return self.state == "differs"


class Outstanding(Data):
    """A restart that an earlier change still needs, or a service that a run left stopped."""

    need: str
    """`reboot` or the name of a service."""
    since: str
    """Host time after the change; empty for a service that a run left stopped."""
    run: str
    step: str
    """The step that changed it; empty for a service that a run left stopped."""
    proven: bool = True
    """False if a shared process has started since, which proves nothing: it is reported only."""
    down: bool = False
    """True for a service that the run stopped, and that does not run: apply starts it."""

    @property
    def state(self) -> str:
        """The name of its state."""
        if self.down:
            return "down"
        return "outstanding" if self.proven else "unproven"

    @property
    def restart(self) -> Restart:
        """The restart that would close it."""
        return restart_for(self.need)


class HostPlan(Data):
    """One host as read, or the reason why it could not be read."""

    host: str
    address: str = ""
    groups: tuple[str, ...] = ()
    error: str | None = None
    """Why it could not be read."""
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
    def interrupted(self) -> bool:
        """True if the run was interrupted before the host was read."""
        return self.error_kind == INTERRUPTED

    @property
    def logon_failed(self) -> bool:
        """True if the host refused the credential."""
        return self.error_kind == LogonFailed.__name__

    @property
    def playbook_names(self) -> tuple[str, ...]:
        """The playbooks on this host, in the order of its steps and checks."""
        return names_of_playbooks(self)

    @property
    def backups(self) -> tuple[Backup, ...]:
        """The backups that apply would take of it."""
        return asked_for(self.playbooks, (step.backup for step in self.steps if step.changes))

    @property
    def only_backed_up(self) -> bool:
        """True if apply would take a backup of it that no change asks for."""
        return bool(asked_for(self.playbooks))

    @property
    def failed(self) -> bool:
        """True if something could not be read, or a playbook is excluded or unknown."""
        return (
            self.error is not None
            or any(not step.readable for step in self.steps)
            or any(check.ok is None for check in self.after)
            or any(book.status in ("blocked", "unknown") for book in self.playbooks)
        )

    @property
    def differs(self) -> bool:
        """True if something is not compliant, or a restart is pending."""
        return (
            any(step.action is not Action.NONE and not step.waived for step in self.steps)
            or any(check.ok is not True for check in self.after)
            or bool(self.outstanding)
        )


class Assessment(Data):
    """The hosts of a plan or a verification."""

    schema_version: Literal[1] = 1
    made_at: str
    hosts: tuple[HostPlan, ...]
    unused_waivers: tuple[str, ...] = ()
    """The accepted deviations that no difference needs any more, in words."""
    interrupted: bool = False

    @property
    def playbook_names(self) -> tuple[str, ...]:
        """All playbooks on its hosts."""
        return tuple(dict.fromkeys(name for host in self.hosts for name in host.playbook_names))

    @property
    def exit_code(self) -> int:
        """0 compliant, 1 something could not be read, 3 not compliant, 130 interrupted."""
        return exit_code_of(self.hosts, interrupted=self.interrupted)


class Plan(Assessment):
    """The result of `plan`: the exact changes of `apply`."""

    kind: Literal["plan"] = "plan"
    made_by: str = ""
    """The version of this program."""
    inventory: InventorySource
    playbooks: tuple[PlaybookSource, ...]

    @property
    def digest(self) -> str:
        """A text that tells it from every other plan."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def owed(self) -> frozenset[str]:
        """The runs whose restarts it shows as pending for its own steps."""
        return frozenset(
            item.run
            for host in self.hosts
            for item in host.outstanding
            if item.step in {step.id for step in host.steps}
        )

    @property
    def leave(self) -> tuple[str, ...]:
        """The options without which a run refuses what it shows."""
        steps = (step for host in self.hosts for step in host.steps)
        return CONFIRMED if any(step.changes and step.high_impact for step in steps) else ()

    def limited_to(self, hosts: Collection[str]) -> Plan:
        """Return the plan for these of its hosts alone."""
        kept = tuple(host for host in self.hosts if host.host in hosts)
        return self.model_copy(update={"hosts": kept})


class Preview(Plan):
    """The result of `preview_rollback`: what a rollback would set back. It is not applied."""

    of: tuple[str, ...]
    """The runs to roll back, the last one first."""
    limit: str = ""
    """The hosts that it is limited to, as they were given; empty: all."""


class Audit(Assessment):
    """The result of `audit`: hosts compared with every shipped playbook of the roles they have."""

    kind: Literal["audit"] = "audit"
    made_by: str = ""
    """The version of this program."""
    inventory: InventorySource
    playbooks: tuple[PlaybookSource, ...]
    roles: tuple[str, ...]
    """The roles that were asked for."""


class Verification(Assessment):
    """The result of `verify`: hosts compared with playbooks, or with an earlier run."""

    kind: Literal["verification"] = "verification"
    of: str
    """The playbooks or the run that was verified."""
