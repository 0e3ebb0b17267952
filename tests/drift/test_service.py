"""The service: when it looks at hosts, what it keeps, and what it does not trip over."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy import update

import aovpn_remediate as aovpn
from aovpn_remediate.drift.policy import Fixing
from aovpn_remediate.errors import InventoryError, UsageError
from aovpn_remediate.journal.tables import drift_hosts
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.scenes import KEY, dwords, value

from .conftest import START, Care, MakeCare, rule

_NEVER = datetime.max.replace(tzinfo=UTC)


def down(care: Care, name: str, *, is_down: bool = True) -> None:
    state = care.site.state(name)
    state.down_until = _NEVER if is_down else state.lab_time


def pipelines(care: Care) -> dict[str, int]:
    """How often each host was asked something."""
    return {n: care.site.meddling.pipelines.get(a, 0) for n, a in care.site.addresses.items()}


def drifts(care: Care, name: str = "x", *, on: str = "", data: int = 0) -> None:
    """An outsider sets a value."""
    care.site.state(on).registry.set(KEY, name, Value("DWord", data))


# When


def test_each_host_has_its_turn_once_an_interval(make_care: MakeCare) -> None:
    care = make_care("a", "b")
    service = care.service()
    assert set(care.tick(service)) == {"a", "b"}
    assert care.due("a") == 1
    for _ in range(3):
        care.clock.goes_on(minutes=19)
        assert care.tick(service) == {}
    care.clock.goes_on(minutes=3)
    assert set(care.tick(service)) == {"a", "b"}
    assert pipelines(care) == {"a": 2, "b": 2}


def test_jitter_spreads_the_hosts_from_the_first_look_on(make_care: MakeCare) -> None:
    care = make_care("a", "b")
    lots = iter([0.0, 1.0, 0.25, 0.25, 0.5, 0.5])
    service = care.service(jitter=600.0, chance=lambda: next(lots))
    assert set(care.tick(service)) == {"a"}
    assert care.due("a") == pytest.approx(1 + 0.25 / 6)
    assert care.due("b") == pytest.approx(1 / 6)


def test_a_service_that_is_started_again_goes_on_where_it_was(make_care: MakeCare) -> None:
    care = make_care("a", "b")
    service = care.service()
    care.tick(service)
    with care.journal.begin() as connection:
        b = update(drift_hosts).where(drift_hosts.c.host == "b")
        connection.execute(b.values(due=START.timestamp() + 600))
    care.clock.goes_on(minutes=20)  # it was away meanwhile

    again = care.service()
    assert set(care.tick(again)) == {"b"}, "at once, and once; the other keeps its time"
    assert care.due("a") == 1
    assert care.due("b") == pytest.approx(1 + 1 / 3)
    care.clock.goes_on(hours=30)
    assert set(care.tick(care.service())) == {"a", "b"}
    assert pipelines(care) == {"a": 2, "b": 3}, "turns that were missed are not made up for"


def test_a_host_that_fails_is_tried_less_and_less_often(make_care: MakeCare) -> None:
    care = make_care("a", "b", clean=False)
    down(care, "b")
    service = care.service()
    due: list[float] = []
    for _ in range(7):
        care.clock.time = datetime.fromtimestamp(care.standings["b"].due, UTC) if due else START
        before = care.clock.time
        looks = care.tick(service)
        assert looks["b"].error is not None
        due.append((care.standings["b"].due - before.timestamp()) / 3600)
    assert due == [2, 4, 8, 16, 24, 24, 24]
    assert care.standings["a"].failures == 0

    down(care, "b", is_down=False)
    care.clock.goes_on(hours=24)
    assert care.tick(service)["b"].error is None
    assert care.standings["b"].failures == 0
    assert care.standings["b"].due == care.clock.time.timestamp() + 3600


def test_a_day_in_seconds(make_care: MakeCare) -> None:
    """Host b is down from three to nine o'clock; x drifts on a at noon and is set right."""
    care = make_care("a", "b", clean=False, drift="fix")
    service = care.service(fixing=Fixing("safe"), longest_pause=600.0)
    care.clock.until = START + timedelta(hours=24, seconds=-1)
    done: set[int] = set()

    def beat() -> float:
        hour = int((care.clock.time - START) / timedelta(hours=1))
        down(care, "b", is_down=3 <= hour < 9)
        if hour == 12 and 12 not in done:
            done.add(12)
            drifts(care, on="a")
        return service.beat()

    began = time.monotonic()
    care.clock.beat(beat, service.control.stop.begin_no_more)
    assert time.monotonic() - began < 15

    # Each look is a pipeline; a correction is three (two of the run, and the look after it).
    assert pipelines(care)["a"] == 24 + 2 * 3
    # Found down at 3 and at 5, and up again at 9.
    assert pipelines(care)["b"] == 24 + 3 - 6
    assert value(care.site, "x", on="a") == Value("DWord", 1)
    ends = [(e.first_seen - START.timestamp()) / 3600 for e in care.memory.episodes("a")]
    assert ends == [0, 12]


# What is kept


def test_a_value_that_drifts_back_three_times_is_told(
    make_care: MakeCare, caplog: pytest.LogCaptureFixture
) -> None:
    care = make_care("a", drift="fix")
    service = care.service(fixing=Fixing("safe"))
    for number in range(5):
        caplog.clear()
        care.tick(service)
        assert value(care.site, "x") == Value("DWord", 1)
        told = [r.getMessage() for r in caplog.records if "group policy" in r.getMessage()]
        assert bool(told) == (number == 4), "absent first, then 0 four times"
        drifts(care)
        care.clock.goes_on(hours=1)
    words = "after it was set: something else owns it: look at group policy first"
    assert told == [f"a: book/s0 has come back to dword 0 3 times {words}"]


