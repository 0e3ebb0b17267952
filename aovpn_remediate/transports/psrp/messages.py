"""The messages of PowerShell remoting that a session needs: written cheaply, read strictly.

pypsrp spends most of its time on converting objects to XML and back. The messages sent differ only
in their script, so a template is filled in; of the messages received only texts and states are
read. MS-PSRP 2.2.1 and 2.2.4 define messages and fragments.
"""

from __future__ import annotations

import functools
import re
import struct
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from pypsrp.complex_objects import (
    ApartmentState,
    Command,
    ComplexObject,
    HostInfo,
    Pipeline,
    PSThreadOptions,
    RemoteStreamOptions,
)
from pypsrp.messages import (
    CreatePipeline,
    Destination,
    InitRunspacePool,
    MessageType,
    SessionCapability,
)
from pypsrp.powershell import PROTOCOL_VERSION, PS_VERSION, SERIALIZATION_VERSION, Fragment
from pypsrp.serializer import Serializer

from aovpn_remediate.transports.outcome import ProtocolError

_FRAGMENT = struct.Struct(">QQBI")
_MESSAGE = struct.Struct("<II16s16s")
_NO_PIPELINE = str(uuid.UUID(int=0))
_BOM = b"\xef\xbb\xbf"
_START, _END = 1, 2

# Characters that XML cannot carry, and texts that look like their escapes.
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]")
_ESCAPED = re.compile("(?:_x[0-9A-Fa-f]{4}_)+")
_NEWLINE = "_x000A_"
_PLACEHOLDER = "THE-SCRIPT"


@dataclass(frozen=True)
class Message:
    """A message from a host: its type (`pypsrp.messages.MessageType`) and its XML."""

    kind: int
    body: bytes


def open_pool(pool: str) -> list[bytes]:
    """Return the two messages that open a pool of one runspace."""
    return [
        _pack(MessageType.SESSION_CAPABILITY, pool, _NO_PIPELINE, _capability()),
        _pack(MessageType.INIT_RUNSPACEPOOL, pool, _NO_PIPELINE, _pool_settings()),
    ]


def create_pipeline(script: str, pool: str, pipeline: str, protocol: str) -> bytes:
    """Return the message that starts a script whose functions stay in the session."""
    before, after = _pipeline_template(protocol)
    body = before + escape(encode_text(script)).encode() + after
    return _pack(MessageType.CREATE_PIPELINE, pool, pipeline, body)


def _pack(kind: int, pool: str, pipeline: str, body: bytes) -> bytes:
    pools, pipelines = uuid.UUID(pool).bytes_le, uuid.UUID(pipeline).bytes_le
    return _MESSAGE.pack(Destination.SERVER, kind, pools, pipelines) + body


@functools.cache
def _capability() -> bytes:
    return _xml(SessionCapability(PROTOCOL_VERSION, PS_VERSION, SERIALIZATION_VERSION))


@functools.cache
def _pool_settings() -> bytes:
    return _xml(
        InitRunspacePool(
            1,
            1,
            PSThreadOptions(value=PSThreadOptions.DEFAULT),
            ApartmentState(value=ApartmentState.UNKNOWN),
            HostInfo(host=None),
            None,
        )
    )


@functools.cache
def _pipeline_template(protocol: str) -> tuple[bytes, bytes]:
    """Return the parts before and after the script, as pypsrp writes them."""
    command = Command(
        _PLACEHOLDER, protocol_version=protocol, is_script=True, use_local_scope=False
    )
    message = CreatePipeline(
        True,
        ApartmentState(value=ApartmentState.UNKNOWN),
        RemoteStreamOptions(value=RemoteStreamOptions.ADD_INVOCATION_INFO),
        False,
        HostInfo(host=None),
        Pipeline(is_nested=False, cmds=[command], history=None, redirect_err_to_out=False),
        False,
    )
    before, _, after = _xml(message).partition(_PLACEHOLDER.encode())
    return before, after


def _xml(message: ComplexObject) -> bytes:
    element: Any = Serializer().serialize(message)
    return ET.tostring(element, encoding="unicode").encode()


def encode_text(text: str) -> str:
    """Escape a text for a message: each UTF-16 unit that XML cannot carry becomes `_xHHHH_`."""
    text = text.replace("_x", "_x005F_x").replace("_X", "_x005F_X").replace("\n", _NEWLINE)
    return _UNSENDABLE.sub(_units, text)


