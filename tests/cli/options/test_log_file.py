from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import click
import pytest

from aovpn_remediate.cli.options.log_file import FIELDS, LogFile, log_to
from aovpn_remediate.engine import event_log
from aovpn_remediate.errors import JournalError, UsageError
from aovpn_remediate.results import HostPlan, HostRun, RestartRun, StepRun
from tests.cli.conftest import NPS, RRAS, SWIFT, Fleet, cli, work

_LOGGER = logging.getLogger("aovpn_remediate.somewhere")
_SECRET = "hunter2-never-in-a-log"


def _lines(path: Path = Path("run.log")) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def _with(lines: list[dict[str, Any]], message: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["message"] == message]


# What is in it


def test_a_plan_is_logged(fleet: Fleet) -> None:
    shown = work("plan", NPS, RRAS, "-i", "fleet.yaml", "--log-file", "run.log")
    assert shown.exit_code == 3
    first, *rest, last = _lines()
    assert (first["message"], first["verb"]) == ("begun", "plan")
    assert first["version"][0].isdigit()
    assert (last["message"], last["verb"], last["exit_code"]) == ("ended", "plan", 3)
    assert last["seconds"] > 0
    for line in (first, *rest, last):
        assert line["time"].endswith("Z")
        assert line["logger"].startswith("aovpn_remediate.")
        assert set(line) <= {"time", "level", "logger", "message", *FIELDS}
    finished = {line["host"]: line for line in _with(rest, "host finished")}
    assert set(finished) == set(fleet.addresses)
    assert {line["host"] for line in _with(rest, "host begun")} == set(fleet.addresses)
    requests = _with(rest, "request")
    assert len(requests) == sum(line["requests"] for line in finished.values())
    assert {line["level"] for line in requests} == {"DEBUG"}
    assert {"Create", "Command", "Receive", "Delete"} <= {line["operation"] for line in requests}
    assert all(line["http_status"] == 200 and line["bytes_up"] > 0 for line in requests)


@pytest.mark.usefixtures("fleet")
def test_an_apply_is_logged() -> None:
    words = ("--yes", "--allow-restart", *SWIFT, "--limit", "rras-01", "--log-file", "run.log")
    assert work("apply", RRAS, "-i", "fleet.yaml", *words).exit_code == 0
    lines = _lines()
    [changed] = _with(lines, "step changed")
    assert (changed["host"], changed["status"]) == ("rras-01", "changed")
    assert changed["step"].startswith(f"{RRAS}/")
    assert changed["run"]
    [backup] = _with(lines, "backup taken")
    assert (backup["host"], backup["backup"], backup["status"]) == ("rras-01", "rras", "taken")
    assert lines.index(backup) < lines.index(changed)
    assert [line["restart"] for line in _with(lines, "service stopping")] == ["RemoteAccess"]


def test_a_failed_host_is_logged_with_its_reason(fleet: Fleet) -> None:
    fleet.lab.stop()
    shown = work("plan", NPS, "-i", "fleet.yaml", "--log-file", "run.log")
    assert shown.exit_code == 1
    failed = _with(_lines(), "host failed")
    assert {line["host"] for line in failed} == {"nps-01", "nps-02"}
    for line in failed:
        assert line["level"] == "ERROR"
        assert "127.0.6." in line["why"]


def test_doctor_is_logged(fleet: Fleet) -> None:
    cli("doctor", "-i", "fleet.yaml", "--log-file", "run.log")
    examined = _with(_lines(), "host examined")
    assert {line["host"] for line in examined} == set(fleet.addresses)
    assert all(line["requests"] > 0 and line["status"] for line in examined)


def test_the_end_of_a_host(tmp_path: Path) -> None:
    restarts = (
        RestartRun(what="RasMan", status="done", seconds=2.5),
        RestartRun(what="reboot", status="failed", message="the host did not go down"),
    )
    step = StepRun(id="a/b", title="service x", resource={}, status="changed")
    result = HostRun(host="a", steps=(step,), restarts=restarts, seconds=3, requests=9)
    script = HostPlan(host="b", error=f"at line 1: {_SECRET}", error_kind="ScriptError")
    path = tmp_path / "run.log"
    with log_to(path, "apply"):
        event_log.ended(result, "R1")
        event_log.ended(script)
    one, other, ended, quiet = _lines(path)[1:-1]
    assert (one["message"], one["restart"], one["seconds"]) == ("restart done", "RasMan", 2.5)
    assert (other["message"], other["level"]) == ("restart failed", "ERROR")
    assert other["why"] == "the host did not go down"
    assert (ended["message"], ended["run"], ended["requests"]) == ("host failed", "R1", 9)
    assert quiet["why"] == "PowerShell ended the script: see the result"


