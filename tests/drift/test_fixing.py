"""Fixes by the service: mode, policy, windows and waivers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.drift.policy import FixOptions
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import dword
from tests.engine.scenes import KEY, dwords, needing, outages, services, sets, value
from tests.lengths import on_databases

from .conftest import DriftSite, MakeDrift, rule

pytestmark = on_databases("sqlite")
SAFE = FixOptions("safe")
ALL = FixOptions("all", allow_restart=True, allow_reboot=True)
ONE = Value("DWord", 1)
THREE: dict[str, Any] = {
    "steps": [*dwords("x"), needing(["A"], "y"), needing("reboot", "z")],
    "seed": {"services": services("A")},
}
"""A step that needs nothing, one that needs a restart, one that needs a reboot."""


def run_of_tick(drift: DriftSite, fix_options: FixOptions) -> aovpn.Run | None:
    """Return the run of the first tick of a new service."""
    return drift.service(fix_options=fix_options).tick(drift.clock.now()).run


def compliant(drift: DriftSite, *names: str, on: str = "") -> list[bool]:
    """Return for each value True if it is compliant."""
    return [value(drift.site, name, on=on) == ONE for name in names]


def pending(drift: DriftSite) -> list[str]:
    """Return the pending restarts."""
    return [need.need for need in drift.journal.pending_restarts(["a"]).get("a", [])]


# Modes


@pytest.mark.parametrize("impact", ["", "which CAs the forest trusts"])
def test_no_mode_sets_what_concerns_more_than_the_host(make_drift: MakeDrift, impact: str) -> None:
    drift = make_drift(drift="fix", book={"high_impact": impact})
    run = run_of_tick(drift, ALL)
    assert compliant(drift, "x") == [not impact]
    assert (run is None) == bool(impact)


@pytest.mark.parametrize(
    ("fix_options", "set_", "done", "left"),
    [
        (FixOptions("none"), [False, False, False], [], []),
        (SAFE, [True, False, False], [], []),
        (FixOptions("all"), [True, True, True], [], ["A", "reboot"]),
        (FixOptions("all", allow_restart=True), [True, True, True], [("a", "A")], ["reboot"]),
    ],
)
def test_each_mode_sets_what_it_allows(
    make_drift: MakeDrift,
    fix_options: FixOptions,
    set_: list[bool],
    done: list[tuple[str, str]],
    left: list[str],
) -> None:
    drift = make_drift("a", drift="fix", **THREE)
    run = run_of_tick(drift, fix_options)
    assert compliant(drift, "x", "y", "z") == set_
    assert (run is None) == (fix_options.mode == "none")
    assert pending(drift) == left
    assert outages(drift.site) == done


def test_all_with_everything_allowed(make_drift: MakeDrift) -> None:
    drift = make_drift("a", drift="fix", **THREE)
    run = run_of_tick(drift, ALL)
    assert run is not None
    assert run.exit_code == 0
    assert outages(drift.site) == [("a", "reboot")]
    assert drift.statuses["a"].plan is not None
    assert not drift.statuses["a"].plan.differs, "it was read again"
    assert run.operator.startswith("drift on ")
    assert drift.journal.load(run.id).operator == run.operator


def test_a_pending_restart_is_done_once_it_is_allowed(make_drift: MakeDrift) -> None:
    drift = make_drift("a", drift="fix", **THREE)
    run_of_tick(drift, FixOptions("all"))
    drift.clock.advance_by(hours=1)
    assert run_of_tick(drift, FixOptions("all")) is None, (
        "nothing is left to set: no run without changes"
    )
    drift.clock.advance_by(hours=1)
    assert run_of_tick(drift, ALL) is not None
    assert outages(drift.site) == [("a", "reboot")]
    assert pending(drift) == []


def test_a_pending_restart_of_a_playbook_outside_drift_is_not_done(
    make_drift: MakeDrift,
) -> None:
    drift = make_drift("a", drift="fix")
    own = drift.site.playbook("own", steps=[needing("reboot", "own")])
    aovpn.apply(drift.site.plan(own), drift.site.inventory, journal=drift.journal)
    assert pending(drift) == ["reboot"]
    assert run_of_tick(drift, ALL) is not None
    assert pending(drift) == ["reboot"]
    assert not outages(drift.site)


def test_a_run_of_drift_can_be_rolled_back(make_drift: MakeDrift) -> None:
    drift = make_drift("a", drift="fix")
    run = run_of_tick(drift, SAFE)
    assert run is not None
    aovpn.rollback([run.id], drift.site.inventory, journal=drift.journal)
    assert value(drift.site, "x") is None


# Policy


@pytest.mark.parametrize(
    ("everywhere", "group", "book", "fixed"),
    [
        (None, None, None, False),
        ("fix", None, None, True),
        (None, "fix", None, True),
        (None, None, "fix", True),
        ("fix", "report", None, False),
        ("report", "fix", "fix", False),
        ("fix", "fix", "report", False),
    ],
)
def test_one_report_wins(
    make_drift: MakeDrift,
    everywhere: str | None,
    group: str | None,
    book: str | None,
    *,
    fixed: bool,
) -> None:
    drift = make_drift("a", drift=everywhere, book={"drift": book} if book else {})
    if group:
        rule(drift.site, servers={"drift": group})
    run_of_tick(drift, SAFE)
    assert compliant(drift, "x") == [fixed]


def test_policy_comes_from_the_groups_of_each_host(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b", "c", groups={"one": ["a", "b"], "two": ["b", "c"]})
    rule(drift.site, one={"drift": "fix"}, two={"drift": "report"})
    run_of_tick(drift, SAFE)
    assert [compliant(drift, "x", on=name) for name in "abc"] == [[True], [False], [False]]


def test_a_step_that_another_playbook_may_only_report_is_not_set(
    make_drift: MakeDrift,
) -> None:
    drift = make_drift("a", steps=dwords("x", "y"), book={"drift": "fix"})
    also = drift.site.playbook("also", steps=dwords("y", "z"), drift="report")
    rule(drift.site, servers={"playbooks": [str(also)]})
    run_of_tick(drift, SAFE)
    assert compliant(drift, "x", "y", "z") == [True, False, False]


def test_a_step_with_manual_action_is_only_reported(make_drift: MakeDrift) -> None:
    program = {"installed_program": {"name": "X", "version_at_least": "1.0"}}
    drift = make_drift("a", drift="fix", steps=[*dwords("x"), program])
    run = run_of_tick(drift, ALL)
    assert run is not None
    assert run.exit_code == 3
    assert compliant(drift, "x") == [True]
    assert [e.step for e in drift.history.episodes() if e.ended is None] == ["book/s1"]
    drift.clock.advance_by(hours=1)
    assert run_of_tick(drift, ALL) is None


# Windows and waivers


def test_outside_a_window_a_host_is_reported_and_not_fixed(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b", drift="fix")
    night = {"days": "mon-sun", "from": "22:00", "to": "04:00", "timezone": "Europe/Vienna"}
    inventory = yaml.safe_load(drift.site.inventory.read_text())
    inventory["groups"]["servers"]["hosts"]["a"]["windows"] = [night]
    drift.site.inventory.write_text(yaml.safe_dump(inventory))

    result = drift.service(fix_options=SAFE).tick(drift.clock.now())  # at 14:00 in Vienna
    assert [host.host for host in result.hosts if host.differs] == ["a"]
    assert result.run is not None
    assert [host.host for host in result.run.hosts] == ["b"], "no run without changes"
    assert (compliant(drift, "x", on="a"), compliant(drift, "x", on="b")) == ([False], [True])
    assert [e.host for e in drift.history.episodes() if e.ended is None] == ["a"]
    drift.clock.time = datetime(2030, 6, 1, 20, 30, tzinfo=UTC)
    run_of_tick(drift, SAFE)
    assert compliant(drift, "x", on="a") == [True]


def waive(drift: DriftSite, expires: str) -> None:
    """A waiver for x on every host."""
    entry = {"group": "all", "step": "book/s0", "reason": "r", "ticket": "CHG1", "expires": expires}
    (drift.site.folder / "waivers.yaml").write_text(yaml.safe_dump([entry]))
    inventory = yaml.safe_load(drift.site.inventory.read_text())
    drift.site.inventory.write_text(yaml.safe_dump({**inventory, "waivers": "waivers.yaml"}))


def test_a_waived_step_is_not_set(make_drift: MakeDrift) -> None:
    drift = make_drift("a", steps=dwords("x", "y"), drift="fix")
    waive(drift, "2031-01-01")
    run_of_tick(drift, SAFE)
    assert compliant(drift, "x", "y") == [False, True]


def test_nothing_is_fixed_once_a_waiver_has_expired(
    make_drift: MakeDrift, caplog: pytest.LogCaptureFixture
) -> None:
    """A difference accepted until yesterday is not fixed just because nobody renewed the waiver."""
    drift = make_drift("a", steps=dwords("x", "y"), drift="fix")
    waive(drift, "2030-06-01")
    drift.clock.advance_by(days=1)
    assert run_of_tick(drift, SAFE) is None
    assert compliant(drift, "x", "y") == [False, False]
    assert any("CHG1" in r.getMessage() for r in caplog.records if r.levelname == "ERROR")
    assert len(drift.history.episodes()) == 2


# What goes wrong


def test_a_host_that_cannot_be_fixed_is_checked_less_often(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b", drift="fix")
    drift.site.state("a").quirks.does_not_hold = (f"{KEY}\\x",)
    service = drift.service(fix_options=SAFE)
    result = service.tick(drift.clock.now())
    assert result.exit_code == 1
    assert result.run is not None
    assert [host.failed for host in result.run.hosts] == [True, False]
    assert (drift.due("a"), drift.due("b")) == (2, 1)
    assert [e.host for e in drift.history.episodes() if e.ended is None] == ["a"]


def test_a_value_that_changes_between_check_and_run_is_left_for_the_next_check(
    make_drift: MakeDrift,
) -> None:
    drift = make_drift("a", drift="fix")
    address = drift.site.address("a")
    drift.site.meddling.before[address, 2] = sets(drift.site, "x", 5)  # the run's first reading
    result = drift.service(fix_options=SAFE).tick(drift.clock.now())
    assert result.run is not None
    assert result.run.hosts[0].steps[0].status == "stale"
    assert drift.due("a") == 2
    drift.clock.advance_by(hours=2)
    run_of_tick(drift, SAFE)
    assert compliant(drift, "x") == [True]


def test_a_host_that_another_run_works_on_is_left_alone(make_drift: MakeDrift) -> None:
    from aovpn_remediate.journal.leases import Leases

    drift = make_drift("a", drift="fix")
    theirs = Leases(drift.journal, owner="run X by alice")
    assert theirs.take("host:a") is None
    result = drift.service(fix_options=SAFE).tick(drift.clock.now())
    assert result.run is not None
    assert result.run.hosts[0].error == "run X by alice is already working on this host"
    assert compliant(drift, "x") == [False]


def test_no_fix_begins_once_the_service_is_stopping(make_drift: MakeDrift) -> None:
    drift = make_drift("a", drift="fix")
    service = drift.service(fix_options=SAFE)
    drift.site.meddling.before[drift.site.address("a"), 1] = service.control.stop.request
    assert service.tick(drift.clock.now()).run is None
    assert compliant(drift, "x") == [False]
    assert drift.statuses["a"].ended == drift.clock.now().timestamp()


def test_other_values_are_not_touched(make_drift: MakeDrift) -> None:
    """Only what differs is set, and nothing else is touched."""
    drift = make_drift("a", steps=[dword(KEY, "x", 1), dword(KEY, "y", 2)], drift="fix")
    sets(drift.site, "y", 2)()
    sets(drift.site, "other", 9)()
    run_of_tick(drift, SAFE)
    assert len(drift.site.windows.sets) == 1
    assert value(drift.site, "other") == Value("DWord", 9)
