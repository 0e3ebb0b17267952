"""The part of a plan that drift may apply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.drift.policy import FIX_MODES, FixOptions, may_fix, to_fix
from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.results import Action, HostPlan, Restart

from . import plans
from .plans import BOOKS, host_plan, step

fix_option_sets = st.builds(FixOptions, st.sampled_from(FIX_MODES), st.booleans(), st.booleans())
ALL = FixOptions("all", allow_restart=True, allow_reboot=True)
REBOOT, RASMAN = Restart(reboot=True), Restart(services=("RasMan",))


@pytest.mark.parametrize(
    ("policies", "may"),
    [
        ([], False),
        ([None, None], False),
        ([None, "fix"], True),
        (["fix", "fix"], True),
        (["fix", "report"], False),
        (["report", "fix", None], False),
    ],
)
def test_one_report_wins_and_the_default_is_report(
    policies: list[str | None], *, may: bool
) -> None:
    assert may_fix(policies) is may  # type: ignore[arg-type]


def kept(
    host: HostPlan, fix_options: FixOptions, *may: str, report_only: str = ""
) -> list[str] | None:
    """Return the steps of the reduced plan."""
    things = (
        frozenset(resource_of(plans.resource(report_only)).claims()) if report_only else frozenset()
    )
    found = to_fix(host, lambda book: book in may, fix_options, things)
    return None if found is None else [step.id for step in found.steps]


def test_safe_leaves_out_steps_that_need_a_restart() -> None:
    host = host_plan(step("a/1"), step("a/2", then=REBOOT), step("a/3", then=RASMAN))

    assert kept(host, FixOptions("none"), "a") is None
    assert kept(host, FixOptions("safe"), "a") == ["a/1"]
    assert kept(host, FixOptions("all"), "a") == ["a/1", "a/2", "a/3"]
    assert kept(host, ALL) is None


def test_restarts_only_where_they_are_allowed() -> None:
    assert not FixOptions("safe", allow_restart=True, allow_reboot=True).permit
    assert not FixOptions("all").permit
    assert FixOptions("all", allow_reboot=True).permit.reboot
    assert not FixOptions("all", allow_reboot=True).permit.services
    assert FixOptions("all", allow_restart=True).permit.services


def test_a_pending_restart_of_an_earlier_change() -> None:
    item = {"since": "2026-11-21T00:00:00Z", "run": "r", "step": "a/1"}
    host = host_plan(step("a/1", "wanted"), outstanding=[{**item, "need": "reboot"}])

    assert kept(host, FixOptions("all"), "a") is None
    assert kept(host, FixOptions("all", allow_restart=True), "a") is None
    assert kept(host, ALL, "a") == ["a/1"]
    assert kept(host, ALL, "b") is None
    unproven = host_plan(
        step("a/1", "wanted"), outstanding=[{**item, "need": "X", "proven": False}]
    )
    assert kept(unproven, ALL, "a") is None


def test_a_service_that_a_run_left_stopped_is_started_where_something_may_be_fixed() -> None:
    left = {"need": "IAS", "since": "", "run": "r", "step": "", "down": True}
    host = host_plan(step("a/1", "wanted"), outstanding=[left])
    assert kept(host, FixOptions("safe"), "a") == ["a/1"]
    assert kept(host, ALL, "b") is None


def test_a_step_that_another_playbook_may_only_report_is_left_out() -> None:
    host = host_plan(step("a/1"), step("a/2"))
    assert kept(host, ALL, "a", report_only="a/2") == ["a/1"]
    assert kept(host_plan(step("a/2")), ALL, "a", report_only="a/2") is None


def test_a_playbook_with_an_unreadable_step_is_left_out() -> None:
    host = host_plan(step("a/1"), step("a/2", readable=False), step("b/1"))
    assert kept(host, ALL, "a", "b") == ["b/1"]


def test_after_checks_are_left_out_with_a_step_that_is_not_set() -> None:
    check = {"title": "c", "resource": plans.resource("c"), "ok": False}
    checks = [{**check, "id": f"{book}/after[0]"} for book in "ab"]
    for left in ({"then": REBOOT}, {"action": Action.MANUAL}, {"waived": "CHG1"}):
        host = host_plan(step("a/1"), step("a/2", **left), step("b/1"), after=checks)
        found = to_fix(host, lambda _: True, FixOptions("safe"))
        assert found is not None
        assert [check.id for check in found.after] == ["b/after[0]"]


@given(plans.hosts, fix_option_sets, st.sets(st.sampled_from(BOOKS)))
def test_any_plan_is_reduced_to_what_is_allowed(
    host: HostPlan, fix_options: FixOptions, may: set[str]
) -> None:
    found = to_fix(host, may.__contains__, fix_options)
    if found is None:
        return
    assert host.error is None
    assert fix_options.mode != "none"
    assert to_fix(found, may.__contains__, fix_options) == found, "once is enough"
    applies = {book.name for book in host.playbooks if book.status == "applies"}
    for part in (found.before, found.steps, found.after):
        assert {item.id.partition("/")[0] for item in part} <= applies & may
    changing = [step for step in found.steps if step.changes]
    assert all(step in host.steps for step in found.steps)
    assert not any(step.waived or step.action is Action.MANUAL for step in changing)
    if fix_options.mode == "safe":
        assert all(step.then == Restart() for step in changing)
        assert not found.outstanding
    for item in found.outstanding:
        assert fix_options.allow_reboot if item.need == "reboot" else fix_options.allow_restart
    assert changing or found.outstanding, "a run has something to do"
    books = {step.id.partition("/")[0] for step in changing}
    mine = [check for check in host.before if check.id.partition("/")[0] in books]
    assert set(map(id, mine)) <= set(map(id, found.before)), "no before-check is lost"
