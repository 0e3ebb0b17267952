"""Confirmed changes stay; nothing is set where no automatic rollback can be scheduled."""

from __future__ import annotations

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.api.confirm import confirm
from aovpn_remediate.errors import UsageError
from tests.engine.conftest import dword, one, statuses
from tests.engine.scenes import (
    KEY,
    NO_PERMIT,
    before,
    dwords,
    host,
    needing,
    running,
    services,
    value,
)

from .conftest import (
    WITHIN,
    MakeSite,
    apply_unconfirmed,
    confirm_run,
    options,
    rollbacks_on,
    statuses_of,
    two_hosts,
)


def test_confirmed_changes_stay(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    run = apply_unconfirmed(site)
    after = site.snapshots()
    found = confirm_run(site)
    assert (found.exit_code, statuses_of(found)) == (0, {"one": "confirmed", "two": "confirmed"})
    assert rollbacks_on(site) == {"one": [], "two": []}
    site.windows.let_time_pass(2 * WITHIN)
    assert site.snapshots() == after
    assert statuses_of(confirm_run(site, run.id)) == statuses_of(found)
    kept = aovpn.show(run.id, journal=site.journal)
    assert {each.confirm.status for each in kept.hosts if each.confirm} == {"confirmed"}


def test_a_single_host_can_be_confirmed(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    before_all = site.snapshots()
    apply_unconfirmed(site)
    after = site.snapshots()
    assert statuses_of(confirm_run(site, hosts=["two"])) == {"two": "confirmed"}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == {"one": before_all["one"], "two": after["two"]}
    with pytest.raises(UsageError, match="no host"):
        confirm_run(site, hosts=["three"])


def test_a_run_without_confirmation_has_nothing_to_confirm(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = site.apply(site.plan(site.playbook(steps=dwords("a"))))
    assert one(run).confirm is None
    assert rollbacks_on(site) == {"host": []}
    with pytest.raises(UsageError, match=f"run {run.id} has nothing to confirm"):
        confirm_run(site)


def test_nothing_is_scheduled_where_nothing_is_to_be_set(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"a": {"dword": 1}}})})
    run = apply_unconfirmed(site, *dwords("a"))
    assert statuses(run) == {"host": ["unchanged"]}
    assert (one(run).confirm, rollbacks_on(site)) == (None, {"host": []})


def test_a_playbook_may_ask_for_confirmation(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    books = [
        site.playbook("long", steps=dwords("a"), confirm_within="2h"),
        site.playbook("short", steps=dwords("b"), confirm_within="90s"),
        site.playbook("none", steps=dwords("c")),
    ]
    run = site.apply(site.plan(*books))
    waits = site.state().tasks.waiting[run.id].at - site.state().now
    assert 80 < waits.total_seconds() <= 90
    site.windows.let_time_pass(90)
    assert [value(site, name) for name in ("a", "b", "c")] == [None, None, None]


def test_the_option_wins_over_the_playbooks(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=dwords("a"), confirm_within="90s"))
    run = site.apply(plan, options=options())
    waits = site.state().tasks.waiting[run.id].at - site.state().now
    assert WITHIN - 10 < waits.total_seconds() <= WITHIN


def test_a_playbook_that_does_not_apply_asks_for_no_confirmation(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    other = site.playbook("nps", steps=dwords("a"), confirm_within="90s", applies={"role": "nps"})
    run = site.apply(site.plan(other, site.playbook(steps=dwords("b"))))
    assert one(run).confirm is None


def test_without_confirmation_no_extra_request_is_sent(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=dwords("a")))
    site.lab.reset_stats()
    site.apply(plan)
    assert site.requests() <= 9


# --self-confirm


