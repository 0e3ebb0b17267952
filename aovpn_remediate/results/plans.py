"""Plans and verifications: hosts as read, compared with what they are to be."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from aovpn_remediate.errors import LogonFailed
from aovpn_remediate.resources.restart import NOTHING, Restart, restart_for
from aovpn_remediate.results.common import (
    Action,
    CheckResult,
    Data,
    Facts,
    InventorySource,
    PlaybookOnHost,
    PlaybookSource,
    State,
    exit_code_of,
)

INTERRUPTED = "Interrupted"
"""The error kind of a host that an interrupted run did not read; others name an error class."""


class PlannedStep(Data):
    """A step for one host, with its state as read and the state to be."""

    id: str
    title: str
    resource: dict[str, Any]
    """The resource as declared: `{kind: fields}`."""
    readable: bool = True
    action: Action = Action.NONE
    before: State = None
    after: State = None
    before_text: str = ""
    after_text: str = ""
    reason: str = ""
    """The reason why it could not be read, or the manual action that is needed."""
    notes: tuple[str, ...] = ()
    declared: Restart = NOTHING
    """The restart that the playbook declares for any change of this step."""
    then: Restart = NOTHING
    """The restart that this change needs, with its consequences."""
    waived: str = ""
    """The waiver of this difference: ticket, reason, last day."""

    @property
    def changes(self) -> bool:
        """True if `apply` would set it."""
        return self.readable and not self.waived and self.action not in (Action.NONE, Action.MANUAL)


class Outstanding(Data):
    """A pending restart that an earlier change needs."""

    need: str
    """`reboot` or the name of a service."""
    since: str
    """The host's time after the change."""
    run: str
    step: str
    proven: bool = True
    """False if a process that the service shares has started since: shown, but not restarted."""

    @property
    def restart(self) -> Restart:
        """The restart that would close it."""
        return restart_for(self.need)


class HostPlan(Data):
    """The plan of one host as read, or the reason why it could not be read."""

    host: str
    address: str = ""
    groups: tuple[str, ...] = ()
    error: str | None = None
    """The reason why it could not be read."""
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
    def failed(self) -> bool:
        """True if something could not be read, or a playbook is excluded by a before-check."""
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


class Comparison(Data):
    """Hosts as read, compared with what they are to be."""

    schema_version: Literal[1] = 1
    made_at: str
    hosts: tuple[HostPlan, ...]
    unused_waivers: tuple[str, ...] = ()
    """Waivers that no difference needs any more, a sentence each."""
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 compliant, 1 not all could be read, 3 not compliant, 130 interrupted."""
        return exit_code_of(self.hosts, interrupted=self.interrupted)


class Plan(Comparison):
    """The result of `plan`; `apply` changes exactly what it shows."""

    kind: Literal["plan"] = "plan"
    made_by: str = ""
    """The version of this program."""
    inventory: InventorySource
    playbooks: tuple[PlaybookSource, ...]

    def limited_to(self, hosts: Collection[str]) -> Plan:
        """Return the plan for these of its hosts alone."""
        kept = tuple(host for host in self.hosts if host.host in hosts)
        return self.model_copy(update={"hosts": kept})


class Verification(Comparison):
    """The result of `verify`: playbooks, or the changes of a run, compared with hosts."""

    kind: Literal["verification"] = "verification"
    of: str
    """The playbooks or the run that were verified."""
