from __future__ import annotations

import threading
import time

from aovpn_remediate.inventory.model import Connection
from aovpn_remediate.transports.deadlines import Deadline, Timeouts


def test_the_inventory_sets_timeouts() -> None:
    timeouts = Timeouts.of(Connection(connect_timeout=3, operation_timeout=2))
    assert (timeouts.connect, timeouts.operation, timeouts.poll) == (3, 2, 2)
    assert timeouts.grace == Timeouts().grace


def test_output_is_polled_every_five_seconds_at_least() -> None:
    assert Timeouts.of(Connection(operation_timeout=55)).poll == 5


def test_a_deadline_is_reached_when_time_is_up() -> None:
    deadline = Deadline(threading.Event())
    deadline.start(60)
    assert (deadline.reached, deadline.cancelled) == (False, False)
    assert 59 < deadline.remaining <= 60
    deadline.start(0)
    assert (deadline.reached, deadline.cancelled, deadline.remaining) == (True, False, 0)


def test_a_deadline_is_reached_when_cancelled() -> None:
    cancel = threading.Event()
    deadline = Deadline(cancel)
    deadline.start(60)
    cancel.set()
    assert (deadline.reached, deadline.cancelled, deadline.pause(0.01)) == (True, True, False)
    deadline.start(60, heed_cancel=False)
    assert (deadline.reached, deadline.cancelled, deadline.pause(0.01)) == (False, False, True)


def test_a_pause_ends_when_cancelled() -> None:
    cancel = threading.Event()
    deadline = Deadline(cancel)
    deadline.start(60)
    threading.Timer(0.05, cancel.set).start()
    started = time.monotonic()
    assert not deadline.pause(30)
    assert time.monotonic() - started < 20


def test_no_pause_exceeds_the_deadline() -> None:
    deadline = Deadline(threading.Event())
    deadline.start(60)
    started = time.monotonic()
    assert not deadline.pause(90)
    assert time.monotonic() - started < 30
