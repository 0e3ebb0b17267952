"""Whose turn it is, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import update

import aovpn_remediate as aovpn
from aovpn_remediate.drift.queue import Turn, Turns
from aovpn_remediate.drift.schedule import Rhythm
from aovpn_remediate.journal import tables
from aovpn_remediate.journal.leases import Leases

HOURLY = Rhythm(3600.0, 60.0)
NOW = 1_900_000_000.0
HOSTS = ("a", "b", "c")


@pytest.fixture
def open_turns(journal_url: str) -> Iterator[Callable[[], Turns]]:
    """One journal, opened as often as there are services."""
    with ExitStack() as stack:

        def opened() -> Turns:
            journal = aovpn.Journal(journal_url)
            stack.callback(journal.close)
            return Turns(journal, "fleet")

        yield opened


def begin(turns: Turns, now: float = NOW, **more: Leases) -> list[Turn]:
    leases = more.get("leases") or Leases(turns.journal, owner="a service")
    return turns.begin(turns.waiting(HOSTS, now), now, HOURLY, leases, lambda: 0.5)


def due(turns: Turns) -> dict[str, float]:
    return {standing.host: standing.due - NOW for standing in turns.standings()}


def test_hosts_come_and_go_and_those_that_stay_keep_their_time(
    open_turns: Callable[[], Turns],
) -> None:
    turns = open_turns()
    turns.keep(["a", "b"], lambda: NOW)
    Turns(turns.journal, "another").keep(["a"], lambda: NOW + 99)
    turns.keep(["b", "c"], lambda: NOW + 5)
    assert due(turns) == {"b": 0, "c": 5}
    turns.keep(["d"], lambda: NOW + 7, whole=False)
    assert due(turns) == {"b": 0, "c": 5, "d": 7}
    assert turns.next_due() == NOW


def test_a_turn_from_its_begin_to_its_end(open_turns: Callable[[], Turns]) -> None:
    turns = open_turns()
    turns.keep(HOSTS, lambda: NOW)
    leases = Leases(turns.journal, owner="a service")
    mine = begin(turns, leases=leases)
    assert [turn.host for turn in mine] == list(HOSTS)
    assert due(turns) == dict.fromkeys(HOSTS, 3630.0)
    assert turns.next_due() is None, "all are in somebody's hands"

    assert turns.end(mine[0], NOW + 9, NOW + 3600, failed=False)
    assert turns.end(mine[1], NOW + 9, NOW + 7200, failed=True)
    turns.give_back(mine[2])
    a, b, c = turns.standings()
    assert (a.under_way, a.due, a.ended, a.failures) == (False, NOW + 3600, NOW + 9, 0)
    assert (b.under_way, b.due, b.ended, b.failures) == (False, NOW + 7200, NOW + 9, 1)
    assert (c.under_way, c.due, c.ended, c.failures) == (False, NOW, None, 0)


def test_nobody_takes_what_a_living_service_has(open_turns: Callable[[], Turns]) -> None:
    one, other = open_turns(), open_turns()
    one.keep(HOSTS, lambda: NOW)
    leases = Leases(one.journal, owner="a service")
    assert len(begin(one, leases=leases)) == 3
    assert not begin(other)
    assert not begin(other, NOW + 90_000), "however long it takes"


def test_what_a_dead_service_had_is_taken_over(open_turns: Callable[[], Turns]) -> None:
    one, other = open_turns(), open_turns()
    one.keep(HOSTS, lambda: NOW)
    [first, *_] = begin(one)
    with one.journal.begin() as connection:
        connection.execute(update(tables.leases).values(expires=0.0))

    mine = begin(other)
    assert [turn.number for turn in mine] == [2, 2, 2]
    assert not one.end(first, NOW, NOW, failed=False), "it has lost it"
    assert all(standing.under_way for standing in other.standings())


@pytest.mark.parametrize("seen_under_way", [False, True])
def test_what_was_read_before_somebody_ended_the_turn_is_not_begun(
    open_turns: Callable[[], Turns], *, seen_under_way: bool
) -> None:
    one, other = open_turns(), open_turns()
    one.keep(["a"], lambda: NOW)
    before = other.waiting(HOSTS, NOW)
    leases = Leases(one.journal, owner="a service")
    with leases.heartbeat():
        [turn] = begin(one, leases=leases)
        if seen_under_way:
            before = other.waiting(HOSTS, NOW)
        assert one.end(turn, NOW + 1, NOW + 3600, failed=False)
    theirs = Leases(other.journal, owner="another")
    assert not other.begin(before, NOW + 2, HOURLY, theirs, lambda: 0.5)
    assert not theirs.held


def test_two_that_begin_at_once_share_the_hosts(open_turns: Callable[[], Turns]) -> None:
    services = [open_turns() for _ in range(4)]
    services[0].keep(HOSTS, lambda: NOW)
    for hour in range(6):
        now = NOW + hour * 4000
        taken: list[str] = []
        starting = threading.Barrier(len(services))

        def work(turns: Turns, now: float = now, starting: threading.Barrier = starting) -> None:
            leases = Leases(turns.journal, owner="a service")
            starting.wait()
            with leases.heartbeat():
                mine = begin(turns, now, leases=leases)
                taken.extend(turn.host for turn in mine)  # noqa: B023 - of this hour
                for turn in mine:
                    assert turns.end(turn, now, now + 3600, failed=False)

        threads = [threading.Thread(target=work, args=(turns,)) for turns in services]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == list(HOSTS)


def test_a_faster_rhythm_brings_hosts_nearer(open_turns: Callable[[], Turns]) -> None:
    turns = open_turns()
    turns.keep(["a"], lambda: NOW + 86_400)
    turns.keep(["a", "b"], lambda: NOW + 1800)
    turns.bring_nearer(HOURLY, NOW)
    assert due(turns) == {"a": 3660, "b": 1800}
