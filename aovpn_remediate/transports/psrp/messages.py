"""PowerShell's remoting messages, as far as a session needs them: written cheaply, read strictly.

pypsrp spends most of its time on turning objects into XML and back. What is sent is always the
same but for the script, and what comes back is text; so the first is a form that is filled in, and
of the second only text and states are read. MS-PSRP 2.2.4 and 2.2.1 say how messages are packed.
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

from aovpn_remediate.transports.outcome import Nonsense

_FRAGMENT = struct.Struct(">QQBI")
_MESSAGE = struct.Struct("<II16s16s")
_NOBODY = str(uuid.UUID(int=0))
_BOM = b"\xef\xbb\xbf"
_START, _END = 1, 2

# What XML cannot carry, and what would be taken for an escape of it.
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]")
_ESCAPED = re.compile("(?:_x[0-9A-Fa-f]{4}_)+")
_NEWLINE = "_x000A_"
_MARK = "THE-SCRIPT"


@dataclass(frozen=True)
class Message:
    """One message of a host: its type (`pypsrp.messages.MessageType`) and its XML."""

    kind: int
    body: bytes


def open_pool(pool: str) -> list[bytes]:
    """The two messages that open a pool of one runspace."""
    return [
        _pack(MessageType.SESSION_CAPABILITY, pool, _NOBODY, _capability()),
        _pack(MessageType.INIT_RUNSPACEPOOL, pool, _NOBODY, _one_runspace()),
    ]


def create_pipeline(script: str, pool: str, pipeline: str, protocol: str) -> bytes:
    """The message that starts a script whose functions stay in the session."""
    before, after = _form(protocol)
    body = before + escape(write_text(script)).encode() + after
    return _pack(MessageType.CREATE_PIPELINE, pool, pipeline, body)


def _pack(kind: int, pool: str, pipeline: str, body: bytes) -> bytes:
    pools, pipelines = uuid.UUID(pool).bytes_le, uuid.UUID(pipeline).bytes_le
    return _MESSAGE.pack(Destination.SERVER, kind, pools, pipelines) + body


@functools.cache
def _capability() -> bytes:
    return _xml(SessionCapability(PROTOCOL_VERSION, PS_VERSION, SERIALIZATION_VERSION))


@functools.cache
def _one_runspace() -> bytes:
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
def _form(protocol: str) -> tuple[bytes, bytes]:
    """What stands before and after the script, by pypsrp."""
    command = Command(_MARK, protocol_version=protocol, is_script=True, use_local_scope=False)
    message = CreatePipeline(
        True,
        ApartmentState(value=ApartmentState.UNKNOWN),
        RemoteStreamOptions(value=RemoteStreamOptions.ADD_INVOCATION_INFO),
        False,
        HostInfo(host=None),
        Pipeline(is_nested=False, cmds=[command], history=None, redirect_err_to_out=False),
        False,
    )
    before, _, after = _xml(message).partition(_MARK.encode())
    return before, after


def _xml(message: ComplexObject) -> bytes:
    element: Any = Serializer().serialize(message)
    return ET.tostring(element, encoding="unicode").encode()


def write_text(text: str) -> str:
    """A text as it stands in a message: each UTF-16 unit that XML cannot carry as `_xHHHH_`."""
    text = text.replace("_x", "_x005F_x").replace("_X", "_x005F_X").replace("\n", _NEWLINE)
    return _UNSENDABLE.sub(_units, text)


def _units(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"_x{units[at : at + 4]}_" for at in range(0, len(units), 4))


def read_text(text: str) -> str:
    """The text that stands in a message so."""
    if text.count("_x") == text.count(_NEWLINE):
        return text.replace(_NEWLINE, "\n")
    return _ESCAPED.sub(_characters, text)


def _characters(found: re.Match[str]) -> str:
    units = bytes.fromhex(found.group().replace("_x", "").replace("_", ""))
    return units.decode("utf-16-be", "surrogatepass")


def fragments(message: bytes, number: int, size: int) -> list[bytes]:
    """A message in pieces of at most `size` bytes; `number` counts the messages of a session."""
    step = size - _FRAGMENT.size
    starts = range(0, len(message), step)
    return [
        Fragment(
            number, index, message[at : at + step], start=at == 0, end=at + step >= len(message)
        ).pack()
        for index, at in enumerate(starts)
    ]


class Assembly:
    """Puts the messages of one stream together again, and takes nothing that is not in order."""

    def __init__(self) -> None:
        self._done: set[int] = set()
        self._number = 0
        self._parts: list[bytes] = []

    def add(self, data: bytes) -> Iterator[Message]:
        """The messages that these fragments complete.

        Raises `Nonsense` for a fragment that is cut short, comes twice, or is out of its place.
        """
        at = 0
        while at < len(data):
            if len(data) - at < _FRAGMENT.size:
                raise Nonsense("a fragment is cut short")
            number, index, flags, length = _FRAGMENT.unpack_from(data, at)
            at += _FRAGMENT.size
            part = data[at : at + length]
            at += length
            if len(part) < length:
                raise Nonsense("a fragment is cut short")
            self._place(number, index, starts=bool(flags & _START), part=part)
            if flags & _END:
                yield self._finish()

    def _place(self, number: int, index: int, *, starts: bool, part: bytes) -> None:
        in_place = number == self._number if self._parts else number not in self._done
        if not in_place or index != len(self._parts) or starts != (index == 0):
            raise Nonsense("a fragment is out of its place")
        self._number = number
        self._parts.append(part)

    def _finish(self) -> Message:
        whole = b"".join(self._parts)
        self._done.add(self._number)
        self._parts = []
        if len(whole) < _MESSAGE.size:
            raise Nonsense("a message is cut short")
        kind = _MESSAGE.unpack_from(whole)[1]
        return Message(kind, whole[_MESSAGE.size :].removeprefix(_BOM))


def number_in(message: Message, name: str) -> int:
    """The property of a message that is a number; `Nonsense` when it is not there."""
    text = _root(message).findtext(f"MS/*[@N='{name}']")
    try:
        return int(text or "")
    except ValueError as error:
        raise Nonsense(f"{name} is missing") from error


def protocol_in(message: Message) -> str:
    """The version of the remoting protocol in a message SESSION_CAPABILITY."""
    return _root(message).findtext("MS/*[@N='protocolversion']") or "2.1"


def output_in(message: Message) -> str | None:
    """The text of an object that was written, or None for $null."""
    root = _root(message)
    if root.tag == "Nil":
        return None
    if root.tag == "Obj":
        # A string that something was added to, or an object that is none.
        return read_text(root.findtext("S") or root.findtext("ToString") or "")
    return read_text(root.text or "")


def error_in(message: Message) -> str:
    """What PowerShell said in a message PIPELINE_STATE, with the place in the script; one line."""
    record = _root(message).find("MS/*[@N='ExceptionAsErrorRecord']")
    if record is None:
        return "PowerShell ended the script and did not say why"
    said = record.findtext("ToString") or record.findtext(".//*[@N='Message']") or ""
    place = record.findtext("MS/*[@N='InvocationInfo_PositionMessage']") or ""
    return what_powershell_said(read_text(said), read_text(place))


def what_powershell_said(message: str, place: str) -> str:
    """A message, and in brackets the two lines of PowerShell's that tell the place; one line."""
    text = " ".join(message.split())
    lines = [line.strip().removeprefix("+").strip() for line in place.splitlines()[:2]]
    return f"{text} ({': '.join(lines)})" if lines else text


def _root(message: Message) -> ET.Element:
    try:
        return ET.fromstring(message.body)  # noqa: S314 - expat itself stops entity bombs
    except ET.ParseError as error:
        raise Nonsense("a message is no XML") from error
