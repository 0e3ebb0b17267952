"""Which restarts are proven by a host's own times, and which are still to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.engine.reading.restart_needs import (
    left_stopped,
    marks_of,
    open_needs,
    proof,
    runs,
    to_do,
)
from aovpn_remediate.journal.leftovers import Need, Stopped
from aovpn_remediate.resources.restart import REBOOT, Restart, each_need
from aovpn_remediate.results import Facts, Outstanding, ServiceFact

SET = "2026-11-21T02:00:00.1234567Z"


def at(clock: str) -> str:
    return f"2026-11-21T{clock}.0000000Z"


def facts(
    *,
    boot: str | None = at("01:00:00"),
    started: str | None = at("01:00:05"),
    alone: bool | None = True,
    state: str = "Running",
) -> Facts:
    service = ServiceFact(state=state, started=started, alone=alone)
    return Facts(boot=boot, services={"IAS": service, "Gone": None})


_PROOFS = {
    "no boot since": (REBOOT, SET, facts(), "outstanding"),
    "a boot within the drift of the clock": (
        REBOOT,
        SET,
        facts(boot=at("02:00:30")),
        "outstanding",
    ),
    "a boot after it": (REBOOT, SET, facts(boot=at("02:00:31")), "done"),
    "a boot that the host does not tell": (REBOOT, SET, facts(boot=None), "outstanding"),
    "a boot that is no time": (REBOOT, SET, facts(boot="yesterday"), "outstanding"),
    "the time of the change is unknown": (REBOOT, None, facts(boot=at("03:00:00")), "outstanding"),
    "a new process proves no boot": (REBOOT, SET, facts(started=at("02:01:00")), "outstanding"),
    "a process from before": ("IAS", SET, facts(), "outstanding"),
    "a process of the same moment": ("IAS", SET, facts(started=SET), "outstanding"),
    "a process of its own since": ("IAS", SET, facts(started=at("02:00:01")), "done"),
    "a shared process since": (
        "IAS",
        SET,
        facts(started=at("02:00:01"), alone=False),
        "unproven",
    ),
    "a process that may be shared": (
        "IAS",
        SET,
        facts(started=at("02:00:01"), alone=None),
        "unproven",
    ),
    "a shared process from before": ("IAS", SET, facts(alone=False), "outstanding"),
    "a boot is as good": ("IAS", SET, facts(boot=at("02:01:00"), started=None), "done"),
    "any case of the name": ("ias", SET, facts(started=at("02:00:01")), "done"),
    "a start that is not told": ("IAS", SET, facts(started=None), "outstanding"),
    "a start without a time of the change": (
        "IAS",
        None,
        facts(started=at("03:00:00")),
        "outstanding",
    ),
    "stopped: it reads its settings when it starts": (
        "IAS",
        SET,
        facts(state="Stopped", started=None),
        "done",
    ),
    "missing": ("Gone", SET, facts(), "done"),
    "not told": ("RasMan", SET, facts(), "outstanding"),
}


@pytest.mark.parametrize(("need", "since", "found", "expected"), _PROOFS.values(), ids=_PROOFS)
def test_what_the_times_of_a_host_prove(
    need: str, since: str | None, found: Facts, expected: str
) -> None:
    assert proof(Need("nps-01", need, since, "run", "pb/x"), found) == expected


_TIMES = st.one_of(
    st.none(),
    st.sampled_from(["", "x", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", SET]),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-21"]),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.text(max_size=30),
)


@given(need=st.sampled_from([REBOOT, "IAS"]), since=_TIMES, boot=_TIMES, started=_TIMES)
def test_whatever_a_host_calls_a_time_nothing_is_taken_for_proven_lightly(
    need: str, since: str | None, boot: str | None, started: str | None
) -> None:
    found = proof(Need("h", need, since, "r", "s"), facts(boot=boot, started=started))
    assert found in ("outstanding", "done")
    if since is None or (boot is None and started is None):
        assert found == "outstanding"


def test_pending_restarts_have_their_run_and_step() -> None:
    needs = [
        Need("h", REBOOT, SET, "run-1", "pb/a"),
        Need("h", "Gone", SET, "run-1", "pb/b"),
        Need("h", "IAS", None, "run-2", "pb/c"),
    ]
    assert open_needs(needs, facts()) == (
        Outstanding(need=REBOOT, since=SET, run="run-1", step="pb/a"),
        Outstanding(need="IAS", since="unknown", run="run-2", step="pb/c"),
    )


def test_what_cannot_be_proven_is_not_acted_on() -> None:
    needs = [Need("h", name, SET, "r", "s") for name in ("IAS", "RasMan")]
    shared = facts(started=at("02:00:01"), alone=False)
    found = open_needs(needs, shared)
    assert [item.proven for item in found] == [False, True]
    assert to_do(found) == Restart(services=("RasMan",))


@pytest.mark.parametrize(
    ("restart", "needs"),
    [
        (Restart(), ()),
        (Restart(services=("A", "B")), ("A", "B")),
        (Restart(reboot=True), (REBOOT,)),
        (Restart(reboot=True, services=("A",)), (REBOOT,)),
    ],
)
def test_a_reboot_is_recorded_instead_of_all(restart: Restart, needs: tuple[str, ...]) -> None:
    assert each_need(restart) == needs


@pytest.mark.parametrize(
    ("service", "expected"),
    [("IAS", True), ("ias", True), ("Gone", False), ("RasMan", False)],
)
def test_a_service_runs_or_not(service: str, *, expected: bool) -> None:
    assert runs(facts(), service) is expected
    assert not runs(facts(state="Start Pending"), "IAS")


@given(st.integers(0, 120))
def test_a_boot_counts_from_half_a_minute_after_the_change(seconds: int) -> None:
    since = datetime(2026, 11, 21, 2, tzinfo=UTC)
    boot = since + timedelta(seconds=seconds)
    need = Need("h", REBOOT, since.isoformat(), "r", "s")
    expected = "done" if seconds > 30 else "outstanding"
    assert proof(need, facts(boot=boot.isoformat())) == expected


# Clocks that are set: the mark of a boot, and of the start of a process, stays as it was

_BOOT, _NEXT = "604 2026-11-21T01:00:00Z", "612 2026-11-21T00:30:00Z"
_START = at("01:00:05")
_MARKED = f"{_BOOT}/{_START}"
_WITH_MARKS = {
    "the clock was put forward": (REBOOT, _BOOT, at("09:00:00"), _BOOT, _START, "outstanding"),
    "it booted, and the clock was put back": (REBOOT, _BOOT, at("00:30:00"), _NEXT, _START, "done"),
    "no mark now, and no boot": (REBOOT, _BOOT, at("01:00:00"), None, _START, "outstanding"),
    "no mark now, and a clock that says so": (
        *(REBOOT, _BOOT, at("09:00:00"), None, _START),
        "unproven",
    ),
    "an earlier version, and a clock that says so": (
        *(REBOOT, None, at("09:00:00"), _NEXT, _START),
        "done",
    ),
    "a process of before": ("IAS", _MARKED, at("09:00:00"), _BOOT, _START, "outstanding"),
    "another process, by an earlier clock": (
        *("IAS", _MARKED, at("01:00:00"), _BOOT, at("00:10:00")),
        "done",
    ),
    "no process now": ("IAS", _MARKED, at("01:00:00"), _BOOT, None, "outstanding"),
    "a boot restarts services": ("IAS", _MARKED, at("00:30:00"), _NEXT, _START, "done"),
    "a boot that is not told restarts none": (
        *("IAS", _MARKED, at("09:00:00"), None, _START),
        "outstanding",
    ),
}


@pytest.mark.parametrize(
    ("need", "mark", "boot", "boot_mark", "started", "expected"),
    _WITH_MARKS.values(),
    ids=_WITH_MARKS,
)
def test_a_clock_that_is_set_proves_and_denies_nothing(  # noqa: PLR0917 - a table
    need: str, mark: str | None, boot: str, boot_mark: str | None, started: str, expected: str
) -> None:
    told = facts(boot=boot, started=started).model_copy(update={"boot_mark": boot_mark})
    made = Need("host", need, SET, "run", "test/step", mark=mark)
    assert proof(made, told) == expected


def test_marks_are_of_the_boot_and_of_running_services() -> None:
    told = facts().model_copy(update={"boot_mark": _BOOT})
    assert marks_of(told) == {REBOOT: _BOOT, "ias": _MARKED}
    assert marks_of(facts()) == {}
    assert marks_of(facts(started=None).model_copy(update={"boot_mark": "x"})) == {REBOOT: "x"}


def test_a_start_is_no_restart_to_be_allowed() -> None:
    stopped = ServiceFact(state="stopped")
    [left] = left_stopped([Stopped("IAS", "run-1")], Facts(services={"IAS": stopped}))
    assert (left.need, left.run, left.down) == ("IAS", "run-1", True)
    assert to_do([left]) == Restart()
    running = ServiceFact(state="running")
    for now in (running, None):
        assert not left_stopped([Stopped("ias", "run-1")], Facts(services={"IAS": now}))
