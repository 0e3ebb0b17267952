"""Command shells of an unmodified pywinrm on the wire."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from winrm.exceptions import WSManFaultError
from winrm.protocol import Protocol

from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.winrs import BOOTSTRAP, is_bootstrap
from tests.lab.wire.parrot import Parrot, eventually
from tests.lab.wire.visits import HOST, PASSWORD, USER

Start = Callable[..., Lab]
CTRL_C = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/ctrl_c"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


LINE = f"powershell.exe -NoProfile -EncodedCommand {encoded(f'{BOOTSTRAP}{chr(10)}...')}"


@contextmanager
def shell(lab: Lab) -> Iterator[tuple[Protocol, str]]:
    protocol = Protocol(lab.url(HOST), transport="plaintext", username=USER, password=PASSWORD)
    shell_id = protocol.open_shell(codepage=65001)
    try:
        yield protocol, shell_id
    finally:
        protocol.close_shell(shell_id)
        protocol.transport.close_session()


def result(lab: Lab, line: str, stdin: str | None = None) -> tuple[str, str, int]:
    with shell(lab) as (protocol, shell_id):
        command_id = protocol.run_command(shell_id, line)
        if stdin is not None:
            middle = len(stdin) // 2
            protocol.send_command_input(shell_id, command_id, stdin[:middle])
            protocol.send_command_input(shell_id, command_id, stdin[middle:], end=True)
        out, err, code = protocol.get_command_output(shell_id, command_id)
        protocol.cleanup_command(shell_id, command_id)
        return out.decode(), err.decode(), code


def script(text: str) -> str:
    return base64.b64encode(text.encode()).decode() + "\r\n"


def test_the_bootstrap_runs_the_script_on_its_standard_input(lab: Lab, engine: Parrot) -> None:
    out, err, code = result(lab, LINE, script("say größer\nsay \u2028\nbig 100000"))

    lines = [base64.b64decode(line).decode() for line in out.split()]
    assert lines == ["größer", "\u2028", "x" * 100_000]
    assert (err, code) == ("", 0)
    assert engine.ran[0][0] == HOST
    lab.assert_clean()


def test_each_command_has_a_session_of_its_own(lab: Lab) -> None:
    result(lab, LINE, script("keep treasure"))

    out, _, _ = result(lab, LINE, script("kept"))
    assert base64.b64decode(out) == b"nothing"


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        (script("throw it broke"), "it broke"),
        (script("bug"), "a bug of the simulation"),
        ("no base64 at all!", "the simulated host failed"),
    ],
)
def test_a_failure_is_exit_code_1_with_a_message(lab: Lab, stdin: str, words: str) -> None:
    out, err, code = result(lab, LINE, stdin)

    assert (out, code) == ("", 1)
    assert words in err


@pytest.mark.parametrize(
    "line", ["ipconfig /all", "powershell", f"powershell -enc {encoded('Get-Date')}"]
)
def test_any_other_command_fails_with_a_message(lab: Lab, engine: Parrot, line: str) -> None:
    out, err, code = result(lab, line)

    assert (out, code) == ("", 1)
    assert err.startswith(f"this host is simulated: it does not run {line}")
    assert engine.ran == []


@pytest.mark.parametrize(
    ("line", "known"),
    [
        (LINE, True),
        (f"powershell -enc {encoded(BOOTSTRAP)}", True),
        (
            f"C:\\Windows\\WindowsPowerShell\\v1.0\\POWERSHELL.EXE -e {encoded(BOOTSTRAP)}",
            True,
        ),
        (f"powershell -EncodedCommand {encoded('x')} {encoded(BOOTSTRAP)}", False),
        (f"echo powershell -EncodedCommand {encoded(BOOTSTRAP)}", False),
        (f"powershell -EncodedCommand {encoded('# aovpn-remediate bootstrap, not')}", False),
        ("powershell -EncodedCommand ###", False),
        ("powershell -EncodedCommand YQ==", False),
    ],
)
def test_only_the_bootstrap_is_recognized(line: str, *, known: bool) -> None:
    assert is_bootstrap(line) == known


def test_a_command_line_that_is_too_long_is_refused(lab: Lab) -> None:
    with shell(lab) as (protocol, shell_id), pytest.raises(WSManFaultError) as caught:
        protocol.run_command(shell_id, "x" * 8192)

    assert caught.value.wsman_fault_code == refusals.LINE_TOO_LONG


def test_a_running_command_can_be_stopped(lab: Lab, engine: Parrot) -> None:
    with shell(lab) as (protocol, shell_id):
        command_id = protocol.run_command(shell_id, LINE)
        protocol.send_command_input(shell_id, command_id, script("wait 60 late"), end=True)
        eventually(lambda: len(engine.ran) == 1)
        protocol.cleanup_command(shell_id, command_id)
        with pytest.raises(WSManFaultError) as caught:
            protocol.get_command_output(shell_id, command_id)

    assert caught.value.wsman_fault_code == refusals.NOT_FOUND
    eventually(lambda: engine.ended == 1)
    lab.assert_clean()


def test_commands_count_against_the_quota_until_the_shell_closes(start: Start) -> None:
    with shell(start(max_commands=1)) as (protocol, shell_id):
        command_id = protocol.run_command(shell_id, "one")
        protocol.cleanup_command(shell_id, command_id)
        with pytest.raises(WSManFaultError) as caught:
            protocol.run_command(shell_id, "two")

    assert caught.value.wsman_fault_code == refusals.COMMAND_QUOTA


def test_a_host_that_goes_down_resets_the_connection(lab: Lab, engine: Parrot) -> None:
    with pytest.raises(OSError, match="Connection"):
        result(lab, LINE, script("down"))

    assert engine.down == {HOST}
    lab.assert_clean()
