"""Sessions in WinRM command shells: their requests, and that no fault causes a wrong line."""

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
from aovpn_remediate.transports.deadlines import Timeouts
from tests.transports.conftest import PASSWORD, SHORT_TIMEOUTS, Words, host_in, open_session, until

SCRIPT = "write one\nwait 0.03\nwrite two\nwait 0.03\nwrite three"
LINES = ["one", "two", "three"]

REQUESTS = [
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


def run_script(
    host: Host, timeouts: Timeouts = SHORT_TIMEOUTS, script: str = SCRIPT
) -> tuple[list[str], TransportError | None]:
    """Run the script in a session; return its lines and its error."""
    lines: list[str] = []
    try:
        with open_session(host, timeouts=timeouts) as session:
            lines.extend(session.run(script, seconds=4))
    except TransportError as error:
        return lines, error
    return lines, None


def over_winrm(lab: Lab, **connection: object) -> Host:
    return host_in(lab, transport="winrm", **connection)


def test_a_session_takes_five_requests(lab: Lab) -> None:
    with open_session(over_winrm(lab)) as session:
        assert list(session.run("write one", seconds=5)) == ["one"]
    actions = [request.action for request in lab.requests]
    assert actions == ["Create", "Command", "Send", "Receive", "Delete"]
    assert session.telemetry.requests == 5
    assert session.telemetry.bytes_up == sum(request.bytes_in for request in lab.requests)
    lab.assert_clean()


def test_each_script_runs_in_its_own_powershell(lab: Lab) -> None:
    with open_session(over_winrm(lab)) as session:
        assert not session.keeps_functions
        list(session.run("define Get-It", seconds=5))
        with pytest.raises(ScriptError, match="Get-It is not defined"):
            list(session.run("call Get-It", seconds=5))
        assert list(session.run("write two", seconds=5)) == ["two"]
    lab.assert_clean()


@pytest.mark.parametrize(
    "logon",
    [
        {"auth": "basic", "encryption": "never"},
        {"auth": "negotiate", "encryption": "auto"},
        {"auth": "ntlm", "encryption": "auto"},
        {"auth": "ntlm", "encryption": "never"},
        {"auth": "credssp", "encryption": "auto"},
    ],
    ids=lambda logon: "-".join(logon.values()),
)
def test_every_authentication_method(words: Words, logon: dict[str, str]) -> None:
    plain = logon["encryption"] == "never"
    with Lab(
        words,
        users={"lab": PASSWORD},
        auth=("CredSSP", "Negotiate", "Basic"),
        allow_unencrypted=plain,
    ) as lab:
        with open_session(over_winrm(lab, **logon)) as session:
            assert list(session.run("write \u2603", seconds=5)) == ["\u2603"]
        lab.assert_clean()


def test_texts_arrive_unchanged(lab: Lab) -> None:
    text = "na\u00efve \u2603 \U0001f600 _x000A_ & <b> \x00\x1b\x85\u2028\ufeff '\"$()`"
    with open_session(over_winrm(lab)) as session:
        assert list(session.run(f"write {text}", seconds=5)) == [text]


def test_a_large_script_and_a_large_answer(lab: Lab) -> None:
    text = base64.b64encode(bytes(range(256)) * 2500).decode()
    with open_session(over_winrm(lab)) as session:
        assert list(session.run(f"write {text}", seconds=10)) == [text]
    lab.assert_clean()


def test_a_host_that_accepts_only_small_envelopes(words: Words) -> None:
    with (
        Lab(words, users={"lab": PASSWORD}, max_envelope=153_600) as lab,
        open_session(over_winrm(lab)) as session,
    ):
        assert list(session.run("x" * 300_000, seconds=10)) == ["x" * 300_000]


def test_a_script_that_fails_reports_the_error_of_powershell(lab: Lab) -> None:
    with open_session(over_winrm(lab)) as session:
        lines = session.run("write one\nfail it broke", seconds=5)
        assert next(lines) == "one"
        with pytest.raises(ScriptError, match="it broke") as caught:
            next(lines)
        assert caught.value.host == "the-host"


def test_a_connection_closed_by_the_host_is_replaced(words: Words) -> None:
    with Lab(words, users={"lab": PASSWORD}, idle_seconds=0.05) as lab:
        host = over_winrm(lab, auth="ntlm", encryption="auto")
        with open_session(host, timeouts=replace(SHORT_TIMEOUTS, idle=0.01)) as session:
            list(session.run("write one", seconds=5))
            until(lambda: lab.stats().idle_closed > 0)
            assert list(session.run("write two", seconds=5)) == ["two"]
        lab.assert_clean()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("action", "nth"), REQUESTS)
def test_one_fault_causes_no_wrong_line(
    lab: Lab, words: Words, action: Action, nth: int, kind: Kind
) -> None:
    lab.faults.add(Fault(kind, action=action, nth=nth, seconds=0.05))
    lines, error = run_script(over_winrm(lab))
    assert lines == LINES[: len(lines)]
    retried = kind == "fault" and action in {"Create", "Command"}
    succeeds = kind == "slow" or action == "Delete" or retried
    assert (error is None) == succeeds
    assert lines == LINES or not succeeds
    assert words.runs.total() <= 1
    assert lab.stats().shells == 0


@pytest.mark.parametrize("action", ["Create", "Command", "Send", "Receive"])
def test_a_host_that_hangs_times_out(lab: Lab, words: Words, action: Action) -> None:
    lab.faults.add(Fault("hang", action=action))
    lines, error = run_script(
        over_winrm(lab), replace(SHORT_TIMEOUTS, operation=0.2, poll=0.2, grace=0.1)
    )
    assert error is not None
    assert not lines
    assert words.runs.total() <= 1
    assert lab.stats().shells == 0


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_repeated_output_is_rejected(lab: Lab, nth: int) -> None:
    lab.faults.add(Fault("duplicated_fragment", action="Receive", nth=nth))
    # Each line has its Receive, also on a busy machine.
    lines, error = run_script(over_winrm(lab), script=SCRIPT.replace("0.03", "0.3"))
    assert isinstance(error, Disconnected)
    assert lines == LINES[: nth - 1]
    lab.assert_clean()


def test_truncated_output_is_rejected(lab: Lab) -> None:
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
def test_no_mixture_of_faults_causes_a_wrong_line(faults: list[Fault]) -> None:
    words = Words()
    with Lab(words, users={"lab": PASSWORD}) as lab:
        lab.faults.add(*faults)
        lines, error = run_script(over_winrm(lab))
    assert lines == LINES[: len(lines)]
    assert error is not None or lines == LINES
    assert words.runs.total() <= 1
