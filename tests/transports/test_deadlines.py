from __future__ import annotations

import threading
import time

from aovpn_remediate.inventory.model import Connection
from aovpn_remediate.transports.deadlines import Limits, Watch


def test_the_inventory_sets_limits() -> None:
    limits = Limits.of(Connection(connect_timeout=3, operation_timeout=2))
    assert (limits.connect, limits.operation, limits.poll) == (3, 2, 2)
    assert limits.grace == Limits().grace


def test_a_host_is_looked_after_every_five_seconds_however_long_it_may_take() -> None:
    assert Limits.of(Connection(operation_timeout=55)).poll == 5


def test_a_watch_is_over_when_time_is_up() -> None:
    watch = Watch(threading.Event())
    watch.start(60)
    assert (watch.over, watch.cancelled) == (False, False)
    assert 59 < watch.left <= 60
    watch.start(0)
    assert (watch.over, watch.cancelled, watch.left) == (True, False, 0)


def test_a_watch_is_over_when_asked_to_end() -> None:
    cancel = threading.Event()
    watch = Watch(cancel)
    watch.start(60)
    cancel.set()
    assert (watch.over, watch.cancelled, watch.pause(0.01)) == (True, True, False)
    watch.start(60, heed_cancel=False)
    assert (watch.over, watch.cancelled, watch.pause(0.01)) == (False, False, True)


def test_a_pause_ends_when_asked_to_end() -> None:
    cancel = threading.Event()
    watch = Watch(cancel)
    watch.start(60)
    threading.Timer(0.05, cancel.set).start()
    started = time.monotonic()
    assert not watch.pause(30)
    assert time.monotonic() - started < 5


def test_there_is_no_pause_beyond_the_end() -> None:
    watch = Watch(threading.Event())
    watch.start(1)
    started = time.monotonic()
    assert not watch.pause(30)
    assert time.monotonic() - started < 0.5
