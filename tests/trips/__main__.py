"""Measure how many files of the product hold each of four values on its way through a run.

`files` is the figure that is limited: files in which a frame holds the value itself, an object with
it, or an object with such an object (levels 0 to 2 of `held`). The other columns count files up to
level 0 and level 1. `at most` is the recorded limit; a longer trip gives exit code 1. -v lists the
files in the order in which they first hold the value, each with its lowest level.
"""

from __future__ import annotations

import argparse
import sys

from .measure import FIGURES, TRIPS, Trip, complaints, measured, record, recorded


def main() -> int:
    """Print the figures and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.trips",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="list the files")
    parser.add_argument(
        "--record",
        action="store_true",
        help=f"record these figures as the new limits in {FIGURES.name}",
    )
    given = parser.parse_args()
    trips = measured()
    if given.record:
        record(trips)
    most = recorded()
    _say("         files  at most    level 0  level 1")
    for trip in trips:
        _say(_line(trip, most[trip.name]))
        for file in trip.files if given.verbose else ():
            _say(f"    {_level(trip, file)}  {file}")
    said = complaints(trips, most)
    for line in said:
        _say(line)
    return 1 if said else 0


def _line(trip: Trip, most: int) -> str:
    direct, near, files = map(len, trip.levels)
    figures = f"{files:>6}{most:>9}{direct:>11}{near:>9}"
    return f"{trip.name:<8}{figures}    {TRIPS[trip.name][1]}"


def _level(trip: Trip, file: str) -> int:
    return next(n for n, files in enumerate(trip.levels) if file in files)


def _say(line: str) -> None:
    print(line)  # noqa: T201 - output of the command


if __name__ == "__main__":
    sys.exit(main())
