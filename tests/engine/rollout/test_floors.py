"""The floor of a group at every moment, by what the lab has written down."""

from __future__ import annotations

from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.restart.capacity import why_not_serving
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.results import Facts
from tests.lengths import on_databases, some_now

from .fleets import (
    QUICK,
    SHORT,
    MakeSite,
    Site,
    fleet,
    in_effect,
    kept,
    options,
    planned,
    resumed,
    ruled,
    sixty,
    unreachable,
)
from .killing import in_a_process
from .serving import SERVICES, Watched

FLOORS: dict[str, dict[str, Any]] = {
    "nps": {"keep_serving": "75%"},
    "rras": {"keep_serving": 16},
    "connector": {"keep_serving": 17},
}


def stop_service(site: Site, name: str) -> None:
    services = site.state(name).services
    service = services.find(SERVICES[name.partition("-")[0]])
    assert service is not None
    services.stop(service)


def members(site: Site, role: str) -> list[str]:
    return [name for name in site.addresses if name.startswith(role)]


@pytest.mark.long
def test_it_holds_on_sixty_hosts_some_of_which_are_down(make_site: MakeSite) -> None:
    """Down from the start, services stopped, one breaks on the way, one never returns."""
    site = ruled(sixty(make_site), **FLOORS)
    plan = planned(site)
    unreachable(site, ["nps-20"])
    for name in ("rras-19", "rras-20"):
        stop_service(site, name)
    site.state("nps-05").quirks.never_returns = True
    broken = site.state("connector-07").quirks
    broken.refuses_restart = broken.refuses_start = ("PFXCertificateConnectorSvc",)
    watched = Watched(site)
    limit = aovpn.Limit(count=9)
    run = site.apply(
        plan,
        options=options(max_failures=limit, restarts_at_once=6, patience=SHORT),
        limit="*-0[1-3],*-20,nps-05,connector-07",
    )
    assert watched.least(members(site, "nps")) >= 15
    assert watched.least(members(site, "rras")) >= 16
    assert watched.least(members(site, "connector")) >= 17
    assert {h.host for h in run.hosts if h.failed} == {
        "nps-20",
        "nps-05",
        "connector-07",
        "rras-20",
    }


@on_databases("sqlite")
@pytest.mark.parametrize("role", some_now(["nps", "rras"], "nps"))
def test_two_processes_on_one_journal_keep_one_floor(
    make_site: MakeSite, journal_url: str, role: str
) -> None:
    site = fleet(make_site, {role: 8}, journal_url=journal_url)
    ruled(site, **{role: {"keep_serving": 6}})
    path = kept(site, planned(site))
    watched = Watched(site)
    half = [f"{role}-0{n}" for n in range(1, 5)]
    more: dict[str, Any] = {"restarts_at_once": 4, "patience": QUICK}
    processes = [
        in_a_process(site, path, limit=limit, **more)
        for limit in (",".join(half), ",".join(f"!{name}" for name in half))
    ]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert in_effect(site) == set(site.addresses)
    assert watched.least(list(site.addresses)) >= 6


def test_a_floor_in_an_outer_group_counts_all_that_are_inside(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 3, "rras": 3})
    ruled(site, vpn={"children": ["nps", "rras"], "keep_serving": 5})
    plan = planned(site)
    watched = Watched(site)
    run = site.apply(plan, options=options(restarts_at_once=3, serial=()))
    assert run.exit_code == 0
    assert watched.least(list(site.addresses)) == 5
    stop_service(site, "rras-03")
    again = site.apply(planned(site), limit="nps")
    assert again.exit_code == 0  # nothing is left to do there


def test_a_host_that_is_still_starting_is_waited_for(make_site: MakeSite) -> None:
    """After a reboot a host answers before its services run: that is soon, and no reason to end."""
    site = ruled(fleet(make_site, {"nps": 2}), nps={"keep_serving": 1})
    plan = planned(site)
    without_checks = tuple(host.model_copy(update={"after": ()}) for host in plan.hosts)
    for name in site.addresses:
        site.state(name).quirks.starts_late = {"IAS": 3600.0}
    watched = Watched(site)
    told: list[str] = []

    def tell(_: str, what: str) -> None:
        told.append(what)
        if "IAS is start pending" in what:
            site.windows.let_time_pass(3600.0)

    run = site.apply(
        plan.model_copy(update={"hosts": without_checks}),
        options=options(serial=()),
        control=aovpn.Control(watch=tell),
    )
    assert run.exit_code == 0
    assert in_effect(site) == set(site.addresses)
    assert any("IAS is start pending" in what for what in told)
    assert watched.least(list(site.addresses)) == 1


