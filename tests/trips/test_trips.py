"""The limits of the trips, and the rules by which a value is seen."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate.lab.windows.registry import long_path
from aovpn_remediate.playbook.model import Playbook, Step
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.resources.service import Service

from .held import texts
from .measure import Trip, complaints
from .sightings import LEVELS, Sightings

VALUE = "value-zq7x"
RESTART = Restart(services=(VALUE,))
STEP = Step("book/step", Service(name="other", exists=True), RESTART)
PLAYBOOK = Playbook("book", "", "all", (STEP,))


@pytest.mark.long
def test_no_trip_is_longer_than_recorded() -> None:
    """Measure in a new process, in which nothing is cached yet."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.trips"],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Slotted:
    """A test object that counts as the product's and stores its attribute in a slot."""

    __slots__ = ("text", "unset")
    __module__ = "aovpn_remediate.test"

    def __init__(self) -> None:
        self.text = VALUE


class Foreign:
    def __init__(self) -> None:
        self.text = VALUE


@pytest.mark.parametrize(
    ("held", "level"),
    [
        (VALUE, 0),
        (f"a script with '{VALUE}' in it", 0),
        (f"<a>{VALUE}</a>".encode(), 0),
        ([{"a": ({VALUE},)}], 0),
        ({VALUE: 1}, 0),
        (RESTART, 1),
        ([{"a": RESTART}], 1),
        (Slotted(), 1),
        (STEP, 2),
        (PLAYBOOK, None),
        ((PLAYBOOK, RESTART), 1),
        (Foreign(), None),
        (Slotted, None),
        (lambda: VALUE, None),
        (VALUE[:-1], None),
    ],
)
def test_the_level_of_a_value(held: Any, level: int | None) -> None:
    found = [any(VALUE in str(text) for text in here) for here in texts([held], LEVELS)]
    assert len(found) == LEVELS
    assert (found.index(True) if True in found else None) == level


def test_what_holds_itself_is_looked_into_once() -> None:
    ring: list[Any] = [VALUE]
    ring.append(ring)
    assert next(texts([ring], LEVELS)) == [VALUE]


def coalesced() -> None:
    assert RESTART | Restart(reboot=True)


def in_a_thread() -> None:
    thread = threading.Thread(target=coalesced)
    thread.start()
    thread.join()


def simulated() -> None:
    assert long_path(VALUE)


@pytest.mark.parametrize(
    ("work", "files"),
    [
        (coalesced, ("resources/restart.py",)),
        (in_a_thread, ("resources/restart.py",)),
        (simulated, ()),
    ],
)
def test_frames_of_the_product_count_in_every_thread(
    work: Callable[[], None], files: tuple[str, ...]
) -> None:
    seen = Sightings({"value": VALUE})
    with seen.recorded("value"):
        work()
    work()
    assert seen.files("value", 0) == files


def test_a_value_whose_trip_is_over_is_seen_no_more() -> None:
    seen = Sightings({"value": VALUE})
    with seen.recorded("value"):
        seen.end("value")
        coalesced()
    assert seen.files("value", LEVELS) == ()


def test_a_file_counts_from_its_least_level_on() -> None:
    seen = Sightings({"value": VALUE})
    with seen.recorded("value"):
        assert RESTART
    assert [seen.files("value", level) for level in range(LEVELS)] == [
        (),
        ("resources/restart.py",),
        ("resources/restart.py",),
    ]


def test_a_longer_trip_and_one_that_was_not_seen_are_told() -> None:
    trips = [Trip("data", ((), ("a",), ("a", "b"))), Trip("secret", ((), (), ()))]
    longer, unseen = complaints(trips, {"data": 1, "secret": 1})
    assert longer.startswith("data takes 2 files, more than the 1 recorded")
    assert "--record" in longer
    assert unseen.startswith("secret was seen in no file")
    assert complaints(trips[:1], {"data": 2}) == []
