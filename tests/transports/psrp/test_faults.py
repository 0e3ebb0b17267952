"""Faults of the network and the host: no script runs twice, no line is wrong, no shell is left."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aovpn_remediate.errors import Disconnected, NotAllowed, TimedOut, TransportError, Unreachable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.lab.faults import Action, Fault, Kind
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.transports.deadlines import Timeouts
from tests.transports.conftest import PASSWORD, SHORT_TIMEOUTS, Words, host_in, open_session

SCRIPT = "write one\nwait 0.03\nwrite two\nwait 0.03\nwrite three"
LINES = ["one", "two", "three"]

REQUESTS = [
    ("Create", 1),
    ("Receive", 1),
    ("Receive", 2),
    ("Command", 1),
    ("Receive", 3),
    ("Receive", 4),
    ("Delete", 1),
]
CORRUPTIONS: list[Kind] = ["truncated_fragment", "duplicated_fragment"]
SURVIVED: list[Kind] = [
    "reset",
    "reset_after",
    "close",
    "503",
    "garbage",
    "wrong_relates_to",
    "slow",
    "fault",
]


def run_script(
    host: Host, timeouts: Timeouts = SHORT_TIMEOUTS
) -> tuple[list[str], TransportError | None]:
    """Run the script in a session; return its lines and its error."""
    lines: list[str] = []
    try:
        with open_session(host, timeouts=timeouts) as session:
            lines.extend(session.run(SCRIPT, seconds=4))
    except TransportError as error:
        return lines, error
    return lines, None


@pytest.mark.parametrize("kind", SURVIVED)
@pytest.mark.parametrize(("action", "nth"), REQUESTS)
def test_one_fault_is_survived(
    lab: Lab, words: Words, action: Action, nth: int, kind: Kind
) -> None:
    lab.faults.add(Fault(kind, action=action, nth=nth, seconds=0.05))
    assert run_script(host_in(lab)) == (LINES, None)
    assert words.runs == {SCRIPT: 1}
    lab.assert_clean()


@pytest.mark.parametrize("kind", ["reset", "reset_after", "503", "garbage"])
@pytest.mark.parametrize("action", ["Create", "Command", "Receive", "Delete"])
def test_one_fault_is_survived_with_encrypted_messages(
    lab: Lab, words: Words, action: Action, kind: Kind
) -> None:
    lab.faults.add(Fault(kind, action=action, nth=3 if action == "Receive" else 1))
    assert run_script(host_in(lab, auth="ntlm", encryption="auto")) == (LINES, None)
    assert words.runs == {SCRIPT: 1}
    lab.assert_clean()


@pytest.mark.parametrize(
    ("kind", "nth", "lines"),
    [
        ("truncated_fragment", 1, []),
        ("truncated_fragment", 2, []),
        ("truncated_fragment", 3, []),
        ("truncated_fragment", 4, ["one"]),
        ("duplicated_fragment", 1, []),
        ("duplicated_fragment", 2, []),
        ("duplicated_fragment", 3, ["one"]),
        ("duplicated_fragment", 4, ["one", "two"]),
    ],
)
def test_corrupt_output_is_used_up_to_the_corruption(
    lab: Lab, words: Words, kind: Kind, nth: int, lines: list[str]
) -> None:
    lab.faults.add(Fault(kind, action="Receive", nth=nth))
    received, error = run_script(host_in(lab))
    assert isinstance(error, Disconnected)
    assert received == lines
    assert words.runs.total() <= 1
    lab.assert_clean()


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_output_that_never_arrives_is_requested_again(lab: Lab, words: Words, nth: int) -> None:
    lab.faults.add(Fault("hang", action="Receive", nth=nth))
    assert run_script(host_in(lab), replace(SHORT_TIMEOUTS, poll=0.2, grace=0.1)) == (LINES, None)
    assert words.runs == {SCRIPT: 1}
    lab.assert_clean()


def test_a_script_that_may_still_arrive_is_not_sent_again(lab: Lab, words: Words) -> None:
    lab.faults.add(Fault("hang", action="Command"))
    lines, error = run_script(host_in(lab), replace(SHORT_TIMEOUTS, operation=0.2, grace=0.1))
    assert isinstance(error, Disconnected)
    assert not lines
    assert not words.runs
    assert [request.action for request in lab.requests].count("Command") == 1
    lab.assert_clean()


def test_a_session_that_may_still_open_is_not_opened_again(lab: Lab) -> None:
    lab.faults.add(Fault("hang", action="Create"))
    _, error = run_script(host_in(lab), replace(SHORT_TIMEOUTS, operation=0.2, grace=0.1))
    assert isinstance(error, TimedOut)
    assert [request.action for request in lab.requests].count("Create") == 1
    lab.assert_clean()


def test_closing_does_not_wait_long_for_a_confirmation(lab: Lab) -> None:
    lab.faults.add(Fault("hang", action="Delete"), Fault("hang", action="Delete", nth=2))
    timeouts = replace(SHORT_TIMEOUTS, operation=20, close=0.4)
    session = open_session(host_in(lab), timeouts=timeouts)
    started = time.monotonic()
    session.close()
    assert time.monotonic() - started < 10.0


def test_closing_returns_if_the_host_is_gone(words: Words) -> None:
    with Lab(words, users={"lab": PASSWORD}) as lab:
        session = open_session(host_in(lab))
    session.close()
    assert session.telemetry.close_seconds < 1.0


def test_a_script_lost_twice_is_not_sent_a_third_time(lab: Lab, words: Words) -> None:
    lab.faults.add(*[Fault("reset", action="Command", nth=nth) for nth in (1, 2, 3)])
    _, error = run_script(host_in(lab))
    assert isinstance(error, Disconnected)
    assert not words.runs
    assert [request.action for request in lab.requests].count("Command") == 2
    lab.assert_clean()


def test_a_script_whose_answer_is_lost_twice_runs_once(lab: Lab, words: Words) -> None:
    lab.faults.add(Fault("reset", action="Command"), Fault("reset_after", action="Command", nth=2))
    assert run_script(host_in(lab)) == (LINES, None)
    assert words.runs == {SCRIPT: 1}
    lab.assert_clean()


def test_a_large_script_is_not_resumed_in_its_middle(lab: Lab, words: Words) -> None:
    lab.faults.add(Fault("reset_after", action="Send"))
    with open_session(host_in(lab)) as session, pytest.raises(Disconnected):
        list(session.run("x" * 800_000, seconds=5))
    assert words.runs.total() <= 1
    assert lab.stats().shells == 0


def test_output_is_requested_only_so_often(lab: Lab, words: Words) -> None:
    lab.faults.add(*[Fault("reset", action="Receive", nth=nth) for nth in range(3, 9)])
    lines, error = run_script(host_in(lab))
    assert isinstance(error, Disconnected)
    assert not lines
    assert words.runs == {SCRIPT: 1}
    assert [request.action for request in lab.requests].count("Receive") == 2 + 3


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("reset", Disconnected),
        ("503", Unreachable),
        ("garbage", Disconnected),
        ("fault", NotAllowed),
    ],
)
def test_a_session_that_does_not_open_leaves_nothing_behind(
    lab: Lab, kind: Kind, expected: type[TransportError]
) -> None:
    lab.faults.add(*[Fault(kind, action="Create", nth=nth) for nth in (1, 2, 3)])
    _, error = run_script(host_in(lab))
    assert type(error) is expected
    assert [request.action for request in lab.requests].count("Create") == 2
    lab.assert_clean()


ANY_FAULT = st.builds(
    Fault,
    st.sampled_from([*SURVIVED, *CORRUPTIONS, "refuse"]),
    action=st.just("*"),
    nth=st.integers(1, 12),
    seconds=st.just(0.02),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ANY_FAULT, max_size=5), st.booleans())
def test_no_mixture_of_faults_causes_a_wrong_line(faults: list[Fault], encrypted: bool) -> None:
    words = Words()
    with Lab(words, users={"lab": PASSWORD}) as lab:
        lab.faults.add(*faults)
        logon = {"auth": "ntlm", "encryption": "auto"} if encrypted else {}
        lines, error = run_script(host_in(lab, **logon))
    assert lines == LINES[: len(lines)]
    assert error is not None or lines == LINES
    assert words.runs.total() <= 1
