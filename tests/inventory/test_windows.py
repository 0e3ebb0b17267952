"""Change windows, compared with local time minute by minute, also where clocks change."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aovpn_remediate.errors import InventoryError
from aovpn_remediate.inventory import window_fields
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.window_fields import read_windows
from aovpn_remediate.inventory.windows import (
    DAYS,
    Opening,
    Window,
    in_words,
    is_open,
    next_opening,
)
from aovpn_remediate.inventory.windows_zones import WINDOWS_ZONES

MINUTE = timedelta(minutes=1)
VIENNA = "Europe/Vienna"


def windows(*written: dict[str, Any]) -> tuple[Window, ...]:
    findings: list[Any] = []
    found = read_windows(list(written), (), findings)
    assert not findings
    return found


def nightly(days: str, start: str = "22:00", end: str = "04:00") -> tuple[Window, ...]:
    return windows({"days": days, "from": start, "to": end, "timezone": VIENNA})


def at(text: str, zone: str = VIENNA, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def utc(moment: datetime | None) -> datetime | None:
    """Convert to UTC: between zones, repeated local times never compare equal (PEP 495)."""
    return None if moment is None else moment.astimezone(UTC)


def hours(found: Opening | None, since: datetime) -> float:
    assert found is not None
    assert found.end is not None
    return (found.end - since.astimezone(UTC)) / timedelta(hours=1)


# The oracle: what a clock on the wall shows, minute by minute

CHANGES = {
    # zone: a day on which its clocks change (or do not)
    "Europe/Vienna": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "America/Santiago": ("2026-04-05", "2026-09-06"),  # at midnight
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),  # by half an hour
    "Asia/Kolkata": ("2026-03-29",),  # never
    "Pacific/Apia": ("2011-12-30",),  # a day that was left out
}
SCENES = [(zone, day) for zone, days in CHANGES.items() for day in days]


class Wall(NamedTuple):
    """The local time and date at a moment."""

    clock: str
    today: frozenset[str]
    """Return a date and its weekday: `2026-03-29` and `sun`."""
    yesterday: frozenset[str]


@cache
def walls(zone: str, day: str) -> list[tuple[datetime, Wall]]:
    """Return each minute of four days with its local time."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=2)
    minutes = [start + number * MINUTE for number in range(4 * 24 * 60)]
    return [(minute, _wall(minute.astimezone(ZoneInfo(zone)))) for minute in minutes]


def _wall(now: datetime) -> Wall:
    return Wall(f"{now:%H:%M}", _names(now.date()), _names(now.date() - timedelta(days=1)))


@cache
def _names(day: date) -> frozenset[str]:
    return frozenset({day.isoformat(), DAYS[day.weekday()]})


def oracle(written: dict[str, Any], wall: Wall) -> bool:
    """Decide by the fields of the window alone."""
    named = written.get("dates") or written["days"].split(",")
    today, yesterday = not wall.today.isdisjoint(named), not wall.yesterday.isdisjoint(named)
    if written["from"] < written["to"]:
        return today and written["from"] <= wall.clock < written["to"]
    return (today and wall.clock >= written["from"]) or (yesterday and wall.clock < written["to"])


@st.composite
def written_windows(draw: st.DrawFn, zone: str, day: str) -> dict[str, Any]:
    times = st.one_of(
        st.sampled_from(["00:00", "01:30", "01:59", "02:00", "02:30", "03:00", "23:30"]),
        st.times().map(lambda t: f"{t:%H:%M}"),
    )
    start, end = draw(times), draw(st.one_of(times, st.just("24:00")))
    if start == end:
        end = "24:00"
    made = {"from": start, "to": end, "timezone": zone}
    if draw(st.booleans()):
        around = [datetime.fromisoformat(day) + timedelta(days=n) for n in range(-3, 3)]
        texts = st.sampled_from([f"{d:%Y-%m-%d}" for d in around])
        return {**made, "dates": draw(st.lists(texts, min_size=1))}
    return {**made, "days": ",".join(draw(st.sets(st.sampled_from(DAYS), min_size=1)))}


@st.composite
def scenes(draw: st.DrawFn) -> tuple[str, str, list[dict[str, Any]]]:
    zone, day = draw(st.sampled_from(SCENES))
    return zone, day, draw(st.lists(written_windows(zone, day), min_size=1, max_size=3))


@settings(max_examples=50, deadline=None)
@given(scenes(), st.data())
def test_a_window_is_open_while_local_time_is_in_it(
    scene: tuple[str, str, list[dict[str, Any]]], data: st.DataObject
) -> None:
    zone, day, written = scene
    made = windows(*written)
    shown = [
        (minute, any(oracle(window, wall) for window in written))
        for minute, wall in walls(zone, day)
    ]
    flips = [n for n in range(1, len(shown)) if shown[n][1] != shown[n - 1][1]]
    near = sorted({0, *flips[:8], *(n - 1 for n in flips[:8])})
    for place in (*near, data.draw(st.integers(0, len(shown) - 1))):
        now, open_now = shown[place]
        found, opens = is_open(made, now), utc(next_opening(made, now))
        assert (found is not None) is open_now
        ends = next((minute for minute, is_ in shown[place:] if not is_), None)
        if found is not None and ends is not None:
            assert utc(found.end) == ends
        begins = next((minute for minute, is_ in shown[place:] if is_), None)
        assert opens == begins or (begins is None and (opens is None or opens > shown[-1][0]))


# What a person reads in the documentation


def test_no_window_is_always_open() -> None:
    now = at("2026-11-21 12:00")

    assert is_open((), now) == Opening(None)
    assert next_opening((), now) == now