def test_a_run_confirms_a_healthy_host(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    playbook = site.playbook(steps=[needing(["IAS"], "a")], after=[running("IAS")])
    run = site.apply(site.plan(playbook), options=options(self_confirm=True))
    assert (run.exit_code, one(run).confirm.status) == (0, "confirmed")
    assert rollbacks_on(site) == {"host": []}


def test_a_run_does_not_confirm_a_host_with_a_pending_restart(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    plan = site.plan(site.playbook(steps=[needing(["IAS"], "a")]))
    run = site.apply(plan, options=options(self_confirm=True), permit=NO_PERMIT)
    assert one(run).confirm.status == "waiting"


def test_a_run_does_not_confirm_a_host_with_failed_checks(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": {"status": "stopped"}})})
    playbook = site.playbook(steps=dwords("a"), after=[running("IAS")])
    impatient = aovpn.Patience(settle=0.1, reboot=1, poll=0.01, stable=0.01)
    run = site.apply(site.plan(playbook), options=options(self_confirm=True, patience=impatient))
    assert (run.exit_code, one(run).confirm.status) == (1, "waiting")


def test_a_run_reports_a_host_that_became_unreachable(make_site: MakeSite) -> None:
    site = make_site({"host": host()}, clean=False)
    plan = site.plan(site.playbook(steps=dwords("a")))
    # Its pipelines: reading, scheduling, setting, confirming.
    before(site, 4, lambda: setattr(site.state(), "cut_off", True))
    run = site.apply(plan, options=options(self_confirm=True))
    assert statuses(run) == {"host": ["changed"]}
    assert (run.exit_code, one(run).confirm.status) == (1, "unreached")


# Rollbacks that cannot be scheduled


@pytest.mark.parametrize(
    ("quirks", "words"),
    [
        ({"refuses_tasks": "Access is denied."}, "Access is denied."),
        ({"disables_tasks": True}, "The task of the automatic rollback is registered, but"),
        ({"foreign_folder": True}, "Others than SYSTEM and Administrators have or had rights to"),
        ({"language_mode": "ConstrainedLanguage"}, "In ConstrainedLanguage no automatic rollback"),
    ],
)
def test_nothing_is_set_where_no_rollback_can_be_scheduled(
    make_site: MakeSite, quirks: dict[str, object], words: str
) -> None:
    service = {"service": {"name": "IAS", "startup": "manual"}}
    site = make_site({"host": host(services=services("IAS"), quirks=quirks)})
    as_it_was = site.snapshots()
    run = apply_unconfirmed(site, service)
    assert (run.exit_code, statuses(run)) == (1, {"host": ["skipped"]})
    assert one(run).error.startswith(
        "nothing was set, because no automatic rollback could be scheduled: "
    )
    assert words in one(run).error
    assert (site.snapshots(), rollbacks_on(site)) == (as_it_was, {"host": []})
    assert one(run).touched is False
    assert [each.status for each in site.journal.confirmations_of(run.id)] == ["gone"]


def test_the_keys_of_a_user_cannot_be_rolled_back_by_system(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {}, r"HKCU\Software\X": {}})})
    as_it_was = site.snapshots()
    run = apply_unconfirmed(site, dword(r"HKCU\Software\X", "a", 1), *dwords("b"))
    assert "test/s0: the rollback runs as SYSTEM, for which HKEY_CURRENT_USER" in str(
        one(run).error
    )
    assert site.snapshots() == as_it_was


# States of the rollback on the host


def test_a_rollback_that_somebody_removed_is_reported(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = apply_unconfirmed(site)
    site.state().tasks.waiting.clear()
    found = confirm_run(site, run.id)
    assert (found.exit_code, statuses_of(found)) == (1, {"host": "gone"})
    assert f"use `verify {run.id}` to check the changes" in found.hosts[0].confirm.message


def test_an_interrupted_rollback_is_reported(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = apply_unconfirmed(site)
    tasks = site.state().tasks
    tasks.waiting.clear()
    tasks.running.add(run.id)
    tasks.outcomes[run.id] = ['{"began":"2026-11-21T02:03:04.5678901Z"}', "rubbish"]
    found = confirm_run(site, run.id).hosts[0].confirm
    assert (found.status, found.time) == ("unfinished", "2026-11-21T02:03:04.5678901Z")
    assert "its automatic rollback began at 2026-11-21T02:03:04Z and did not" in found.message
    assert found.problems == ("the host wrote an invalid record: 'rubbish'",)
    assert rollbacks_on(site) == {"host": []}
    again = confirm_run(site, run.id).hosts[0].confirm
    assert (again.status, again.message) == (
        "unfinished",
        "not confirmed in time, and its automatic rollback did not finish",
    )


def test_a_host_that_left_the_inventory_cannot_be_confirmed(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    run = apply_unconfirmed(site)
    text = site.inventory.read_text("utf-8").replace("two:", "other:")
    site.inventory.write_text(text, "utf-8")
    found = confirm(run.id, site.inventory, journal=site.journal)
    assert statuses_of(found) == {"one": "confirmed", "two": "unreached"}
