"""Batches over a fleet: the canary first, the next only when the last is well; and going on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.model import HostSeed
from tests.engine.conftest import PATIENCE, MakeSite, Site
from tests.engine.scenes import (
    IMPATIENT,
    KEY,
    NO_PERMIT,
    does,
    dwords,
    host,
    needing,
    running,
    services,
    sets,
    value,
)

CANARY_FIRST = (aovpn.Share(count=1), aovpn.Share(percent=10), aovpn.Share(percent=100))
GROUPS = {group: [f"{group}-{n:02}" for n in range(1, 21)] for group in ("conn", "nps", "rras")}


def rolling(**more: Any) -> aovpn.Options:
    return aovpn.Options(**{"patience": PATIENCE, "serial": CANARY_FIRST, **more})


def sixty(make_site: MakeSite, **quirks: dict[str, Any]) -> Site:
    """Three groups of twenty; some of them with quirks."""
    seeds = {
        name: host(quirks=quirks.get(name.replace("-", "_"), {}))
        for names in GROUPS.values()
        for name in names
    }
    return make_site(seeds, groups=GROUPS)


def touched(site: Site) -> set[str]:
    return {name for name in site.addresses if value(site, "a", on=name) is not None}


def plan_of(site: Site, **parts: Any) -> aovpn.Plan:
    return site.plan(site.playbook(steps=parts.pop("steps", dwords("a")), **parts))


def test_all_go_in_batches_over_each_group(make_site: MakeSite) -> None:
    site = sixty(make_site)
    plan = plan_of(site)
    sizes: list[int] = []
    begun: set[str] = set()

    def watch(name: str, what: str) -> None:
        if what == "reading":
            begun.add(name)
        if what == "done":
            sizes.append(len(begun))

    run = site.apply(plan, options=rolling(), control=aovpn.Control(watch=watch))
    assert run.exit_code == 0
    assert touched(site) == set(site.addresses)
    # Three canaries one by one, two of each group, then the rest.
    assert sizes[:3] == [1, 2, 3]
    assert max(sizes[:9]) <= 9
    assert run.options["serial"] == "1,10%,100%"


def test_a_canary_that_fails_is_the_only_one(make_site: MakeSite) -> None:
    site = sixty(make_site, conn_01={"does_not_hold": [rf"{KEY}\a"]})
    run = site.apply(plan_of(site), options=rolling())
    assert run.exit_code == 1
    assert touched(site) == set()
    assert run.stopped == "the canary failed: conn-01"
    assert run.not_tried == tuple(name for name in site.addresses if name != "conn-01")
    assert [h.host for h in run.hosts if h.requests] == ["conn-01"]


def test_the_canary_of_the_second_group_stops_it_too(make_site: MakeSite) -> None:
    site = sixty(make_site, nps_01={"does_not_hold": [rf"{KEY}\a"]})
    run = site.apply(plan_of(site), options=rolling())
    assert touched(site) == {"conn-01"}
    assert len(run.not_tried) == 58


def test_a_host_that_its_restart_breaks_stops_it(make_site: MakeSite) -> None:
    seeds = {f"n{n}": host(services=services("IAS")) for n in range(1, 5)}
    site = make_site(seeds)
    does(site, refuses_restart=("IAS",), refuses_start=("IAS",), on="n1")()
    plan = plan_of(site, steps=[needing(["IAS"], "a")], after=[running("IAS")])
    run = site.apply(plan, options=rolling(patience=IMPATIENT.patience))
    assert run.stopped == "the canary failed: n1"
    assert touched(site) == {"n1"}


@pytest.mark.parametrize(
    "serial",
    [pytest.param((), marks=pytest.mark.long), CANARY_FIRST],
    ids=["at once", "in batches"],
)
def test_unreachable_hosts_end_it_at_the_limit(
    make_site: MakeSite, serial: Sequence[aovpn.Share]
) -> None:
    site = sixty(make_site)
    plan = plan_of(site)
    down = [name for names in GROUPS.values() for name in names[1::10]]
    for name in down:
        site.state(name).down_until = site.state(name).lab_time + timedelta(days=1)
    options = rolling(serial=serial, max_failures=aovpn.Limit(count=2), workers=4)
    run = site.apply(plan, options=options)
    assert run.exit_code == 1
    failed = [h.host for h in run.hosts if h.failed]
    # Those under way when the third failed come to their end.
    assert 3 <= len(failed) <= 3 + 4
    assert run.stopped.endswith("of 60 hosts failed (--max-failures 2)")
    assert run.not_tried
    assert touched(site).isdisjoint(run.not_tried)


def test_without_a_limit_the_first_failure_of_a_batch_stops_the_next(make_site: MakeSite) -> None:
    site = sixty(make_site, nps_02={"does_not_hold": [rf"{KEY}\a"]})
    run = site.apply(plan_of(site), options=rolling())
    assert run.stopped == "the batch failed: nps-02"
    assert len(run.not_tried) == 60 - 3 - 6


def test_a_host_where_nothing_is_to_be_done_is_no_canary(make_site: MakeSite) -> None:
    site = make_site({f"n{n}": host() for n in range(1, 5)})
    sets(site, "a", 1, on="n1")()
    plan = plan_of(site)
    does(site, does_not_hold=(rf"{KEY}\a",), on="n2")()
    run = site.apply(plan, options=rolling())
    assert run.stopped == "the canary failed: n2"
    assert run.not_tried == ("n1", "n3", "n4")


# Pause, resume, skip


def test_a_run_pauses_after_the_canary_and_is_resumed(make_site: MakeSite) -> None:
    site = sixty(make_site)
    run = site.apply(plan_of(site), options=rolling(pause_after_canary=True))
    assert run.exit_code == 3
    assert run.stopped == "paused after the canary, waiting for approval"
    assert touched(site) == {"nps-01", "rras-01", "conn-01"}
    resumed = aovpn.resume(run.id, site.inventory, journal=site.journal)
    assert resumed.exit_code == 0
    assert resumed.of == (run.id,)
    assert touched(site) == set(site.addresses)
    assert {h.host for h in resumed.hosts} == set(site.addresses) - {"nps-01", "rras-01", "conn-01"}


@pytest.mark.parametrize("leave", [True, False])
def test_the_approval_decides(make_site: MakeSite, leave: bool) -> None:
    site = make_site({f"n{n}": host() for n in range(1, 4)})
    asked: list[tuple[str, ...]] = []

    def go_on(canaries: tuple[str, ...]) -> bool:
        asked.append(canaries)
        return leave

    run = site.apply(plan_of(site), options=rolling(pause_after_canary=True), go_on=go_on)
    assert asked == [("n1",)]
    assert touched(site) == ({"n1", "n2", "n3"} if leave else {"n1"})
    assert bool(run.stopped) != leave


def test_resume_tries_again_what_failed_and_leaves_what_is_skipped(make_site: MakeSite) -> None:
    site = make_site({f"n{n}": host() for n in range(1, 5)})
    does(site, does_not_hold=(rf"{KEY}\a",), on="n1")()
    run = site.apply(plan_of(site), options=rolling())
    assert run.not_tried == ("n2", "n3", "n4")
    again = aovpn.resume(run.id, site.inventory, journal=site.journal)
    assert again.stopped == "the canary failed: n1"
    options = rolling(skip=("n1",))
    resumed = aovpn.resume(run.id, site.inventory, journal=site.journal, options=options)
    left = {h.host: h.left for h in resumed.hosts if h.left}
    assert left == {"n1": "skipped (--skip)"}
    assert resumed.exit_code == 3
    assert touched(site) == {"n2", "n3", "n4"}
    does(site, does_not_hold=(), on="n1")()
    assert aovpn.resume(run.id, site.inventory, journal=site.journal).exit_code == 0
    assert touched(site) == {"n1", "n2", "n3", "n4"}
    with pytest.raises(UsageError, match=f"nothing to resume: all hosts of run {run.id} are done"):
        aovpn.resume(run.id, site.inventory, journal=site.journal)


def test_resume_makes_pending_restarts(make_site: MakeSite) -> None:
    site = make_site({"n1": host(services=services("IAS"))})
    plan = plan_of(site, steps=[needing(["IAS"], "a")])
    run = site.apply(plan, permit=NO_PERMIT)
    assert run.exit_code == 3
    allowed = aovpn.Restart(services=("any",))
    resumed = aovpn.resume(run.id, site.inventory, journal=site.journal, permit=allowed)
    assert resumed.exit_code == 0
    assert [r.status for r in resumed.hosts[0].restarts] == ["done"]


def test_what_cannot_be_resumed(make_site: MakeSite) -> None:
    site = make_site({"n1": host()})
    run = site.apply(plan_of(site))
    with pytest.raises(UsageError, match="nothing to resume"):
        aovpn.resume(run.id, site.inventory, journal=site.journal)
    back = site.rollback(run.id)
    with pytest.raises(UsageError, match=f"is a rollback: to continue it, use `rollback {run.id}`"):
        aovpn.resume(back.id, site.inventory, journal=site.journal)
    with pytest.raises(UsageError, match="there is no run"):
        aovpn.resume("1999", site.inventory, journal=site.journal)


def test_restarts_of_all_batches_are_asked_for_once(make_site: MakeSite) -> None:
    seeds: dict[str, HostSeed] = {f"n{n}": host(services=services("IAS")) for n in range(1, 4)}
    site = make_site(seeds)
    asked: list[set[str]] = []

    def permit(needs: Any) -> aovpn.Restart:
        asked.append(set(needs))
        return aovpn.Restart(services=("any",))

    plan = plan_of(site, steps=[needing(["IAS"], "a")])
    run = site.apply(plan, options=rolling(), permit=permit)
    assert run.exit_code == 0
    assert asked == [{"n1", "n2", "n3"}]
