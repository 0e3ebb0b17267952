"""Prometheus metrics: the state of hosts and steps from the journal, and the service's health."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from aovpn_remediate.drift.clock import Clock
from aovpn_remediate.drift.episodes import CONTESTED_AFTER, came_back
from aovpn_remediate.drift.health import Health
from aovpn_remediate.drift.history_store import HistoryStore, by_step
from aovpn_remediate.drift.queue import HostStatus, Queue
from aovpn_remediate.errors import JournalError, UsageError
from aovpn_remediate.reports.escape import visible
from aovpn_remediate.reports.prometheus import Gauges
from aovpn_remediate.results import InventorySource, Plan

_DAY = 86_400.0
Samples = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, eq=False)
class DriftMetrics:
    """A collector that reads the journal at each scrape: every service reports the same fleet."""

    queue: Queue
    history: HistoryStore
    health: Health
    clock: Clock

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics; only the service's own while the journal cannot be read."""
        try:
            statuses = self.queue.statuses()
            contested = self._contested()
        except JournalError:
            yield _gauge("journal_up", "1 if the journal can be read, else 0.", 0)
        else:
            yield _gauge("journal_up", "1 if the journal can be read, else 0.", 1)
            plans = [status.plan for status in statuses if status.plan is not None]
            yield from Gauges(
                Plan(
                    made_at=_iso(max((s.ended or 0.0 for s in statuses), default=0.0)),
                    inventory=InventorySource(path="", digest=""),
                    playbooks=(),
                    hosts=tuple(plans),
                ),
                "drift",
            ).collect()
            yield from _hosts(statuses, self.clock.now().timestamp())
            yield _gauge("contested_steps", "Steps that keep reverting after a fix.", contested)
        yield from self._service()

    def _contested(self) -> int:
        steps = by_step(self.history.episodes()).values()
        return sum(came_back(episodes) >= CONTESTED_AFTER for episodes in steps)

    def _service(self) -> Iterator[Metric]:
        health = self.health
        errors = CounterMetricFamily("aovpn_remediate_drift_errors", "Ticks that failed.")
        errors.add_metric([], health.failed_ticks)
        yield errors
        if health.last_tick is not None:
            last = health.last_tick.timestamp()
            yield _gauge("last_tick_timestamp_seconds", "End of the last successful tick.", last)
            yield _gauge(
                "tick_seconds", "Duration of the last successful tick.", health.tick_seconds
            )
        valid = float(not health.inventory_problem)
        yield _gauge("inventory_valid", "1 if inventory and playbooks are valid, else 0.", valid)


def _hosts(statuses: list[HostStatus], now: float) -> Iterator[Metric]:
    waiting = [status.due for status in statuses if not status.under_way]
    yield _family(
        "host_checked_timestamp_seconds",
        "End of the last check of a host.",
        (((visible(s.host),), s.ended) for s in statuses if s.ended is not None),
    )
    yield _family(
        "host_failures",
        "Failed checks of a host in a row; each doubles the time to the next check.",
        (((visible(s.host),), s.failures) for s in statuses),
    )
    yield _family(
        "certificate_days_left",
        "Days until the certificate of a host's WinRM listener expires.",
        (
            ((visible(s.host),), (s.certificate_ends - now) / _DAY)
            for s in statuses
            if s.certificate_ends is not None
        ),
    )
    never = sum(status.plan is None for status in statuses)
    yield _gauge("hosts_never_checked", "Hosts that have never been checked.", never)
    under_way = len(statuses) - len(waiting)
    yield _gauge("hosts_under_way", "Hosts that are being checked now.", under_way)
    if waiting:
        yield _gauge("next_due_timestamp_seconds", "Time of the next check.", min(waiting))


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aovpn_remediate_drift_{name}", help_text, value)


def _family(name: str, help_text: str, samples: Samples) -> GaugeMetricFamily:
    found = GaugeMetricFamily(f"aovpn_remediate_drift_{name}", help_text, labels=("host",))
    for labels, value in samples:
        found.add_metric(labels, value)
    return found


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def registry(metrics: DriftMetrics) -> CollectorRegistry:
    """Return a registry of these metrics alone, apart from the process-wide one."""
    found = CollectorRegistry()
    found.register(metrics)
    return found


def write_file(metrics: DriftMetrics, path: Path) -> None:
    """Write the metrics for a textfile collector, atomically. Raises `UsageError`."""
    try:
        write_to_textfile(str(path), registry(metrics))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
