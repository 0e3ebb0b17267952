"""The lab with a real PowerShell behind it: sessions, command lines, and how processes end."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import WSMan

from aovpn_remediate.errors import Disconnected, ScriptError, TransportError, UsageError
from aovpn_remediate.lab.powershell.pool import ProcessPool

from .conftest import ServeEngine, serving

BOTH = pytest.mark.parametrize("transport", ["psrp", "winrm"])
SOON = 60.0


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def await_end(pid: int) -> None:
    end = time.monotonic() + SOON
    while is_alive(pid):
        assert time.monotonic() < end, f"process {pid} is still there"
        time.sleep(0.05)


@BOTH
def test_a_script_runs_on_a_real_powershell(serve_engine: ServeEngine, transport: str) -> None:
    script = "'na\u00efve \u2603'\n1..3 | ForEach-Object { \"n$_\" }\n$PSVersionTable.PSEdition"
    with serve_engine().connect(transport=transport) as session:
        assert list(session.run(script, seconds=60)) == [
            "na\u00efve \u2603",
            "n1",
            "n2",
            "n3",
            "Core",
        ]


@BOTH
def test_an_error_is_what_powershell_says(serve_engine: ServeEngine, transport: str) -> None:
    with (
        serve_engine().connect(transport=transport) as session,
        pytest.raises(ScriptError, match="it broke"),
    ):
        list(session.run("'one'\nthrow 'it broke'", seconds=60))


def test_a_session_keeps_its_functions(serve_engine: ServeEngine) -> None:
    with serve_engine().connect() as session:
        assert list(session.run("function Get-It { 'here' }", seconds=60)) == []
        assert list(session.run("Get-It", seconds=60)) == ["here"]


def test_a_long_script_and_a_long_answer_pass_whole(serve_engine: ServeEngine) -> None:
    long = "x" * 700_000
    with serve_engine().connect() as session:
        assert list(session.run(f"'{long}'", seconds=60)) == [long]


def test_the_process_ends_with_its_session(serve_engine: ServeEngine) -> None:
    lab = serve_engine()
    with lab.connect() as session:
        [pid] = session.run("[string] [Diagnostics.Process]::GetCurrentProcess().Id", seconds=60)
        [host] = [process.pid for process in lab.pool.in_sessions]
        assert is_alive(host)
    await_end(host)
    assert pid.isdecimal()
    lab.lab.assert_clean()


def test_a_script_at_its_deadline_is_stopped_and_the_session_goes_on(
    serve_engine: ServeEngine,
) -> None:
    with serve_engine().connect() as session:
        with pytest.raises(TransportError):
            list(session.run("'one'\nStart-Sleep 60", seconds=1))
        assert list(session.run("'two'", seconds=60)) == ["two"]


def test_a_session_past_the_limit_of_the_lab_is_killed_and_says_so(
    serve_engine: ServeEngine,
) -> None:
    lab = serve_engine(seconds=12)
    began = time.monotonic()
    with lab.connect() as session:
        [host] = [process.pid for process in lab.pool.in_sessions]
        with pytest.raises(Disconnected, match="still ran after 12 s and was killed"):
            list(session.run("Start-Sleep 120", seconds=120))
    assert time.monotonic() - began < SOON
    await_end(host)


@BOTH
def test_a_powershell_that_dies_is_a_lost_connection(
    serve_engine: ServeEngine, transport: str
) -> None:
    with (
        serve_engine().connect(transport=transport) as session,
        pytest.raises((Disconnected, ScriptError)),
    ):
        list(session.run("[Environment]::Exit(3)", seconds=60))


def test_all_processes_end_with_the_lab(
    serve_engine: ServeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "secret")
    command = " ".join(serve_engine().pool.program)
    with serving(command, tmp_path, warm=1) as lab:
        session = lab.connect()
        pids = [process.pid for process in (*lab.pool.in_sessions, *lab.pool.in_hand)]
        assert len(pids) == 2
    for pid in pids:
        await_end(pid)
    session.close()


def test_a_command_shell_starts_powershell_alone(serve_engine: ServeEngine) -> None:
    lab = serve_engine().lab
    wsman = WSMan(
        "127.0.9.1", port=lab.port, ssl=False, auth="ntlm", username="lab", password="secret"
    )
    with wsman, WinRS(wsman) as shell:
        process = Process(shell, "cmd.exe", ["/c", "echo", "here"])
        process.invoke()
        assert process.rc == 1
        assert b"starts PowerShell alone" in process.stderr


def test_a_process_that_takes_no_packet_is_killed_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "secret")
    deaf = f"{sys.executable} -c 'import time; time.sleep(600)'"
    with (
        serving(deaf, tmp_path, warm=0, packet_seconds=0.5) as lab,
        pytest.raises(TransportError, match=r"did not take a Data packet in 0\.5 s"),
    ):
        lab.connect()


def test_the_command_has_to_be_there() -> None:
    with pytest.raises(UsageError, match="no such program"):
        ProcessPool("no-such-powershell -s")


def test_a_dead_process_in_hand_is_not_given_to_a_session() -> None:
    pool = ProcessPool(f"{sys.executable} -c 'import time; time.sleep(600)'", warm=1)
    try:
        pool.fill()
        [first] = pool.in_hand
        os.killpg(first.pid, 9)
        await_end(first.pid)
        assert pool.take().pid != first.pid
    finally:
        pool.close()
