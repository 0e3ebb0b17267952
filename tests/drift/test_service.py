"""The service: its schedule, its records, and the faults it survives."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy import update

import aovpn_remediate as aovpn
from aovpn_remediate.drift.policy import FixOptions
from aovpn_remediate.errors import InventoryError, UsageError
from aovpn_remediate.journal.tables import drift_hosts
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.scenes import KEY, dwords, value
from tests.lengths import on_databases

from .conftest import START, DriftSite, MakeDrift, rule

_NEVER = datetime.max.replace(tzinfo=UTC)


def down(drift: DriftSite, name: str, *, is_down: bool = True) -> None:
    state = drift.site.state(name)
    state.down_until = _NEVER if is_down else state.lab_time


def pipelines(drift: DriftSite) -> dict[str, int]:
    """Return how many pipelines each host has run."""
    return {n: drift.site.meddling.pipelines.get(a, 0) for n, a in drift.site.addresses.items()}


def change_value(drift: DriftSite, name: str = "x", *, on: str = "", data: int = 0) -> None:
    """Set a value on a host outside of any run."""
    drift.site.state(on).registry.set(KEY, name, Value("DWord", data))


# Schedule


def test_each_host_is_checked_once_an_interval(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b")
    service = drift.service()
    assert set(drift.tick(service)) == {"a", "b"}
    assert drift.due("a") == 1
    for _ in range(3):
        drift.clock.advance_by(minutes=19)
        assert drift.tick(service) == {}
    drift.clock.advance_by(minutes=3)
    assert set(drift.tick(service)) == {"a", "b"}
    assert pipelines(drift) == {"a": 2, "b": 2}


def test_jitter_spreads_the_hosts_from_the_first_check_on(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b")
    fractions = iter([0.0, 1.0, 0.25, 0.25, 0.5, 0.5])
    service = drift.service(jitter=600.0, random=lambda: next(fractions))
    assert set(drift.tick(service)) == {"a"}
    assert drift.due("a") == pytest.approx(1 + 0.25 / 6)
    assert drift.due("b") == pytest.approx(1 / 6)


def test_a_restarted_service_continues_where_it_stopped(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b")
    service = drift.service()
    drift.tick(service)
    with drift.journal.begin() as connection:
        b = update(drift_hosts).where(drift_hosts.c.host == "b")
        connection.execute(b.values(due=START.timestamp() + 600))
    drift.clock.advance_by(minutes=20)  # the service was stopped meanwhile

    again = drift.service()
    assert set(drift.tick(again)) == {"b"}, "at once, and once; the other keeps its time"
    assert drift.due("a") == 1
    assert drift.due("b") == pytest.approx(1 + 1 / 3)
    drift.clock.advance_by(hours=30)
    assert set(drift.tick(drift.service())) == {"a", "b"}
    assert pipelines(drift) == {"a": 2, "b": 3}, "missed checks are not made up for"


def test_a_host_that_fails_is_checked_less_and_less_often(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b", clean=False)
    down(drift, "b")
    service = drift.service()
    due: list[float] = []
    for _ in range(7):
        drift.clock.time = datetime.fromtimestamp(drift.statuses["b"].due, UTC) if due else START
        before = drift.clock.time
        plans = drift.tick(service)
        assert plans["b"].error is not None
        due.append((drift.statuses["b"].due - before.timestamp()) / 3600)
    assert due == [2, 4, 8, 16, 24, 24, 24]
    assert drift.statuses["a"].failures == 0

    down(drift, "b", is_down=False)
    drift.clock.advance_by(hours=24)
    assert drift.tick(service)["b"].error is None
    assert drift.statuses["b"].failures == 0
    assert drift.statuses["b"].due == drift.clock.time.timestamp() + 3600


@on_databases("postgresql")
def test_a_day_in_seconds(make_drift: MakeDrift) -> None:
    """Host b is down from three to nine o'clock; x drifts on a at noon and is fixed."""
    drift = make_drift("a", "b", clean=False, drift="fix")
    service = drift.service(fix_options=FixOptions("safe"), longest_pause=600.0)
    drift.clock.until = START + timedelta(hours=24, seconds=-1)
    done: set[int] = set()

    def beat() -> float:
        hour = int((drift.clock.time - START) / timedelta(hours=1))
        down(drift, "b", is_down=3 <= hour < 9)
        if hour == 12 and 12 not in done:
            done.add(12)
            change_value(drift, on="a")
        return service.tick_and_pause()

    began = time.process_time()
    drift.clock.repeat(beat, service.control.stop.begin_no_more)
    assert time.process_time() - began < 15

    # Each check is a pipeline; a fix is three (two of the run, and the read after it).
    assert pipelines(drift)["a"] == 24 + 2 * 3
    # Found down at 3 and at 5, and up again at 9.
    assert pipelines(drift)["b"] == 24 + 3 - 6
    assert value(drift.site, "x", on="a") == Value("DWord", 1)
    ends = [(e.first_seen - START.timestamp()) / 3600 for e in drift.history.episodes("a")]
    assert ends == [0, 12]


