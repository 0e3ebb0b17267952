"""A script ends when its time is up or when it is cancelled, over every WinRM transport."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from aovpn_remediate.errors import TimedOut, TransportError
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.server import Lab
from tests.transports.conftest import (
    PASSWORD,
    SHORT_TIMEOUTS,
    TRANSPORTS,
    Words,
    host_in,
    open_session,
    until,
)

HUNG = 10.0
"""Seconds: half of what it would take at least if a hang were waited for; a busy machine is not."""


@TRANSPORTS
def test_a_script_that_takes_too_long_is_stopped(lab: Lab, transport: str) -> None:
    lines: list[str] = []
    with open_session(host_in(lab, transport=transport)) as session:
        started = time.monotonic()
        with pytest.raises(TimedOut, match=r"did not finish within 0\.4 s; it was stopped"):
            lines.extend(session.run("write one\nwait 30\nwrite two", seconds=0.4))
        took = time.monotonic() - started
    assert 0.4 <= took < HUNG
    assert "Signal" in [request.action for request in lab.requests]
    lab.assert_clean()


@TRANSPORTS
def test_output_before_the_stop_is_yielded(lab: Lab, transport: str) -> None:
    with open_session(host_in(lab, transport=transport)) as session:
        lines = session.run("write one\nwait 30\nwrite two", seconds=1)
        assert next(lines) == "one"
        with pytest.raises(TimedOut):
            next(lines)
    lab.assert_clean()


@TRANSPORTS
def test_a_script_ends_when_cancelled(lab: Lab, transport: str) -> None:
    cancel = threading.Event()
    with open_session(host_in(lab, transport=transport), cancel=cancel) as session:
        lines = session.run("write one\nwait 30\nwrite two", seconds=60)
        assert next(lines) == "one"
        cancel.set()
        started = time.monotonic()
        with pytest.raises(TimedOut, match="was cancelled; it was stopped"):
            next(lines)
    assert time.monotonic() - started < HUNG
    lab.assert_clean()


@TRANSPORTS
def test_no_session_is_opened_when_cancelled(lab: Lab, transport: str) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(TimedOut):
        open_session(host_in(lab, transport=transport), cancel=cancel)
    assert lab.stats().requests == 0


@TRANSPORTS
def test_a_cancelled_session_is_ended_on_the_host(lab: Lab, transport: str) -> None:
    cancel = threading.Event()
    session = open_session(host_in(lab, transport=transport), cancel=cancel)
    cancel.set()
    session.close()
    assert lab.stats().shells == 0


@TRANSPORTS
def test_a_script_that_finishes_before_the_stop_has_succeeded(lab: Lab, transport: str) -> None:
    with open_session(host_in(lab, transport=transport)) as session:
        over = time.monotonic() + 1
        lines = session.run("write one\nwait 0.05\nwrite two", seconds=1)
        assert next(lines) == "one"
        until(lambda: time.monotonic() > over)
        assert list(lines) == ["two"]
    lab.assert_clean()


@TRANSPORTS
@pytest.mark.parametrize("action", ["Command", "Receive", "Send", "Signal"])
def test_a_host_that_hangs_does_not_delay_the_end_of_a_script(
    lab: Lab, transport: str, action: str
) -> None:
    lab.faults.add(*[Fault("hang", action=action, nth=nth) for nth in range(1, 20)])  # type: ignore[arg-type]
    words = "write one\nwait 30" if action == "Signal" else "write one"
    started = time.monotonic()
    ended: TransportError | None = None
    try:
        with open_session(
            host_in(lab, transport=transport),
            timeouts=replace(
                SHORT_TIMEOUTS, operation=20, stop=0.2, close=0.4, opening=0.5, grace=0.2
            ),
        ) as session:
            started = time.monotonic()
            list(session.run(words, seconds=0.5))
    except TransportError as error:
        ended = error
    assert (ended is None) == (transport == "psrp" and action == "Send")
    assert time.monotonic() - started < HUNG


@TRANSPORTS
def test_a_slow_answer_does_not_delay_the_end_of_a_script(lab: Lab, transport: str) -> None:
    with open_session(
        host_in(lab, transport=transport),
        timeouts=replace(SHORT_TIMEOUTS, poll=0.1, grace=0.2, close=0.4),
    ) as session:
        lab.faults.add(
            *[Fault("slow", action="Receive", nth=nth, seconds=20) for nth in range(1, 9)]
        )
        started = time.monotonic()
        with pytest.raises(TransportError):
            list(session.run("write one", seconds=0.5))
        assert time.monotonic() - started < HUNG


def test_a_powershell_that_does_not_start_times_out(words: Words) -> None:
    with Lab(words, users={"lab": PASSWORD}, open_seconds=30) as lab:
        started = time.monotonic()
        with pytest.raises(TimedOut, match="did not start in time"):
            open_session(host_in(lab), timeouts=replace(SHORT_TIMEOUTS, opening=0.4))
        assert time.monotonic() - started < HUNG
        lab.assert_clean()


def test_a_powershell_that_starts_slowly_is_waited_for(words: Words) -> None:
    with (
        Lab(words, users={"lab": PASSWORD}, open_seconds=0.5) as lab,
        open_session(host_in(lab), timeouts=replace(SHORT_TIMEOUTS, poll=0.1)) as session,
    ):
        assert list(session.run("write one", seconds=5)) == ["one"]


def test_opening_ends_when_cancelled(words: Words) -> None:
    cancel = threading.Event()
    with Lab(words, users={"lab": PASSWORD}, open_seconds=30) as lab:
        threading.Timer(0.1, cancel.set).start()
        started = time.monotonic()
        with pytest.raises(TimedOut):
            open_session(host_in(lab), cancel=cancel, timeouts=replace(SHORT_TIMEOUTS, opening=20))
        assert time.monotonic() - started < HUNG
        lab.assert_clean()
