"""One PowerShell process that speaks PSRP on its standard streams (`pwsh -s`).

A packet is a line of XML: `Data` with fragments in base64, `Command`, `Signal` and `Close`, each
with the id of a pipeline (`PSGuid`; all zeros is the runspace pool) and each answered by a packet
of the same name with `Ack` at its end. PowerShell hands every line to a thread pool of its own, so
that two lines under way may be worked on in either order: the next packet waits for the
acknowledgement of the last. Source: OutOfProcTransportManager.cs and OutOfProcServerMediator.cs of
PowerShell.
"""

from __future__ import annotations

import base64
import binascii
import os
import queue
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

POOL = "00000000-0000-0000-0000-000000000000"
"""The id of the runspace pool in a packet."""
_LAST_WORDS = 500
_LONGEST_LINE = 8 << 20
_CLOSING_SECONDS = 10.0

Receive = Callable[[str, bytes], None]
"""Takes the id of a pipeline, or `POOL`, and fragments that PowerShell wrote for it."""
Ended = Callable[[str], None]
"""Takes the reason for which the process is gone, when nobody had asked it to end."""


@dataclass(frozen=True)
class _Packet:
    name: str
    guid: str
    data: bytes = b""
    stream: str = "Default"

    def line(self) -> bytes:
        if self.name != "Data":
            return f"<{self.name} PSGuid='{self.guid}' />\n".encode()
        text = base64.b64encode(self.data).decode()
        return f"<Data Stream='{self.stream}' PSGuid='{self.guid}'>{text}</Data>\n".encode()


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a process with three pipes, in a group of its own, so that all of it can be killed."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        list(command), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it has started, at once."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


class PowerShellProcess:
    """A started process. Packets are sent in order by a thread of its own.

    `receive` and `ended` are called from its threads, once `attach` has named them.
    """

    def __init__(self, command: Sequence[str], *, seconds: float = 60.0) -> None:
        """Start it; `seconds` is how long it may take to acknowledge a packet.

        Raises `OSError` where the command cannot be started.
        """
        self._process = start(command)
        self._seconds = seconds
        self._packets: queue.SimpleQueue[_Packet | None] = queue.SimpleQueue()
        self._acknowledged: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._receive: Receive = lambda _guid, _data: None
        self._ended: Ended = lambda _why: None
        self._stderr = b""
        self._why = ""
        self._lock = threading.Lock()
        self._is_over = False
        self._threads = [
            threading.Thread(target=work, name=f"pwsh:{self._process.pid}", daemon=True)
            for work in (self._write, self._read, self._listen)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while it runs."""
        return self._process.poll() is None

    def attach(self, receive: Receive, ended: Ended) -> None:
        """Name who takes its output, and who is told when it dies; before the first packet."""
        self._receive, self._ended = receive, ended

    def send(self, name: str, guid: str, data: bytes = b"", *, stream: str = "Default") -> None:
        """Queue a packet; `guid` is the id of a pipeline, or `POOL`."""
        self._packets.put(_Packet(name, guid.lower(), data, stream))

    def end(self, pipelines: Sequence[str] = ()) -> None:
        """Have it close its pipelines and the pool, then kill it; returns at once."""
        self._silence()
        self._seconds = _CLOSING_SECONDS
        for guid in (*pipelines, POOL):
            self.send("Close", guid)
        self._packets.put(None)

    def kill(self) -> None:
        """End it at once; nobody is told."""
        self._silence()
        self._stop()

    def wait(self) -> None:
        """Return when it has ended and its streams are closed, or somebody else keeps them open."""
        for thread in self._threads:
            thread.join(_CLOSING_SECONDS)

    def _stop(self) -> None:
        kill(self._process)
        self._packets.put(None)
        self._acknowledged.put(None)

    def _silence(self) -> None:
        with self._lock:
            self._is_over = True

    def _die(self, why: str) -> None:
        """Kill it and tell why, once."""
        with self._lock:
            first, self._is_over = not self._is_over, True
        self._stop()
        if first:
            said = self._stderr.decode("utf-8", "replace")[-_LAST_WORDS:].strip()
            self._ended(f"{why}: {said}" if said else why)

    def _write(self) -> None:
        with suppress(OSError, ValueError), stream_of(self._process.stdin) as stdin:
            while (packet := self._packets.get()) is not None:
                stdin.write(packet.line())
                stdin.flush()
                try:
                    self._wait_for(f"{packet.name}Ack")
                except queue.Empty:
                    self._die(f"it did not take a {packet.name} packet in {self._seconds:g} s")
                    return
        kill(self._process)

    def _wait_for(self, name: str) -> None:
        while self._acknowledged.get(timeout=self._seconds) not in (name, None):
            pass

    def _read(self) -> None:
        with suppress(OSError, ValueError), stream_of(self._process.stdout) as stdout:
            while line := stdout.readline(_LONGEST_LINE):
                self._take(line.strip().removeprefix(b"\xef\xbb\xbf"))
        code = self._process.wait()
        self._die(self._why or f"it ended with exit code {code}")

    def _take(self, line: bytes) -> None:
        """A line of its output: a packet, or what .NET says when it dies."""
        if not line:
            return
        try:
            element = ET.fromstring(line)  # noqa: S314 - what this machine's PowerShell wrote
            data = base64.b64decode(element.text or "", validate=True)
        except (ET.ParseError, binascii.Error):
            self._why = line.decode("utf-8", "replace")[:_LAST_WORDS]
            return
        if element.tag == "Data":
            self._receive((element.get("PSGuid") or POOL).lower(), data)
        else:
            self._acknowledged.put(element.tag)

    def _listen(self) -> None:
        with suppress(OSError, ValueError), stream_of(self._process.stderr) as stderr:
            while piece := stderr.read1(4096):  # type: ignore[attr-defined]
                self._stderr = (self._stderr + piece)[-8192:]


def stream_of(stream: IO[bytes] | None) -> IO[bytes]:
    """A standard stream of a process that was started with a pipe for it."""
    assert stream is not None  # noqa: S101 - all three are pipes
    return stream
