"""One host of a run: what its visits write, and what has become of it."""

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
    """One host of a run: what is wanted of it, and what has become of it."""

    changes: HostChanges
    host_apply: HostApply
    log: HostJournal
    began: float
    """Of its first visit, or of its restart: waiting for a turn is no work."""
    seconds: float = 0.0
    done: list[RestartRun] = field(default_factory=list)
    todo: Restart = NOTHING
    put_off: str = ""
    """Why it is not restarted now."""
    drains_since: float = 0.0
    """When it was first waited for VPN users to leave; 0: not yet."""
    finished: bool = False
    result: HostRun | None = None
    """As it was written last."""
    sessions: list[Session] = field(default_factory=list)
    """All that were opened with the host."""

    @property
    def name(self) -> str:
        """The host."""
        return self.changes.host.name

    @property
    def failed(self) -> bool:
        """Whether something went wrong there, in the visit or in the restart."""
        return self.result is not None and self.result.failed

    @property
    def waits(self) -> bool:
        """Whether it could not be begun, or not be restarted, so that it proves nothing yet."""
        return bool(self.put_off or (self.result is not None and self.result.left))

    @property
    def groups(self) -> tuple[str, ...]:
        """Where it serves."""
        return self.changes.host.groups


def not_yet(check: CheckResult, waiting: Sequence[str]) -> CheckResult:
    """A check while these restarts are outstanding: neither held nor failed."""
    words = f"not yet: {', '.join(waiting)} is outstanding"
    return check.model_copy(update={"ok": None, "reason": words})
