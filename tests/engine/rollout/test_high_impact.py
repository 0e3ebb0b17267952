"""Changes that concern more than their host: set, and set back, only when told so."""

from __future__ import annotations

from typing import Any

import aovpn_remediate as aovpn
from tests.engine.conftest import PATIENCE, MakeSite, Site, dword
from tests.engine.scenes import KEY, host, value

_FOREST = "which CAs the whole forest trusts"
_TOLD = aovpn.Options(patience=PATIENCE, confirm_high_impact=True)
_NOTE = f"high impact: {_FOREST}; only set with --confirm-high-impact"


def _site(make_site: MakeSite) -> Site:
    return make_site({"a": host(), "b": host()})


def _plan(site: Site, **more: Any) -> aovpn.Plan:
    """Of high impact on one host; the other has nothing but an ordinary change."""
    book = site.playbook("forest", steps=[dword(KEY, "x", 1)], hosts="a", high_impact=_FOREST)
    other = site.playbook("other", steps=[dword(KEY, "y", 1)], hosts="b")
    return site.plan(book, other, **more)


def test_a_plan_shows_it(make_site: MakeSite) -> None:
    [on_a, on_b] = _plan(_site(make_site)).hosts
    assert on_a.steps[0].notes == (_NOTE,)
    assert on_a.steps[0].high_impact == _FOREST
    assert on_b.steps[0].notes == ()


def test_without_leave_the_host_is_left_alone_and_others_go_on(make_site: MakeSite) -> None:
    site = _site(make_site)
    site.lab.reset_stats()
    plan = _plan(site)
    asked = site.requests("a")
    run = site.apply(plan)
    [on_a, on_b] = run.hosts
    assert run.exit_code == 1
    assert on_a.error == (
        f"forest/s0 is of high impact ({_FOREST}): nothing was set on this host; allow it with "
        "--confirm-high-impact"
    )
    assert not on_a.touched
    assert site.requests("a") == asked, "it is not even asked"
    assert on_b.steps[0].status == "changed"
    assert value(site, "x", on="a") is None


def test_it_is_set_and_set_back_with_leave(make_site: MakeSite) -> None:
    site = _site(make_site)
    before = site.snapshots()
    run = site.apply(_plan(site), options=_TOLD)
    assert run.exit_code == 0
    assert run.options["confirm_high_impact"] is True
    assert value(site, "x", on="a") is not None
    assert site.plan(site.folder / "forest.yaml").hosts[0].steps[0].notes == ()

    [shown, _] = aovpn.preview_rollback([run.id], site.inventory, journal=site.journal).hosts
    assert shown.steps[0].notes == (_NOTE,)
    refused = site.rollback(run.id)
    assert "allow it with --confirm-high-impact" in str(refused.hosts[0].error)
    assert value(site, "x", on="a") is not None
    assert site.rollback(run.id, options=_TOLD).exit_code == 0
    assert site.snapshots() == before


def test_a_resumed_run_carries_the_leave(make_site: MakeSite) -> None:
    site = _site(make_site)
    site.state("a").quirks.does_not_hold = (rf"{KEY}\x",)
    run = site.apply(_plan(site), options=_TOLD)
    assert run.hosts[0].failed
    site.state("a").quirks.does_not_hold = ()
    again = aovpn.resume(run.id, site.inventory, journal=site.journal)
    assert again.exit_code == 0
    assert again.options["confirm_high_impact"] is True


def test_one_of_two_playbooks_that_set_the_same_thing_is_enough(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    other = site.playbook("other", steps=[dword(KEY, "x", 1)])
    book = site.playbook("forest", steps=[dword(KEY, "x", 1)], high_impact=_FOREST)
    [step] = site.plan(other, book).hosts[0].steps
    assert step.high_impact == _FOREST
