"""PSRP messages that are always the same, built once because building them is expensive."""

from __future__ import annotations

import functools
import struct
import uuid
from collections.abc import Iterator
from typing import Any

import psrpcore
from psrpcore import types as ps
from psrpcore._payload import PSRPMessage

FRAGMENT_BYTES = 32_768
"""Size of the longest fragment that the WSMan plugin of PowerShell sends."""

_HEAD = 21
"""Size of a fragment's header: object id, fragment id, flags, length."""
_POOL_ID = slice(_HEAD + 8, _HEAD + 24)
"""Position of the runspace pool id in a message, after destination and type."""

_VERSIONS = ps.PSPrimitiveDictionary(
    {
        "PSVersion": ps.PSVersion("5.1.20348.2700"),
        "PSEdition": "Desktop",
        "CLRVersion": ps.PSVersion("4.0.30319.42000"),
        "BuildVersion": ps.PSVersion("10.0.20348.2700"),
        "WSManStackVersion": ps.PSVersion("3.0"),
        "PSRemotingProtocolVersion": ps.PSVersion("2.3"),
        "SerializationVersion": ps.PSVersion("1.1.0.1"),
    }
)


def opened(creation: bytes) -> tuple[psrpcore.ServerRunspacePool, list[bytes]]:
    """Open the pool for the fragments of a Create; return it with the answering fragments.

    Raises `ValueError` if the fragments do not begin with the client's capability.
    """
    if len(creation) < _POOL_ID.stop or _kind(creation) != ps.PSRPMessageType.SessionCapability:
        raise ValueError("it does not begin with a SESSION_CAPABILITY")
    name = creation[_POOL_ID]
    answer = [part[: _POOL_ID.start] + name + part[_POOL_ID.stop :] for part in opening()]
    return _open_pool(uuid.UUID(bytes_le=name)), answer


@functools.cache
def opening() -> tuple[bytes, ...]:
    """Return the three opening fragments of any pool: capability, private data, opened state."""
    client = psrpcore.ClientRunspacePool()
    client.open()
    pool = psrpcore.ServerRunspacePool(application_private_data={"PSVersionTable": _VERSIONS})
    pool.receive_data(_payload(client))
    while pool.next_event():
        pass
    return tuple(fragments(_payload(pool).data))


def written(text: str) -> list[bytes]:
    """Return the fragments of a pipeline, in any pool, that writes one text and ends."""
    pool = _open_pool(uuid.uuid4())
    pipeline = psrpcore.ServerPipeline(pool, uuid.uuid4())
    pipeline._change_state(ps.PSInvocationState.Running, emit=False)  # noqa: SLF001
    pipeline.write_output(text)
    pipeline.complete()
    found: list[bytes] = []
    while payload := pool.data_to_send(FRAGMENT_BYTES):
        found.extend(fragments(payload.data))
    return found


class _Pool(psrpcore.ServerRunspacePool):
    """A pool that reuses parsed pipelines of other pools, as a fleet gets the same few scripts."""

    def _process_message(self, message: PSRPMessage) -> psrpcore.PSRPEvent[Any, Any]:
        kind, known = message.message_type, self.pipeline_table
        if kind != ps.PSRPMessageType.CreatePipeline or message.pipeline_id not in known:
            return super()._process_message(message)
        parsed, known[message.pipeline_id].metadata = _pipeline(bytes(message.data))
        ids = (message.runspace_pool_id, message.pipeline_id)
        return psrpcore.CreatePipelineEvent(kind, parsed, *ids)


@functools.lru_cache(maxsize=64)
def _pipeline(data: bytes) -> tuple[Any, Any]:
    """Parse the data of a CREATE_PIPELINE; return its object and the described pipeline."""
    pool = psrpcore.ServerRunspacePool()
    pool.state = ps.RunspacePoolState.Opened
    pipeline = psrpcore.ServerPipeline(pool, uuid.uuid4())
    ids = (pool.runspace_pool_id, pipeline.pipeline_id)
    message = PSRPMessage(ps.PSRPMessageType.CreatePipeline, bytearray(data), *ids, 1)
    event = pool._process_message(message)  # noqa: SLF001
    return event._ps_object, pipeline.metadata  # noqa: SLF001


def _open_pool(pool_id: uuid.UUID) -> psrpcore.ServerRunspacePool:
    pool = _Pool()
    pool.runspace_pool_id = pool_id
    pool.state = ps.RunspacePoolState.Opened
    # Object ids continue after those of the opening fragments.
    pool._fragment_count += len(opening())  # noqa: SLF001
    return pool


def _payload(
    pool: psrpcore.ClientRunspacePool | psrpcore.ServerRunspacePool,
) -> psrpcore.PSRPPayload:
    payload = pool.data_to_send()
    if payload is None:
        raise RuntimeError("psrpcore has no data to send for the opening of a pool")
    return payload


def _kind(fragment: bytes) -> int:
    """Return the type of the message that begins in a fragment."""
    return int(struct.unpack_from("<I", fragment, _HEAD + 4)[0])


def fragments(payload: bytes) -> Iterator[bytes]:
    """Split a payload into its fragments."""
    at = 0
    while at < len(payload):
        end = at + _HEAD + int(struct.unpack_from(">I", payload, at + 17)[0])
        yield payload[at:end]
        at = end
