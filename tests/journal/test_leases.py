"""A lease has one holder, whatever happens at the same moment."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event, select, update

import aovpn_remediate as aovpn
from aovpn_remediate.journal import leases, tables
from aovpn_remediate.journal.leases import Leases

_TAKE = """
import sys
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
assert Leases(Journal(sys.argv[1]), owner="a run that died").take("host:a") is None
"""


@pytest.fixture
def journal(journal_url: str) -> Any:
    journal = aovpn.Journal(journal_url)
    yield journal
    journal.close()


def test_a_taken_lease_is_refused_with_the_name_of_its_owner(journal: aovpn.Journal) -> None:
    mine, other = Leases(journal, "run 1 by ann@pc"), Leases(journal, "run 2 by bob@pc")
    assert mine.take("host:a") is None
    assert other.take("host:a") == "run 1 by ann@pc"
    assert other.take("host:b") is None
    mine.release("host:a")
    assert other.take("host:a") is None


def test_a_lease_is_refused_to_its_own_run_as_well(journal: aovpn.Journal) -> None:
    """Two threads of a run would otherwise both have the one place in a group."""
    mine = Leases(journal, "run 1")
    assert mine.take("group:nps:0") is None
    assert mine.take("group:nps:0") is not None
    mine.release("group:nps:0")
    assert mine.take("group:nps:0") is None


def test_one_of_many_that_take_at_once_gets_it(journal_url: str) -> None:
    """Those that open a new journal at the same moment do not stumble over its tables either."""
    start = threading.Barrier(20)
    got: list[str | None] = []

    def take() -> None:
        start.wait()
        journal = aovpn.Journal(journal_url)
        got.append(Leases(journal, "somebody").take("host:a"))
        journal.close()

    all_of([threading.Thread(target=take) for _ in range(20)])
    assert len(got) == 20
    assert got.count(None) == 1


def test_the_lease_of_a_process_that_died_is_taken_over_at_once(
    journal: aovpn.Journal, journal_url: str
) -> None:
    subprocess.run([sys.executable, "-c", _TAKE, journal_url], check=True)
    assert _names(journal) == ["host:a"]
    assert Leases(journal, "run 2").take("host:a") is None


def test_the_lease_of_another_machine_is_taken_over_when_it_has_expired(
    journal: aovpn.Journal,
) -> None:
    elsewhere = f"elsewhere/{2**22 + 1}/0"
    assert Leases(journal, "run 1", holder=elsewhere).take("host:a") is None
    assert Leases(journal, "run 2").take("host:a") == "run 1"
    assert Leases(journal, "run 3", holder=elsewhere, lifetime=-1).take("host:b") is None
    assert Leases(journal, "run 2").take("host:b") is None


def test_an_expired_lease_of_a_process_that_lives_is_taken_over(journal: aovpn.Journal) -> None:
    assert Leases(journal, "run 1", lifetime=-1).take("host:a") is None
    assert Leases(journal, "run 2").take("host:a") is None


def test_a_heartbeat_keeps_a_lease_and_the_end_releases_it(journal: aovpn.Journal) -> None:
    mine = Leases(journal, "run 1", lifetime=0.3)
    with mine.heartbeat():
        mine.take("host:a")
        first, beats = _expires(journal), 0
        while beats < 4:
            now = _expires(journal)
            beats += now > first
            first = now
        assert Leases(journal, "run 2").take("host:a") == "run 1"
    assert _names(journal) == []


def test_a_lease_that_was_taken_over_is_not_released_by_its_old_holder(
    journal: aovpn.Journal,
) -> None:
    late, other = Leases(journal, "run 1", lifetime=-1), Leases(journal, "run 2")
    late.take("host:a")
    other.take("host:a")
    late.release("host:a")
    assert _names(journal) == ["host:a"]


def test_one_of_many_takes_over_a_lease_that_has_expired(journal_url: str) -> None:
    journals = [aovpn.Journal(journal_url) for _ in range(20)]
    gone = Leases(journals[0], "run 0", holder="elsewhere/1/0", lifetime=-1)
    assert gone.take("host:a") is None
    start = threading.Barrier(20)
    got: list[str | None] = []

    def take(journal: aovpn.Journal) -> None:
        mine = Leases(journal, "somebody")
        start.wait()
        got.append(mine.take("host:a"))

    all_of([threading.Thread(target=take, args=(journal,)) for journal in journals])
    assert len(got) == 20
    assert got.count(None) == 1
    assert set(got) <= {None, "somebody", "another run, just now"}
    for journal in journals:
        journal.close()


def test_a_lease_that_is_renewed_while_another_run_reads_it_is_not_taken_over(
    journal: aovpn.Journal, journal_url: str
) -> None:
    """Its machine was asleep past its end; it has woken between the look and the taking."""
    holder = "elsewhere/1/0"
    assert Leases(journal, "run 1", holder=holder, lifetime=-1).take("host:a") is None
    other = aovpn.Journal(journal_url)

    @event.listens_for(other._engine, "before_cursor_execute")
    def _renew(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE FROM leases"):
            with journal.begin() as connection:
                connection.execute(update(tables.leases).values(expires=journal.clock + 90))

    assert Leases(other, "run 2").take("host:a") == "another run, just now"
    assert Leases(other, "run 2").take("host:a") == "run 1"
    other.close()
    with journal.begin() as connection:
        assert connection.scalar(select(tables.leases.c.holder)) == holder


def test_a_team_goes_by_the_clock_of_its_database(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = aovpn.Journal(postgresql_url)
    holder = "elsewhere/1/0"
    assert Leases(journal, "run 1", holder=holder).take("host:a") is None
    assert Leases(journal, "run 1", holder=holder, lifetime=-1).take("host:b") is None
    for wrong in (0.0, 1e12):
        monkeypatch.setattr(time, "time", lambda wrong=wrong: wrong)
        assert Leases(journal, "run 2").take("host:a") == "run 1"
    assert Leases(journal, "run 2").take("host:b") is None
    with journal.begin() as connection:
        monkeypatch.undo()
        assert abs(connection.execute(select(journal.clock)).scalar_one() - time.time()) < 5
    journal.close()


def test_a_process_id_of_another_machine_says_nothing(
    journal: aovpn.Journal, journal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor that of another container, whose machine has the same name."""
    subprocess.run([sys.executable, "-c", _TAKE, journal_url], check=True)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(leases, "_MACHINE", "a container of this machine")
        assert Leases(journal, "run 2").take("host:a") == "a run that died"
    assert Leases(journal, "run 2").take("host:a") is None


def test_the_owner_of_a_lease_may_have_a_long_name(journal: aovpn.Journal) -> None:
    assert Leases(journal, "run 1 by " + "n" * 400).take("host:a") is None
    assert str(Leases(journal, "run 2").take("host:a")).startswith("run 1 by nnn")


def _names(journal: aovpn.Journal) -> list[str]:
    with journal.begin() as connection:
        return [row.name for row in connection.execute(select(tables.leases.c.name))]


def _expires(journal: aovpn.Journal) -> float:
    with journal.begin() as connection:
        return float(connection.execute(select(tables.leases.c.expires)).scalar_one())


def all_of(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
