"""Change windows in a run: what is outside stays as it is, says when it opens, and is tried later.

The clock is handed in; only the windows go by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.rollout.windows import ChangeWindows, refuse_closed
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.inventory.window_fields import read_windows
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import HostPlan, Outstanding
from tests.engine.conftest import ALL_RESTARTS, PATIENCE, MakeSite, Site, dword, one, statuses
from tests.engine.scenes import KEY, before, host, outages, restarts, service, value

NIGHT = {"days": "sat", "from": "22:00", "to": "04:00", "timezone": "Europe/Vienna"}
AFTERNOON = "2026-11-21 13:00"
"""By UTC, as all times here; the night is 21:00 to 03:00."""
EVENING = "2026-11-21 22:00"
VISIT, RESTART = 1, 3
"""Pipelines of an apply on a host."""


@dataclass
class Clock:
    """A time that goes on when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **by: float) -> Callable[[], None]:
        def act() -> None:
            self.now += timedelta(**by)

        return act


def clock(text: str) -> Clock:
    return Clock(datetime.fromisoformat(text).replace(tzinfo=UTC))


def options(at: Clock, **more: Any) -> aovpn.Options:
    return aovpn.Options(patience=PATIENCE, clock=at, workers=1, **more)


def windows(site: Site, **of: list[dict[str, Any]]) -> None:
    """Write windows of hosts into the inventory."""
    inventory = yaml.safe_load(site.inventory.read_text())
    for group in inventory["groups"].values():
        for name, its in group["hosts"].items():
            if name in of:
                its["windows"] = of[name]
    site.inventory.write_text(yaml.safe_dump(inventory))


def _sets(then: Any = None) -> dict[str, Any]:
    step = dword(KEY, "x", 1)
    return {**step, "then": then} if then else step


# Begun or not


