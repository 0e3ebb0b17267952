"""Sixty hosts in batches: the canary, the limit of failures, and what a person sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

import aovpn_remediate as aovpn
from tests.lengths import some_now

from .fleets import (
    ALLOWED,
    SHORT,
    SWIFT,
    MakeSite,
    Site,
    asked,
    changed,
    cli,
    does_not_hold,
    fleet,
    in_effect,
    kept,
    options,
    planned,
    reachable,
    resumed,
    sixty,
    unreachable,
)

TENTH = [f"{role}-{n:02}" for role in ("nps", "rras", "connector") for n in (5, 15)]


def run_of(site: Site) -> aovpn.Run:
    return site.journal.load("last")


def test_a_canary_that_fails_is_the_only_host_that_is_touched(make_site: MakeSite) -> None:
    site = sixty(make_site)
    path = kept(site, planned(site))
    does_not_hold(site, "connector-01")
    as_it_was = site.snapshots()
    site.lab.reset_stats()
    done = cli(site, "apply", path, "--serial", "1,10%,100%", *ALLOWED, *SWIFT)
    assert done.exit_code == 1
    assert "Stopped: the canary failed: connector-01; not started: " in done.stdout
    assert asked(site) == {"connector-01"}
    assert changed(site, as_it_was) == set()
    assert site.windows.history == []
    assert len(run_of(site).not_tried) == 59


def test_a_canary_that_its_reboot_loses_is_the_only_one(make_site: MakeSite) -> None:
    site = sixty(make_site)
    plan = planned(site, limit="nps")
    site.state("nps-01").quirks.never_returns = True
    site.lab.reset_stats()
    run = site.apply(plan, options=options(patience=SHORT))
    assert run.stopped == "the canary failed: nps-01"
    assert asked(site) == {"nps-01"}
    assert len(run.not_tried) == 19


def _before_the_plan(site: Site) -> str:
    unreachable(site, TENTH)
    return kept(site, planned(site))


def _after_the_plan(site: Site) -> str:
    path = kept(site, planned(site))
    unreachable(site, TENTH)
    return path


@pytest.mark.parametrize(
    ("prepare", "serial"),
    some_now(
        [(_before_the_plan, ("--serial", "1,10%,100%")), (_after_the_plan, ())],
        (_before_the_plan, ("--serial", "1,10%,100%")),
    ),
    ids=["known to the plan, in batches", "only at the time, all at once"],
)
def test_a_tenth_that_cannot_be_reached_stops_it_at_the_limit(
    make_site: MakeSite, prepare: Callable[[Site], str], serial: Sequence[str]
) -> None:
    site = sixty(make_site)
    path = prepare(site)
    site.lab.reset_stats()
    limit = ("--max-failures", "5%", "--workers", "2")
    done = cli(site, "apply", path, *serial, *limit, *ALLOWED, *SWIFT)
    assert done.exit_code == 1
    run = run_of(site)
    failed = [host.host for host in run.hosts if host.failed]
    # One was under way when the fourth, which is more than 5 % of 60, came to its end.
    assert 4 <= len(failed) <= 5
    assert run.stopped == f"{len(failed)} of 60 hosts failed (--max-failures 5%)"
    assert asked(site).isdisjoint(run.not_tried)
    assert asked(site) | set(failed) | set(run.not_tried) == set(site.addresses)

    if prepare is _after_the_plan:
        reachable(site, TENTH)
        so_far = in_effect(site)
        resumed = cli(site, "resume", "last", "--skip", "nps,rras", *ALLOWED, *SWIFT)
        assert resumed.exit_code == 3
        assert in_effect(site) - so_far >= {"connector-05", "connector-15"}


def test_hosts_lost_after_their_restart_count_with_the_others(make_site: MakeSite) -> None:
    """One does not answer, one does not hold, and its reboot loses one: that is three."""
    site = sixty(make_site)
    plan = planned(site)
    unreachable(site, ["rras-03"])
    does_not_hold(site, "connector-03")
    site.state("nps-03").quirks.never_returns = True
    limit = aovpn.Limit(count=2)
    run = site.apply(plan, options=options(max_failures=limit, patience=SHORT))
    assert run.stopped == "3 of 60 hosts failed (--max-failures 2)"
    assert {h.host for h in run.hosts if h.failed} == {"rras-03", "connector-03", "nps-03"}
    assert len(run.not_tried) == 60 - 3 - 6


@pytest.mark.long
def test_a_run_that_is_paused_after_its_canary_is_resumed(make_site: MakeSite) -> None:
    site = sixty(make_site)
    path = kept(site, planned(site))
    done = cli(site, "apply", path, "--pause-after-canary", *ALLOWED, *SWIFT)
    assert done.exit_code == 3
    assert "aovpn-remediate resume" in done.stdout
    assert in_effect(site) == {"nps-01", "rras-01", "connector-01"}
    words = ("--skip", "connector", "--skip", "nps-1*", "--skip", "rras-1*")
    assert cli(site, "resume", "last", *words, *ALLOWED, *SWIFT).exit_code == 3
    some = {n for n in site.addresses if not n.startswith(("connector", "nps-1", "rras-1"))}
    assert in_effect(site) == some | {"connector-01"}
    shown = json.loads(cli(site, "show", "last", "--format", "json").stdout)
    left = {host["host"] for host in shown["hosts"] if host["left"] == "skipped (--skip)"}
    assert left == set(site.addresses) - some - {"connector-01"}


def test_a_run_is_killed_while_it_waits_for_approval(make_site: MakeSite) -> None:
    """The end of its process, before it could write that it waits: the canaries are done."""
    site = fleet(make_site, {"nps": 2, "rras": 2, "connector": 2})

    class Killed(BaseException):
        """The process is gone."""

    def gone(_: tuple[str, ...]) -> bool:
        raise Killed

    with pytest.raises(Killed):
        site.apply(planned(site), options=options(pause_after_canary=True), go_on=gone)
    assert in_effect(site) == {"nps-01", "rras-01", "connector-01"}
    run = resumed(site, "last")
    assert run.exit_code == 0
    assert {host.host for host in run.hosts} & {"nps-01", "rras-01", "connector-01"} == set()
    assert in_effect(site) == set(site.addresses)
