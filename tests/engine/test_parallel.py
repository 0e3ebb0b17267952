"""Many hosts at once: who may log on, how many may fail, and how a person stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.connect import LogonGate
from aovpn_remediate.errors import LogonFailed, Unreachable
from aovpn_remediate.inventory.model import Credential, Host
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.transports.base import Session

from .conftest import MakeSite, Site, dword, statuses
from .killing import Deadline, observed
from .truth import assert_in_journal, assert_set_once, assert_true

KEY = r"HKLM\SOFTWARE\Test"
NAMES = [f"h{n:02}" for n in range(20)]


def _seed(**parts: Any) -> HostSeed:
    seed = {"name": "HOST", "registry": {KEY: {}}, "services": {"IAS": {}}}
    return HostSeed.model_validate({**seed, **parts})


def _fleet(make_site: MakeSite, special: dict[str, HostSeed] | None = None) -> Site:
    return make_site({name: _seed() for name in NAMES} | (special or {}))


def _playbook(site: Site, steps: int = 2, **more: Any) -> Any:
    return site.playbook(steps=[{**dword(KEY, f"v{n}", n), **more} for n in range(steps)])


# Logging on


def test_a_wrong_password_is_tried_on_two_hosts(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _fleet(make_site)
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "wrong")
    plan = site.plan(_playbook(site))
    assert site.lab.stats().unauthorized == 2
    assert site.lab.stats().requests == 2
    assert {host.error_kind for host in plan.hosts} == {"LogonFailed"}
    not_tried = [host for host in plan.hosts if str(host.error).startswith("not tried")]
    assert len(not_tried) == 18
    assert plan.exit_code == 1


def test_an_apply_does_not_lock_an_account_out_either(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _fleet(make_site)
    plan = site.plan(_playbook(site))
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "wrong")
    run = site.apply(plan)
    assert site.lab.stats().unauthorized == 2
    assert {host.error_kind for host in run.hosts} == {"LogonFailed"}
    assert_in_journal(site, run)
    assert site.windows.sets == []


def test_hosts_that_are_down_do_not_count_as_refusals(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _fleet(make_site, {name: _seed(down=True) for name in NAMES[:10]})
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "wrong")
    plan = site.plan(_playbook(site))
    assert site.lab.stats().unauthorized == 2
    assert [host.error_kind for host in plan.hosts[10:]] == ["LogonFailed"] * 10


def test_a_password_that_one_host_takes_is_tried_on_all(make_site: MakeSite) -> None:
    refusing = {NAMES[n]: _seed(refuse_users=["lab"]) for n in (0, 2, 3, 4)}
    site = _fleet(make_site, refusing)
    plan = site.plan(_playbook(site), workers=1)
    failed = {host.host for host in plan.hosts if host.error_kind == "LogonFailed"}
    assert failed == set(refusing)
    assert not any("not tried" in str(host.error) for host in plan.hosts)
    assert site.lab.stats().unauthorized == 4


def _host(name: str, user: str = "svc") -> Host:
    return Host(name, credential=Credential(username=user))


def _in_threads(gate: LogonGate, hosts: list[Host], log_on: Callable[[Host], Session]) -> list[Any]:
    """The outcome of each host, in order."""
    found: list[Any] = [None] * len(hosts)

    def connect(place: int) -> None:
        try:
            found[place] = gate.connect(hosts[place], lambda: log_on(hosts[place]))
        except (LogonFailed, Unreachable) as error:
            found[place] = error

    threads = [threading.Thread(target=connect, args=(n,)) for n in range(len(hosts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_host_that_does_not_answer_holds_up_nobody() -> None:
    """It is waited for before the credential is locked for a trial."""
    hosts = [_host("silent"), _host("well"), _host("also-well")]
    logged_on = threading.Semaphore(0)
    in_time: list[bool] = []

    def knock(host: Host) -> None:
        if host.name == "silent":
            in_time.extend(logged_on.acquire(timeout=10) for _ in range(2))
            raise Unreachable(host.name, "no answer")

    def log_on(host: Host) -> Any:
        logged_on.release()
        return host.name

    silent, *well = _in_threads(LogonGate(hosts, knock), hosts, log_on)
    assert well == ["well", "also-well"]
    assert isinstance(silent, Unreachable)
    assert in_time == [True, True]


def test_each_credential_is_tried_by_itself() -> None:
    hosts = [_host(f"{user}-{n}", user) for user in ("one", "other") for n in range(5)]
    alone = _host("alone", "nobody-else")
    tried: list[str] = []

    def refuse(host: Host) -> Session:
        tried.append(host.credential.username or "")
        raise LogonFailed(host.name, "refused")

    gate = LogonGate([*hosts, alone], lambda _: None)
    found = _in_threads(gate, [*hosts, alone], refuse)
    assert sorted(tried) == ["nobody-else", "one", "one", "other", "other"]
    assert sum("not tried" in str(error) for error in found) == 6


# Failures


@pytest.mark.parametrize(
    ("limit", "begun"),
    [
        (aovpn.Limit(), 20),
        (aovpn.Limit(count=0), 1),
        (aovpn.Limit(count=2), 3),
        (aovpn.Limit(percent=0), 1),
        (aovpn.Limit(percent=10), 3),
        (aovpn.Limit(percent=12.5), 3),
        (aovpn.Limit(percent=100), 20),
    ],
    ids=str,
)
def test_no_new_host_is_begun_after_so_many_failures(
    make_site: MakeSite, limit: aovpn.Limit, begun: int
) -> None:
    site = _fleet(make_site)
    plan = site.plan(_playbook(site))
    for name in NAMES:
        site.state(name).quirks.does_not_hold = (rf"{KEY}\v0",)
    run = site.apply(plan, options=aovpn.Options(workers=1, max_failures=limit))
    expected = [["not_held", "skipped"]] * begun + [["not_done", "not_done"]] * (20 - begun)
    assert list(statuses(run).values()) == expected
    assert [host.finished for host in run.hosts] == [True] * begun + [False] * (20 - begun)
    assert run.exit_code == 1
    assert_in_journal(site, run)
    assert_true(run, site.windows.sets)


# Stopping


def test_the_first_stop_begins_no_host_and_lets_those_under_way_finish(
    make_site: MakeSite,
) -> None:
    site = _fleet(make_site)
    plan = site.plan(_playbook(site))
    control = aovpn.Control()
    observed(site).deadline = Deadline(3, control.stop.request)
    run = site.apply(plan, control=control, options=aovpn.Options(workers=2))
    changed = [name for name, found in statuses(run).items() if found == ["changed", "changed"]]
    begun = len(changed)
    assert 1 <= begun <= 4
    assert list(statuses(run).values())[begun:] == [["not_done", "not_done"]] * (20 - begun)
    assert (run.interrupted, run.exit_code) == (True, 130)
    assert_in_journal(site, run)
    assert_true(run, site.windows.sets)
    assert site.apply(plan).exit_code == 0


def test_the_first_stop_lets_a_restart_finish_and_begins_no_other(make_site: MakeSite) -> None:
    site = _fleet(make_site)
    plan = site.plan(_playbook(site, then={"restart": ["IAS"]}), limit="h00,h01,h02")
    control = aovpn.Control()

    def stop(_host: str, what: str) -> None:
        if what.startswith("restarting"):
            control.stop.request()

    control.watch = stop
    run = site.apply(plan, control=control)
    restarts = [[(r.what, r.status) for r in host.restarts] for host in run.hosts]
    assert restarts == [[("IAS", "done")], [("IAS", "outstanding")], [("IAS", "outstanding")]]
    assert [outage.what for outage in site.windows.history] == ["IAS"]
    assert run.exit_code == 130
    assert_in_journal(site, run)
    assert site.apply(plan).exit_code == 0
    assert len(site.windows.history) == 3


def test_the_second_stop_ends_what_is_under_way(make_site: MakeSite) -> None:
    slow = _seed(quirks={"slow": 0.3})
    site = _fleet(make_site, dict.fromkeys(NAMES, slow))
    original = site.snapshots()
    plan = site.plan(_playbook(site, steps=4))
    control = aovpn.Control()

    def stop_twice() -> None:
        control.stop.request()
        control.stop.request()

    observed(site).deadline = Deadline(8, stop_twice)
    run = site.apply(plan, control=control, options=aovpn.Options(workers=4))
    site.lab.assert_clean()
    assert max(host.seconds for host in run.hosts) < 5
    assert run.exit_code == 130
    assert_in_journal(site, run)
    assert_true(run, site.windows.sets)
    found = [set(each) for each in statuses(run).values()]
    assert all("unknown" in each for each in found[:4])
    assert found[4:] == [{"not_done"}] * 16

    for name in NAMES:
        site.state(name).quirks.slow = 0.0
    second = site.apply(plan)
    assert second.exit_code == 0
    assert_set_once(site.windows.sets)
    assert site.rollback(run.id, second.id).exit_code == 0
    assert site.snapshots() == original


def test_a_plan_that_is_stopped_says_which_hosts_it_did_not_read(make_site: MakeSite) -> None:
    site = _fleet(make_site)
    control = aovpn.Control()
    observed(site).deadline = Deadline(3, control.stop.request)
    plan = site.plan(_playbook(site), workers=1, control=control)
    assert [host.error for host in plan.hosts] == [None] * 3 + ["not read: interrupted"] * 17
    assert plan.exit_code == 130


# Order


def test_results_are_in_the_order_of_the_inventory(make_site: MakeSite) -> None:
    late = {name: _seed(quirks={"slow": 0.1}) for name in NAMES[:4]}
    site = _fleet(make_site, late)
    finished: list[str] = []

    def note(host: str, what: str) -> None:
        if what == "done":
            finished.append(host)

    plan = site.plan(_playbook(site))
    run = site.apply(plan, control=aovpn.Control(watch=note))
    assert [host.host for host in plan.hosts] == NAMES
    assert [host.host for host in run.hosts] == NAMES
    assert finished != NAMES