def test_past_midnight_a_window_belongs_to_the_day_on_which_it_begins() -> None:
    made = nightly("sat")

    assert is_open(made, at("2026-11-21 21:59")) is None
    assert is_open(made, at("2026-11-22 03:59")) == Opening(at("2026-11-22 04:00"))
    assert is_open(made, at("2026-11-21 03:00")) is None
    assert next_opening(made, at("2026-11-22 04:00")) == at("2026-11-28 22:00")


def test_a_night_in_spring_is_shorter_and_one_in_autumn_longer() -> None:
    made = nightly("sat")

    for evening, length in (("2026-03-21", 6), ("2026-03-28", 5), ("2026-10-24", 7)):
        start = at(f"{evening} 22:00")
        assert hours(is_open(made, start), start) == length


def test_a_skipped_time_never_opens_and_a_repeated_time_opens_twice() -> None:
    made = nightly("sun", "02:15", "02:45")

    assert next_opening(made, at("2026-03-28 12:00")) == at("2026-04-05 02:15")
    first = next_opening(made, at("2026-10-24 12:00"))
    assert first == at("2026-10-25 02:15")
    found = is_open(made, at("2026-10-25 02:15"))
    assert found == Opening(at("2026-10-25 02:45"))
    assert found.end is not None
    again = next_opening(made, found.end)
    assert again is not None
    assert in_words(again) == "Sun 2026-10-25 02:15+01:00 (Europe/Vienna)"


def test_a_window_that_ends_in_the_skipped_hour_ends_when_the_clock_changes() -> None:
    made = nightly("sat", "22:00", "02:30")

    found = is_open(made, at("2026-03-28 23:00"))

    assert found is not None
    assert found.end is not None
    assert in_words(found.end) == "Sun 2026-03-29 03:00+02:00 (Europe/Vienna)"


@pytest.mark.parametrize("name", WINDOWS_ZONES)
def test_time_zones_have_their_names_of_windows_too(name: str) -> None:
    [window] = windows({"days": "sat", "from": "1:00", "to": "2:00", "timezone": name})
    assert window.zone == ZoneInfo(WINDOWS_ZONES[name])


def test_a_name_of_windows_is_taken_in_any_case_and_suggested() -> None:
    written = {"days": "sat", "from": "1:00", "to": "2:00"}
    [window] = windows({**written, "timezone": "w. europe standard time"})
    assert window.zone == ZoneInfo("Europe/Berlin")
    findings: list[Any] = []
    read_windows([{**written, "timezone": "West Europe Standard Time"}], (), findings)
    assert "(did you mean W. Europe Standard Time?)" in str(findings)


def test_adjacent_windows_are_one_opening_even_across_zones() -> None:
    made = windows(
        {"days": "sat", "from": "22:00", "to": "24:00", "timezone": VIENNA},
        {"days": "sat", "from": "23:00", "to": "02:00", "timezone": "UTC"},
    )

    assert is_open(made, at("2026-11-21 22:30")) == Opening(at("2026-11-22 02:00", "UTC"))


def test_whole_days_without_end_have_no_end() -> None:
    assert is_open(nightly("mon-sun", "00:00", "24:00"), at("2026-11-21 12:00")) == Opening(None)
    assert is_open(nightly("sat-sun", "00:00", "24:00"), at("2026-11-21 12:00")) == Opening(
        at("2026-11-23 00:00")
    )


def test_past_dates_never_open_again() -> None:
    made = windows(
        {"dates": ["2026-12-24", "2027-06-01"], "from": "8:00", "to": "10:00", "timezone": "UTC"}
    )

    assert next_opening(made, at("2026-12-24 10:00", "UTC")) == at("2027-06-01 08:00", "UTC")
    assert next_opening(made, at("2027-06-01 10:00", "UTC")) is None
    assert is_open(made, at("2027-06-02 09:00", "UTC")) is None


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        ("sat", "sat"),
        ("Saturday", "sat"),
        ("sat-sun", "sat,sun"),
        ("fri-mon", "mon,fri,sat,sun"),
        ("mon,wed-fri", "mon,wed,thu,fri"),
        ("mon-sun", ",".join(DAYS)),
        ("sun-sat", ",".join(DAYS)),
        (["mon", "wed - fri"], "mon,wed,thu,fri"),
    ],
)
def test_days_are_names_ranges_and_lists(days: Any, meant: str) -> None:
    [made] = nightly(days)

    assert [DAYS[day] for day in sorted(made.weekdays)] == meant.split(",")


# In an inventory


def test_the_windows_of_the_nearest_level_apply(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        """
        all: {windows: [{days: sun, from: "00:00", to: "01:00", timezone: UTC}]}
        groups:
          outer:
            windows: [{days: mon, from: 00:00, to: 01:00, timezone: UTC}]
            children: [inner]
          inner:
            windows:
              - {days: tue, from: "00:00", to: "01:00", timezone: UTC}
              - {days: wed, from: "00:00", to: "01:00", timezone: UTC}
            hosts:
              of-inner:
              own: {windows: [{days: thu, from: "00:00", to: "01:00", timezone: UTC}]}
              always: {windows: []}
          others: {hosts: [of-all]}
        """
    )
    hosts = load_inventory(path).hosts

    days = {
        name: [DAYS[day] for window in host.windows for day in window.weekdays]
        for name, host in hosts.items()
    }
    assert days == {
        "of-inner": ["tue", "wed"],
        "own": ["thu"],
        "always": [],
        "of-all": ["sun"],
    }


def test_a_machine_without_time_zones_gets_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(window_fields, "ZoneInfo", unknown)
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "groups: {a: {windows: [{days: sat, from: 1:00, to: 2:00, timezone: Europe/Vienna}]}}"
    )

    with pytest.raises(InventoryError, match=re.escape("install the Python package tzdata")):
        load_inventory(path)
