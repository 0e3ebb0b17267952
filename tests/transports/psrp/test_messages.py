from __future__ import annotations

import base64
import uuid
import xml.etree.ElementTree as ET
from typing import Any

import psrpcore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psrpcore import types as ps
from pypsrp.messages import MessageType
from pypsrp.powershell import Fragment, PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from aovpn_remediate.transports.outcome import ProtocolError
from aovpn_remediate.transports.psrp.messages import (
    Defragmenter,
    Message,
    create_pipeline,
    decode_text,
    encode_text,
    fragments,
    open_pool,
    read_error,
    read_number,
    read_output,
    read_protocol,
)

HOSTILE = [
    "one\ntwo\r\nthree",
    "_x000A_ _X000a_ _x_ _xx000A_ _x005F_x000A_",
    "& < > \" ' ]]> <!-- -->",
    "\x00\x01\x1b\x7f\x85\x9f\u2028\ufeff",
    "na\u00efve \u2603 \U0001f600",
]
ANY_TEXT = st.text(st.characters(exclude_categories=[]))
TEXT_IN_XML = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))


class _Caught(Exception):  # noqa: N818 - no error
    pass


class _Connection(WSMan):
    """Keeps what pypsrp would send as a Command."""

    def __init__(self) -> None:
        super().__init__("host")
        self.sent = b""

    def invoke(self, action: str, resource_uri: str, resource: Any, *_: Any, **__: Any) -> Any:
        del resource_uri
        if action.endswith("/Create"):
            self.sent = base64.b64decode(resource[-1].text)
        else:
            self.sent = base64.b64decode(resource[1].text)
        raise _Caught


def sent_by_pypsrp(script: str, protocol: str) -> tuple[RunspacePool, PowerShell, bytes]:
    connection = _Connection()
    pool = RunspacePool(connection)
    pool.protocol_version = protocol
    shell = PowerShell(pool)
    shell.add_script(script, use_local_scope=False)
    with pytest.raises(_Caught):
        shell.begin_invoke()
    return pool, shell, connection.sent


@pytest.mark.parametrize("protocol", ["2.1", "2.2", "2.3"])
@pytest.mark.parametrize("script", HOSTILE)
def test_a_pipeline_is_made_as_pypsrp_makes_it(script: str, protocol: str) -> None:
    pool, shell, expected = sent_by_pypsrp(script, protocol)
    (sent,) = fragments(create_pipeline(script, pool.id, shell.id, protocol), 1, 100_000)
    assert sent == expected


@settings(deadline=None)
@given(TEXT_IN_XML.filter(bool))
def test_every_script_is_sent_as_pypsrp_sends_it(script: str) -> None:
    pool, shell, expected = sent_by_pypsrp(script, "2.3")
    message = create_pipeline(script, pool.id, shell.id, "2.3")
    (sent,) = fragments(message, 1, len(message) + 21)
    assert sent == expected


def test_each_script_is_sent_as_it_is() -> None:
    zero = str(uuid.UUID(int=0))
    made = {create_pipeline(script, zero, zero, "2.3") for script in HOSTILE}
    assert len(made) == len(HOSTILE)


def test_a_pool_is_opened_as_pypsrp_opens_it() -> None:
    connection = _Connection()
    pool = RunspacePool(connection)
    with pytest.raises(_Caught):
        pool.open()
    sent = [
        fragments(message, number, 9999)[0] for number, message in enumerate(open_pool(pool.id), 1)
    ]
    assert b"".join(sent) == connection.sent


@settings(deadline=None)
@given(ANY_TEXT)
def test_a_text_survives_escaping(text: str) -> None:
    assert decode_text(encode_text(text)) == text


@settings(deadline=None)
@given(TEXT_IN_XML)
def test_the_output_of_a_host_is_read(text: str) -> None:
    element = ET.Element("S")
    element.text = encode_text(text)
    message = Message(MessageType.PIPELINE_OUTPUT, ET.tostring(element, encoding="utf-8"))
    assert read_output(message) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<S>a_x000A_b</S>", "a\nb"),
        (b"<S />", ""),
        (b"<Nil />", None),
        (b"<I32>42</I32>", "42"),
        (b'<Obj RefId="0"><S>text</S><MS><S N="PSPath">C:\\x</S></MS></Obj>', "text"),
        (b'<Obj RefId="0"><TN RefId="0"><T>X</T></TN><ToString>an X</ToString></Obj>', "an X"),
        (b'<Obj RefId="0"><MS><I32 N="a">1</I32></MS></Obj>', ""),
    ],
)
def test_an_object_is_read_as_text(body: bytes, text: str | None) -> None:
    assert read_output(Message(MessageType.PIPELINE_OUTPUT, body)) == text


