"""The queue of hosts to check, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import update

import aovpn_remediate as aovpn
from aovpn_remediate.drift.queue import Claim, Queue
from aovpn_remediate.drift.schedule import Schedule
from aovpn_remediate.journal import tables
from aovpn_remediate.journal.leases import Leases

HOURLY = Schedule(3600.0, 60.0)
NOW = 1_900_000_000.0
HOSTS = ("a", "b", "c")


@pytest.fixture
def open_queue(journal_url: str) -> Iterator[Callable[[], Queue]]:
    """A function that opens the queue, each time through a journal of its own."""
    with ExitStack() as stack:

        def opened() -> Queue:
            journal = aovpn.Journal(journal_url)
            stack.callback(journal.close)
            return Queue(journal, "fleet")

        yield opened


def claim_due(queue: Queue, now: float = NOW, **more: Leases) -> list[Claim]:
    leases = more.get("leases") or Leases(queue.journal, owner="a service")
    return queue.claim(queue.due(HOSTS, now), now, HOURLY, leases, lambda: 0.5)


def due_times(queue: Queue) -> dict[str, float]:
    return {status.host: status.due - NOW for status in queue.statuses()}


def test_hosts_are_added_and_removed_and_the_others_keep_their_time(
    open_queue: Callable[[], Queue],
) -> None:
    queue = open_queue()
    queue.sync(["a", "b"], lambda: NOW)
    Queue(queue.journal, "another").sync(["a"], lambda: NOW + 99)
    queue.sync(["b", "c"], lambda: NOW + 5)
    assert due_times(queue) == {"b": 0, "c": 5}
    queue.sync(["d"], lambda: NOW + 7, whole=False)
    assert due_times(queue) == {"b": 0, "c": 5, "d": 7}
    assert queue.next_due() == NOW


def test_a_claim_is_completed_or_released(open_queue: Callable[[], Queue]) -> None:
    queue = open_queue()
    queue.sync(HOSTS, lambda: NOW)
    leases = Leases(queue.journal, owner="a service")
    mine = claim_due(queue, leases=leases)
    assert [claim.host for claim in mine] == list(HOSTS)
    assert due_times(queue) == dict.fromkeys(HOSTS, 3630.0)
    assert queue.next_due() is None, "all are claimed"

    assert queue.complete(mine[0], NOW + 9, NOW + 3600, failed=False)
    assert queue.complete(mine[1], NOW + 9, NOW + 7200, failed=True)
    queue.release(mine[2])
    a, b, c = queue.statuses()
    assert (a.under_way, a.due, a.ended, a.failures) == (False, NOW + 3600, NOW + 9, 0)
    assert (b.under_way, b.due, b.ended, b.failures) == (False, NOW + 7200, NOW + 9, 1)
    assert (c.under_way, c.due, c.ended, c.failures) == (False, NOW, None, 0)


def test_the_claims_of_a_living_service_are_not_taken_over(open_queue: Callable[[], Queue]) -> None:
    one, other = open_queue(), open_queue()
    one.sync(HOSTS, lambda: NOW)
    leases = Leases(one.journal, owner="a service")
    assert len(claim_due(one, leases=leases)) == 3
    assert not claim_due(other)
    assert not claim_due(other, NOW + 90_000), "however long it takes"


def test_the_claims_of_a_dead_service_are_taken_over(open_queue: Callable[[], Queue]) -> None:
    one, other = open_queue(), open_queue()
    one.sync(HOSTS, lambda: NOW)
    [first, *_] = claim_due(one)
    with one.journal.begin() as connection:
        connection.execute(update(tables.leases).values(expires=0.0))

    mine = claim_due(other)
    assert [claim.number for claim in mine] == [2, 2, 2]
    assert not one.complete(first, NOW, NOW, failed=False), "the claim is lost"
    assert all(status.under_way for status in other.statuses())


@pytest.mark.parametrize("seen_under_way", [False, True])
def test_a_row_read_before_its_claim_was_completed_cannot_be_claimed(
    open_queue: Callable[[], Queue], *, seen_under_way: bool
) -> None:
    one, other = open_queue(), open_queue()
    one.sync(["a"], lambda: NOW)
    before = other.due(HOSTS, NOW)
    leases = Leases(one.journal, owner="a service")
    with leases.heartbeat():
        [claim] = claim_due(one, leases=leases)
        if seen_under_way:
            before = other.due(HOSTS, NOW)
        assert one.complete(claim, NOW + 1, NOW + 3600, failed=False)
    theirs = Leases(other.journal, owner="another")
    assert not other.claim(before, NOW + 2, HOURLY, theirs, lambda: 0.5)
    assert not theirs.held


def test_services_that_claim_at_once_share_the_hosts(open_queue: Callable[[], Queue]) -> None:
    services = [open_queue() for _ in range(4)]
    services[0].sync(HOSTS, lambda: NOW)
    for hour in range(6):
        now = NOW + hour * 4000
        taken: list[str] = []
        starting = threading.Barrier(len(services))

        def work(queue: Queue, now: float = now, starting: threading.Barrier = starting) -> None:
            leases = Leases(queue.journal, owner="a service")
            starting.wait()
            with leases.heartbeat():
                mine = claim_due(queue, now, leases=leases)
                taken.extend(claim.host for claim in mine)  # noqa: B023 - of this hour
                for claim in mine:
                    assert queue.complete(claim, now, now + 3600, failed=False)

        threads = [threading.Thread(target=work, args=(queue,)) for queue in services]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == list(HOSTS)


def test_a_shorter_interval_lowers_the_due_times(open_queue: Callable[[], Queue]) -> None:
    queue = open_queue()
    queue.sync(["a"], lambda: NOW + 86_400)
    queue.sync(["a", "b"], lambda: NOW + 1800)
    queue.cap_due_times(HOURLY, NOW)
    assert due_times(queue) == {"a": 3660, "b": 1800}
