"""The reader of the `windows` in an inventory file.

windows:
  - {days: "mon,wed-fri", from: "22:00", to: "04:00", timezone: Europe/Vienna}
  - {dates: ["2026-12-24"], from: "00:00", to: "24:00", timezone: Europe/Vienna}
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aovpn_remediate.inventory.windows import DAYS, WHOLE_DAY, Window
from aovpn_remediate.inventory.windows_zones import WINDOWS_ZONES
from aovpn_remediate.playbook.words import Finding, Place, describe, did_you_mean, quote

_FIELDS = ("days", "dates", "from", "to", "timezone")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
_END_OF_DAY = "24:00"
_FROM_WINDOWS = {name.casefold(): zone for name, zone in WINDOWS_ZONES.items()}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _Wrong(Exception):  # noqa: N818 - caught here; it describes the field
    """A problem of one field, and its place below the entry."""

    def __init__(self, what: str, *place: str | int) -> None:
        super().__init__(what)
        self.place = place


def read_windows(value: Any, place: Place, findings: list[Finding]) -> tuple[Window, ...]:
    """Read the windows of one level; an empty list means open at any time."""
    if not isinstance(value, list):
        what = f"should be a list of windows ([]: open at any time), but is {describe(value)}"
        findings.append((place, what))
        return ()
    read = (_window(item, (*place, number), findings) for number, item in enumerate(value))
    return tuple(window for window in read if window is not None)


def _window(value: Any, place: Place, findings: list[Finding]) -> Window | None:
    if not isinstance(value, dict):
        what = f"should be a mapping of {', '.join(_FIELDS)}, but is {describe(value)}"
        findings.append((place, what))
        return None
    wrong = [_Wrong(f"unknown field{_hint(name)}", name) for name in value if name not in _FIELDS]
    if ("days" in value) == ("dates" in value):
        wrong.append(_Wrong("should have either days or dates"))
    parts = {}
    for name, reader in _READERS.items():
        if name in value or name not in ("days", "dates"):
            try:
                parts[name] = _part(value, name, reader)
            except _Wrong as error:
                wrong.append(error)
    if not wrong and parts["from"] == parts["to"]:
        wrong.append(_Wrong("is the same as from: for a whole day use 00:00 to 24:00", "to"))
    findings += [((*place, *error.place), str(error)) for error in wrong]
    return None if wrong else _made_of(parts)


def _part(value: dict[str, Any], name: str, reader: Any) -> Any:
    if name not in value:
        raise _Wrong("is missing", name)
    try:
        return reader(value[name])
    except _Wrong as error:
        raise _Wrong(str(error), name, *error.place) from None


def _made_of(parts: dict[str, Any]) -> Window:
    start, end = parts["from"], parts["to"]
    return Window(
        zone=parts["timezone"],
        start=start,
        length=end - start if end > start else end - start + WHOLE_DAY,
        weekdays=parts.get("days", frozenset()),
        dates=parts.get("dates", frozenset()),
    )


def _hint(name: str) -> str:
    return did_you_mean(name, _FIELDS) or f" (known fields: {', '.join(_FIELDS)})"


# Days


def _days(value: Any) -> frozenset[int]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not items:
        raise _Wrong(f"should be days such as mon,wed-fri, but is {describe(value)}")
    return frozenset(day for item in items for day in _range(item))


def _range(item: Any) -> Iterable[int]:
    """Read `sat`, or a range such as `fri-mon`, which may pass the end of the week."""
    if not isinstance(item, str):
        raise _Wrong(f"should be days such as mon,wed-fri, but is {describe(item)}")
    first, dash, last = item.partition("-")
    start = _day(first)
    end = _day(last) if dash else start
    return (day % len(DAYS) for day in range(start, end + 1 if end >= start else end + 8))


def _day(text: str) -> int:
    name = text.strip().casefold()
    for names in (DAYS, _WEEKDAYS):
        if name in names:
            return names.index(name)
    near = did_you_mean(name, DAYS)
    days = f"{', '.join(DAYS)}, or a range such as sat-sun"
    raise _Wrong(f"{quote(text.strip())} is not a day: use {days}{near}")


def _dates(value: Any) -> frozenset[date]:
    if not isinstance(value, list) or not value:
        raise _Wrong(f'should be a list of dates such as ["2026-12-24"], but is {describe(value)}')
    return frozenset(_date(item, number) for number, item in enumerate(value))


def _date(value: Any, position: int) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _Wrong(f'should be a date such as "2026-12-24", but is {describe(value)}', position)


# Times


def _time(value: Any) -> timedelta:
    """Read a time of day as the time since midnight."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _Wrong(f'should be a time of day such as "22:00", but is {describe(value)}')
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def _end(value: Any) -> timedelta:
    return WHOLE_DAY if value == _END_OF_DAY else _time(value)


def _zone(value: Any) -> ZoneInfo:
    if not isinstance(value, str):
        raise _Wrong(f"should be a time zone such as Europe/Vienna, but is {describe(value)}")
    try:
        return ZoneInfo(_FROM_WINDOWS.get(value.casefold(), value))
    except (KeyError, ValueError, OSError):  # OSError: a folder of the database, such as Europe
        pass
    known = zoneinfo.available_timezones()
    if not known:
        raise _Wrong("this machine has no time zones: install the Python package tzdata")
    near = did_you_mean(value, (*sorted(known), *WINDOWS_ZONES))
    raise _Wrong(f"should be a time zone such as Europe/Vienna, but is {describe(value)}{near}")


_READERS = {"days": _days, "dates": _dates, "from": _time, "to": _end, "timezone": _zone}
