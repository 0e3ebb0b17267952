"""What Prometheus scrapes, and who may ask where."""

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

from aovpn_remediate.drift.health import Pulse
from aovpn_remediate.drift.http import listening, loopback
from aovpn_remediate.drift.metrics import DriftMetrics, registry, write_file
from aovpn_remediate.drift.policy import Fixing
from aovpn_remediate.drift.service import Service
from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.scenes import KEY, needing

from .conftest import START, Care, MakeCare

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def metrics(care: Care, service: Service) -> DriftMetrics:
    return DriftMetrics(service.turns, service.memory, service.pulse, care.clock)


def scraped(made: DriftMetrics) -> Samples:
    """All samples; one that comes twice is refused, as Prometheus does."""
    text = generate_latest(registry(made)).decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    keys = [(s.name, frozenset(s.labels.items())) for s in samples]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, (s.value for s in samples), strict=True))


def one(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"aovpn_remediate_{name}", frozenset(labels.items())]


def test_how_hosts_and_steps_stand(make_care: MakeCare) -> None:
    care = make_care("a", "b", drift="fix", steps=[needing("reboot", "x")])
    service = care.service(fixing=Fixing("all"))
    before = scraped(metrics(care, service))
    assert one(before, "drift_journal_up") == 1
    assert ("aovpn_remediate_drift_last_tick_timestamp_seconds", frozenset()) not in before

    service.beat()
    found = scraped(metrics(care, service))
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


def test_what_is_not_well(make_care: MakeCare) -> None:
    care = make_care("a", "b", clean=False)
    care.site.state("b").down_until = datetime.max.replace(tzinfo=UTC)
    service = care.service()
    service.beat()
    found = scraped(metrics(care, service))
    assert one(found, "hosts", document="drift", state="not_read") == 1
    assert one(found, "drift_host_failures", host="b") == 1

    care.site.inventory.write_text("groups: 7")
    service.beat()
    assert one(scraped(metrics(care, service)), "drift_inventory_valid") == 0
    with care.journal.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE drift_hosts RENAME TO away")
    service.beat()
    away = scraped(metrics(care, service))
    assert one(away, "drift_journal_up") == 0
    assert one(away, "drift_errors_total") == 1
    assert not any(name == "aovpn_remediate_hosts" for name, _ in away)


def test_steps_that_something_else_owns(make_care: MakeCare) -> None:
    care = make_care("a", drift="fix")
    service = care.service(fixing=Fixing("safe"))
    for contested in (0, 0, 0, 0, 1):
        service.beat()
        assert one(scraped(metrics(care, service)), "drift_contested_steps") == contested
        care.site.state().registry.set(KEY, "x", Value("DWord", 0))
        care.clock.goes_on(hours=1)


def test_how_long_certificates_last(make_care: MakeCare) -> None:
    care = make_care("a")
    service = care.service()
    service.beat()
    [look] = (s.plan for s in care.standings.values())
    assert look is not None
    ends = (START + timedelta(days=30)).timestamp()
    care.memory.record(look, START.timestamp(), certificate_ends=ends)
    care.memory.record(look, START.timestamp())
    found = scraped(metrics(care, service))
    assert one(found, "drift_certificate_days_left", host="a") == 30


def test_a_file_is_written_whole_or_not_at_all(make_care: MakeCare) -> None:
    care = make_care("a")
    made = metrics(care, care.service())
    path = care.site.folder / "metrics" / "drift.prom"
    with pytest.raises(UsageError, match="cannot write"):
        write_file(made, path)
    path.parent.mkdir()
    write_file(made, path)
    assert [found.name for found in path.parent.iterdir()] == ["drift.prom"]
    assert list(text_string_to_metric_families(path.read_text()))


# The pulse


def test_a_service_is_well_until_three_intervals_have_passed_without_a_tick() -> None:
    pulse = Pulse(every=60.0, began=START)
    assert not pulse.trouble(START + timedelta(seconds=180))
    pulse.failed("the disk is full")
    assert pulse.trouble(START + timedelta(seconds=181)) == (
        "no tick has come to its end for 181 s: the disk is full"
    )
    pulse.ticked(START + timedelta(seconds=182), 1.0, "")
    assert not pulse.trouble(START + timedelta(seconds=183))
    assert pulse.trouble(START + timedelta(seconds=400)) == (
        "no tick has come to its end for 218 s"
    )


# The listener


@contextmanager
def served(place: str = "127.0.0.1:0", trouble: str = "") -> Iterator[http.client.HTTPConnection]:
    with listening(loopback(place), CollectorRegistry(), lambda: trouble) as (host, port):
        connection = http.client.HTTPConnection(host, port, timeout=10)
        yield connection
        connection.close()


def get(connection: http.client.HTTPConnection, path: str, how: str = "GET") -> tuple[int, str]:
    connection.request(how, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_it_says_whether_the_service_is_well() -> None:
    with served() as connection:
        assert get(connection, "/healthz") == (200, "ok\n")
        assert get(connection, "/healthz?x=1", "HEAD") == (200, "")
        assert get(connection, "/metrics")[0] == 200
        assert get(connection, "/metricsx")[0] == 404
        assert get(connection, "/metrics", "POST")[0] == 501
    with served(trouble="the journal is away") as connection:
        assert get(connection, "/healthz") == (503, "the journal is away\n")


def test_one_who_says_nothing_holds_up_nobody() -> None:
    with listening(loopback("127.0.0.1:0"), CollectorRegistry(), str) as (host, port):
        silent = http.client.HTTPConnection(host, port, timeout=10)
        silent.connect()
        asking = http.client.HTTPConnection(host, port, timeout=10)
        assert get(asking, "/healthz")[0] == 200
        silent.close()
        asking.close()
    assert not [t for t in threading.enumerate() if t.name == "metrics"]


def test_two_cannot_have_one_port() -> None:
    with (
        listening(loopback("127.0.0.1:0"), CollectorRegistry(), str) as (_, port),
        pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}: Address"),
        listening(("127.0.0.1", port), CollectorRegistry(), str),
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
def test_on_loopback(place: str, found: tuple[str, int]) -> None:
    assert loopback(place) == found


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("0.0.0.0:9477", "not on loopback"),
        ("10.0.0.1:9477", "not on loopback"),
        ("[::]:9477", "not on loopback"),
        ("[fe80::1%eth0]:9477", "no address with a port"),
        ("localhost:9477", "no address with a port"),
        ("127.0.0.1", "no address with a port"),
        ("9477", "no address with a port"),
        ("127.0.0.1:", "port should be"),
        ("127.0.0.1:99999", "port should be"),
        ("127.0.0.1:٣", "port should be"),
    ],
)
def test_nowhere_else(place: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        loopback(place)
