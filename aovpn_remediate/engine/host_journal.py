"""Journal entries of one host in a run, written at once and repeated in the event log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.reading.restart_needs import marks_of
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import BackupRun, Facts, HostRun, StepRun


@dataclass
class HostJournal:
    """The journal of one host in one run."""

    journal: Journal
    run: str
    host: str
    marks: Mapping[str, str] = field(default_factory=dict)
    """The marks of the host's boot and services, as last read."""

    def record_backup(self, so_far: HostRun, backup: BackupRun) -> None:
        """Record the host with a backup of it that was taken, before anything is set there."""
        self.journal.update_host(self.run, so_far)
        event_log.backed_up(backup, self.host, self.run)

    def update_steps(self, steps: Iterable[StepRun]) -> None:
        """Record the status of steps, before they are sent and after each record."""
        lines = list(steps)
        self.journal.update_steps(self.run, self.host, lines)
        event_log.steps(lines, self.host, self.run)

    def record_change(self, step: StepRun, restart: Restart) -> None:
        """Record a step that was set, with the restarts that it needs."""
        self.journal.record_change(self.run, self.host, step, restart, self.marks)
        event_log.steps([step], self.host, self.run)

    def record_earlier_change(self, run: str, step: StepRun, restart: Restart) -> None:
        """Record the outcome of a step that an earlier run left as unknown."""
        self.journal.record_change(run, self.host, step, restart, self.marks)

    def mark_restarts(self, facts: Facts) -> None:
        """Record the boot and the starts of services that have seen all changes so far."""
        self.marks = marks_of(facts)
        self.journal.mark_restarts(self.run, self.host, self.marks)

    def record_stopping(self, services: Sequence[str]) -> None:
        """Record running services that are about to be stopped."""
        self.journal.record_stopping(self.run, self.host, services)
        event_log.stopping(services, self.host, self.run)

    def record_running(self, services: Sequence[str]) -> None:
        """Record services that were seen to run again, or were not stopped after all."""
        self.journal.record_running(self.host, services)

    def close_restarts(self, restart: Restart, how: str) -> None:
        """Close the pending restarts that this restart has made."""
        names = {name.casefold() for name in restart.stops}
        done = [
            need.id
            for need in self.journal.pending_restarts([self.host]).get(self.host, [])
            if restart.reboot or need.need.casefold() in names
        ]
        self.journal.close_restarts(done, how)
