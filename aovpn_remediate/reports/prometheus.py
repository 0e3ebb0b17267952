"""A document in the text format of Prometheus, for the textfile collector of node_exporter.

All metrics are gauges with the state at the last check. Each has the label `document` (plan, run,
verification, or drift for the service), so that files of several kinds can lie in one folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.escape import visible
from aovpn_remediate.reports.items import items
from aovpn_remediate.results import HostPlan, HostRun, Run, StepStatus

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

_HOST_STATES = ("as_wanted", "differs", "failed", "not_read", "not_begun")
_STEP_STATES = ("as_wanted", "differs", "manual", "waived", "unreadable")
"""The states of a step in a plan or a verification; a run has the statuses of its steps."""

_Samples = Iterable[tuple[tuple[str, ...], float]]


class Gauges:
    """The gauges of a document, for a report or for a registry."""

    def __init__(self, document: Document, called: str = "") -> None:
        self._document = document
        self._called = called or document.kind

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return hosts and steps by state, pending restarts, and figures of the check itself."""
        document = self._document
        yield self._gauge("hosts", "Hosts by state.", ("state",), _hosts(document))
        yield self._gauge("steps", "Steps by state.", ("playbook", "state"), _steps(document))
        yield self._gauge(
            "restarts_outstanding",
            "Pending restarts.",
            ("host",),
            _restarts(document),
        )
        seconds = (((visible(host.host),), host.seconds) for host in document.hosts)
        yield self._gauge("host_seconds", "Seconds spent on a host.", ("host",), seconds)
        yield self._gauge(
            "last_check_timestamp_seconds", "Time of the last check.", (), _time(document)
        )
        yield self._gauge(
            "last_check_exit_code", "Exit code of the last check.", (), _code(document)
        )

    def _gauge(
        self, name: str, words: str, labels: tuple[str, ...], samples: _Samples
    ) -> GaugeMetricFamily:
        from prometheus_client.core import GaugeMetricFamily

        found = GaugeMetricFamily(f"aovpn_remediate_{name}", words, labels=("document", *labels))
        for values, number in samples:
            found.add_metric((self._called, *values), number)
        return found


def report(document: Document) -> str:
    """Return lines of the text format, each with its end."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import generate_latest

    registry = CollectorRegistry()
    registry.register(Gauges(document))
    return generate_latest(registry).decode("utf-8")


def _hosts(document: Document) -> _Samples:
    """Return a sample for every state: one that no host has is 0, not gone."""
    found = Counter(map(_state, document.hosts))
    return [((state,), found[state]) for state in _HOST_STATES]


def _state(host: HostPlan | HostRun) -> str:
    if host.error is not None:
        return "not_read"
    if isinstance(host, HostRun) and host.left:
        return "not_begun"
    if host.failed:
        return "failed"
    return "differs" if host.differs else "as_wanted"


def _steps(document: Document) -> _Samples:
    steps = [item for item in items(document) if item.what == "step"]
    found = Counter((visible(item.playbook), item.state) for item in steps)
    books = dict.fromkeys(book for book, _ in found)
    states = get_args(StepStatus) if isinstance(document, Run) else _STEP_STATES
    return [((book, state), found[book, state]) for book in books for state in states]


def _restarts(document: Document) -> _Samples:
    open_ = Counter(
        item.host
        for item in items(document)
        if item.what == "restart" and item.state in ("outstanding", "unproven", "down")
    )
    return [((visible(host.host),), open_[host.host]) for host in document.hosts]


def _time(document: Document) -> _Samples:
    try:
        found = datetime.fromisoformat(_when(document))
    except ValueError:
        return []
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return [((), found.timestamp())]


def _when(document: Document) -> str:
    if isinstance(document, Run):
        return document.finished or document.started
    return document.made_at


def _code(document: Document) -> _Samples:
    return [((), document.exit_code)]
