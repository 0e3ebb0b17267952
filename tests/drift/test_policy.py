"""What drift may set by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.drift.policy import MODES, Fixing, may_fix, to_fix
from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.results import Action, HostPlan, Restart

from . import plans as looks
from .plans import BOOKS, look, step

fixings = st.builds(Fixing, st.sampled_from(MODES), st.booleans(), st.booleans())
ALL = Fixing("all", allow_restart=True, allow_reboot=True)
REBOOT, RASMAN = Restart(reboot=True), Restart(services=("RasMan",))


@pytest.mark.parametrize(
    ("said", "may"),
    [
        ([], False),
        ([None, None], False),
        ([None, "fix"], True),
        (["fix", "fix"], True),
        (["fix", "report"], False),
        (["report", "fix", None], False),
    ],
)
def test_one_report_wins_and_silence_is_report(said: list[str | None], *, may: bool) -> None:
    assert may_fix(said) is may  # type: ignore[arg-type]


def kept(host: HostPlan, fixing: Fixing, *may: str, guarded: str = "") -> list[str] | None:
    """The steps that are left."""
    things = frozenset(resource_of(looks.resource(guarded)).claims()) if guarded else frozenset()
    found = to_fix(host, lambda book: book in may, fixing, things)
    return None if found is None else [step.id for step in found.steps]


def test_safe_leaves_what_needs_a_restart() -> None:
    host = look(step("a/1"), step("a/2", then=REBOOT), step("a/3", then=RASMAN))

    assert kept(host, Fixing("none"), "a") is None
    assert kept(host, Fixing("safe"), "a") == ["a/1"]
    assert kept(host, Fixing("all"), "a") == ["a/1", "a/2", "a/3"]
    assert kept(host, ALL) is None


def test_restarts_only_where_they_are_allowed() -> None:
    assert not Fixing("safe", allow_restart=True, allow_reboot=True).permit
    assert not Fixing("all").permit
    assert Fixing("all", allow_reboot=True).permit.reboot
    assert not Fixing("all", allow_reboot=True).permit.services
    assert Fixing("all", allow_restart=True).permit.services


def test_a_restart_left_by_an_earlier_change() -> None:
    item = {"since": "2026-11-21T00:00:00Z", "run": "r", "step": "a/1"}
    host = look(step("a/1", "wanted"), outstanding=[{**item, "need": "reboot"}])

    assert kept(host, Fixing("all"), "a") is None
    assert kept(host, Fixing("all", allow_restart=True), "a") is None
    assert kept(host, ALL, "a") == ["a/1"]
    assert kept(host, ALL, "b") is None
    unproven = look(step("a/1", "wanted"), outstanding=[{**item, "need": "X", "proven": False}])
    assert kept(unproven, ALL, "a") is None


def test_what_another_playbook_only_reports_is_not_set_for_this_one() -> None:
    host = look(step("a/1"), step("a/2"))
    assert kept(host, ALL, "a", guarded="a/2") == ["a/1"]
    assert kept(look(step("a/2")), ALL, "a", guarded="a/2") is None


def test_a_playbook_that_could_not_be_read_whole_is_left_alone() -> None:
    host = look(step("a/1"), step("a/2", readable=False), step("b/1"))
    assert kept(host, ALL, "a", "b") == ["b/1"]


def test_after_checks_wait_for_the_steps_that_are_left() -> None:
    check = {"title": "c", "resource": looks.resource("c"), "ok": False}
    checks = [{**check, "id": f"{book}/after[0]"} for book in "ab"]
    for left in ({"then": REBOOT}, {"action": Action.MANUAL}, {"waived": "CHG1"}):
        host = look(step("a/1"), step("a/2", **left), step("b/1"), after=checks)
        found = to_fix(host, lambda _: True, Fixing("safe"))
        assert found is not None
        assert [check.id for check in found.after] == ["b/after[0]"]


@given(looks.hosts, fixings, st.sets(st.sampled_from(BOOKS)))
def test_whatever_a_look_finds(host: HostPlan, fixing: Fixing, may: set[str]) -> None:
    found = to_fix(host, may.__contains__, fixing)
    if found is None:
        return
    assert host.error is None
    assert fixing.mode != "none"
    assert to_fix(found, may.__contains__, fixing) == found, "once is enough"
    applies = {book.name for book in host.playbooks if book.status == "applies"}
    for part in (found.before, found.steps, found.after):
        assert {item.id.partition("/")[0] for item in part} <= applies & may
    changing = [step for step in found.steps if step.changes]
    assert all(step in host.steps for step in found.steps)
    assert not any(step.waived or step.action is Action.MANUAL for step in changing)
    if fixing.mode == "safe":
        assert all(step.then == Restart() for step in changing)
        assert not found.outstanding
    for item in found.outstanding:
        assert fixing.allow_reboot if item.need == "reboot" else fixing.allow_restart
    assert changing or found.outstanding, "a run has something to do"
    books = {step.id.partition("/")[0] for step in changing}
    mine = [check for check in host.before if check.id.partition("/")[0] in books]
    assert set(map(id, mine)) <= set(map(id, found.before)), "no before-check is lost"