def pipeline_state(error: ps.ErrorRecord | None) -> Message:
    """Return the message of a PSRP server library for a pipeline that has failed."""
    pool = psrpcore.ServerRunspacePool()
    client = psrpcore.ClientRunspacePool()
    client.open()
    pool.receive_data(client.data_to_send())  # type: ignore[arg-type]
    while pool.next_event():
        pass
    pool.data_to_send()
    pipeline = psrpcore.ServerPipeline(pool, uuid.uuid4())
    pipeline._change_state(ps.PSInvocationState.Running, emit=False)
    pipeline._change_state(ps.PSInvocationState.Failed, error=error)
    sent = pool.data_to_send()
    assert sent is not None
    (message,) = Defragmenter().feed(sent.data)
    return message


def test_a_failure_reports_the_error_and_its_position() -> None:
    record = ps.ErrorRecord(
        Exception=ps.NETException(Message="it\r\nbroke"),
        CategoryInfo=ps.ErrorCategoryInfo(),
        FullyQualifiedErrorId="Broken",
    )
    record.serialize_extended_info = True
    record.InvocationInfo = ps.InvocationInfo(
        PositionMessage="At line:3 char:5\n+     throw 'x'\n+     ~~~~~~~~~"
    )
    message = pipeline_state(record)
    assert read_number(message, "PipelineState") == 5
    assert read_error(message) == "it broke (At line:3 char:5: throw 'x')"


def test_a_failure_without_a_position_reports_its_message() -> None:
    record = ps.ErrorRecord(
        Exception=ps.NETException(Message="it broke"), CategoryInfo=ps.ErrorCategoryInfo()
    )
    assert read_error(pipeline_state(record)) == "it broke"


def test_a_failure_without_a_record_gives_no_reason() -> None:
    assert "gave no reason" in read_error(pipeline_state(None))


def test_a_message_without_a_property_is_rejected() -> None:
    message = Message(MessageType.PIPELINE_STATE, b'<Obj RefId="0"><MS /></Obj>')
    with pytest.raises(ProtocolError, match="PipelineState is missing"):
        read_number(message, "PipelineState")
    with pytest.raises(ProtocolError, match="not XML"):
        read_number(Message(MessageType.PIPELINE_STATE, b"<Obj"), "PipelineState")


def test_the_protocol_is_read() -> None:
    body = b'<Obj RefId="0"><MS><Version N="protocolversion">2.3</Version></MS></Obj>'
    assert read_protocol(Message(MessageType.SESSION_CAPABILITY, body)) == "2.3"


def output(number: int, text: str) -> bytes:
    header = b"\x01\x00\x00\x00" + MessageType.PIPELINE_OUTPUT.to_bytes(4, "little")
    message = header + bytes(32) + f"<S>{text}</S>".encode()
    return b"".join(fragments(message, number, 60))


def texts(defragmenter: Defragmenter, *pieces: bytes) -> list[str | None]:
    return [read_output(message) for piece in pieces for message in defragmenter.feed(piece)]


LONG = "x" * 100


def test_messages_are_put_together_from_their_fragments() -> None:
    data = output(7, "short") + output(8, LONG) + output(12, "last")
    assert texts(Defragmenter(), data) == ["short", LONG, "last"]


def test_a_message_may_arrive_in_several_answers() -> None:
    first, second = output(7, LONG)[:60], output(7, LONG)[60:]
    assert texts(Defragmenter(), first, second) == [LONG]


@pytest.mark.parametrize(
    "data",
    [
        output(7, "twice") * 2,
        output(7, LONG)[:60] * 2,
        output(7, LONG)[:60] + output(7, LONG)[120:],
        output(7, LONG)[60:],
        output(7, LONG)[:60] + output(8, LONG),
        output(7, "cut short")[:-1],
        output(7, "cut short")[:10],
        Fragment(7, 0, b"no message", start=True, end=True).pack(),
    ],
    ids=[
        "message twice",
        "fragment twice",
        "fragment missing",
        "start missing",
        "end missing",
        "cut in its text",
        "cut in its head",
        "too short",
    ],
)
def test_fragments_out_of_sequence_are_rejected(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        texts(Defragmenter(), data)


def test_messages_before_a_wrong_fragment_are_yielded() -> None:
    received = Defragmenter().feed(output(7, "good") * 2)
    assert read_output(next(received)) == "good"
    with pytest.raises(ProtocolError, match="out of sequence"):
        next(received)


def test_fragments_are_as_small_as_requested() -> None:
    message = create_pipeline("x" * 5000, str(uuid.UUID(int=1)), str(uuid.UUID(int=2)), "2.3")
    pieces = fragments(message, 3, 1000)
    assert max(map(len, pieces)) == 1000
    assert b"".join(Fragment.unpack(piece)[0].data for piece in pieces) == message