def test_nothing_is_begun_where_all_is_closed(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    windows(site, a=[NIGHT], b=[{**NIGHT, "days": "sun"}])
    plan = site.plan(site.playbook(steps=[_sets()]))
    planning = len(site.lab.requests)

    with pytest.raises(UsageError) as refused:
        site.apply(plan, options=options(clock(AFTERNOON)))

    assert str(refused.value) == (
        "outside the change windows of a, b: the next opens "
        "Sat 2026-11-21 22:00+01:00 (Europe/Vienna) (to change them now: --override-window REASON)"
    )
    assert refused.value.exit_code == 2
    assert len(site.lab.requests) == planning
    assert not site.journal.runs()


def test_a_host_outside_its_window_is_done_later(make_site: MakeSite) -> None:
    site = make_site({"closed": host(), "open": host()})
    windows(site, closed=[NIGHT])
    plan = site.plan(site.playbook(steps=[_sets()]))
    planning = site.requests("closed")

    run = site.apply(plan, options=options(clock(AFTERNOON)))

    assert statuses(run) == {"closed": ["not_done"], "open": ["changed"]}
    assert run.hosts[0].left == (
        "outside its change window, which opens Sat 2026-11-21 22:00+01:00 (Europe/Vienna)"
    )
    assert site.requests("closed") == planning
    assert run.exit_code == 3

    later = site.apply(plan, options=options(clock(EVENING)))
    assert statuses(later) == {"closed": ["changed"], "open": ["unchanged"]}
    assert later.exit_code == 0


def test_a_compliant_host_is_read_outside_its_window(make_site: MakeSite) -> None:
    site = make_site({"right": host(), "open": host()})
    book = site.playbook(steps=[_sets()])
    site.apply(site.plan(book, limit="right"))
    windows(site, right=[NIGHT])

    run = site.apply(site.plan(book), options=options(clock(AFTERNOON)))

    assert statuses(run) == {"right": ["unchanged"], "open": ["changed"]}
    assert run.exit_code == 0


def test_no_host_is_begun_that_cannot_finish_before_the_end(make_site: MakeSite) -> None:
    """Two minutes are left for a host when the first has taken two."""
    site = make_site({"a": host(), "b": host(), "c": host()})
    windows(site, a=[NIGHT], b=[NIGHT])
    plan = site.plan(site.playbook(steps=[_sets()]))
    now = clock("2026-11-22 02:56")
    before(site, VISIT, now.goes_on(minutes=2), on="a")

    run = site.apply(plan, options=options(now))

    assert statuses(run) == {"a": ["changed"], "b": ["not_done"], "c": ["changed"]}
    assert run.hosts[1].left == (
        "its change window ends too soon, Sun 2026-11-22 04:00+01:00 (Europe/Vienna): "
        "a host of this run took 120 s"
    )
    assert run.exit_code == 3


def test_the_first_host_is_begun_in_the_last_minute(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    windows(site, a=[NIGHT])
    plan = site.plan(site.playbook(steps=[_sets()]))

    assert site.apply(plan, options=options(clock("2026-11-22 02:59"))).exit_code == 0


def test_a_window_is_overridden_with_a_reason_that_the_run_keeps(make_site: MakeSite) -> None:
    site = make_site({"a": host(services={"A": service()})})
    windows(site, a=[NIGHT])
    plan = site.plan(site.playbook(steps=[_sets({"restart": ["A"]})]))

    run = site.apply(plan, options=options(clock(AFTERNOON), override_window="outage INC17"))

    assert statuses(run) == {"a": ["changed"]}
    assert restarts(run) == {"A": "done"}
    assert site.journal.load(run.id).options["override_window"] == "outage INC17"


@pytest.mark.parametrize(
    ("days", "hours", "now", "opens"),
    [
        # In spring the night ends at 02:00 UTC, an hour early; in autumn at 03:00 UTC.
        ("sat", "22:00-04:00", "2026-03-29 01:59", None),
        ("sat", "22:00-04:00", "2026-03-29 02:00", "Sat 2026-04-04 22:00+02:00"),
        ("sat", "22:00-04:00", "2026-10-25 02:59", None),
        ("sat", "22:00-04:00", "2026-10-25 03:00", "Sat 2026-10-31 22:00+01:00"),
        # 02:15 does not come in spring, and twice in autumn.
        ("sun", "02:15-02:45", "2026-03-29 01:20", "Sun 2026-04-05 02:15+02:00"),
        ("sun", "02:15-02:45", "2026-10-25 00:20", None),
        ("sun", "02:15-02:45", "2026-10-25 00:50", "Sun 2026-10-25 02:15+01:00"),
        ("sun", "02:15-02:45", "2026-10-25 01:20", None),
    ],
)
def test_on_the_nights_when_clocks_change(
    make_site: MakeSite, days: str, hours: str, now: str, opens: str | None
) -> None:
    site = make_site({"a": host()})
    start, _, end = hours.partition("-")
    windows(site, a=[{**NIGHT, "days": days, "from": start, "to": end}])
    plan = site.plan(site.playbook(steps=[_sets()]))

    if opens is None:
        assert site.apply(plan, options=options(clock(now))).exit_code == 0
        return
    with pytest.raises(UsageError, match=opens.replace("+", r"\+")):
        site.apply(plan, options=options(clock(now)))
    assert value(site, "x") is None


def test_rollback_obeys_windows(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    run = site.apply(site.plan(site.playbook(steps=[_sets()])))
    windows(site, a=[NIGHT])

    with pytest.raises(UsageError, match="outside the change windows of a"):
        site.rollback(run.id, options=options(clock(AFTERNOON)))
    assert value(site, "x") is not None
    assert site.rollback(run.id, options=options(clock(EVENING))).exit_code == 0
    assert value(site, "x") is None


# Restarts


def test_a_restart_that_cannot_begin_before_the_end_stays_pending(
    make_site: MakeSite,
) -> None:
    site = make_site({"a": host(services={"A": service()})})
    windows(site, a=[NIGHT])
    book = site.playbook(steps=[_sets({"restart": ["A"]})])
    now = clock("2026-11-22 02:50")

    def permit(_: Any) -> Restart:
        now.goes_on(minutes=10)()
        return ALL_RESTARTS

    run = site.apply(site.plan(book), options=options(now), permit=permit)

    assert statuses(run) == {"a": ["changed"]}
    [left] = one(run).restarts
    assert (left.what, left.status) == ("A", "outstanding")
    assert left.message.startswith("outside its change window, which opens Sat 2026-11-28 22:00")
    assert not outages(site)
    assert run.exit_code == 3

    plan = site.plan(book)
    with pytest.raises(UsageError, match="outside the change windows of a"):
        site.apply(plan, options=options(now))
    done = site.apply(plan, options=options(clock("2026-11-28 22:00")))
    assert restarts(done) == {"A": "done"}
    assert done.exit_code == 0


def test_no_restart_is_begun_that_cannot_be_done_before_the_end(make_site: MakeSite) -> None:
    seed = host(services={"A": service()})
    site = make_site({"a": seed, "b": seed, "c": seed})
    windows(site, a=[NIGHT], b=[NIGHT])
    now = clock("2026-11-22 02:50")
    plan = site.plan(site.playbook(steps=[_sets({"restart": ["A"]})]))
    before(site, RESTART, now.goes_on(minutes=5), on="a")

    run = site.apply(plan, options=options(now))

    assert [restarts(run, name) for name in "abc"] == [
        {"A": "done"},
        {"A": "outstanding"},
        {"A": "done"},
    ]
    assert outages(site) == [("a", "A"), ("c", "A")]


# Without a lab


def _host(*written: dict[str, Any], name: str = "h") -> Host:
    return Host(name, windows=read_windows(list(written), (), []))


def test_elapsed_time_counts_and_not_the_wall_clock() -> None:
    """Of the hour that comes twice both are left."""
    vienna = ZoneInfo("Europe/Vienna")
    now = Clock(datetime(2026, 10, 24, 23, 20, tzinfo=vienna))
    gate = ChangeWindows(now)
    pending = Outstanding(need="reboot", since="", run="r", step="pb/x")
    plan = HostPlan(host="h", outstanding=(pending,))
    item = HostChanges(_host(NIGHT), (), plan=plan)
    with gate.measure_apply():
        now.now = datetime(2026, 10, 25, 0, 30, tzinfo=vienna)
    now.now = datetime(2026, 10, 25, 2, 20, tzinfo=vienna)  # the first: 160 minutes are left
    assert gate.may_begin(item) is None
    now.now = now.now.replace(fold=1)
    assert gate.may_begin(item) is not None


def test_many_hosts_are_not_all_named_and_some_never_open_again() -> None:
    over = {**NIGHT, "dates": ["2020-01-01"]}
    del over["days"]
    hosts = [_host(over, name=f"h{number}") for number in range(7)]
    now = clock(AFTERNOON).now

    with pytest.raises(UsageError, match="of h0, h1, h2, h3, h4 and 2 more: none opens again"):
        refuse_closed(hosts, now)
    refuse_closed([*hosts, replace(hosts[0], windows=())], now)
    refuse_closed([], now)
