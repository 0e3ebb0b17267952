"""The four trips and the number of product files that each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from .course import ANSWER, DATA, SECRET, SERVICE, laid_out
from .sightings import LEVELS, Sightings

HEADLINE = LEVELS - 1
"""The level that is limited: attributes of an object in an object.

At this level code that handles one host or one step counts, but not code that only passes on a
whole plan or run, in which a value is deeper."""

TRIPS: Mapping[str, tuple[str, str]] = {
    "data": (DATA, "a step's data to the literal and back to the diff (plan and apply)"),
    "then": (SERVICE, "`then` to the restart call (plan, and apply until the host restarts)"),
    "answer": (ANSWER, "a host's answer to the text (plan)"),
    "secret": (SECRET, "a secret to the wire (plan and apply)"),
}
"""Each value and its trip, by name."""

FIGURES = Path(__file__).with_name("figures.yaml")

_HEAD = """\
# Limits: the most product files that may hold each value on its trip (see `python -m tests.trips`).
# When a trip gets shorter, or longer for a good reason, write this file again with --record.
"""


@dataclass(frozen=True)
class Trip:
    """The files that one value passed through."""

    name: str
    levels: tuple[tuple[str, ...], ...]
    """The files up to each level, in the order in which they were seen."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files at the limited level."""
        return self.levels[HEADLINE]


def measured() -> list[Trip]:
    """Run the course once and return the trips."""
    seen = Sightings({name: value for name, (value, _) in TRIPS.items()})
    with laid_out(on_restart=lambda: seen.end("then")) as course:
        with seen.recorded(*TRIPS):
            course.plan()
        with seen.recorded("data", "then", "secret"):
            course.apply()
    return [Trip(name, tuple(seen.files(name, n) for n in range(LEVELS))) for name in TRIPS]


def recorded() -> dict[str, int]:
    """Read the recorded limit of each trip."""
    found: dict[str, int] = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
    return found


def record(trips: list[Trip]) -> None:
    """Record the length of each trip as its limit."""
    lines = [f"{trip.name}: {len(trip.files)}\n" for trip in trips]
    FIGURES.write_text(_HEAD + "".join(lines), encoding="utf-8")


def complaints(trips: list[Trip], most: Mapping[str, int]) -> list[str]:
    """Return a line for each trip that is longer than recorded or was not seen at all."""
    said = []
    for trip in trips:
        count = len(trip.files)
        if not count:
            said.append(f"{trip.name} was seen in no file: the measurement is broken")
        elif count > most[trip.name]:
            said.append(
                f"{trip.name} takes {count} files, more than the {most[trip.name]} recorded. "
                "Shorten the trip (-v names the files), or say in the commit why it is longer, "
                "and run: python -m tests.trips --record"
            )
    return said