def _units(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"_x{units[at : at + 4]}_" for at in range(0, len(units), 4))


def decode_text(text: str) -> str:
    """Unescape a text from a message."""
    if text.count("_x") == text.count(_NEWLINE):
        return text.replace(_NEWLINE, "\n")
    return _ESCAPED.sub(_characters, text)


def _characters(found: re.Match[str]) -> str:
    units = bytes.fromhex(found.group().replace("_x", "").replace("_", ""))
    return units.decode("utf-16-be", "surrogatepass")


def fragments(message: bytes, number: int, size: int) -> list[bytes]:
    """Split a message into fragments of `size` bytes; `number` counts a session's messages."""
    step = size - _FRAGMENT.size
    starts = range(0, len(message), step)
    return [
        Fragment(
            number, index, message[at : at + step], start=at == 0, end=at + step >= len(message)
        ).pack()
        for index, at in enumerate(starts)
    ]


class Defragmenter:
    """An assembler of the messages in one stream, which accepts fragments only in order."""

    def __init__(self) -> None:
        self._finished: set[int] = set()
        self._number = 0
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages completed by these fragments.

        Raises `ProtocolError` for a fragment that is truncated, repeated or out of sequence.
        """
        at = 0
        while at < len(data):
            if len(data) - at < _FRAGMENT.size:
                raise ProtocolError("a fragment is truncated")
            number, index, flags, length = _FRAGMENT.unpack_from(data, at)
            at += _FRAGMENT.size
            part = data[at : at + length]
            at += length
            if len(part) < length:
                raise ProtocolError("a fragment is truncated")
            self._append(number, index, starts=bool(flags & _START), part=part)
            if flags & _END:
                yield self._finish()

    def _append(self, number: int, index: int, *, starts: bool, part: bytes) -> None:
        in_sequence = number == self._number if self._parts else number not in self._finished
        if not in_sequence or index != len(self._parts) or starts != (index == 0):
            raise ProtocolError("a fragment is out of sequence")
        self._number = number
        self._parts.append(part)

    def _finish(self) -> Message:
        whole = b"".join(self._parts)
        self._finished.add(self._number)
        self._parts = []
        if len(whole) < _MESSAGE.size:
            raise ProtocolError("a message is truncated")
        kind = _MESSAGE.unpack_from(whole)[1]
        return Message(kind, whole[_MESSAGE.size :].removeprefix(_BOM))


def read_number(message: Message, name: str) -> int:
    """Read a numeric property of a message; raises `ProtocolError` if it is missing."""
    text = _root(message).findtext(f"MS/*[@N='{name}']")
    try:
        return int(text or "")
    except ValueError as error:
        raise ProtocolError(f"{name} is missing") from error


def read_protocol(message: Message) -> str:
    """Read the version of the remoting protocol in a SESSION_CAPABILITY message."""
    return _root(message).findtext("MS/*[@N='protocolversion']") or "2.1"


def read_output(message: Message) -> str | None:
    """Read the text of an output object, or None for $null."""
    root = _root(message)
    if root.tag == "Nil":
        return None
    if root.tag == "Obj":
        # A string with extended properties, or an object other than a string.
        return decode_text(root.findtext("S") or root.findtext("ToString") or "")
    return decode_text(root.text or "")


def read_error(message: Message) -> str:
    """Read the error in a PIPELINE_STATE message, with its position in the script, as one line."""
    record = _root(message).find("MS/*[@N='ExceptionAsErrorRecord']")
    if record is None:
        return "PowerShell ended the script and gave no reason"
    text = record.findtext("ToString") or record.findtext(".//*[@N='Message']") or ""
    position = record.findtext("MS/*[@N='InvocationInfo_PositionMessage']") or ""
    return error_line(decode_text(text), decode_text(position))


def error_line(message: str, position: str) -> str:
    """Return an error message with its position (the first two lines of it), as one line."""
    text = " ".join(message.split())
    lines = [line.strip().removeprefix("+").strip() for line in position.splitlines()[:2]]
    return f"{text} ({': '.join(lines)})" if lines else text


def _root(message: Message) -> ET.Element:
    try:
        return ET.fromstring(message.body)  # noqa: S314 - expat itself stops entity bombs
    except ET.ParseError as error:
        raise ProtocolError("a message is not XML") from error
