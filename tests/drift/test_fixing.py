"""What the service sets: by mode, policy, window and waiver."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.drift.policy import Fixing
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import dword
from tests.engine.scenes import KEY, dwords, needing, outages, services, sets, value

from .conftest import Care, MakeCare, rule

SAFE = Fixing("safe")
ALL = Fixing("all", allow_restart=True, allow_reboot=True)
ONE = Value("DWord", 1)
THREE: dict[str, Any] = {
    "steps": [*dwords("x"), needing(["A"], "y"), needing("reboot", "z")],
    "seed": {"services": services("A")},
}
"""A step that needs nothing, one that needs a restart, one that needs a reboot."""


def look(care: Care, fixing: Fixing) -> aovpn.Run | None:
    """The run of a tick of a new service."""
    return care.service(fixing=fixing).tick(care.clock.now()).run


def right(care: Care, *names: str, on: str = "") -> list[bool]:
    """Which values are as wanted."""
    return [value(care.site, name, on=on) == ONE for name in names]


def owed(care: Care) -> list[str]:
    """The restarts that are outstanding."""
    return [need.need for need in care.journal.pending_restarts(["a"]).get("a", [])]


# Modes


@pytest.mark.parametrize(
    ("fixing", "set_", "done", "left"),
    [
        (Fixing("none"), [False, False, False], [], []),
        (SAFE, [True, False, False], [], []),
        (Fixing("all"), [True, True, True], [], ["A", "reboot"]),
        (Fixing("all", allow_restart=True), [True, True, True], [("a", "A")], ["reboot"]),
    ],
)
def test_what_a_mode_sets(
    make_care: MakeCare,
    fixing: Fixing,
    set_: list[bool],
    done: list[tuple[str, str]],
    left: list[str],
) -> None:
    care = make_care("a", drift="fix", **THREE)
    run = look(care, fixing)
    assert right(care, "x", "y", "z") == set_
    assert (run is None) == (fixing.mode == "none")
    assert owed(care) == left
    assert outages(care.site) == done


def test_all_with_everything_allowed(make_care: MakeCare) -> None:
    care = make_care("a", drift="fix", **THREE)
    run = look(care, ALL)
    assert run is not None
    assert run.exit_code == 0
    assert outages(care.site) == [("a", "reboot")]
    assert care.standings["a"].plan is not None
    assert not care.standings["a"].plan.differs, "it was looked at again"
    assert run.operator.startswith("drift on ")
    assert care.journal.load(run.id).operator == run.operator


def test_a_restart_that_was_left_is_done_as_soon_as_it_is_allowed(make_care: MakeCare) -> None:
    care = make_care("a", drift="fix", **THREE)
    look(care, Fixing("all"))
    care.clock.goes_on(hours=1)
    assert look(care, Fixing("all")) is None, "nothing is left to set: no run is made for nothing"
    care.clock.goes_on(hours=1)
    assert look(care, ALL) is not None
    assert outages(care.site) == [("a", "reboot")]
    assert owed(care) == []


def test_a_restart_that_a_person_left_for_another_playbook_is_not_done(
    make_care: MakeCare,
) -> None:
    care = make_care("a", drift="fix")
    own = care.site.playbook("own", steps=[needing("reboot", "own")])
    aovpn.apply(care.site.plan(own), care.site.inventory, journal=care.journal)
    assert owed(care) == ["reboot"]
    assert look(care, ALL) is not None
    assert owed(care) == ["reboot"]
    assert not outages(care.site)


def test_a_run_of_drift_is_taken_back_as_any_other(make_care: MakeCare) -> None:
    care = make_care("a", drift="fix")
    run = look(care, SAFE)
    assert run is not None
    aovpn.rollback([run.id], care.site.inventory, journal=care.journal)
    assert value(care.site, "x") is None


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
    make_care: MakeCare, everywhere: str | None, group: str | None, book: str | None, *, fixed: bool
) -> None:
    care = make_care("a", drift=everywhere, book={"drift": book} if book else {})
    if group:
        rule(care.site, servers={"drift": group})
    look(care, SAFE)
    assert right(care, "x") == [fixed]


def test_each_host_by_its_own_groups(make_care: MakeCare) -> None:
    care = make_care("a", "b", "c", groups={"one": ["a", "b"], "two": ["b", "c"]})
    rule(care.site, one={"drift": "fix"}, two={"drift": "report"})
    look(care, SAFE)
    assert [right(care, "x", on=name) for name in "abc"] == [[True], [False], [False]]


def test_what_a_playbook_reports_is_not_set_for_another_that_wants_it_too(
    make_care: MakeCare,
) -> None:
    care = make_care("a", steps=dwords("x", "y"), book={"drift": "fix"})
    also = care.site.playbook("also", steps=dwords("y", "z"), drift="report")
    rule(care.site, servers={"playbooks": [str(also)]})
    look(care, SAFE)
    assert right(care, "x", "y", "z") == [True, False, False]


def test_a_step_for_a_person_is_only_told(make_care: MakeCare) -> None:
    program = {"installed_program": {"name": "X", "version_at_least": "1.0"}}
    care = make_care("a", drift="fix", steps=[*dwords("x"), program])
    run = look(care, ALL)
    assert run is not None
    assert run.exit_code == 3
    assert right(care, "x") == [True]
    assert [e.step for e in care.memory.episodes() if e.ended is None] == ["book/s1"]
    care.clock.goes_on(hours=1)
    assert look(care, ALL) is None


# Windows and waivers


def test_outside_a_window_it_is_told_and_not_set(make_care: MakeCare) -> None:
    care = make_care("a", "b", drift="fix")
    night = {"days": "mon-sun", "from": "22:00", "to": "04:00", "timezone": "Europe/Vienna"}
    inventory = yaml.safe_load(care.site.inventory.read_text())
    inventory["groups"]["servers"]["hosts"]["a"]["windows"] = [night]
    care.site.inventory.write_text(yaml.safe_dump(inventory))

    outcome = care.service(fixing=SAFE).tick(care.clock.now())  # at 14:00 in Vienna
    assert [host.host for host in outcome.hosts if host.differs] == ["a"]
    assert outcome.run is not None
    assert [host.host for host in outcome.run.hosts] == ["b"], "no run is made for nothing"
    assert (right(care, "x", on="a"), right(care, "x", on="b")) == ([False], [True])
    assert [e.host for e in care.memory.episodes() if e.ended is None] == ["a"]
    care.clock.time = datetime(2030, 6, 1, 20, 30, tzinfo=UTC)
    look(care, SAFE)
    assert right(care, "x", on="a") == [True]


def waive(care: Care, expires: str) -> None:
    """A waiver for x on every host."""
    entry = {"group": "all", "step": "book/s0", "reason": "r", "ticket": "CHG1", "expires": expires}
    (care.site.folder / "waivers.yaml").write_text(yaml.safe_dump([entry]))
    inventory = yaml.safe_load(care.site.inventory.read_text())
    care.site.inventory.write_text(yaml.safe_dump({**inventory, "waivers": "waivers.yaml"}))


def test_what_a_waiver_bears_is_not_set(make_care: MakeCare) -> None:
    care = make_care("a", steps=dwords("x", "y"), drift="fix")
    waive(care, "2031-01-01")
    look(care, SAFE)
    assert right(care, "x", "y") == [False, True]


def test_nothing_is_set_once_a_waiver_has_expired(
    make_care: MakeCare, caplog: pytest.LogCaptureFixture
) -> None:
    """What was borne until yesterday is not changed because nobody looked at the date."""
    care = make_care("a", steps=dwords("x", "y"), drift="fix")
    waive(care, "2030-06-01")
    care.clock.goes_on(days=1)
    assert look(care, SAFE) is None
    assert right(care, "x", "y") == [False, False]
    assert any("CHG1" in r.getMessage() for r in caplog.records if r.levelname == "ERROR")
    assert len(care.memory.episodes()) == 2


# What goes wrong


def test_a_host_that_cannot_be_set_right_is_left_alone_for_longer(make_care: MakeCare) -> None:
    care = make_care("a", "b", drift="fix")
    care.site.state("a").quirks.does_not_hold = (f"{KEY}\\x",)
    service = care.service(fixing=SAFE)
    outcome = service.tick(care.clock.now())
    assert outcome.exit_code == 1
    assert outcome.run is not None
    assert [host.failed for host in outcome.run.hosts] == [True, False]
    assert (care.due("a"), care.due("b")) == (2, 1)
    assert [e.host for e in care.memory.episodes() if e.ended is None] == ["a"]


def test_what_moves_between_look_and_run_is_left_for_the_next_turn(make_care: MakeCare) -> None:
    care = make_care("a", drift="fix")
    address = care.site.address("a")
    care.site.meddling.before[address, 2] = sets(care.site, "x", 5)  # the run's first reading
    outcome = care.service(fixing=SAFE).tick(care.clock.now())
    assert outcome.run is not None
    assert outcome.run.hosts[0].steps[0].status == "stale"
    assert care.due("a") == 2
    care.clock.goes_on(hours=2)
    look(care, SAFE)
    assert right(care, "x") == [True]


def test_a_person_who_is_at_work_on_a_host_is_not_disturbed(make_care: MakeCare) -> None:
    from aovpn_remediate.journal.leases import Leases

    care = make_care("a", drift="fix")
    theirs = Leases(care.journal, owner="run X by alice")
    assert theirs.take("host:a") is None
    outcome = care.service(fixing=SAFE).tick(care.clock.now())
    assert outcome.run is not None
    assert outcome.run.hosts[0].error == "run X by alice is already working on this host"
    assert right(care, "x") == [False]


def test_nothing_is_begun_to_be_set_once_it_is_to_end(make_care: MakeCare) -> None:
    care = make_care("a", drift="fix")
    service = care.service(fixing=SAFE)
    care.site.meddling.before[care.site.address("a"), 1] = service.control.stop.request
    assert service.tick(care.clock.now()).run is None
    assert right(care, "x") == [False]
    assert care.standings["a"].ended == care.clock.now().timestamp()


def test_a_value_next_to_it(make_care: MakeCare) -> None:
    """Only what differs is set, and nothing else is touched."""
    care = make_care("a", steps=[dword(KEY, "x", 1), dword(KEY, "y", 2)], drift="fix")
    sets(care.site, "y", 2)()
    sets(care.site, "other", 9)()
    look(care, SAFE)
    assert len(care.site.windows.sets) == 1
    assert value(care.site, "other") == Value("DWord", 9)
