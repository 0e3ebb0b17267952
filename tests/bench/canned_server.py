"""A server of fixed answers for load tests, cheap enough to measure only the client.

The server answers the six requests of a PSRP session (Create, two Receives, Command, Receive,
Delete) with prepared bytes; only the message id differs. It accepts Basic with any password.

```text
python -m tests.bench.canned_server --port 0 --answers FILE [--cert FILE --key FILE]
```

prints the port. GET /_lab/stats returns the counts; /_lab/reset returns and resets them.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.wire import listening, recorded, soap
from aovpn_remediate.lab.wire.background import Background
from aovpn_remediate.lab.wire.http import HttpAnswer
from aovpn_remediate.lab.wire.tls import server_context

_SHELL_ID = "11111111-2222-3333-4444-555555555555"
_COMMAND_ID = "11111111-2222-3333-4444-666666666666"
_MESSAGE_ID = "@@MESSAGE-ID@@"
_LARGEST_ANSWER = 500_000
_HEADER_BYTES = 2048
"""Length of the part of an envelope that contains its action and message id."""

_SOAP = (("Content-Type", soap.CONTENT_TYPE),)
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\ncontent-length: *(\d+)")
_MESSAGE = re.compile(rb"MessageID[^>]*>([^<]+)<")


@dataclass
class CannedStats:
    """Counts since the start or the last reset. Bytes are those of HTTP bodies."""

    connections: int = 0
    requests: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    cpu_seconds: float = 0.0


class Answers:
    """The answers of a session in which every pipeline writes the same text."""

    def __init__(self, text: str) -> None:
        """Prepare the answers. Raises `ValueError` if the text does not fit into one answer."""
        *greeting, opened = recorded.opening()
        receive = f"{soap.SHELL}/ReceiveResponse"
        self.greeting = _Template(receive, _received(greeting))
        self.opened = _Template(receive, _received([opened]))
        self.output = _Template(receive, _received(recorded.written(text), done=True))
        if len(self.output) > _LARGEST_ANSWER:
            raise ValueError(f"a text of {len(text)} characters does not fit into one answer")
        self._others = (
            (b"/Command<", _Template(f"{soap.SHELL}/CommandResponse", _COMMAND_STARTED)),
            (b"/Create<", _Template(f"{soap.TRANSFER}/CreateResponse", _SHELL_CREATED)),
            (b"/Delete<", _Template(f"{soap.TRANSFER}/DeleteResponse", "")),
            (b"/Signal<", _Template(f"{soap.SHELL}/SignalResponse", "<rsp:SignalResponse/>")),
            (b"/Send<", _Template(f"{soap.SHELL}/SendResponse", "<rsp:SendResponse/>")),
        )

    def to(self, header: bytes) -> _Template | None:
        """Return the answer to any action but Receive, by the header of the envelope."""
        return next((answer for action, answer in self._others if action in header), None)


class _Template:
    """A prepared answer with a place for the id of the answered message."""

    def __init__(self, action: str, body: str) -> None:
        self._body = soap.envelope(action, _MESSAGE_ID, body).split(_MESSAGE_ID.encode())

    def __len__(self) -> int:
        return sum(map(len, self._body))

    def to(self, message_id: bytes) -> bytes:
        return message_id.join(self._body)


_SHELL_CREATED = (
    "<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet>"
    f'<w:Selector Name="ShellId">{_SHELL_ID}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
    f"</x:ResourceCreated><rsp:Shell><rsp:ShellId>{_SHELL_ID}</rsp:ShellId></rsp:Shell>"
)
_COMMAND_STARTED = (
    f"<rsp:CommandResponse><rsp:CommandId>{_COMMAND_ID}</rsp:CommandId></rsp:CommandResponse>"
)


def _received(fragments: Sequence[bytes], *, done: bool = False) -> str:
    streams = "".join(
        f'<rsp:Stream Name="stdout">{base64.b64encode(fragment).decode()}</rsp:Stream>'
        for fragment in fragments
    )
    state = (
        f'<rsp:CommandState CommandId="{_COMMAND_ID}" State="{soap.SHELL}/CommandState/Done">'
        "<rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>"
    )
    return f"<rsp:ReceiveResponse>{streams}{state if done else ''}</rsp:ReceiveResponse>"


class _Connection(asyncio.Protocol):
    """One connection with one session after the other."""

    _transport: asyncio.Transport

    def __init__(self, server: CannedServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._greeted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.counts.connections += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_END)) >= 0:
            end += len(_END)
            head = bytes(self._buffer[:end]).lower()
            found = _LENGTH.search(head)
            stop = end + int(found.group(1)) if found else end
            if len(self._buffer) < stop:
                return
            body = bytes(self._buffer[end:stop])
            del self._buffer[:stop]
            answer = self._page(head) if head.startswith(b"get ") else self._answer(head, body)
            self._transport.write(answer.pack())

    def _page(self, head: bytes) -> HttpAnswer:
        counts = json.dumps(asdict(self._server.stats()))
        if head.startswith(b"get /_lab/reset "):
            self._server.reset_stats()
        return HttpAnswer(200, counts.encode(), (("Content-Type", "application/json"),))

    def _answer(self, head: bytes, body: bytes) -> HttpAnswer:
        counts = self._server.counts
        counts.requests += 1
        counts.bytes_in += len(body)
        if b"\nauthorization: basic " not in head:
            return HttpAnswer(401, headers=(("WWW-Authenticate", 'Basic realm="WSMAN"'),))
        header = body[:_HEADER_BYTES]
        template = self._output(body) if b"/Receive<" in header else self._server.answers.to(header)
        found = _MESSAGE.search(header)
        if template is None or found is None:
            return HttpAnswer(500)
        envelope = template.to(found.group(1))
        counts.bytes_out += len(envelope)
        return HttpAnswer(200, envelope, _SOAP)

    def _output(self, body: bytes) -> _Template:
        if b"CommandId=" in body:
            return self._server.answers.output
        self._greeted = not self._greeted
        return self._server.answers.greeting if self._greeted else self._server.answers.opened


class CannedServer:
    """A server of canned answers on every address of 127.0.0.0/8, in its own thread.

    ```python
    with CannedServer("a text") as server:
        server.port, server.stats()
    ```
    """

    def __init__(
        self,
        text: str,
        *,
        tls: TlsFiles | None = None,
        bind: str = listening.ANY,
        port: int = 0,
    ) -> None:
        self.answers = Answers(text)
        self.counts = CannedStats()
        self._cpu_before = time.process_time()
        self.port = port
        """The port; 0 becomes a free port when the server starts."""
        self._bind = bind
        self._context = server_context(tls) if tls else None
        self._background: Background | None = None

    def stats(self) -> CannedStats:
        """Return the counts so far."""
        return replace(self.counts, cpu_seconds=round(time.process_time() - self._cpu_before, 3))

    def reset_stats(self) -> None:
        """Set all counts to zero."""
        self.counts, self._cpu_before = CannedStats(), time.process_time()

    def _protocol(self, _local: str, _peer: str) -> _Connection:
        return _Connection(self)

    def __enter__(self) -> Self:
        listener = listening.listen(self._bind, self.port)
        self.port = listener.getsockname()[1]
        self._background = Background(
            lambda: listening.accept(listener, self._protocol, self._context),
            name=f"canned:{self.port}",
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._background is not None:
            self._background.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.canned_server")
    parser.add_argument("--port", type=int, default=0, help="port; 0 for a free one")
    parser.add_argument(
        "--answers", type=Path, required=True, help="file with the output of every pipeline"
    )
    parser.add_argument("--cert", type=Path, help="PEM certificate for HTTPS; needs --key")
    parser.add_argument("--key", type=Path, help="PEM key of the certificate")
    given = parser.parse_args(arguments)
    files = TlsFiles(given.cert, given.key, ca=given.cert) if given.cert else None
    text = given.answers.read_bytes().decode()
    server = CannedServer(text, tls=files, port=given.port)
    with contextlib.suppress(KeyboardInterrupt), server:
        print(server.port, flush=True)  # noqa: T201 - read by the starting process
        threading.Event().wait()


if __name__ == "__main__":
    main()
