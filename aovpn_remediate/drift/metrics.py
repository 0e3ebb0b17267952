"""What Prometheus is told: how hosts and steps stand, from the journal, and how the service is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from aovpn_remediate.drift.clock import Clock
from aovpn_remediate.drift.episodes import OWNED, came_back
from aovpn_remediate.drift.health import Pulse
from aovpn_remediate.drift.history_store import Memory, in_order
from aovpn_remediate.drift.queue import Standing, Turns
from aovpn_remediate.errors import JournalError, UsageError
from aovpn_remediate.reports.escape import visible
from aovpn_remediate.reports.prometheus import Gauges
from aovpn_remediate.results import InventorySource, Plan

_DAY = 86_400.0
Samples = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, eq=False)
class DriftMetrics:
    """A collector: reads the journal at each scrape, so that every service tells the same."""

    turns: Turns
    memory: Memory
    pulse: Pulse
    clock: Clock

    def collect(self) -> Iterator[Metric]:
        """Without the journal only how the service is."""
        try:
            standings = self.turns.standings()
            contested = self._contested()
        except JournalError:
            yield _gauge("journal_up", "Whether the journal can be read.", 0)
        else:
            yield _gauge("journal_up", "Whether the journal can be read.", 1)
            looked = [standing.plan for standing in standings if standing.plan is not None]
            yield from Gauges(
                Plan(
                    made_at=_iso(max((s.ended or 0.0 for s in standings), default=0.0)),
                    inventory=InventorySource(path="", digest=""),
                    playbooks=(),
                    hosts=tuple(looked),
                ),
                "drift",
            ).collect()
            yield from _hosts(standings, self.clock.now().timestamp())
            yield _gauge("contested_steps", "Steps that something else sets as well.", contested)
        yield from self._service()

    def _contested(self) -> int:
        steps = in_order(self.memory.episodes()).values()
        return sum(came_back(episodes) >= OWNED for episodes in steps)

    def _service(self) -> Iterator[Metric]:
        pulse = self.pulse
        errors = CounterMetricFamily(
            "aovpn_remediate_drift_errors", "Ticks that did not come to their end."
        )
        errors.add_metric([], pulse.errors)
        yield errors
        if pulse.last_tick is not None:
            last = pulse.last_tick.timestamp()
            yield _gauge("last_tick_timestamp_seconds", "The last tick that did.", last)
            yield _gauge("tick_seconds", "How long it took.", pulse.tick_seconds)
        valid = float(not pulse.inventory_problem)
        yield _gauge("inventory_valid", "Whether inventory and playbooks are right.", valid)


def _hosts(standings: list[Standing], now: float) -> Iterator[Metric]:
    waiting = [standing.due for standing in standings if not standing.under_way]
    yield _family(
        "host_checked_timestamp_seconds",
        "The end of the last look at a host.",
        (((visible(s.host),), s.ended) for s in standings if s.ended is not None),
    )
    yield _family(
        "host_failures",
        "Looks at a host in a row that failed; it is looked at less often.",
        (((visible(s.host),), s.failures) for s in standings),
    )
    yield _family(
        "certificate_days_left",
        "Days until the certificate of a host's listener ends.",
        (
            ((visible(s.host),), (s.certificate_ends - now) / _DAY)
            for s in standings
            if s.certificate_ends is not None
        ),
    )
    never = sum(standing.plan is None for standing in standings)
    yield _gauge("hosts_never_checked", "Hosts that were not looked at yet.", never)
    under_way = len(standings) - len(waiting)
    yield _gauge("hosts_under_way", "Hosts that are looked at now.", under_way)
    if waiting:
        yield _gauge("next_due_timestamp_seconds", "When the next host is due.", min(waiting))


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aovpn_remediate_drift_{name}", words, value)


def _family(name: str, words: str, samples: Samples) -> GaugeMetricFamily:
    found = GaugeMetricFamily(f"aovpn_remediate_drift_{name}", words, labels=("host",))
    for labels, value in samples:
        found.add_metric(labels, value)
    return found


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def registry(metrics: DriftMetrics) -> CollectorRegistry:
    """For a listener or a file; that of the process is not touched."""
    found = CollectorRegistry()
    found.register(metrics)
    return found


def write_file(metrics: DriftMetrics, path: Path) -> None:
    """The metrics as a file of a textfile collector, whole or not at all. Raises `UsageError`."""
    try:
        write_to_textfile(str(path), registry(metrics))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
