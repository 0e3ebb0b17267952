"""The metrics that Prometheus scrapes, and the HTTP server."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from aovpn_remediate.drift.health import Health
from aovpn_remediate.drift.http import parse_loopback, serve
from aovpn_remediate.drift.metrics import DriftMetrics, registry, write_file
from aovpn_remediate.drift.policy import FixOptions
from aovpn_remediate.drift.service import Service
from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.scenes import KEY, needing

from .conftest import START, DriftSite, MakeDrift

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def metrics(drift: DriftSite, service: Service) -> DriftMetrics:
    return DriftMetrics(service.queue, service.history, service.health, drift.clock)


def scraped(made: DriftMetrics) -> Samples:
    """Return all samples; a duplicate fails, as it does in Prometheus."""
    text = generate_latest(registry(made)).decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    keys = [(s.name, frozenset(s.labels.items())) for s in samples]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, (s.value for s in samples), strict=True))


def one(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"aovpn_remediate_{name}", frozenset(labels.items())]


def test_the_state_of_hosts_and_steps(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b", drift="fix", steps=[needing("reboot", "x")])
    service = drift.service(fix_options=FixOptions("all"))
    before = scraped(metrics(drift, service))
    assert one(before, "drift_journal_up") == 1
    assert ("aovpn_remediate_drift_last_tick_timestamp_seconds", frozenset()) not in before

    service.tick_and_pause()
    found = scraped(metrics(drift, service))
    assert one(found, "hosts", document="drift", state="differs") == 2
    assert one(found, "steps", document="drift", playbook="book", state="as_wanted") == 2
    assert one(found, "restarts_outstanding", document="drift", host="a") == 1
    now = START.timestamp()
    assert one(found, "last_check_timestamp_seconds", document="drift") == now
    assert one(found, "drift_host_checked_timestamp_seconds", host="b") == now
    assert one(found, "drift_next_due_timestamp_seconds") == now + 3600
    assert one(found, "drift_last_tick_timestamp_seconds") == now
    assert one(found, "drift_tick_seconds") > 0
    assert one(found, "drift_errors_total") == 0
    assert one(found, "drift_inventory_valid") == 1
    assert one(found, "drift_hosts_never_checked") == 0
    assert one(found, "host_seconds", document="drift", host="a") > 0


def test_failures_of_a_host_the_inventory_and_the_journal(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b", clean=False)
    drift.site.state("b").down_until = datetime.max.replace(tzinfo=UTC)
    service = drift.service()
    service.tick_and_pause()
    found = scraped(metrics(drift, service))
    assert one(found, "hosts", document="drift", state="not_read") == 1
    assert one(found, "drift_host_failures", host="b") == 1

    drift.site.inventory.write_text("groups: 7")
    service.tick_and_pause()
    assert one(scraped(metrics(drift, service)), "drift_inventory_valid") == 0
    with drift.journal.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE drift_hosts RENAME TO away")
    service.tick_and_pause()
    away = scraped(metrics(drift, service))
    assert one(away, "drift_journal_up") == 0
    assert one(away, "drift_errors_total") == 1
    assert not any(name == "aovpn_remediate_hosts" for name, _ in away)


def test_contested_steps_are_counted(make_drift: MakeDrift) -> None:
    drift = make_drift("a", drift="fix")
    service = drift.service(fix_options=FixOptions("safe"))
    for contested in (0, 0, 0, 0, 1):
        service.tick_and_pause()
        assert one(scraped(metrics(drift, service)), "drift_contested_steps") == contested
        drift.site.state().registry.set(KEY, "x", Value("DWord", 0))
        drift.clock.advance_by(hours=1)


def test_the_days_left_of_a_certificate(make_drift: MakeDrift) -> None:
    drift = make_drift("a")
    service = drift.service()
    service.tick_and_pause()
    [plan] = (s.plan for s in drift.statuses.values())
    assert plan is not None
    ends = (START + timedelta(days=30)).timestamp()
    drift.history.record(plan, START.timestamp(), certificate_ends=ends)
    drift.history.record(plan, START.timestamp())
    found = scraped(metrics(drift, service))
    assert one(found, "drift_certificate_days_left", host="a") == 30


def test_a_file_is_written_whole_or_not_at_all(make_drift: MakeDrift) -> None:
    drift = make_drift("a")
    made = metrics(drift, drift.service())
    path = drift.site.folder / "metrics" / "drift.prom"
    with pytest.raises(UsageError, match="cannot write"):
        write_file(made, path)
    path.parent.mkdir()
    write_file(made, path)
    assert [found.name for found in path.parent.iterdir()] == ["drift.prom"]
    assert list(text_string_to_metric_families(path.read_text()))


# Health


def test_a_service_is_healthy_until_three_intervals_pass_without_a_tick() -> None:
    health = Health(interval=60.0, started=START)
    assert not health.unhealthy_reason(START + timedelta(seconds=180))
    health.tick_failed("the disk is full")
    assert health.unhealthy_reason(START + timedelta(seconds=181)) == (
        "no tick has succeeded for 181 s: the disk is full"
    )
    health.tick_succeeded(START + timedelta(seconds=182), 1.0, "")
    assert not health.unhealthy_reason(START + timedelta(seconds=183))
    assert health.unhealthy_reason(START + timedelta(seconds=400)) == (
        "no tick has succeeded for 218 s"
    )


# The HTTP server


@contextmanager
def served(
    place: str = "127.0.0.1:0", unhealthy_reason: str = ""
) -> Iterator[http.client.HTTPConnection]:
    with serve(parse_loopback(place), CollectorRegistry(), lambda: unhealthy_reason) as (
        host,
        port,
    ):
        connection = http.client.HTTPConnection(host, port, timeout=10)
        yield connection
        connection.close()


def get(connection: http.client.HTTPConnection, path: str, how: str = "GET") -> tuple[int, str]:
    connection.request(how, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_healthz_reports_the_health() -> None:
    with served() as connection:
        assert get(connection, "/healthz") == (200, "ok\n")
        assert get(connection, "/healthz?x=1", "HEAD") == (200, "")
        assert get(connection, "/metrics")[0] == 200
        assert get(connection, "/metricsx")[0] == 404
        assert get(connection, "/metrics", "POST")[0] == 501
    with served(unhealthy_reason="the journal is away") as connection:
        assert get(connection, "/healthz") == (503, "the journal is away\n")


def test_a_silent_client_blocks_no_other() -> None:
    with serve(parse_loopback("127.0.0.1:0"), CollectorRegistry(), str) as (host, port):
        silent = http.client.HTTPConnection(host, port, timeout=10)
        silent.connect()
        asking = http.client.HTTPConnection(host, port, timeout=10)
        assert get(asking, "/healthz")[0] == 200
        silent.close()
        asking.close()
    assert not [t for t in threading.enumerate() if t.name == "metrics"]


def test_a_port_in_use_is_an_error() -> None:
    with (
        serve(parse_loopback("127.0.0.1:0"), CollectorRegistry(), str) as (_, port),
        pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}: Address"),
        serve(("127.0.0.1", port), CollectorRegistry(), str),
    ):
        pass


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("127.0.0.1:9477", ("127.0.0.1", 9477)),
        ("127.9.9.9:0", ("127.9.9.9", 0)),
        ("[::1]:9477", ("::1", 9477)),
        ("::1:9477", ("::1", 9477)),
    ],
)
def test_addresses_on_loopback(place: str, found: tuple[str, int]) -> None:
    assert parse_loopback(place) == found


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("0.0.0.0:9477", "not a loopback address"),
        ("10.0.0.1:9477", "not a loopback address"),
        ("[::]:9477", "not a loopback address"),
        ("[fe80::1%eth0]:9477", "expected ADDRESS:PORT"),
        ("localhost:9477", "expected ADDRESS:PORT"),
        ("127.0.0.1", "expected ADDRESS:PORT"),
        ("9477", "expected ADDRESS:PORT"),
        ("127.0.0.1:", "port should be"),
        ("127.0.0.1:99999", "port should be"),
        ("127.0.0.1:٣", "port should be"),
    ],
)
def test_other_addresses_are_refused(place: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_loopback(place)
