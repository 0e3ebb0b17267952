"""Sessions over PowerShell remoting when nothing fails but the script."""

from __future__ import annotations

import base64
import os
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from aovpn_remediate.errors import Disconnected, LogonFailed, ScriptError
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.server import Lab
from tests.transports.conftest import PASSWORD, SHORT_TIMEOUTS, Words, host_in, open_session, until

LOGONS = [
    {"auth": "basic", "encryption": "never"},
    {"auth": "negotiate", "encryption": "auto"},
    {"auth": "ntlm", "encryption": "always"},
    {"auth": "ntlm", "encryption": "never"},
    {"auth": "credssp", "encryption": "auto"},
]


def actions(lab: Lab) -> list[str]:
    return [request.action for request in lab.requests]


def test_a_session_takes_six_requests(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        assert list(session.run("write one", seconds=5)) == ["one"]
    assert actions(lab) == ["Create", "Receive", "Receive", "Command", "Receive", "Delete"]
    assert session.telemetry.requests == 6
    lab.assert_clean()


def test_a_second_script_takes_two_more_requests(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        list(session.run("write one", seconds=5))
        assert list(session.run("write two", seconds=5)) == ["two"]
    assert actions(lab)[5:] == ["Command", "Receive", "Delete"]
    lab.assert_clean()


def test_functions_stay_defined(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        assert session.keeps_functions
        list(session.run("define Get-It", seconds=5))
        assert list(session.run("call Get-It", seconds=5)) == ["Get-It"]


def test_each_script_gets_its_own_answer(lab: Lab, words: Words) -> None:
    scripts = [f"write {number}" for number in range(5)]
    with open_session(host_in(lab)) as session:
        assert [list(session.run(script, seconds=5)) for script in scripts] == [
            [str(number)] for number in range(5)
        ]
    assert words.runs == Counter(scripts)


@pytest.mark.parametrize("logon", LOGONS, ids=lambda logon: "-".join(logon.values()))
def test_every_authentication_method(words: Words, logon: dict[str, str]) -> None:
    schemes = ("CredSSP", "Negotiate", "Basic")
    with Lab(words, users={"lab": PASSWORD}, auth=schemes) as lab:
        with open_session(host_in(lab, **logon)) as session:
            assert list(session.run("write \u2603", seconds=5)) == ["\u2603"]
            assert list(session.run("write two", seconds=5)) == ["two"]
        assert {request.user for request in lab.requests} == {"lab"}
        lab.assert_clean()


def test_encrypted_messages_are_accepted_where_plain_ones_are_refused(words: Words) -> None:
    with (
        Lab(words, users={"lab": PASSWORD}, allow_unencrypted=False) as lab,
        open_session(host_in(lab, auth="ntlm", encryption="auto")) as session,
    ):
        assert list(session.run("write one", seconds=5)) == ["one"]


@pytest.mark.parametrize("auth", ["ntlm", "credssp"])
def test_large_messages_are_encrypted_and_decrypted(words: Words, auth: str) -> None:
    text = base64.b64encode(os.urandom(400_000)).decode()
    with Lab(words, users={"lab": PASSWORD}, auth=("CredSSP", "Negotiate")) as lab:
        with open_session(host_in(lab, auth=auth, encryption="auto")) as session:
            assert list(session.run(f"write {text}", seconds=10)) == [text]
        lab.assert_clean()


def test_texts_arrive_unchanged(lab: Lab) -> None:
    text = "na\u00efve \u2603 \U0001f600 _x000A_ & <b> \x00\x1b\x85\u2028\ufeff '\"$()`"
    with open_session(host_in(lab)) as session:
        assert list(session.run(f"write {text}", seconds=5)) == [text]


def test_a_text_of_many_lines_is_many_lines(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        lines = list(session.run("write a\u2028b\nwrite ", seconds=5))
    assert lines == ["a\u2028b", ""]


def test_lines_arrive_as_they_are_written(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        lines = session.run("write one\nwait 0.2\nwrite two", seconds=5)
        assert next(lines) == "one"
        assert actions(lab).count("Receive") == 3
        assert list(lines) == ["two"]


def test_a_script_larger_than_an_envelope(lab: Lab) -> None:
    text = base64.b64encode(bytes(range(256)) * 2500).decode()
    with open_session(host_in(lab)) as session:
        assert list(session.run(f"write {text}", seconds=10)) == [text]
    assert actions(lab).count("Send") >= 2
    lab.assert_clean()


def test_a_host_that_accepts_only_small_envelopes(words: Words) -> None:
    text = "x" * 300_000
    with Lab(words, users={"lab": PASSWORD}, max_envelope=153_600) as lab:
        with open_session(host_in(lab)) as session:
            assert list(session.run(f"write {text}", seconds=10)) == [text]
        lab.assert_clean()
    assert words.runs == {f"write {text}": 1}


def test_a_host_that_accepts_hardly_any_message(words: Words) -> None:
    with Lab(words, users={"lab": PASSWORD}, max_envelope=8000) as lab:
        session = open_session(host_in(lab))
        with session, pytest.raises(Exception, match="MaxEnvelopeSizekb"):
            list(session.run("x" * 10_000, seconds=5))
        lab.assert_clean()


def test_a_script_that_fails_reports_the_error_of_powershell(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        lines = session.run("write one\nfail it broke", seconds=5)
        assert next(lines) == "one"
        with pytest.raises(ScriptError, match="it broke") as caught:
            next(lines)
        assert caught.value.host == "the-host"
        assert list(session.run("write two", seconds=5)) == ["two"]
    lab.assert_clean()


def test_a_host_that_goes_down_is_not_polled_forever(lab: Lab, words: Words) -> None:
    session = open_session(host_in(lab))
    lines = session.run("write one\ngo down", seconds=5)
    with pytest.raises(Disconnected):
        list(lines)
    session.close()
    assert words.runs.total() == 1


def test_closing_twice_deletes_once(lab: Lab) -> None:
    session = open_session(host_in(lab))
    session.close()
    session.close()
    assert actions(lab).count("Delete") == 1
    lab.assert_clean()


def test_the_cost_is_counted(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        list(session.run("write one\nwait 0.1\nwrite two", seconds=5))
    telemetry = session.telemetry
    assert telemetry.requests == len(lab.requests)
    assert telemetry.bytes_up == sum(request.bytes_in for request in lab.requests)
    assert telemetry.bytes_down == sum(request.bytes_out for request in lab.requests)
    assert telemetry.connect_seconds > 0
    assert telemetry.open_seconds > 0
    assert telemetry.run_seconds >= 0.1
    assert telemetry.close_seconds > 0


def test_the_password_is_never_shown(lab: Lab) -> None:
    with open_session(host_in(lab)) as session:
        shown = repr(session)
    with pytest.raises(LogonFailed) as caught:
        open_session(host_in(lab), password="wr0ng-pass")
    assert PASSWORD not in shown
    assert "wr0ng-pass" not in str(caught.value) + repr(caught.value.__cause__)


def test_a_host_without_output_is_polled_again(lab: Lab) -> None:
    with open_session(host_in(lab), timeouts=replace(SHORT_TIMEOUTS, poll=0.1)) as session:
        assert list(session.run("wait 0.35\nwrite one", seconds=5)) == ["one"]
    assert session.telemetry.requests >= 8


@pytest.mark.parametrize("idle", [0.01, 90.0], ids=["known to be old", "thought to be young"])
@pytest.mark.parametrize("logon", LOGONS[:3], ids=lambda logon: logon["auth"])
def test_a_connection_closed_by_the_host_is_replaced(
    words: Words, logon: dict[str, str], idle: float
) -> None:
    with Lab(words, users={"lab": PASSWORD}, idle_seconds=0.05) as lab:
        with open_session(
            host_in(lab, **logon), timeouts=replace(SHORT_TIMEOUTS, idle=idle)
        ) as session:
            list(session.run("write one", seconds=5))
            until(lambda: lab.stats().idle_closed > 0)
            assert list(session.run("write two", seconds=5)) == ["two"]
        lab.assert_clean()
    assert words.runs == {"write one": 1, "write two": 1}


def test_a_request_refused_for_a_quota_is_repeated_once(lab: Lab) -> None:
    lab.faults.add(Fault("fault", action="Create"), Fault("fault", action="Command"))
    with open_session(host_in(lab)) as session:
        assert list(session.run("write one", seconds=5)) == ["one"]
    assert actions(lab).count("Create") == 2
    assert actions(lab).count("Command") == 2
    lab.assert_clean()


def test_sessions_that_open_at_once_register_their_namespaces_in_turn(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ElementTree's registry is one dictionary of the process, looped over and changed."""
    registering, together = threading.Lock(), []

    def register(*_: str) -> None:
        if not registering.acquire(blocking=False):
            together.append("two threads")
            return
        time.sleep(0.001)
        registering.release()

    monkeypatch.setattr(ET, "register_namespace", register)
    with ThreadPoolExecutor(4) as pool:
        for session in pool.map(lambda _: open_session(host_in(lab)), range(8)):
            session.close()
    assert together == []
