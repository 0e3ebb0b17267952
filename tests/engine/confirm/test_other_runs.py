"""Other runs on hosts with a pending confirmation: refused, rolled back, resumed."""

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

from .conftest import (
    WITHIN,
    MakeSite,
    ahead,
    apply_unconfirmed,
    confirm_run,
    options,
    rollbacks_on,
    statuses_of,
    two_hosts,
)


def test_another_run_is_refused(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    first = apply_unconfirmed(site)
    confirm_run(site, hosts=["two"])
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
    end = until + timedelta(minutes=20)
    assert words.endswith(f"{end:%Y-%m-%dT%H:%M:%SZ}")
    assert (done.error, value(site, "d", on="one")) == (None, None)
    assert done.steps[0].status == "changed"


def test_another_run_may_change_the_host_after_its_rollback(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = apply_unconfirmed(site)
    site.windows.let_time_pass(WITHIN)
    plan = site.plan(site.playbook("other", steps=dwords("d")))
    late = aovpn.Options(patience=PATIENCE, clock=ahead(3.1 * WITHIN))
    run = site.apply(plan, options=late)
    assert statuses(run) == {"host": ["changed"]}
    assert statuses_of(confirm_run(site, first.id)) == {"host": "undone"}


def test_another_run_is_refused_where_the_rollback_failed(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"rollback_result": 2})})
    first = apply_unconfirmed(site)
    site.windows.let_time_pass(WITHIN)
    plan = site.plan(site.playbook("other", steps=dwords("d")))
    run = site.apply(plan, options=aovpn.Options(patience=PATIENCE, clock=ahead(4 * WITHIN)))
    assert statuses(run) == {"host": ["skipped"]}
    assert one(run).error == (
        f"nothing was set: run {first.id} was not confirmed, and its automatic rollback failed on "
        f"this host: use `confirm {first.id}` or `rollback {first.id}` first"
    )


def test_another_run_is_refused_while_the_rollback_is_late(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = apply_unconfirmed(site)
    plan = site.plan(site.playbook("other", steps=dwords("d")))
    late = aovpn.Options(patience=PATIENCE, clock=ahead(4 * WITHIN))
    run = site.apply(plan, options=late)
    assert statuses(run) == {"host": ["skipped"]}
    assert one(run).error == (
        f"nothing was set: run {first.id} was not confirmed, and its automatic rollback is late on "
        f"this host: use `confirm {first.id}` or `rollback {first.id}` first"
    )
    assert rollbacks_on(site) == {"host": [f"waiting {first.id}"]}
    confirm_run(site, first.id)
    assert statuses(site.apply(plan, options=late)) == {"host": ["changed"]}


def test_rollback_cancels_the_automatic_rollback(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    as_it_was = site.snapshots()
    run = apply_unconfirmed(site)
    assert site.rollback(run.id).exit_code == 0
    assert (site.snapshots(), rollbacks_on(site)) == (as_it_was, {"host": []})
    assert [each.status for each in site.journal.confirmations_of(run.id)] == ["confirmed"]


def test_a_failed_rollback_keeps_the_automatic_rollback(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    as_it_was = site.snapshots()
    run = apply_unconfirmed(site)
    sets(site, "b", 9)()
    assert site.rollback(run.id).exit_code == 1
    assert rollbacks_on(site) == {"host": [f"waiting {run.id}"]}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == as_it_was


def test_rollback_after_the_automatic_rollback(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    as_it_was = site.snapshots()
    run = apply_unconfirmed(site)
    site.windows.let_time_pass(WITHIN)
    assert site.rollback(run.id).exit_code == 0
    assert (site.snapshots(), rollbacks_on(site)) == (as_it_was, {"host": []})


def test_a_resumed_run_keeps_the_automatic_rollback_of_the_run_before(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"does_not_hold": [f"{KEY}\\b"]})})
    as_it_was = site.snapshots()
    first = apply_unconfirmed(site)
    site.state().quirks.does_not_hold = ()
    late = options(clock=ahead(WITHIN - 30))
    refused = aovpn.resume(first.id, site.inventory, journal=site.journal, options=late)
    assert "was not confirmed, and the host is about to roll back automatically" in str(
        one(refused).error
    )
    run = aovpn.resume(first.id, site.inventory, journal=site.journal, options=options())
    assert statuses(run) == {"host": ["unchanged", "changed", "changed"]}
    assert one(run).confirm.run == first.id
    assert rollbacks_on(site) == {"host": [f"waiting {first.id}"]}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == as_it_was
    assert statuses_of(confirm_run(site, run.id)) == {"host": "undone"}


def test_a_run_that_is_resumed_twice_keeps_it_too(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"does_not_hold": [f"{KEY}\\b"]})})
    first = apply_unconfirmed(site)
    second = aovpn.resume(first.id, site.inventory, journal=site.journal, options=options())
    assert statuses(second) == {"host": ["unchanged", "not_held", "skipped"]}
    site.state().quirks.does_not_hold = ()
    third = aovpn.resume(second.id, site.inventory, journal=site.journal, options=options())
    assert third.of == (second.id, first.id)
    assert statuses(third) == {"host": ["unchanged", "changed", "changed"]}
    assert statuses_of(confirm_run(site, third.id)) == {"host": "confirmed"}
    assert rollbacks_on(site) == {"host": []}
