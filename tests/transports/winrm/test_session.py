"""Visits over WinRM's command shells: what they are, and that no fault makes a wrong line."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aovpn_remediate.errors import Disconnected, ScriptError, TransportError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.lab.faults import Action, Fault, Kind
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.transports.deadlines import Limits
from tests.transports.conftest import PASSWORD, SOON, Words, host_in, open_session, until

SCRIPT = "write one\nwait 0.03\nwrite two\nwait 0.03\nwrite three"
LINES = ["one", "two", "three"]

PLACES = [
    ("Create", 1),
    ("Command", 1),
    ("Send", 1),
    ("Receive", 1),
    ("Receive", 2),
    ("Delete", 1),
]
KINDS: list[Kind] = [
    "reset",
    "reset_after",
    "close",
    "503",
    "garbage",
    "wrong_relates_to",
    "slow",
    "fault",
]


def visit(host: Host, limits: Limits = SOON) -> tuple[list[str], TransportError | None]:
    """The lines that a visit brought, and how it ended."""
    lines: list[str] = []
    try:
        with open_session(host, limits=limits) as session:
            lines.extend(session.run(SCRIPT, seconds=4))
    except TransportError as error:
        return lines, error
    return lines, None


def over_winrm(lab: Lab, **connection: object) -> Host:
    return host_in(lab, transport="winrm", **connection)


def test_a_visit_is_five_requests(lab: Lab) -> None:
    with open_session(over_winrm(lab)) as session:
        assert list(session.run("write one", seconds=5)) == ["one"]
    actions = [request.action for request in lab.requests]
    assert actions == ["Create", "Command", "Send", "Receive", "Delete"]
    assert session.telemetry.requests == 5
    assert session.telemetry.bytes_up == sum(request.bytes_in for request in lab.requests)
    lab.assert_clean()


def test_each_script_is_a_powershell_of_its_own(lab: Lab) -> None:
    with open_session(over_winrm(lab)) as session:
        assert not session.keeps_functions
        list(session.run("define Get-It", seconds=5))
        with pytest.raises(ScriptError, match="Get-It is not defined"):
            list(session.run("call Get-It", seconds=5))
        assert list(session.run("write two", seconds=5)) == ["two"]
    lab.assert_clean()


@pytest.mark.parametrize(
    "way",
    [
        {"auth": "basic", "encryption": "never"},
        {"auth": "negotiate", "encryption": "auto"},
        {"auth": "ntlm", "encryption": "auto"},
        {"auth": "ntlm", "encryption": "never"},
        {"auth": "credssp", "encryption": "auto"},
    ],
    ids=lambda way: "-".join(way.values()),
)
def test_every_way_to_log_on(words: Words, way: dict[str, str]) -> None:
    plain = way["encryption"] == "never"
    with Lab(
        words,
        users={"lab": PASSWORD},
        auth=("CredSSP", "Negotiate", "Basic"),
        allow_unencrypted=plain,
    ) as lab:
        with open_session(over_winrm(lab, **way)) as session:
            assert list(session.run("write \u2603", seconds=5)) == ["\u2603"]
        lab.assert_clean()


def test_texts_come_as_they_are(lab: Lab) -> None:
    text = "na\u00efve \u2603 \U0001f600 _x000A_ & <b> \x00\x1b\x85\u2028\ufeff '\"$()`"
    with open_session(over_winrm(lab)) as session:
        assert list(session.run(f"write {text}", seconds=5)) == [text]


def test_a_large_script_and_a_large_answer(lab: Lab) -> None:
    text = base64.b64encode(bytes(range(256)) * 2500).decode()
    with open_session(over_winrm(lab)) as session:
        assert list(session.run(f"write {text}", seconds=10)) == [text]
    lab.assert_clean()


def test_a_host_that_takes_only_small_envelopes(words: Words) -> None:
    with (
        Lab(words, users={"lab": PASSWORD}, max_envelope=153_600) as lab,
        open_session(over_winrm(lab)) as session,
    ):
        assert list(session.run("x" * 300_000, seconds=10)) == ["x" * 300_000]


def test_a_script_that_fails_says_what_powershell_said(lab: Lab) -> None:
    with open_session(over_winrm(lab)) as session:
        lines = session.run("write one\nfail it broke", seconds=5)
        assert next(lines) == "one"
        with pytest.raises(ScriptError, match="it broke") as caught:
            next(lines)
        assert caught.value.host == "the-host"


def test_a_connection_that_the_host_dropped_is_made_anew(words: Words) -> None:
    with Lab(words, users={"lab": PASSWORD}, idle_seconds=0.05) as lab:
        host = over_winrm(lab, auth="ntlm", encryption="auto")
        with open_session(host, limits=replace(SOON, idle=0.01)) as session:
            list(session.run("write one", seconds=5))
            until(lambda: lab.stats().idle_closed > 0)
            assert list(session.run("write two", seconds=5)) == ["two"]
        lab.assert_clean()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("action", "nth"), PLACES)
def test_one_fault_makes_no_wrong_line(
    lab: Lab, words: Words, action: Action, nth: int, kind: Kind
) -> None:
    lab.faults.add(Fault(kind, action=action, nth=nth, seconds=0.05))
    lines, error = visit(over_winrm(lab))
    assert lines == LINES[: len(lines)]
    waited_for = kind == "fault" and action in {"Create", "Command"}
    got_over = kind == "slow" or action == "Delete" or waited_for
    assert (error is None) == got_over
    assert lines == LINES or not got_over
    assert words.runs.total() <= 1
    assert lab.stats().shells == 0


@pytest.mark.parametrize("action", ["Create", "Command", "Send", "Receive"])
def test_a_host_that_hangs_is_given_up(lab: Lab, words: Words, action: Action) -> None:
    lab.faults.add(Fault("hang", action=action))
    lines, error = visit(over_winrm(lab), replace(SOON, operation=0.2, poll=0.2, grace=0.1))
    assert error is not None
    assert not lines
    assert words.runs.total() <= 1
    assert lab.stats().shells == 0


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_output_that_comes_twice_is_not_believed(lab: Lab, nth: int) -> None:
    lab.faults.add(Fault("duplicated_fragment", action="Receive", nth=nth))
    lines, error = visit(over_winrm(lab))
    assert isinstance(error, Disconnected)
    assert lines == LINES[: nth - 1]
    lab.assert_clean()


def test_output_that_is_cut_short_is_not_believed(lab: Lab) -> None:
    lab.faults.add(Fault("truncated_fragment", action="Receive"))
    script = "write a longer one\nwait 0.05\nwrite two"
    with open_session(over_winrm(lab)) as session, pytest.raises(Disconnected):
        list(session.run(script, seconds=5))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.builds(
            Fault,
            st.sampled_from([*KINDS, "duplicated_fragment", "refuse"]),
            action=st.just("*"),
            nth=st.integers(1, 8),
            seconds=st.just(0.02),
        ),
        max_size=4,
    )
)
def test_no_mixture_of_faults_makes_a_wrong_line(faults: list[Fault]) -> None:
    words = Words()
    with Lab(words, users={"lab": PASSWORD}) as lab:
        lab.faults.add(*faults)
        lines, error = visit(over_winrm(lab))
    assert lines == LINES[: len(lines)]
    assert error is not None or lines == LINES
    assert words.runs.total() <= 1
