"""Other runs on hosts that are armed: refused, rolled back, gone on with."""

from __future__ import annotations

from datetime import timedelta

import aovpn_remediate as aovpn
from tests.engine.conftest import PATIENCE, one, statuses
from tests.engine.scenes import (
    KEY,
    dwords,
    host,
    sets,
    value,
)

from .conftest import WITHIN, MakeSite, ahead, armed, keep, left, options, said, two_hosts


def test_another_run_is_refused(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    first = armed(site)
    keep(site, hosts=["two"])
    plan = site.plan(site.playbook("other", steps=dwords("d")))
    run = site.apply(plan)
    refused, done = run.hosts
    until = site.state("one").tasks.waiting[first.id].at
    assert refused.error_kind == "NotAllowed"
    words = str(refused.error)
    assert words.startswith(
        f"run {first.id} has not been confirmed on this host: use `confirm {first.id}` or "
        f"`rollback {first.id}`, or wait until "
    )
    end = until + timedelta(minutes=10)
    assert words.endswith(f"{end:%Y-%m-%dT%H:%M:%SZ}")
    assert (done.error, value(site, "d", on="one")) == (None, None)
    assert done.steps[0].status == "changed"


def test_another_run_goes_on_when_the_time_is_over(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = armed(site)
    site.windows.let_time_pass(WITHIN)
    plan = site.plan(site.playbook("other", steps=dwords("d")))
    late = aovpn.Options(patience=PATIENCE, clock=ahead(2 * WITHIN))
    run = site.apply(plan, options=late)
    assert statuses(run) == {"host": ["changed"]}
    assert said(keep(site, first.id)) == {"host": "undone"}


def test_a_way_back_that_is_late_is_not_run_over(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = armed(site)
    plan = site.plan(site.playbook("other", steps=dwords("d")))
    late = aovpn.Options(patience=PATIENCE, clock=ahead(3 * WITHIN))
    run = site.apply(plan, options=late)
    assert statuses(run) == {"host": ["skipped"]}
    assert one(run).error == (
        f"nothing was set: run {first.id} was not confirmed, and its automatic rollback is late on "
        f"this host: use `confirm {first.id}` or `rollback {first.id}` first"
    )
    assert left(site) == {"host": [f"waiting {first.id}"]}
    keep(site, first.id)
    assert statuses(site.apply(plan, options=late)) == {"host": ["changed"]}


def test_a_rollback_takes_it_away(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    as_it_was = site.snapshots()
    run = armed(site)
    assert site.rollback(run.id).exit_code == 0
    assert (site.snapshots(), left(site)) == (as_it_was, {"host": []})
    assert [arm.status for arm in site.journal.confirmations_of(run.id)] == ["confirmed"]


def test_a_rollback_that_does_not_end_well_leaves_it(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    as_it_was = site.snapshots()
    run = armed(site)
    sets(site, "b", 9)()
    assert site.rollback(run.id).exit_code == 1
    assert left(site) == {"host": [f"waiting {run.id}"]}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == as_it_was


def test_a_rollback_after_the_host_has_done_it(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    as_it_was = site.snapshots()
    run = armed(site)
    site.windows.let_time_pass(WITHIN)
    assert site.rollback(run.id).exit_code == 0
    assert (site.snapshots(), left(site)) == (as_it_was, {"host": []})


def test_a_run_that_goes_on_keeps_the_way_back_of_the_one_before(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"does_not_hold": [f"{KEY}\\b"]})})
    as_it_was = site.snapshots()
    first = armed(site)
    site.state().quirks.does_not_hold = ()
    late = options(clock=ahead(WITHIN - 30))
    refused = aovpn.resume(first.id, site.inventory, journal=site.journal, options=late)
    assert "was not confirmed, and the host is about to roll back automatically" in str(
        one(refused).error
    )
    run = aovpn.resume(first.id, site.inventory, journal=site.journal, options=options())
    assert statuses(run) == {"host": ["unchanged", "changed", "changed"]}
    assert one(run).confirm.run == first.id
    assert left(site) == {"host": [f"waiting {first.id}"]}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == as_it_was
    assert said(keep(site, run.id)) == {"host": "undone"}


def test_also_when_it_is_gone_on_with_twice(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"does_not_hold": [f"{KEY}\\b"]})})
    first = armed(site)
    second = aovpn.resume(first.id, site.inventory, journal=site.journal, options=options())
    assert statuses(second) == {"host": ["unchanged", "not_held", "skipped"]}
    site.state().quirks.does_not_hold = ()
    third = aovpn.resume(second.id, site.inventory, journal=site.journal, options=options())
    assert third.of == (second.id, first.id)
    assert statuses(third) == {"host": ["unchanged", "changed", "changed"]}
    assert said(keep(site, third.id)) == {"host": "confirmed"}
    assert left(site) == {"host": []}