def test_no_secret_is_ever_in_it(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a password, good or refused, nor a value that is set, nor what messages hold."""
    value = {"key": r"HKLM\SOFTWARE\A", "name": "x", "type": "string", "create_key": True}
    step = {"id": "a", "registry_value": {**value, "data": "{{ shared }}"}}
    book = {"name": "own", "summary": "s", "hosts": "all", "vars": {"shared": _SECRET}}
    Path("own.yaml").write_text(json.dumps({**book, "steps": [step]}))
    given = ("-i", "fleet.yaml", "--log-file", "run.log")
    codes = [
        work("plan", "./own.yaml", "-e", f"shared={_SECRET}", *given).exit_code,
        work("apply", "./own.yaml", "--yes", *given).exit_code,
        work("verify", "last", *given).exit_code,
        cli("plan", "./own.yaml", "--journal", f"nosuch://u:{_SECRET}@h/x", *given).exit_code,
    ]
    monkeypatch.setenv("LAB_SECRET", _SECRET)
    fleet.write_inventory({"env": "LAB_SECRET"})
    codes += [work("plan", "./own.yaml", *given).exit_code, cli("doctor", *given).exit_code]
    assert codes == [3, 0, 0, 2, 1, 1]
    assert [line["exit_code"] for line in _with(_lines(), "ended")] == codes
    assert {200, 401} <= {line["http_status"] for line in _with(_lines(), "request")}
    text = Path("run.log").read_text("ascii")
    basic = b64encode(b"lab:secret word").decode()
    for word in (_SECRET, "secret word", basic, "Authorization", "Envelope", "SOFTWARE"):
        assert word not in text, word


# How it is written


def test_it_appends_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    for _ in range(2):
        with log_to(path, "plan"):
            _LOGGER.info("one\nmore \u2028 \x1b[2J")
    assert [line["message"] for line in _lines(path)] == [
        *("begun", "one\nmore \u2028 \x1b[2J", "ended"),
        *("begun", "one\nmore \u2028 \x1b[2J", "ended"),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_afterwards_logging_is_as_it_was(tmp_path: Path) -> None:
    package = logging.getLogger("aovpn_remediate")
    before = package.level, list(package.handlers)
    with log_to(tmp_path / "run.log", "plan"):
        assert package.level == logging.DEBUG
    assert (package.level, package.handlers) == before


@pytest.mark.parametrize(
    ("error", "code", "why"),
    [
        (click.exceptions.Exit(3), 3, None),
        (UsageError("no such host"), 2, "no such host"),
        (JournalError("locked"), 1, "locked"),
        (click.UsageError("Missing option"), 2, "Missing option"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("values"), 1, "internal error: ZeroDivisionError"),
    ],
)
def test_every_end_is_logged(
    tmp_path: Path, error: BaseException, code: int, why: str | None
) -> None:
    path = tmp_path / "run.log"
    with pytest.raises(type(error)), log_to(path, "plan"):
        raise error
    last = _lines(path)[-1]
    assert (last["message"], last["exit_code"], last.get("why")) == ("ended", code, why)


@pytest.mark.parametrize("path", ["/dev/full", "no/such/run.log", "."])
def test_a_log_that_cannot_be_written_is_refused_before_any_work(path: str, fleet: Fleet) -> None:
    shown = work("plan", NPS, "-i", "fleet.yaml", "--log-file", path)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith(f"error: --log-file: {path} cannot be written: ")
    assert shown.stderr.count("\n") == 1
    assert fleet.lab.stats().requests == 0


@pytest.fixture
def pipe(tmp_path: Path) -> tuple[Path, int]:
    """A pipe with a name, and its other end: what is closed there can be written no more."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    return path, reader


def test_a_log_that_cannot_be_written_ends_nothing_and_is_reported_once(
    pipe: tuple[Path, int], capsys: pytest.CaptureFixture[str]
) -> None:
    path, reader = pipe
    with log_to(path, "plan"):
        os.close(reader)
        for _ in range(3):
            _LOGGER.info("it goes on")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"warning: the log {path} is incomplete: Broken pipe\n"


def test_a_log_file_closes_twice(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "run.log")
    log.close()
    log.close()


def test_without_the_option_nothing_is_logged() -> None:
    """Python prints errors on standard error where no handler is configured."""
    program = (
        "from aovpn_remediate.engine import event_log\n"
        "from aovpn_remediate.results import HostPlan\n"
        "event_log.ended(HostPlan(host='a', error='it does not answer'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
