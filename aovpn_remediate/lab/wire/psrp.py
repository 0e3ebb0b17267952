"""A PowerShell shell: a runspace pool over psrpcore, with the engine in place of PowerShell."""

from __future__ import annotations

import base64
import binascii
import logging
import struct
import uuid
import xml.etree.ElementTree as ET
from asyncio import Task
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import psrpcore
from psrpcore import types as ps

from aovpn_remediate.lab.backend import HostGone, ScriptFailure
from aovpn_remediate.lab.wire import recorded, refusals
from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.shells import Opening, Output, Shell

_log = logging.getLogger(__name__)


@dataclass
class _Pipeline:
    command_id: str
    wire: psrpcore.ServerPipeline
    task: Task[None] | None = None

    @property
    def running(self) -> bool:
        return bool(self.wire.state == ps.PSInvocationState.Running)


class PsrpShell(Shell):
    """A runspace pool with a single runspace."""

    input_streams = "stdin pr"
    output_streams = "stdout"
    signal_frees_command = True

    def __init__(self, opening: Opening, host: Host, creation_xml: str) -> None:
        """Open the pool with the base64 fragments of the Create request."""
        super().__init__(opening)
        self._host = host
        try:
            self._pool, (*greeting, self._opened_news) = recorded.opened(decoded(creation_xml))
        except ValueError as error:
            raise refusals.not_understood(f"the creation is invalid: {error}") from error
        self._pipelines: dict[str, _Pipeline] = {}
        self._session: dict[str, Any] = {}
        output = self.outputs[""] = Output()
        for fragment in greeting:
            output.put("stdout", fragment)

    def _feed(self, data: bytes) -> None:
        self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, None))
        try:
            while event := self._pool.next_event():
                if isinstance(event, psrpcore.CreatePipelineEvent):
                    pipeline = self._pipelines[str(event.pipeline_id).upper()]
                    pipeline.task = self.spawn(self._run(pipeline))
        except (psrpcore.PSRPCoreError, ET.ParseError, ValueError, struct.error) as error:
            raise refusals.not_understood(f"the PSRP data is invalid: {error}") from error
        self._flush()

    def _flush(self) -> None:
        while payload := self._pool.data_to_send(recorded.FRAGMENT_BYTES):
            command_id = str(payload.pipeline_id).upper() if payload.pipeline_id else ""
            if output := self.outputs.get(command_id):
                for fragment in recorded.fragments(payload.data):
                    output.put("stdout", fragment)

    def fetched(self, command_id: str) -> None:
        """Announce the open pool after the first Receive, for the second one to fetch."""
        if not command_id and self._opened_news:
            self.spawn(self._tell_opened(self._opened_news))
            self._opened_news = b""

    async def _tell_opened(self, fragment: bytes) -> None:
        await self._host.settings.delay(self._host.settings.open_seconds)
        self.outputs[""].put("stdout", fragment)

    def start(self, command_id: str, command: str, arguments: list[str]) -> None:
        """Start a pipeline; the arguments are its first fragments in base64."""
        del command  # Empty in PSRP.
        try:
            wire = psrpcore.ServerPipeline(self._pool, uuid.UUID(command_id))
        except ValueError as error:
            raise refusals.not_understood(f"{command_id} is no id of a command") from error
        self.outputs[command_id] = Output()
        self._pipelines[command_id] = _Pipeline(command_id, wire)
        self._feed(decoded("".join(arguments)))

    def send(self, command_id: str, data: bytes, *, stream: str, end: bool) -> None:
        """Take more fragments: the rest of a long script."""
        del command_id, stream, end  # Each fragment says itself where it belongs.
        self._feed(data)

    def signal(self, command_id: str, code: str) -> None:
        """Stop a running pipeline (ctrl_c), or release one (terminate)."""
        pipeline = self._pipelines.get(command_id)
        if pipeline is None:
            raise refusals.no_command()
        if pipeline.running and pipeline.task is not None:
            pipeline.task.cancel()
            pipeline.wire.stop()
            self._flush()
            self.outputs[command_id].finish()
        if code.lower().endswith("/terminate"):
            pipeline.wire.close()
            del self._pipelines[command_id]
            del self.outputs[command_id]

    async def _run(self, pipeline: _Pipeline) -> None:
        wire = pipeline.wire
        # Windows does not announce that a pipeline has started to run.
        wire._change_state(ps.PSInvocationState.Running, emit=False)  # noqa: SLF001
        try:
            script, session = self._script(wire.metadata)
            async with aclosing(self._host.run(script, session)) as texts:
                async for text in texts:
                    wire.write_output(text)
                    self._flush()
            wire.complete()
        except HostGone:
            self._host.go_down()
            return
        except ScriptFailure as failure:
            _fail(wire, failure.message, failure.error_id)
        except Exception as error:  # noqa: BLE001 - a bug must not hang the client
            _log.exception("the simulated host %s failed", self._host.address)
            _fail(wire, f"the simulated host failed: {error!r}", "LabEngineFailure")
        self._flush()
        self.outputs[pipeline.command_id].finish()

    def _script(self, metadata: Any) -> tuple[str, dict[str, Any]]:
        """Return the single script of a pipeline and the session it runs in."""
        command = metadata.commands[0]
        lone = len(metadata.commands) == 1 and command.is_script and not command.parameters
        if not (lone and metadata.no_input):
            raise ScriptFailure(
                "this host is simulated: it understands one script, without parameters or input",
                "SimulatedHost",
            )
        # A script with a local scope leaves no functions behind.
        session = dict(self._session) if command.use_local_scope else self._session
        return command.command_text, session


def decoded(text: str) -> bytes:
    """Fragments from base64; raises `Refusal` for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise refusals.not_understood(f"the PSRP data is no base64: {error}") from error


def _fail(wire: psrpcore.ServerPipeline, message: str, error_id: str) -> None:
    """End a pipeline with a terminating error, for which psrpcore has no function."""
    exception = ps.NETException(Message=message, HResult=-2146233087)
    exception.PSObject.type_names = [
        "System.Management.Automation.RuntimeException",
        "System.SystemException",
        *exception.PSTypeNames,
    ]
    record = ps.ErrorRecord(
        Exception=exception,
        CategoryInfo=ps.ErrorCategoryInfo(
            Category=ps.ErrorCategory.OperationStopped, Reason="RuntimeException"
        ),
        FullyQualifiedErrorId=error_id,
        ScriptStackTrace="at <ScriptBlock>, <No file>: line 1",
    )
    wire._change_state(ps.PSInvocationState.Failed, error=record)  # noqa: SLF001