# Records


def test_a_value_that_drifts_back_three_times_gives_a_warning(
    make_drift: MakeDrift, caplog: pytest.LogCaptureFixture
) -> None:
    drift = make_drift("a", drift="fix")
    service = drift.service(fix_options=FixOptions("safe"))
    for number in range(5):
        caplog.clear()
        drift.tick(service)
        assert value(drift.site, "x") == Value("DWord", 1)
        warnings = [r.getMessage() for r in caplog.records if "Group Policy" in r.getMessage()]
        assert bool(warnings) == (number == 4), "absent first, then 0 four times"
        change_value(drift)
        drift.clock.advance_by(hours=1)
    words = "after a fix: something else sets it too, check Group Policy first"
    assert warnings == [f"a: book/s0 reverted to dword 0 3 times {words}"]


def test_a_value_corrected_outside_of_a_run(make_drift: MakeDrift) -> None:
    drift = make_drift("a", steps=dwords("x", "y"))
    service = drift.service()
    drift.tick(service)
    change_value(drift, "y", data=1)
    drift.clock.advance_by(hours=1)
    drift.tick(service)

    x, y = drift.history.episodes()
    assert (x.how, x.last_seen - x.first_seen) == ("", 3600)
    assert (y.how, y.run) == ("elsewhere", "")


def test_a_run_by_an_operator_is_credited_with_one_fix(make_drift: MakeDrift) -> None:
    """By the clock of the service the run ended after all of this, yet only one check counts it."""
    drift = make_drift("a")
    drift.clock.time = datetime.now(UTC) - timedelta(hours=4)
    service = drift.service()
    drift.tick(service)
    plan = drift.site.plan(drift.site.folder / "book.yaml")
    run = aovpn.apply(plan, drift.site.inventory, journal=drift.journal)
    drift.clock.advance_by(hours=1)
    drift.tick(service)
    [episode] = drift.history.episodes()
    assert (episode.how, episode.run, episode.operator) == ("run", run.id, run.operator)

    for data in (0, 1):
        change_value(drift, data=data)
        drift.clock.advance_by(hours=1)
        drift.tick(service)
    assert [e.how for e in drift.history.episodes()] == ["run", "elsewhere"]


def test_a_host_removed_from_the_inventory_ends_its_episodes(
    make_drift: MakeDrift,
) -> None:
    drift = make_drift("a", "b")
    service = drift.service()
    drift.tick(service)
    inventory = yaml.safe_load(drift.site.inventory.read_text())
    del inventory["groups"]["servers"]["hosts"]["b"]
    drift.site.inventory.write_text(yaml.safe_dump(inventory))
    drift.tick(service)

    assert set(drift.statuses) == {"a"}
    assert [e.how for e in drift.history.episodes("b")] == ["not_asked"]


