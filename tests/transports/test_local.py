from __future__ import annotations

import os
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aovpn_remediate.errors import Disconnected, ScriptError, TimedOut, Unreachable
from aovpn_remediate.inventory.model import Connection, Host
from aovpn_remediate.transports import connect
from aovpn_remediate.transports.base import Session
from tests.transports.conftest import until

THIS_MACHINE = Host("here", connection=Connection(transport="local"))

# Checks the bootstrap, and runs scripts of a few words.
FAKE_POWERSHELL = f"""\
    #!{sys.executable}
    import base64, os, subprocess, sys, time

    assert sys.argv[-2] == "-EncodedCommand", sys.argv
    assert "-NoProfile" in sys.argv and "-NonInteractive" in sys.argv, sys.argv
    text = base64.b64decode(sys.argv[-1]).decode("utf-16-le")
    assert text.startswith("# aovpn-remediate bootstrap\\n"), text
    line = sys.stdin.buffer.readline()
    assert line.endswith(b"\\n") and not sys.stdin.buffer.read()
    for line in base64.b64decode(line).decode().split("\\n"):
        word, _, rest = line.partition(" ")
        if word == "write":
            sys.stdout.buffer.write(base64.b64encode(rest.encode()) + b"\\r\\n")
        elif word == "raw":
            sys.stdout.buffer.write(rest.encode())
        elif word == "wait":
            time.sleep(float(rest))
        elif word == "fail":
            sys.exit(rest)
        elif word == "exit":
            sys.exit(int(rest))
        elif word == "modules":
            text = os.environ.get("PSModulePath", "none")
            sys.stdout.buffer.write(base64.b64encode(text.encode()) + b"\\n")
        elif word == "child":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            sys.stdout.buffer.write(base64.b64encode(str(child.pid).encode()) + b"\\n")
        sys.stdout.buffer.flush()
    """


@pytest.fixture
def fake_powershell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("the fake PowerShell is a script with a Unix interpreter line")
    program = tmp_path / "pwsh"
    program.write_text(textwrap.dedent(FAKE_POWERSHELL))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def cancel() -> threading.Event:
    return threading.Event()


@pytest.fixture
def session(fake_powershell: None, cancel: threading.Event) -> Iterator[Session]:
    del fake_powershell

    def no_secret(host: Host) -> str | None:
        raise AssertionError(host)

    with connect(THIS_MACHINE, secrets=no_secret, cancel=cancel) as session:
        yield session


def test_a_script_is_run(session: Session) -> None:
    script = "write na\u00efve \u2603 \U0001f600\nwrite two"
    assert list(session.run(script, seconds=10)) == ["na\u00efve \u2603 \U0001f600", "two"]
    assert list(session.run("write three", seconds=10)) == ["three"]
    assert not session.keeps_functions
    assert session.telemetry.bytes_up > 0
    assert session.telemetry.bytes_down > 0


def test_a_large_script_and_a_large_answer(session: Session) -> None:
    text = "x" * 1_000_000
    assert list(session.run(f"write {text}", seconds=10)) == [text]


def test_lines_arrive_as_they_are_written(session: Session) -> None:
    lines = session.run("write one\nwait 0.2\nwrite two", seconds=10)
    assert next(lines) == "one"
    assert list(lines) == ["two"]


def test_a_failure_reports_the_error_of_powershell(session: Session) -> None:
    lines = session.run("write one\nfail it broke", seconds=10)
    assert next(lines) == "one"
    with pytest.raises(ScriptError, match="it broke") as caught:
        next(lines)
    assert caught.value.host == "here"


def test_an_exit_code_alone_is_a_failure(session: Session) -> None:
    with pytest.raises(ScriptError, match="exit code 7"):
        list(session.run("exit 7", seconds=10))


@pytest.mark.parametrize("script", ["raw hello\nwrite one", "write one\nraw aGVsbG8="])
def test_output_not_from_the_bootstrap_is_rejected(session: Session, script: str) -> None:
    with pytest.raises(Disconnected):
        list(session.run(script, seconds=10))


_OF_7 = (
    r"C:\Users\x\Documents\PowerShell\Modules;C:\Program Files\PowerShell\Modules;"
    r"c:\program files\powershell\7\Modules;C:\Program Files\WindowsPowerShell\Modules"
)
_OF_5 = r"C:\Program Files\WindowsPowerShell\Modules;D:\ours"


