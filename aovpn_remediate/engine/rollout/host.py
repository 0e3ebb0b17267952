"""The progress of one host in a run: its changes, its restart and its result so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.apply.host import HostApply
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import CheckResult, HostRun, RestartRun
from aovpn_remediate.transports.base import Session


@dataclass
class HostProgress:
    """One host of a run, from its first phase to its end."""

    changes: HostChanges
    host_apply: HostApply
    journal: HostJournal
    began: float
    """The start of its current phase: waiting between the phases does not count."""
    seconds: float = 0.0
    restarts: list[RestartRun] = field(default_factory=list)
    """The results of its restarts."""
    restart: Restart = NOTHING
    """The restart that it needs."""
    postponed: str = ""
    """The reason why it is not restarted in this run."""
    drains_since: float = 0.0
    """The time at which the wait for its VPN users began; 0: it has not."""
    finished: bool = False
    result: HostRun | None = None
    """The result as it was recorded last."""
    sessions: list[Session] = field(default_factory=list)
    """All sessions that were opened with the host."""

    @property
    def name(self) -> str:
        """The name of the host."""
        return self.changes.host.name

    @property
    def failed(self) -> bool:
        """True if something failed there, in either phase."""
        return self.result is not None and self.result.failed

    @property
    def is_pending(self) -> bool:
        """True if it could not be begun or not be restarted, so that it proves nothing yet."""
        return bool(self.postponed or (self.result is not None and self.result.left))

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the host."""
        return self.changes.host.groups


def pending_check(check: CheckResult, restarts: Sequence[str]) -> CheckResult:
    """Return a check as neither passed nor failed while these restarts are pending."""
    # Reports know a pending check by these first words.
    words = f"not yet: {', '.join(restarts)} is pending"
    return check.model_copy(update={"ok": None, "reason": words})
