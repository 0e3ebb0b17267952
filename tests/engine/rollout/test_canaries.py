"""What is a canary, and what it has to have proved before others are begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from tests.lengths import some_now

from .fleets import (
    MakeSite,
    Site,
    asked,
    does_not_hold,
    fleet,
    in_effect,
    options,
    planned,
    resumed,
    ruled,
)


def test_the_canary_is_never_left_out_with_a_host(make_site: MakeSite) -> None:
    """Where the first host of a group is left out, the next one goes before the others."""
    site = fleet(make_site, {"nps": 4})
    plan = planned(site)
    does_not_hold(site, "nps-02")
    run = site.apply(plan, options=options(skip=("nps-01",)))
    assert run.stopped == "the canary failed: nps-02"
    assert run.not_tried == ("nps-03", "nps-04")


def test_a_pause_needs_a_canary_also_from_python(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 3})
    run = site.apply(planned(site), options=options(serial=(), pause_after_canary=True))
    assert run.stopped == "paused after the canary, waiting for approval"
    assert in_effect(site) == {"nps-01"}
    assert run.options["serial"] == "1,100%"


def test_a_canary_whose_restart_has_to_wait_proves_nothing(make_site: MakeSite) -> None:
    site = fleet(make_site, {"rras": 3})
    plan = planned(site)
    site.state("rras-01").sessions = 9
    site.lab.reset_stats()
    drain = aovpn.Drain(most=2, timeout=0.05)
    run = site.apply(plan, options=options(drain=drain))
    assert run.stopped == "the canary is pending: rras-01"
    assert asked(site) == {"rras-01"}
    assert run.exit_code == 3
    site.state("rras-01").sessions = 0
    assert resumed(site, run.id).exit_code == 0
    assert in_effect(site) == set(site.addresses)


def test_a_canary_whose_restart_is_not_permitted_counts_as_done(make_site: MakeSite) -> None:
    site = fleet(make_site, {"rras": 3})
    run = site.apply(planned(site), options=options(), permit=aovpn.Restart())
    assert (run.stopped, run.exit_code) == ("", 3)


# Change windows, also when the clocks are put forward or back


@dataclass
class Clock:
    """A time that goes on with each look at it."""

    now: datetime
    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        now, self.now = self.now, self.now + self.by
        return now


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def windows(site: Site, **of: Any) -> Site:
    """The windows of hosts."""
    inventory = yaml.safe_load(site.inventory.read_text())
    for group in inventory["groups"].values():
        for name, said in group["hosts"].items():
            if name in of:
                said["windows"] = [of[name]]
    site.inventory.write_text(yaml.safe_dump(inventory))
    return site


NIGHT = {"days": "sat-sun", "from": "01:30", "to": "02:30", "timezone": "Europe/Vienna"}


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        # In spring 02:00 becomes 03:00, at 01:00 UTC: half of that window is never shown.
        ("2027-03-28 00:15", False),
        ("2027-03-28 00:45", True),
        ("2027-03-28 01:15", False),
        # In autumn 03:00 becomes 02:00, at 01:00 UTC: 02:15 comes twice, 02:45 in between.
        ("2027-10-30 23:45", True),
        ("2027-10-31 00:15", True),
        ("2027-10-31 00:45", False),
        ("2027-10-31 01:15", True),
        ("2027-10-31 01:45", False),
    ],
)
def test_the_clock_on_the_wall_decides_for_batches(
    make_site: MakeSite, at: str, is_open: bool
) -> None:
    site = ruled(fleet(make_site, {"connector": 2}), connector={"windows": [NIGHT]})
    plan = planned(site)
    site.lab.reset_stats()
    if is_open:
        run = site.apply(plan, options=options(clock=Clock(utc(at))))
        assert (run.exit_code, in_effect(site)) == (0, set(site.addresses))
    else:
        with pytest.raises(UsageError, match="outside the change windows of connector-01"):
            site.apply(plan, options=options(clock=Clock(utc(at))))
        assert asked(site) == set()


@pytest.mark.parametrize(
    ("begin", "end"),
    some_now(
        [("2027-03-28 00:30", "2027-03-28 01:00"), ("2027-10-31 01:00", "2027-10-31 01:30")],
        ("2027-03-28 00:30", "2027-03-28 01:00"),
    ),
)
def test_no_batch_is_begun_that_the_window_leaves_no_time_for(
    make_site: MakeSite, begin: str, end: str
) -> None:
    """Half an hour, five minutes for each visit and each restart: some are done, and some left."""
    site = ruled(fleet(make_site, {"connector": 12}), connector={"windows": [NIGHT]})
    plan = planned(site)
    clock = Clock(utc(begin), timedelta(seconds=100))
    run = site.apply(plan, options=options(clock=clock, workers=1))
    assert clock.now > utc(end)
    done = in_effect(site)
    assert 0 < len(done) < 12
    left = [host for host in run.hosts if host.left]
    assert left
    assert all("its change window" in host.left for host in left)
    assert all(
        r.status == "done" or "change window" in r.message for h in run.hosts for r in h.restarts
    )
    last = resumed(site, run.id, options=options(clock=Clock(utc("2027-10-30 23:40"))))
    assert (last.exit_code, in_effect(site)) == (0, set(site.addresses))


def test_a_host_outside_its_window_is_no_canary(make_site: MakeSite) -> None:
    """It would be left as it is, and prove nothing for those whose window is open."""
    closed = {"days": "wed", "from": "01:00", "to": "02:00", "timezone": "UTC"}
    site = windows(fleet(make_site, {"nps": 4}), **{"nps-01": closed, "nps-03": closed})
    plan = planned(site)
    does_not_hold(site, "nps-02")
    site.lab.reset_stats()
    at = Clock(utc("2026-11-21 12:00"))
    run = site.apply(plan, options=options(clock=at))
    assert run.stopped == "the canary failed: nps-02"
    assert asked(site) == {"nps-02"}
    site.state("nps-02").quirks.does_not_hold = ()
    run = resumed(site, run.id, options=options(clock=at))
    assert in_effect(site) == {"nps-02", "nps-04"}
    assert run.stopped == "the canary is pending: nps-01"
    assert run.not_tried == ("nps-03",)
    assert (
        resumed(site, run.id, options=options(clock=Clock(utc("2026-11-25 01:10")))).exit_code == 0
    )


def test_a_canary_that_its_window_leaves_no_time_for_stops_it(make_site: MakeSite) -> None:
    """The first group has shown how long a host takes."""
    site = fleet(make_site, {"connector": 2, "nps": 2})
    ruled(site, nps={"windows": [{**NIGHT, "from": "01:00", "to": "02:00"}]})
    plan = planned(site)
    clock = Clock(utc("2026-11-22 00:50"), timedelta(minutes=2))
    run = site.apply(plan, options=options(clock=clock))
    assert run.stopped == "the canary is pending: nps-01"
    assert set(run.not_tried) == {"connector-02", "nps-02"}