@pytest.mark.usefixtures("fake_powershell")
@pytest.mark.parametrize(
    ("program", "folders", "seen"),
    [
        ("powershell.exe", _OF_7, "none"),
        ("powershell.exe", r"C:\PROGRAM FILES\POWERSHELL\Modules", "none"),
        ("powershell.exe", _OF_5, _OF_5),
        ("powershell.exe", None, "none"),
        ("pwsh", _OF_7, _OF_7),
        ("pwsh", _OF_5, _OF_5),
    ],
)
def test_windows_powershell_does_not_get_the_modules_of_powershell_7(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    folders: str | None,
    seen: str,
) -> None:
    (tmp_path / "pwsh").rename(tmp_path / program)
    monkeypatch.setattr("aovpn_remediate.transports.local._NAMES", (program,))
    monkeypatch.delenv("PSModulePath", raising=False)
    if folders is not None:
        monkeypatch.setenv("PSModulePath", folders)
    with connect(THIS_MACHINE, secrets=lambda _: None, cancel=threading.Event()) as session:
        assert list(session.run("modules", seconds=10)) == [seen]
        assert list(session.run(f"write {tmp_path}", seconds=10)) == [os.environ["PATH"]]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def assert_child_ends(lines: Iterator[str], end: Callable[[], None]) -> None:
    child = int(next(lines))
    assert alive(child)
    end()
    until(lambda: not alive(child))


def test_a_script_that_takes_too_long_is_killed_with_its_children(session: Session) -> None:
    lines = session.run("child\nwait 60", seconds=0.5)

    def end() -> None:
        with pytest.raises(TimedOut, match=r"did not finish within 0\.5 s"):
            next(lines)

    assert_child_ends(lines, end)


def test_a_cancelled_script_is_killed(session: Session, cancel: threading.Event) -> None:
    lines = session.run("child\nwait 60", seconds=60)

    def end() -> None:
        cancel.set()
        started = time.monotonic()
        with pytest.raises(TimedOut, match="was cancelled"):
            next(lines)
        assert time.monotonic() - started < 20

    assert_child_ends(lines, end)


def test_closing_kills_a_running_script(session: Session) -> None:
    lines = session.run("child\nwait 60", seconds=60)
    assert_child_ends(lines, session.close)


def test_no_powershell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        Unreachable, match=r"PowerShell was not found on this machine: .* not on PATH"
    ):
        connect(THIS_MACHINE, secrets=lambda _: None, cancel=threading.Event())


@pytest.mark.skipif(sys.platform == "win32", reason="there any file may be started")
def test_a_powershell_that_cannot_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pwsh").write_text("#!/no/such/interpreter\n")
    (tmp_path / "pwsh").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        connect(THIS_MACHINE, secrets=lambda _: None, cancel=threading.Event()) as session,
        pytest.raises(Unreachable, match="cannot be started"),
    ):
        list(session.run("write one", seconds=5))


REAL = pytest.mark.skipif(
    not (shutil.which("pwsh") or shutil.which("powershell.exe")),
    reason="there is no PowerShell on this machine",
)


@pytest.mark.engine
@REAL
def test_real_powershell_runs_a_script() -> None:
    script = (
        "function Get-It {\n    'na\u00efve \u2603'\n}\nGet-It\n@('a', 'b') -join \"`n\"\n$null"
    )
    with connect(THIS_MACHINE, secrets=lambda _: None, cancel=threading.Event()) as session:
        assert list(session.run(script, seconds=60)) == ["na\u00efve \u2603", "a", "b"]


@pytest.mark.engine
@REAL
@pytest.mark.parametrize("script", ["'one'\nthrow 'it broke'", "'one'; Get-Nothing -Here", "if ("])
def test_real_powershell_reports_errors_with_their_position(script: str) -> None:
    with (
        connect(THIS_MACHINE, secrets=lambda _: None, cancel=threading.Event()) as session,
        pytest.raises(ScriptError, match="line:"),
    ):
        list(session.run(f"$ErrorActionPreference = 'Stop'\n{script}", seconds=60))


@pytest.mark.engine
@REAL
def test_real_powershell_is_stopped() -> None:
    with connect(THIS_MACHINE, secrets=lambda _: None, cancel=threading.Event()) as session:
        lines = session.run("'one'\nStart-Sleep 60", seconds=20)
        assert next(lines) == "one"
        started = time.monotonic()
        session.close()
        with pytest.raises((ScriptError, TimedOut)):
            next(lines)
        assert time.monotonic() - started < 5
