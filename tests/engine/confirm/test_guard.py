"""What is confirmed stays; what could not be armed is left as it is."""

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

from .conftest import WITHIN, MakeSite, armed, keep, left, options, said, two_hosts


def test_what_is_confirmed_stays(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    run = armed(site)
    after = site.snapshots()
    found = keep(site)
    assert (found.exit_code, said(found)) == (0, {"one": "confirmed", "two": "confirmed"})
    assert left(site) == {"one": [], "two": []}
    site.windows.let_time_pass(2 * WITHIN)
    assert site.snapshots() == after
    assert said(keep(site, run.id)) == said(found)
    kept = aovpn.show(run.id, journal=site.journal)
    assert {each.confirm.status for each in kept.hosts if each.confirm} == {"confirmed"}


def test_one_host_alone_is_confirmed(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    before_all = site.snapshots()
    armed(site)
    after = site.snapshots()
    assert said(keep(site, hosts=["two"])) == {"two": "confirmed"}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == {"one": before_all["one"], "two": after["two"]}
    with pytest.raises(UsageError, match="no host"):
        keep(site, hosts=["three"])


def test_a_run_that_asked_for_nothing_has_nothing_to_confirm(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = site.apply(site.plan(site.playbook(steps=dwords("a"))))
    assert one(run).confirm is None
    assert left(site) == {"host": []}
    with pytest.raises(UsageError, match=f"run {run.id} has nothing to confirm"):
        keep(site)


def test_where_nothing_is_to_be_set_nothing_is_armed(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"a": {"dword": 1}}})})
    run = armed(site, *dwords("a"))
    assert statuses(run) == {"host": ["unchanged"]}
    assert (one(run).confirm, left(site)) == (None, {"host": []})


def test_a_playbook_may_ask_for_it(make_site: MakeSite) -> None:
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


def test_a_playbook_that_is_not_for_the_host_asks_for_nothing(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    other = site.playbook("nps", steps=dwords("a"), confirm_within="90s", applies={"role": "nps"})
    run = site.apply(site.plan(other, site.playbook(steps=dwords("b"))))
    assert one(run).confirm is None


def test_without_it_nothing_of_it_is_sent(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=dwords("a")))
    site.lab.reset_stats()
    site.apply(plan)
    assert site.requests() <= 9


# By itself


def test_a_run_confirms_a_host_that_is_well(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    playbook = site.playbook(steps=[needing(["IAS"], "a")], after=[running("IAS")])
    run = site.apply(site.plan(playbook), options=options(self_confirm=True))
    assert (run.exit_code, one(run).confirm.status) == (0, "confirmed")
    assert left(site) == {"host": []}


def test_a_run_does_not_confirm_a_host_that_waits_for_a_restart(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    plan = site.plan(site.playbook(steps=[needing(["IAS"], "a")]))
    run = site.apply(plan, options=options(self_confirm=True), permit=NO_PERMIT)
    assert one(run).confirm.status == "waiting"


def test_a_run_does_not_confirm_a_host_whose_checks_do_not_hold(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": {"status": "stopped"}})})
    playbook = site.playbook(steps=dwords("a"), after=[running("IAS")])
    impatient = aovpn.Patience(settle=0.1, reboot=1, poll=0.01)
    run = site.apply(site.plan(playbook), options=options(self_confirm=True, patience=impatient))
    assert (run.exit_code, one(run).confirm.status) == (1, "waiting")


def test_a_run_that_cannot_reach_its_host_any_more_says_so(make_site: MakeSite) -> None:
    site = make_site({"host": host()}, clean=False)
    plan = site.plan(site.playbook(steps=dwords("a")))
    # Its pipelines: reading, arming, setting, confirming.
    before(site, 4, lambda: setattr(site.state(), "cut_off", True))
    run = site.apply(plan, options=options(self_confirm=True))
    assert statuses(run) == {"host": ["changed"]}
    assert (run.exit_code, one(run).confirm.status) == (1, "unreached")


# What cannot be armed


@pytest.mark.parametrize(
    ("quirks", "words"),
    [
        ({"refuses_tasks": "Access is denied."}, "Access is denied."),
        ({"disables_tasks": True}, "The task that sets the host back is there, but it is disabled"),
        ({"foreign_folder": True}, "Others than SYSTEM and Administrators have or had rights to"),
        ({"language_mode": "ConstrainedLanguage"}, "In ConstrainedLanguage no task can be made"),
    ],
)
def test_a_host_that_cannot_be_armed_is_left_as_it_is(
    make_site: MakeSite, quirks: dict[str, object], words: str
) -> None:
    service = {"service": {"name": "IAS", "startup": "manual"}}
    site = make_site({"host": host(services=services("IAS"), quirks=quirks)})
    as_it_was = site.snapshots()
    run = armed(site, service)
    assert (run.exit_code, statuses(run)) == (1, {"host": ["skipped"]})
    assert one(run).error.startswith(
        "nothing was set, because no automatic rollback could be scheduled: "
    )
    assert words in one(run).error
    assert (site.snapshots(), left(site)) == (as_it_was, {"host": []})
    assert one(run).touched is False
    assert [arm.status for arm in site.journal.confirmations_of(run.id)] == ["gone"]


def test_a_value_of_a_user_is_another_one_for_system(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {}, r"HKCU\Software\X": {}})})
    as_it_was = site.snapshots()
    run = armed(site, dword(r"HKCU\Software\X", "a", 1), *dwords("b"))
    assert "test/s0: the rollback runs as SYSTEM, for which HKEY_CURRENT_USER" in str(
        one(run).error
    )
    assert site.snapshots() == as_it_was


# What is found on the host


def test_something_that_somebody_took_away_is_said(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = armed(site)
    site.state().tasks.waiting.clear()
    found = keep(site, run.id)
    assert (found.exit_code, said(found)) == (1, {"host": "gone"})
    assert f"use `verify {run.id}` to check the changes" in found.hosts[0].confirm.message


def test_a_way_back_that_was_broken_off_is_said(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = armed(site)
    tasks = site.state().tasks
    tasks.waiting.clear()
    tasks.running.add(run.id)
    tasks.outcomes[run.id] = ['{"began":"2026-11-21T02:03:04.5678901Z"}', "rubbish"]
    found = keep(site, run.id).hosts[0].confirm
    assert (found.status, found.time) == ("unfinished", "2026-11-21T02:03:04.5678901Z")
    assert "its automatic rollback began at 2026-11-21T02:03:04Z and did not" in found.message
    assert found.problems == ("the host wrote an invalid record: 'rubbish'",)
    assert left(site) == {"host": []}


def test_a_host_that_left_the_inventory_cannot_be_confirmed(make_site: MakeSite) -> None:
    site = make_site(two_hosts())
    run = armed(site)
    text = site.inventory.read_text("utf-8").replace("two:", "other:")
    site.inventory.write_text(text, "utf-8")
    found = confirm(run.id, site.inventory, journal=site.journal)
    assert said(found) == {"one": "confirmed", "two": "unreached"}
