"""A command shell (WinRS) with one command: the bootstrap that reads a script from stdin.

The lab never executes what a client sends. `powershell -EncodedCommand X` is decoded; if X is the
bootstrap, the script on standard input goes to the engine. Any other command line fails.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
from asyncio import Task
from contextlib import aclosing
from dataclasses import dataclass, field

from aovpn_remediate.lab.backend import HostGone, ScriptFailure
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.shells import Opening, Output, Shell

BOOTSTRAP = "# aovpn-remediate bootstrap"
"""The first line of the only encoded command that is accepted."""
LONGEST_LINE = 8191
_PIECE = 32_768

_log = logging.getLogger(__name__)
_POWERSHELL = re.compile(
    r"(?:\S*\\)?powershell(?:\.exe)?\s(?:.*\s)?-e(?:nc|ncodedcommand)?\s+(\S+)", re.IGNORECASE
)
STOPPED = 0xC000013A - (1 << 32)
"""The exit code of a process ended by Ctrl-C, as a signed number."""


@dataclass
class _Command:
    line: str
    output: Output
    stdin: bytearray = field(default_factory=bytearray)
    task: Task[None] | None = None


class CommandShell(Shell):
    """A shell in place of cmd.exe; each command has a session of its own."""

    ends_streams = True

    def __init__(self, opening: Opening, host: Host) -> None:
        super().__init__(opening)
        self._host = host
        self._commands: dict[str, _Command] = {}

    def start(self, command_id: str, command: str, arguments: list[str]) -> None:
        """Start a command line; any other than the bootstrap ends at once with exit code 1."""
        line = " ".join([command, *arguments])
        if len(line) > LONGEST_LINE:
            raise refusals.line_too_long()
        output = self.outputs[command_id] = Output()
        self._commands[command_id] = _Command(line, output)
        if not is_bootstrap(line):
            _write(output, "stderr", f"this host is simulated: it does not run {line[:200]}")
            output.finish(1)

    def send(self, command_id: str, data: bytes, *, stream: str, end: bool) -> None:
        """Take standard input; at its end the script runs."""
        del stream
        command = self._command(command_id)
        command.stdin += data
        if end and command.task is None and not command.output.done:
            command.task = self.spawn(self._run(command))

    def signal(self, command_id: str, code: str) -> None:
        """End a command (ctrl_c), or release one (terminate)."""
        command = self._command(command_id)
        if command.task is not None:
            command.task.cancel()
        if not command.output.done:
            command.output.finish(STOPPED)
        if code.lower().endswith("/terminate"):
            del self._commands[command_id]
            del self.outputs[command_id]

    def _command(self, command_id: str) -> _Command:
        found = self._commands.get(command_id)
        if found is None:
            raise refusals.no_command()
        return found

    async def _run(self, command: _Command) -> None:
        output = command.output
        try:
            script = base64.b64decode(bytes(command.stdin).strip(), validate=True).decode(
                "utf-8", "replace"
            )
            async with aclosing(self._host.run(script, {})) as texts:
                async for text in texts:
                    _write(output, "stdout", base64.b64encode(text.encode()).decode())
            output.finish(0)
        except HostGone:
            self._host.go_down()
        except ScriptFailure as failure:
            _write(output, "stderr", f"{failure.message}\r\nAt line:1 char:1")
            output.finish(1)
        except Exception as error:  # noqa: BLE001 - a bug must not hang the client
            _log.exception("the simulated host %s failed", self._host.address)
            _write(output, "stderr", f"the simulated host failed: {error!r}")
            output.finish(1)


def is_powershell(line: str) -> bool:
    """True for a command line of PowerShell with an encoded command."""
    return _POWERSHELL.fullmatch(line.strip()) is not None


def is_bootstrap(line: str) -> bool:
    """Return True if a command line is PowerShell with the bootstrap as encoded command."""
    found = _POWERSHELL.fullmatch(line.strip())
    if not found:
        return False
    try:
        text = base64.b64decode(found.group(1), validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return bool(text) and text.splitlines()[0].strip() == BOOTSTRAP


def _write(output: Output, stream: str, text: str) -> None:
    data = f"{text}\r\n".encode()
    for at in range(0, len(data), _PIECE):
        output.put(stream, data[at : at + _PIECE])
