"""Ctrl-C in every state that a run waits in: once ends the wait, and nothing new is begun."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete

import aovpn_remediate as aovpn
from aovpn_remediate.engine.control import Stop
from aovpn_remediate.journal import tables
from aovpn_remediate.journal.leases import Leases
from tests.cli.terminal.on_terminal import CTRL_C, Terminal
from tests.engine.scenes import before

from .fleets import (
    ALLOWED,
    MakeSite,
    Site,
    fleet,
    in_effect,
    kept,
    options,
    planned,
    resumed,
    ruled,
)

SLOW = aovpn.Patience(settle=600, reboot=600, poll=600, stable=0.01)
"""A wait that is not ended at once is not ended in this test."""


def drain_wait(site: Site) -> aovpn.Options:
    site.state("rras-01").sessions = 9
    return options(serial=(), patience=SLOW, drain=aovpn.Drain(most=1, timeout=600))


def capacity_wait(site: Site) -> aovpn.Options:
    ruled(site, rras={"keep_serving": 1})
    Leases(site.journal, owner="run 1 by somebody").take("down:rras-02")
    return options(serial=(), patience=SLOW)


def turn_wait(site: Site) -> aovpn.Options:
    Leases(site.journal, owner="run 1 by somebody").take("group:rras:0")
    return options(serial=(), patience=SLOW)


@pytest.mark.parametrize("waits_for", [drain_wait, capacity_wait, turn_wait])
def test_once_ends_the_wait_at_once(
    make_site: MakeSite, waits_for: Callable[[Site], aovpn.Options]
) -> None:
    site = fleet(make_site, {"rras": 2})
    plan = planned(site)
    chosen = waits_for(site)
    stop = Stop()

    def watch(_: str, what: str) -> None:
        if what.startswith("waiting: "):
            # As the wait has begun, not before it.
            threading.Timer(0.05, stop.request).start()

    began = time.monotonic()
    control = aovpn.Control(stop=stop, watch=watch)
    run = site.apply(plan, limit="rras-01", options=chosen, control=control)
    assert time.monotonic() - began < 60
    assert (run.exit_code, run.interrupted, run.stopped) == (130, True, "")
    assert [r.status for r in run.hosts[0].restarts] == ["outstanding"]
    assert site.windows.history == []
    site.state("rras-01").sessions = 0
    with site.journal.begin() as connection:  # the other run has ended
        connection.execute(delete(tables.leases))
    assert resumed(site, run.id, options=options()).exit_code == 0


def test_no_restart_is_begun_after_it(make_site: MakeSite) -> None:
    """It is pressed while the other hosts of the group are asked who serves."""
    site = ruled(fleet(make_site, {"rras": 2}), rras={"keep_serving": 1})
    plan = planned(site)
    stop = Stop()
    before(site, 1, stop.request, on="rras-02")
    run = site.apply(
        plan, limit="rras-01", options=options(serial=()), control=aovpn.Control(stop=stop)
    )
    assert (run.exit_code, site.windows.history) == (130, [])


def test_twice_ends_the_wait_for_a_host_that_reboots(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 2})
    plan = planned(site)
    site.state("nps-01").quirks.never_returns = True
    stop = Stop()

    def watch(_: str, what: str) -> None:
        if what == "waiting for it":
            stop.request()
            stop.request()

    patience = aovpn.Patience(settle=600, reboot=600, poll=0.02, stable=0.01)
    run = site.apply(
        plan,
        options=options(patience=patience),
        control=aovpn.Control(stop=stop, watch=watch),
    )
    assert run.exit_code == 130
    assert run.hosts[0].failed
    assert run.hosts[1].left == "not tried: the canary failed: nps-01"
    site.state("nps-01").quirks.never_returns = False
    site.state("nps-01").down_until = site.state("nps-02").lab_time - timedelta(seconds=1)
    assert resumed(site, run.id, options=options()).exit_code == 0
    assert in_effect(site) == {"nps-01", "nps-02"}


def test_at_the_question_after_the_canary_it_is_no_answer(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 2})
    path = kept(site, planned(site))
    words = (
        "apply",
        path,
        "--pause-after-canary",
        *ALLOWED,
        "--stable-for",
        "0.01",
        "--poll",
        "0.02",
        "--journal",
        site.journal.url,
    )
    environment = {"AOVPN_LAB_PASSWORD": "secret"}
    with Terminal(*words, folder=site.folder, environment=environment) as terminal:
        terminal.wait_for("nps-01 is healthy. Continue with the other hosts? [y/N]")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert in_effect(site) == {"nps-01"}
    assert resumed(site, "last").exit_code == 0
    assert in_effect(site) == {"nps-01", "nps-02"}
