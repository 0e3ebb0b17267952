"""What is written to a journal is read from it, whichever database it is in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.errors import JournalError, UsageError
from aovpn_remediate.journal.pending_confirmations import PendingConfirmation

from . import runs
from .direct import rows
from .runs import HARD, host, plan, run, state, step


@pytest.fixture
def journal(journal_url: str) -> Iterator[aovpn.Journal]:
    journal = aovpn.Journal(journal_url)
    yield journal
    journal.close()


@pytest.fixture
def started(journal: aovpn.Journal) -> str:
    """The id of a run of two hosts, of which nothing is done."""
    journal.start(run(), [host("nps-01", step("a"), step("b")), host("nps-02", step("a"))])
    return run().id


# A run


def test_a_run_from_its_start_to_its_end(journal: aovpn.Journal) -> None:
    first = [host("zz", step("b"), step("a")), host("Aa"), host("aB", step("ä"))]
    journal.start(run(), first)
    assert journal.load("last") == run(hosts=first), "in the order that was given"

    done = step("a", "changed", before=state("old"), after=state(), time="2026-11-21T02:00:00Z")
    journal.update_steps(run().id, "zz", [done, step("b", "failed", planned=state())])
    journal.update_host(run().id, host("zz", finished=True, touched=True, seconds=1.5))
    journal.finish(run(finished="2026-11-21T02:03:04+00:00"))
    assert journal.load(run().id) == run(
        finished="2026-11-21T02:03:04+00:00",
        hosts=[
            host(
                "zz",
                step("b", "failed", planned=state()),
                done,
                finished=True,
                touched=True,
                seconds=1.5,
            ),
            *first[1:],
        ],
    )
    [row] = rows(journal.url, "SELECT id, action, finished FROM runs")
    assert row == (run().id, "apply", "2026-11-21T02:03:04+00:00")


def test_a_run_without_hosts(journal: aovpn.Journal) -> None:
    journal.start(run(), [])
    assert journal.load("last") == run()


def test_a_fleet_is_written_in_a_moment(journal: aovpn.Journal) -> None:
    hosts = [host(f"host-{n:03}", *(step(f"s{k}") for k in range(20))) for n in range(200)]
    journal.start(run(), hosts)
    assert journal.load("last").hosts == tuple(hosts)


def test_a_start_that_fails_leaves_nothing(journal: aovpn.Journal) -> None:
    with pytest.raises(JournalError):
        journal.start(run(), [host("twice"), host("twice")], plan())
    assert journal.runs() == []
    assert rows(journal.url, "SELECT count(*) FROM plans") == [0]
    journal.start(run(), [host("once", step("a"))])
    with pytest.raises(JournalError) as again:
        journal.start(run(), [])
    assert len(str(again.value).splitlines()) == 1
    assert len(journal.load("last").hosts) == 1


def test_runs_are_found_by_what_they_begin_with(journal: aovpn.Journal) -> None:
    with pytest.raises(UsageError, match="there is no run 'last'"):
        journal.load("last")
    for number in (10, 30, 20):
        journal.start(run(number), [])
    assert [found.id for found in journal.runs()] == [run(n).id for n in (30, 20, 10)]
    assert journal.load("last").id == run(30).id
    assert journal.load("20261121-01022").id == run(20).id
    assert journal.load(run(10).id).id == run(10).id
    for begin in ("", "2026", "20261121-0102"):
        with pytest.raises(UsageError, match="several runs begin with"):
            journal.load(begin)
    for begin in ("%", "20261121%", "2026112_", "20261121_010210", "\\", "x'", "20261121-010210-X"):
        with pytest.raises(UsageError, match="there is no run"):
            journal.load(begin)


def test_runs_of_the_same_moment_have_one_order(journal: aovpn.Journal) -> None:
    for mark in "bca":
        journal.start(run(id=f"20261121-010203-{mark}"), [])
    assert [found.id[-1] for found in journal.runs()] == ["c", "b", "a"]
    assert journal.load("last").id[-1] == "c"


# What runs leave


def test_steps_of_which_no_record_came(journal: aovpn.Journal, started: str) -> None:
    later = run(2)
    journal.start(later, [host("nps-01", step("a", "unknown", planned=state()))])
    journal.update_steps(started, "nps-01", [step("a", "unknown"), step("b", "unknown")])
    found = journal.unknown_steps(["nps-01", "nps-02"])
    assert {name: [(r, s.id) for r, s in steps] for name, steps in found.items()} == {
        "nps-01": [(started, "a"), (started, "b"), (later.id, "a")]
    }
    assert found["nps-01"][-1][1].planned == state()
    journal.update_steps(started, "nps-01", [step("a", "changed"), step("b", "failed")])
    assert len(journal.unknown_steps(["nps-01"])["nps-01"]) == 1
    assert journal.unknown_steps(["nps-02"]) == {}


def test_restarts_that_changes_need(journal: aovpn.Journal, started: str) -> None:
    changed = step("a", "changed", time="2026-11-21T02:00:00Z")
    journal.record_change(started, "nps-01", changed, aovpn.Restart(services=("IAS", "RasMan")))
    journal.record_change(started, "nps-02", step("a", "changed"), aovpn.Restart(reboot=True))
    needs = journal.pending_restarts(["nps-01", "nps-02"])
    assert [(n.need, n.since, n.run, n.step) for n in needs["nps-01"]] == [
        ("IAS", "2026-11-21T02:00:00Z", started, "a"),
        ("RasMan", "2026-11-21T02:00:00Z", started, "a"),
    ]
    assert [(n.need, n.since) for n in needs["nps-02"]] == [("reboot", None)]
    assert journal.load(started).hosts[0].steps[0].status == "changed"

    journal.close_restarts([needs["nps-01"][0].id], f"seen, {runs.HARD[6:12]!a}")
    assert [n.need for n in journal.pending_restarts(["nps-01"])["nps-01"]] == ["RasMan"]
    many = [f"other-{n}" for n in range(2000)]
    assert set(journal.pending_restarts(many)) == {"nps-01", "nps-02"}, "more than can be named"
    assert "nps-02" in journal.pending_restarts(["nps-02", *many[:499]])
    journal.close_restarts([n.id for host in needs.values() for n in host], "done")
    assert journal.pending_restarts(["nps-01", "nps-02"]) == {}


def test_services_that_have_to_run_again(journal: aovpn.Journal, started: str) -> None:
    longest = "S" * 256
    journal.record_stopping(started, "nps-01", ["IAS", longest])
    journal.record_stopping(started, "nps-01", ["IAS"])
    journal.record_stopping(started, "nps-02", ["IAS"])
    assert sorted(journal.stopped_services("nps-01")) == ["IAS", longest]
    journal.record_running("nps-01", ["IAS", "never stopped"])
    assert journal.stopped_services("nps-01") == [longest]
    assert journal.stopped_services("nps-02") == ["IAS"]


def test_records_without_a_run_are_refused(journal: aovpn.Journal) -> None:
    with pytest.raises(JournalError):
        journal.record_stopping("no-such-run", "nps-01", ["IAS"])
    with pytest.raises(JournalError):
        journal.keep_plan("no-such-run", plan())
    with pytest.raises(JournalError):
        journal.add_confirmation("no-such-run", "nps-01", {})


# Plans


def test_the_plan_of_a_run(journal: aovpn.Journal) -> None:
    journal.start(run(1), [], plan())
    journal.start(run(2), [])
    assert journal.plan_of(run(1).id) == plan()
    assert journal.plan_of(run(2).id) is None
    assert journal.plan_of("no-such-run") is None
    journal.keep_plan(run(2).id, plan())
    journal.keep_plan(run(2).id, plan().model_copy(update={"made_by": "again"}))
    kept = journal.plan_of(run(2).id)
    assert kept is not None
    assert kept.made_by == "again"


# Automatic rollbacks


def test_a_confirmation_from_its_start_to_its_end(journal: aovpn.Journal, started: str) -> None:
    document = {"task": "aovpn-1", "states": state()}
    journal.add_confirmation(started, "nps-01", document)
    [new] = journal.open_confirmations(["nps-01"])
    assert new == PendingConfirmation(started, "nps-01", new.since, None, "arming", document)
    journal.rollback_scheduled(started, "nps-01", "2026-11-21T02:00:00Z")
    [scheduled] = journal.open_confirmations(["nps-01", "nps-02"])
    assert (scheduled.status, scheduled.until) == ("armed", "2026-11-21T02:00:00Z")
    assert journal.open_confirmations(["nps-02"]) == []

    journal.add_confirmation(started, "nps-02", {})
    assert [each.host for each in journal.confirmations_of(started)] == ["nps-01", "nps-02"]
    journal.close_confirmation(started, "nps-01", "confirmed")
    assert [each.host for each in journal.open_confirmations(["nps-01", "nps-02"])] == ["nps-02"]
    assert [each.status for each in journal.confirmations_of(started)] == ["confirmed", "arming"]
    assert journal.confirmations_of("no-such-run") == []


def test_a_rollback_is_scheduled_again(journal: aovpn.Journal, started: str) -> None:
    journal.add_confirmation(started, "nps-01", {"task": "old"})
    journal.rollback_scheduled(started, "nps-01", "2026-11-21T02:00:00Z")
    journal.add_confirmation(started, "nps-01", {"task": HARD})
    [again] = journal.confirmations_of(started)
    assert (again.status, again.until, again.document) == ("arming", None, {"task": HARD})