def test_a_host_that_could_not_be_read_does_not_serve() -> None:
    unknown = Facts(unknown={"roles.nps": "the host did not say", "services.IAS": "access denied"})
    assert why_not_serving(unknown) == "its role nps could not be read (the host did not say)"
    told = Facts(roles={"nps": True}, unknown={"services.IAS": "access denied"})
    assert why_not_serving(told) == "its service IAS could not be read (access denied)"
    assert why_not_serving(Facts(roles={"nps": False}, services={"IAS": None})) == ""


def test_two_groups_count_at_once(make_site: MakeSite) -> None:
    """A host in two groups with floors, and another run that counts in one of them."""
    site = fleet(make_site, {"nps": 4})
    ruled(site, nps={"keep_serving": 2}, near={"hosts": ["nps-01", "nps-02"], "keep_serving": 1})
    plan = planned(site)
    other = Leases(site.journal, owner="run 1 by somebody")
    assert other.take("count:near") is None
    waited: list[str] = []

    def watch(_: str, what: str) -> None:
        if what.startswith("waiting: run 1"):
            waited.append(what)
            other.release("count:near")

    watched = Watched(site)
    run = site.apply(plan, options=options(serial=()), control=aovpn.Control(watch=watch))
    assert run.exit_code == 0
    assert set(waited) == {"waiting: run 1 by somebody is counting the hosts that serve in near"}
    assert watched.least(["nps-01", "nps-02"]) == 1


def test_the_lease_of_a_refused_host_is_released(make_site: MakeSite) -> None:
    """Refused for what waits to be confirmed there, it is free for that run's rollback."""
    site = fleet(make_site, {"connector": 2})
    first = site.apply(
        planned(site), limit="connector-01", options=options(serial=(), confirm_within=600.0)
    )
    free: list[str | None] = []

    def watch(name: str, what: str) -> None:
        if (name, what) == ("connector-02", "reading"):
            free.append(Leases(site.journal, owner="").owner_of("host:connector-01"))

    run = site.apply(
        planned(site, limit="all"),
        options=options(serial=(), workers=1),
        control=aovpn.Control(watch=watch),
    )
    assert f"run {first.id} has not been confirmed" in str(run.hosts[0].error)
    assert free == [None]


def test_the_reason_for_not_restarting_the_others_is_reported(make_site: MakeSite) -> None:
    site = fleet(make_site, {"connector": 3})
    plan = planned(site)
    broken = site.state("connector-01").quirks
    broken.refuses_restart = broken.refuses_start = ("PFXCertificateConnectorSvc",)
    run = site.apply(plan, options=options(serial=(), patience=SHORT))
    words = {r.message for h in run.hosts[1:] for r in h.restarts}
    assert words == {"not restarted: connector-01 is not healthy after its restart"}
    broken.refuses_restart = broken.refuses_start = ()
    assert resumed(site, run.id).exit_code == 1  # started now, and that is told
    assert resumed(site, run.id).exit_code == 0


def killed_run(site: Site) -> Leases:
    """Leases of a process of this machine that is no more."""
    gone = Leases(site.journal, owner="run 1 by somebody")
    machine, _, number = gone.holder.split("/")
    gone.holder = f"{machine}/{2**22 + 1}/{number}"
    return gone


def test_a_host_that_a_killed_run_restarts_does_not_serve(make_site: MakeSite) -> None:
    """Told to reboot, a host answers a while longer: it does not count as one that serves."""
    site = ruled(fleet(make_site, {"rras": 2}), rras={"keep_serving": 1})
    plan = planned(site)
    gone = killed_run(site)
    gone.take("down:rras-02")
    waited: list[str] = []

    def watch(_: str, what: str) -> None:
        if what.startswith("waiting: 1 of rras must keep serving"):
            waited.append(what)
            gone.release("down:rras-02")

    run = site.apply(plan, limit="rras-01", control=aovpn.Control(watch=watch))
    assert run.exit_code == 0
    assert len(waited) == 1
    assert waited[0].endswith("rras-02: run 1 by somebody is restarting it")


def test_it_serves_again_once_another_run_has_applied_it(make_site: MakeSite) -> None:
    site = ruled(fleet(make_site, {"rras": 2}), rras={"keep_serving": 1})
    plan = planned(site)
    assert site.apply(plan, limit="rras-02").exit_code == 0
    killed_run(site).take("down:rras-02")
    run = site.apply(plan, options=options(serial=(), workers=1))
    assert run.exit_code == 0
    assert in_effect(site) == set(site.addresses)
