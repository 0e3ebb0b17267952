"""Events of a host: its lines validated, whatever it sends, and the queries for its roles."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aovpn_remediate.engine.reading.event_sources import SOURCES, queries_for
from aovpn_remediate.engine.reading.events import (
    LONGEST_ANSWER,
    MOST_EVENTS,
    HostEvent,
    corrected,
    gather_logs,
)
from aovpn_remediate.engine.reading.fleet_events import is_named, label
from aovpn_remediate.errors import Disconnected
from aovpn_remediate.inventory.model import Connection, Credential, Host, SecretReference
from aovpn_remediate.rendering.batch import EventQuery
from aovpn_remediate.resources.roles import ROLES
from aovpn_remediate.results import Facts

_QUERY = EventQuery("client", ("Application",), {"RasClient": {20227: (0,)}})


def line(**more: Any) -> str:
    event = {
        "event": "client",
        "provider": "RasClient",
        "id": 20227,
        "time": "2026-11-27T10:00:00.1234567Z",
        "host": "PC-7",
        "fields": {"3": "853"},
    }
    return json.dumps({**event, **more})


def end(**more: Any) -> str:
    about = {"log": "client", "name": "Application", "ok": True, "all": True, "logged": True}
    return json.dumps({**about, **more})


def gathered(*lines: str) -> Any:
    return gather_logs(lines, [_QUERY], host="pc-7")


def test_events_and_what_is_said_of_their_log() -> None:
    [log] = gathered(line(), line(id=20226), end(all=False))
    assert [event.id for event in log.events] == [20227, 20226]
    assert (log.all, log.logged, log.reason) == (False, True, "")
    assert log.events[0].at == datetime(2026, 11, 27, 10, 0, 0, 123456, tzinfo=UTC)


def test_a_log_that_could_not_be_read_has_no_events() -> None:
    error = {"id": "x", "message": "It\r\ncannot be   read. " + "x" * 400, "at": ""}
    [log] = gathered(line(), end(ok=False, error=error))
    assert log.events == ()
    assert log.reason.startswith("It cannot be read. xxx")
    assert len(log.reason) == 303
    [log] = gathered(end(ok=False))
    assert log.reason == "no reason was given"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "no record of client"),
        ([line()], "no record of client"),
        (["x"], "an invalid record: 'x'"),
        (["[]", end()], "an invalid record"),
        (["null", end()], "an invalid record"),
        (["[" * 100_000, end()], "an invalid record"),
        ([line(event="other"), end()], "events of another log: 'other'"),
        ([end(log="other")], "events of another log"),
        ([end(), end()], "events of another log"),
        ([end(), line()], "events of another log"),
        ([line(id=70_000), end()], "an invalid record"),
        ([line(id="20227"), end()], "an invalid record"),
        ([line(fields={"3": 853}), end()], "an invalid record"),
        ([line(fields={"3": "x" * 301}), end()], "an invalid record"),
        ([line(fields={str(n): "x" for n in range(21)}), end()], "an invalid record"),
        ([line(more=1), end()], "an invalid record"),
        ([line(time=None), end()], "an invalid record"),
        ([end(ok="yes")], "an invalid record"),
        ([end(name="x" * 301)], "an invalid record"),
        ([end(error="x")], "an invalid record"),
        ([*[line()] * (MOST_EVENTS + 1), end()], "more events than were asked for"),
        (["x" * (LONGEST_ANSWER + 1)], "more than events can have"),
    ],
)
def test_any_other_answer_is_refused_in_one_line(lines: list[str], reason: str) -> None:
    with pytest.raises(Disconnected) as told:
        gathered(*lines)
    assert reason in str(told.value)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300


def test_mutated_answers_never_raise_anything_else() -> None:
    chance = random.Random(20227)  # noqa: S311
    whole = "\n".join((line(), line(fields={"a": "\u00e9"}), end(error=None)))
    for _ in range(5000):
        text = list(whole)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(text))
            text[place : place + chance.randrange(3)] = chance.choice('"{}[]:,0e-\\u\n\ud800')
        try:
            [log] = gathered(*"".join(text).split("\n"))
        except Disconnected:
            continue
        for event in log.events:
            corrected(event, timedelta(days=1))


@pytest.mark.parametrize(
    ("time", "ahead", "at"),
    [
        ("2026-11-27T10:00:00Z", 60, datetime(2026, 11, 27, 9, 59, tzinfo=UTC)),
        ("2026-11-27T10:00:00+02:00", -60, datetime(2026, 11, 27, 8, 1, tzinfo=UTC)),
        ("yesterday", 0, None),
        ("", 0, None),
        ("0001-01-01T00:00:00Z", 60, None),
        ("9999-12-31T23:59:59Z", -60, None),
    ],
)
def test_the_time_of_an_event_is_corrected(time: str, ahead: int, at: datetime | None) -> None:
    event = HostEvent.model_validate_json(line(time=time))
    assert corrected(event, timedelta(seconds=ahead)) == at


def test_each_role_has_its_logs_and_a_log_one_query() -> None:
    assert set(SOURCES) == set(ROLES)
    queries = queries_for(dict.fromkeys(ROLES, True))
    assert len({query.logs for query in queries}) == len(queries) == 6
    [system] = [query for query in queries if query.logs == ("System",)]
    assert 39 in system.wanted["Microsoft-Windows-Kerberos-Key-Distribution-Center"]
    assert 20285 in system.wanted["RemoteAccess"]
    assert queries_for({"nps": False, "rras": None}) == ()


@pytest.mark.parametrize(
    ("name", "facts", "known"),
    [
        ("pc-7", Facts(), True),
        ("PC-7.corp.example", Facts(), True),
        ("desktop-1", Facts(name="DESKTOP-1"), True),
        ("desktop-1", Facts(), False),
        ("192.0.2.7", Facts(), True),
        ("192.0.2.8", Facts(), False),
    ],
)
def test_a_host_is_known_by_its_names(name: str, facts: Facts, *, known: bool) -> None:
    host = Host(
        "pc-7",
        connection=Connection(address="192.0.2.7"),
        credential=Credential(username="x", password=SecretReference(env="X")),
    )
    assert is_named(host, facts, name) is known
    assert label("PC-7$ ") == "pc-7"