def test_somebody_else_sets_it_right(make_care: MakeCare) -> None:
    care = make_care("a", steps=dwords("x", "y"))
    service = care.service()
    care.tick(service)
    drifts(care, "y", data=1)
    care.clock.goes_on(hours=1)
    care.tick(service)

    x, y = care.memory.episodes()
    assert (x.how, x.last_seen - x.first_seen) == ("", 3600)
    assert (y.how, y.run) == ("elsewhere", "")


def test_a_run_of_a_person_gets_the_credit_once(make_care: MakeCare) -> None:
    """By the clock of the service it ended later than all of this: only one look may count it."""
    care = make_care("a")
    care.clock.time = datetime.now(UTC) - timedelta(hours=4)
    service = care.service()
    care.tick(service)
    plan = care.site.plan(care.site.folder / "book.yaml")
    run = aovpn.apply(plan, care.site.inventory, journal=care.journal)
    care.clock.goes_on(hours=1)
    care.tick(service)
    [episode] = care.memory.episodes()
    assert (episode.how, episode.run, episode.operator) == ("run", run.id, run.operator)

    for data in (0, 1):
        drifts(care, data=data)
        care.clock.goes_on(hours=1)
        care.tick(service)
    assert [e.how for e in care.memory.episodes()] == ["run", "elsewhere"]


def test_a_host_that_leaves_is_forgotten_and_what_differed_there_ends(make_care: MakeCare) -> None:
    care = make_care("a", "b")
    service = care.service()
    care.tick(service)
    inventory = yaml.safe_load(care.site.inventory.read_text())
    del inventory["groups"]["servers"]["hosts"]["b"]
    care.site.inventory.write_text(yaml.safe_dump(inventory))
    care.tick(service)

    assert set(care.standings) == {"a"}
    assert [e.how for e in care.memory.episodes("b")] == ["not_asked"]


# What it does not trip over


def test_files_that_became_wrong_are_told_and_the_last_good_ones_hold(
    make_care: MakeCare, caplog: pytest.LogCaptureFixture
) -> None:
    care = make_care("a")
    service = care.service()
    service.beat()
    book = care.site.folder / "book.yaml"
    good = book.read_text()
    for wrong in (good.replace("steps:", "stepps:"), good + "hosts: [", None):
        if wrong is None:
            book.unlink()
        else:
            book.write_text(wrong)
        caplog.clear()
        care.clock.goes_on(hours=1)
        service.beat()
        service.beat()
        told = [r for r in caplog.records if "goes on to hold" in r.getMessage()]
        assert len(told) == 1
        assert service.pulse.inventory_problem
        assert care.standings["a"].ended == care.clock.time.timestamp()

    book.write_text(good.replace("name: x", "name: y"))
    care.clock.goes_on(hours=1)
    service.beat()
    assert not service.pulse.inventory_problem
    plan = care.standings["a"].plan
    assert plan is not None
    assert plan.steps[0].title.endswith("y")


def test_files_that_are_put_back_as_they_were(make_care: MakeCare) -> None:
    care = make_care("a")
    service = care.service()
    good = care.site.inventory.read_text()
    care.site.inventory.write_text("groups: 7")
    service.beat()
    assert "groups" in service.pulse.inventory_problem
    care.site.inventory.write_text(good)
    service.beat()
    assert not service.pulse.inventory_problem


def test_a_service_does_not_start_with_files_that_are_wrong(make_care: MakeCare) -> None:
    care = make_care("a")
    rule(care.site, all={"playbooks": []})
    with pytest.raises(UsageError, match="names no playbook to look after"):
        care.service()
    care.site.inventory.write_text("groups: 7")
    with pytest.raises(InventoryError):
        care.service()


def test_a_journal_that_is_away_fails_a_tick_and_not_the_service(make_care: MakeCare) -> None:
    care = make_care("a")
    service = care.service()
    with care.journal.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE drift_hosts RENAME TO away")
    pause = service.beat()
    assert 0 < pause <= 60
    assert service.pulse.errors == 1
    assert "drift_hosts" in service.trouble()
    with care.journal.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO drift_hosts")
    service.beat()
    assert not service.trouble()
    assert pipelines(care) == {"a": 1}


def test_a_credential_that_is_refused_is_not_tried_at_every_turn(
    make_care: MakeCare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts come one after another, each with a lot of its own: still two tries an interval."""
    care = make_care("a", "b", "c", "d", clean=False)
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "wrong")
    lots = iter([0.0, 0.2, 0.4, 0.6, *[0.0] * 99])
    service = care.service(jitter=3000.0, chance=lambda: next(lots))
    said: dict[str, str] = {}
    for _ in range(4):
        said |= {name: look.error or "" for name, look in care.tick(service).items()}
        care.clock.goes_on(minutes=11)
    assert ["not tried" in said[name] for name in "abcd"] == [False, False, True, True]

    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "secret")
    care.clock.goes_on(hours=3)
    assert all(look.error is None for look in care.tick(service).values())


def test_a_tick_that_is_stopped_gives_back_what_it_has_not_begun(make_care: MakeCare) -> None:
    care = make_care("a", "b")
    service = care.service()
    stop = service.control.stop
    care.site.meddling.before[care.site.address("a"), 1] = stop.request
    service.options = type(service.options)(workers=1)
    assert set(care.tick(service)) == {"a"}, "what was under way is finished"
    assert care.standings["b"].due == START.timestamp()
    assert not care.standings["b"].under_way

    assert set(care.tick(care.service())) == {"b"}
