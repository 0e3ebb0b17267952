"""Services that are neither running nor stopped, that do not last, and names that are none."""

from __future__ import annotations

from dataclasses import replace

import aovpn_remediate as aovpn
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import PATIENCE, MakeSite, Site, dword, one, statuses
from tests.engine.scenes import (
    KEY,
    before,
    dwords,
    host,
    needing,
    restarts,
    running,
    service,
    sets,
)

LOOK_AFTER_RESTART = 4
"""The pipeline of an apply that looks whether all is well; then it is looked once more."""
LASTS = aovpn.Options(patience=replace(PATIENCE, stable=0.01))


def _stops(site: Site, name: str) -> None:
    site.state().services.stop(site.state().services.find(name))


def test_a_paused_service_is_restarted_and_stays_paused(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(status="paused")})})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    plan = site.plan(book)
    run = site.apply(plan)
    assert restarts(run) == {"IAS": "done"}
    assert run.exit_code == 0
    state = site.state().services
    assert state.status(state.find("IAS")) == "paused"
    assert site.plan(book).exit_code == 0


def test_a_paused_service_is_continued_and_paused_again_by_the_rollback(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host(services={"IAS": service(status="paused")})})
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=[running("IAS")]))
    [step] = one(plan).steps
    assert (step.before_text, step.after_text) == ("paused", "running")
    run = site.apply(plan)
    assert statuses(run) == {"host": ["changed"]}
    state = site.state().services
    assert state.status(state.find("IAS")) == "running"
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


def test_a_restart_by_a_display_name_is_never_not_needed(make_site: MakeSite) -> None:
    shown = service(display_name="Network Policy Server")
    site = make_site({"host": host(services={"IAS": shown})})
    run = site.apply(site.plan(site.playbook(steps=[needing(["Network Policy Server"], "a")])))
    [restart] = one(run).restarts
    assert restart.status == "failed"
    assert "the service is called IAS" in restart.message
    assert run.exit_code == 1


def test_a_service_that_dies_soon_after_its_restart_is_seen(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    plan = site.plan(site.playbook(steps=[needing(["IAS"], "a")]))
    before(site, LOOK_AFTER_RESTART + 1, lambda: _stops(site, "IAS"))
    run = site.apply(plan, options=LASTS)
    [restart] = one(run).restarts
    assert restart.status == "failed"
    assert "it did not start again by itself" in restart.message
    assert run.exit_code == 1


def test_a_playbook_says_how_long_a_service_has_to_last(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    steps = [{**dword(KEY, "a", 1), "then": {"restart": ["IAS"], "stable_for": "1s"}}]
    plan = site.plan(site.playbook(steps=steps))
    assert one(plan).steps[0].then == aovpn.Restart(services=("IAS",), stable_for=1.0)
    before(site, LOOK_AFTER_RESTART + 1, lambda: _stops(site, "IAS"))
    [restart] = one(site.apply(plan)).restarts
    assert restart.status == "failed"
    assert restart.seconds > 1


def test_a_step_that_was_right_and_is_changed_by_the_run_itself_is_not_held(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host()})
    site.state().registry.set(KEY, "a", Value("DWord", 1))
    plan = site.plan(site.playbook(steps=dwords("a", "b")))
    # The last read of the batch that sets b.
    before(site, 2, sets(site, "a", 7))
    run = site.apply(plan)
    assert statuses(run) == {"host": ["not_held", "changed"]}
    assert "it was as wanted, and then changed by something else" in one(run).steps[0].message
    assert run.exit_code == 1


def test_a_step_that_was_right_and_does_not_survive_a_restart_is_not_held(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    site.state().registry.set(KEY, "a", Value("DWord", 1))
    plan = site.plan(site.playbook(steps=[*dwords("a"), needing(["IAS"], "b")]))
    before(site, LOOK_AFTER_RESTART, sets(site, "a", 7))
    run = site.apply(plan)
    assert statuses(run) == {"host": ["not_held", "changed"]}
    assert "after the restart it reads" in one(run).steps[0].message
