"""Steps of which nothing is set: a restart is all that they need, and the proof comes after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.drift.policy import FixOptions, to_fix
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import PlanError, UsageError
from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed, ServiceSeed
from aovpn_remediate.results import Action, HostPlan, HostRun
from tests.engine.conftest import MakeSite, Site

_EVENT = {"logs": ["AuthZAdminCh"], "ids": [3], "since_start_of": "IAS"}
_STEP = {"id": "token", "event": _EVENT, "then": {"restart": ["IAS"]}}
_VALUE = {"key": r"HKLM\SOFTWARE\A", "name": "v", "type": "dword", "data": 1, "create_key": True}


def seed(hours_ago: float = 1, *, alone: bool = True, hours_up: float = 720) -> HostSeed:
    """A server on which the event was logged so long ago."""
    time = datetime.now(UTC) - timedelta(hours=hours_ago)
    newest = {"time": time.isoformat(), "id": 3, "provider": "MFA"}
    answer = {"log": "AuthZAdminCh", "enabled": True, "newest": newest, "all": True}
    return HostSeed(
        name="NPS-01",
        hours_up=hours_up,
        services={"IAS": ServiceSeed(alone=alone)},
        answers={"event": (AnswerSeed(answer=answer),)},
    )


def site_with(make_site: MakeSite, **more: Any) -> Site:
    site = make_site({"nps-01": seed(**more)})
    site.state().quirks.restart_seconds = 0.01
    return site


def planned(site: Site, *steps: dict[str, Any], then: bool = True) -> aovpn.Plan:
    """The plan of a playbook with the event as its last step."""
    last = _STEP if then else {"id": "token", "event": _EVENT}
    return site.plan(site.playbook(steps=[*steps, last]))


def only(host: aovpn.Plan | aovpn.Run) -> Any:
    [one] = host.hosts
    return one


def step_of(host: HostPlan | HostRun) -> Any:
    return next(step for step in host.steps if step.id == "test/token")


def test_an_event_since_the_start_needs_the_restart_and_nothing_else(make_site: MakeSite) -> None:
    site = site_with(make_site)
    plan = planned(site)
    step = step_of(only(plan))
    assert (step.action, str(step.then), step.reason) == ("update", "restart IAS", "")
    started = site.state().services.find("IAS").started

    run = site.apply(plan)
    assert run.exit_code == 0
    done = step_of(only(run))
    assert (done.status, done.after) == ("changed", {"logged": None})
    assert "nothing was set" in done.message
    [restart] = only(run).restarts
    assert (restart.what, restart.status) == ("IAS", "done")
    assert site.state().services.find("IAS").started > started

    again = planned(site)
    assert (step_of(only(again)).action, again.exit_code) == ("none", 0)
    with pytest.raises(UsageError, match="nothing to roll back"):
        site.rollback(run.id)


def test_without_permission_the_restart_stays_pending_and_the_step_not_done(
    make_site: MakeSite,
) -> None:
    site = site_with(make_site)
    before = site.state().services.find("IAS").started
    run = site.apply(planned(site), permit=aovpn.Restart())
    assert run.exit_code == 3
    step = step_of(only(run))
    assert (step.status, step.message) == (
        "not_done",
        "nothing is set: it waits for restart IAS",
    )
    assert [(r.what, r.status) for r in only(run).restarts] == [("IAS", "outstanding")]
    assert site.state().services.find("IAS").started == before

    plan = planned(site)
    assert step_of(only(plan)).action == "update"
    assert only(site.apply(plan)).restarts[0].status == "done"
    assert planned(site).exit_code == 0


@pytest.mark.parametrize("hours_up", [0.5, 720])
def test_an_older_event_needs_nothing(make_site: MakeSite, hours_up: float) -> None:
    site = site_with(make_site, hours_ago=1000 if hours_up == 720 else 1, hours_up=hours_up)
    assert planned(site).exit_code == 0


def test_an_event_that_comes_back_after_the_restart_is_a_failure(make_site: MakeSite) -> None:
    site = site_with(make_site, hours_ago=-1)
    run = site.apply(planned(site))
    step = step_of(only(run))
    assert (run.exit_code, step.status) == (1, "not_held")
    assert step.message.startswith(
        "the restart was to bring it, but after the restart it reads logged "
    )


def test_where_a_set_fails_nothing_is_restarted(make_site: MakeSite) -> None:
    site = site_with(make_site)
    site.state().quirks.half_done = (r"HKLM\SOFTWARE\A\v",)
    run = site.apply(planned(site, {"id": "value", "registry_value": _VALUE}))
    assert [step.status for step in only(run).steps] == ["failed", "not_done"]
    assert not [each for each in only(run).restarts if each.tried]


def test_with_others_that_are_set_both_are_done_and_only_those_are_rolled_back(
    make_site: MakeSite,
) -> None:
    site = site_with(make_site)
    run = site.apply(planned(site, {"id": "value", "registry_value": _VALUE}))
    assert [step.status for step in only(run).steps] == ["changed", "changed"]
    back = site.rollback(run.id)
    assert [(s.id, s.status) for s in only(back).steps] == [("test/value", "changed")]


@pytest.mark.parametrize(("then", "alone"), [(False, True), (True, False)])
def test_what_no_restart_proves_needs_a_person(
    make_site: MakeSite, then: bool, alone: bool
) -> None:
    site = site_with(make_site, alone=alone)
    plan = planned(site, then=then)
    step = step_of(only(plan))
    assert (step.action, bool(step.then)) == ("manual", False)
    assert "restart IAS" in step.reason
    run = site.apply(plan)
    assert step_of(only(run)).status == "manual"
    assert not only(run).restarts


def test_a_service_that_shares_its_process_by_now_is_not_restarted(make_site: MakeSite) -> None:
    site = site_with(make_site)
    plan = planned(site)
    site.state().services.find("IAS").alone = False
    run = site.apply(plan)
    step = step_of(only(run))
    assert step.status == "stale"
    assert "shares its process" in step.message
    assert not only(run).restarts


@pytest.mark.parametrize(
    ("options", "is_fixed"),
    [
        ({"mode": "all", "allow_restart": True}, True),
        ({"mode": "all"}, False),
        ({"mode": "all", "allow_reboot": True}, False),
        ({"mode": "safe"}, False),
        ({"mode": "safe", "allow_restart": True}, False),
    ],
)
def test_drift_does_it_only_where_the_restart_is_allowed(
    make_site: MakeSite, options: dict[str, Any], is_fixed: bool
) -> None:
    host = only(planned(site_with(make_site)))
    fixed = to_fix(host, lambda _: True, FixOptions(**options))
    assert (fixed is not None) is is_fixed


def test_a_plan_file_holds_it_and_no_restart_that_the_step_does_not_declare(
    make_site: MakeSite,
) -> None:
    site = site_with(make_site)
    path = site.folder / "change.plan.json"
    plan_file.save(planned(site), path)
    assert step_of(only(plan_file.load(path))).action == "update"
    bare = planned(site, then=False)
    forged = step_of(only(bare)).model_copy(update={"action": Action.UPDATE})
    host = only(bare).model_copy(update={"steps": (forged,)})
    plan_file.save(bare.model_copy(update={"hosts": (host,)}), path)
    with pytest.raises(PlanError, match="its action should be"):
        plan_file.load(path)
