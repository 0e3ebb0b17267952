"""Changes whose Set stops services itself: they need the leave that a restart needs.

One host of a run makes such a change at a time, and none as long as VPN users are connected beyond
what `--max-sessions` allows (none where it is not given).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from aovpn_remediate.engine.apply.changes import Guard, HostChanges
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.reading.read import read
from aovpn_remediate.engine.reading.restart_needs import is_active, runs
from aovpn_remediate.engine.restart.capacity import Capacity
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostProgress
from aovpn_remediate.errors import NotAllowed
from aovpn_remediate.rendering.batch import RollbackStep
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.resources.roles import ROLE_SERVICES
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results import Confirmation
from aovpn_remediate.transports.base import Session

_MOST_NAMES = 5


@dataclass
class StoppingSets:
    """The Sets of one run that stop services themselves."""

    context: RunContext
    capacity: Capacity
    permitted: Callable[[], Restart]
    """The restarts that the run may make, asked for once."""
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    @contextmanager
    def in_turn(self, progress: HostProgress, then: Guard | None) -> Iterator[Guard | None]:
        """Yield the guard of a host's changes; no other host stops services in the block."""
        if not progress.changes.stopped_by_sets:
            yield then
            return
        with self._turn, ExitStack() as held:
            guard = _StopGuard(self, progress.changes, progress.journal, held, then)
            yield guard
            facts = progress.host_apply.facts
            progress.journal.record_running([s for s in guard.stopping if runs(facts, s)])


@dataclass
class _StopGuard:
    """Called before anything is set on a host: refuses to stop services, or records it."""

    sets: StoppingSets
    changes: HostChanges
    journal: HostJournal
    held: ExitStack
    """Holds the place of the host among those that serve, until its changes are made."""
    then: Guard | None
    """The next guard."""
    stopping: tuple[str, ...] = ()

    def __call__(self, session: Session, steps: Sequence[RollbackStep]) -> Confirmation | None:
        services = dict.fromkeys(s for step in steps for s in step.resource.stopped_by_set)
        if services:
            self._refuse_or_record(session, tuple(services))
        return self.then(session, steps) if self.then is not None else None

    def _refuse_or_record(self, session: Session, services: tuple[str, ...]) -> None:
        context, host = self.sets.context, self.changes.host
        if not self.sets.permitted().services:
            words = f"the change stops {listed(services, _MOST_NAMES)}: allow it (--allow-restart)"
            raise NotAllowed(host.name, words)
        if refusal := context.windows.may_restart(self.changes):
            raise NotAllowed(host.name, refusal)
        facts = read(session, host, (), (*ROLE_SERVICES.values(), *services)).facts
        drain = replace(context.options.drain, most=context.options.drain.most or 0)
        if refusal := drain.refusal(facts):
            words = f"the change stops {listed(services, _MOST_NAMES)}, but {refusal}"
            raise NotAllowed(host.name, f"{words} (to disconnect more: --max-sessions)")
        clearance = self.held.enter_context(self.sets.capacity.clearance(host, facts))
        if clearance.refusal:
            raise NotAllowed(host.name, f"not changed: {clearance.refusal}")
        self.stopping = tuple(service for service in services if is_active(facts, service))
        self.journal.record_stopping(self.stopping)