# Faults


def test_invalid_files_are_logged_and_the_previous_ones_stay_in_use(
    make_drift: MakeDrift, caplog: pytest.LogCaptureFixture
) -> None:
    drift = make_drift("a")
    service = drift.service()
    service.tick_and_pause()
    book = drift.site.folder / "book.yaml"
    good = book.read_text()
    for wrong in (good.replace("steps:", "stepps:"), good + "hosts: [", None):
        if wrong is None:
            book.unlink()
        else:
            book.write_text(wrong)
        caplog.clear()
        drift.clock.advance_by(hours=1)
        service.tick_and_pause()
        service.tick_and_pause()
        errors = [r for r in caplog.records if "stay in use" in r.getMessage()]
        assert len(errors) == 1
        assert service.health.inventory_problem
        assert drift.statuses["a"].ended == drift.clock.time.timestamp()

    book.write_text(good.replace("name: x", "name: y"))
    drift.clock.advance_by(hours=1)
    service.tick_and_pause()
    assert not service.health.inventory_problem
    plan = drift.statuses["a"].plan
    assert plan is not None
    assert plan.steps[0].title.endswith("y")


def test_files_restored_to_their_previous_content(make_drift: MakeDrift) -> None:
    drift = make_drift("a")
    service = drift.service()
    good = drift.site.inventory.read_text()
    drift.site.inventory.write_text("groups: 7")
    service.tick_and_pause()
    assert "groups" in service.health.inventory_problem
    drift.site.inventory.write_text(good)
    service.tick_and_pause()
    assert not service.health.inventory_problem


def test_a_service_does_not_start_with_invalid_files(make_drift: MakeDrift) -> None:
    drift = make_drift("a")
    rule(drift.site, all={"playbooks": []})
    with pytest.raises(UsageError, match="assigns no playbook"):
        drift.service()
    drift.site.inventory.write_text("groups: 7")
    with pytest.raises(InventoryError):
        drift.service()


def test_an_unavailable_journal_fails_a_tick_and_not_the_service(make_drift: MakeDrift) -> None:
    drift = make_drift("a")
    service = drift.service()
    with drift.journal.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE drift_hosts RENAME TO away")
    pause = service.tick_and_pause()
    assert 0 < pause <= 60
    assert service.health.failed_ticks == 1
    assert "drift_hosts" in service.unhealthy_reason()
    with drift.journal.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO drift_hosts")
    service.tick_and_pause()
    assert not service.unhealthy_reason()
    assert pipelines(drift) == {"a": 1}


def test_a_refused_credential_is_not_tried_at_every_tick(
    make_drift: MakeDrift, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts are due at different times, and yet there are two tries an interval at most."""
    drift = make_drift("a", "b", "c", "d", clean=False)
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "wrong")
    fractions = iter([0.0, 0.2, 0.4, 0.6, *[0.0] * 99])
    service = drift.service(jitter=3000.0, random=lambda: next(fractions))
    errors: dict[str, str] = {}
    for _ in range(4):
        errors |= {name: plan.error or "" for name, plan in drift.tick(service).items()}
        drift.clock.advance_by(minutes=11)
    assert ["not tried" in errors[name] for name in "abcd"] == [False, False, True, True]

    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "secret")
    drift.clock.advance_by(hours=3)
    assert all(plan.error is None for plan in drift.tick(service).values())


def test_a_stopped_tick_releases_the_hosts_it_has_not_begun(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b")
    service = drift.service()
    stop = service.control.stop
    drift.site.meddling.before[drift.site.address("a"), 1] = stop.request
    service.options = type(service.options)(workers=1)
    assert set(drift.tick(service)) == {"a"}, "the check in progress is finished"
    assert drift.statuses["b"].due == START.timestamp()
    assert not drift.statuses["b"].under_way

    assert set(drift.tick(drift.service())) == {"b"}
