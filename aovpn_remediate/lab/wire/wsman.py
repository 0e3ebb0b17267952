"""The WS-Management service: the actions on the shells of a host."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from xml.sax.saxutils import escape

from aovpn_remediate.lab.wire import refusals, soap
from aovpn_remediate.lab.wire.enumeration import enumerate_open
from aovpn_remediate.lab.wire.hosts import Caller, Host
from aovpn_remediate.lab.wire.shells import Opening, Output, Shell
from aovpn_remediate.lab.wire.soap import POWERSHELL, SHELL, Request

_DONE, _RUNNING = f"{SHELL}/CommandState/Done", f"{SHELL}/CommandState/Running"
_IDLE_SECONDS = 7200.0


async def carry_out(caller: Caller, request: Request) -> str:
    """Carry out a request and return the body of its answer. Raises `Refusal` or `Gone`."""
    action = _ACTIONS.get(request.name)
    if action is None:
        raise refusals.no_action(request.action)
    return await action(caller, request)


async def _create(caller: Caller, request: Request) -> str:
    element = request.body.find(f"{{{SHELL}}}Shell")
    if element is None:
        raise refusals.not_understood("a Create needs a shell")
    host, limit = caller.host, caller.host.settings.max_shells
    if sum(shell.user == caller.user for shell in host.shells.values()) >= limit:
        raise refusals.shell_quota(limit)
    try:
        idle = soap.seconds(
            element.findtext(f"{{{SHELL}}}IdleTimeOut") or "", default=_IDLE_SECONDS
        )
    except ValueError as error:
        raise refusals.not_understood(str(error)) from error
    shell_id = (element.get("ShellId") or soap.new_id()).upper()
    if shell_id in host.shells:
        raise refusals.not_understood(f"the shell {shell_id} is there already")
    opening = Opening(shell_id, request.resource_uri, caller.user, caller.peer, idle)
    shell = _open(host, opening, element.findtext(f"{{{POWERSHELL}}}creationXml") or "")
    host.shells[shell.id] = shell
    uri = escape(request.resource_uri)
    return (
        f"<x:ResourceCreated><a:Address>{escape(request.to)}</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{uri}</w:ResourceURI><w:SelectorSet>"
        f'<w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet>'
        f"</a:ReferenceParameters></x:ResourceCreated>{shell.describe()}"
    )


def _open(host: Host, opening: Opening, creation_xml: str) -> Shell:
    space, _, name = opening.uri.rpartition("/")
    if opening.uri == f"{SHELL}/cmd":
        return host.factory.command(opening, host)
    known = {endpoint.lower() for endpoint in host.settings.endpoints}
    if space == POWERSHELL and name.lower() in known:
        return host.factory.powershell(opening, host, creation_xml)
    raise refusals.no_endpoint(opening.uri)


async def _command(caller: Caller, request: Request) -> str:
    shell = _shell(caller, request)
    element = request.body.find(f"{{{SHELL}}}CommandLine")
    if element is None:
        raise refusals.not_understood("a Command needs a command line")
    if len(shell.counted) >= caller.host.settings.max_commands:
        raise refusals.command_quota()
    command_id = (element.get("CommandId") or soap.new_id()).upper()
    if command_id in shell.outputs:
        raise refusals.not_understood(f"the command {command_id} is there already")
    arguments = [item.text or "" for item in element.findall(f"{{{SHELL}}}Arguments")]
    shell.start(command_id, element.findtext(f"{{{SHELL}}}Command") or "", arguments)
    shell.counted.add(command_id)
    shell.unclaimed.add(command_id)
    return f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"


async def _receive(caller: Caller, request: Request) -> str:
    shell = _shell(caller, request)
    element = request.body.find(f"{{{SHELL}}}Receive/{{{SHELL}}}DesiredStream")
    command_id = ((element.get("CommandId") if element is not None else "") or "").upper()
    output = shell.output(command_id)
    shell.unclaimed.discard(command_id)
    if output.answered[0] == request.message_id:
        return output.answered[1]
    await output.wait(min(request.timeout, caller.host.settings.max_timeout), caller.gone)
    body = _received(shell, command_id, output, request.max_envelope)
    output.answered = (request.message_id, body)
    shell.fetched(command_id)
    return body


def _received(shell: Shell, command_id: str, output: Output, max_envelope: int) -> str:
    attribute = f' CommandId="{command_id}"' if command_id else ""
    # Base64 turns three bytes into four; 4096 bytes are for the envelope.
    pieces = output.take((max_envelope - 4096) * 3 // 4)
    parts = [
        f'<rsp:Stream Name="{name}"{attribute}>{base64.b64encode(data).decode()}</rsp:Stream>'
        for name, data in pieces
    ]
    if command_id and output.done and output.empty:
        if shell.ends_streams:
            parts += [
                f'<rsp:Stream Name="{name}"{attribute} End="true"></rsp:Stream>'
                for name in shell.output_streams.split()
            ]
        parts.append(
            f'<rsp:CommandState{attribute} State="{_DONE}">'
            f"<rsp:ExitCode>{output.exit_code}</rsp:ExitCode></rsp:CommandState>"
        )
    elif command_id:
        parts.append(f'<rsp:CommandState{attribute} State="{_RUNNING}"></rsp:CommandState>')
    return f"<rsp:ReceiveResponse>{''.join(parts)}</rsp:ReceiveResponse>"


async def _send(caller: Caller, request: Request) -> str:
    shell = _shell(caller, request)
    for element in request.body.iter(f"{{{SHELL}}}Stream"):
        command_id = (element.get("CommandId") or "").upper()
        try:
            data = base64.b64decode(element.text or "", validate=True)
        except binascii.Error as error:
            raise refusals.not_understood(f"the stream is no base64: {error}") from error
        end = (element.get("End") or "").lower() == "true"
        shell.send(command_id, data, stream=element.get("Name") or "stdin", end=end)
    return "<rsp:SendResponse/>"


async def _signal(caller: Caller, request: Request) -> str:
    shell = _shell(caller, request)
    element = request.body.find(f"{{{SHELL}}}Signal")
    if element is None:
        raise refusals.not_understood("a Signal needs a code")
    command_id = (element.get("CommandId") or "").upper()
    shell.signal(command_id, element.findtext(f"{{{SHELL}}}Code") or "")
    shell.unclaimed.discard(command_id)
    if shell.signal_frees_command:
        shell.counted.discard(command_id)
    return "<rsp:SignalResponse/>"


async def _delete(caller: Caller, request: Request) -> str:
    caller.host.delete(_shell(caller, request))
    return ""


def _shell(caller: Caller, request: Request) -> Shell:
    shell_id = request.selectors.get("ShellId", "")
    shell = caller.host.shells.get(shell_id.upper())
    if shell is None:
        raise refusals.no_shell(shell_id)
    return shell


_ACTIONS: dict[str, Callable[[Caller, Request], Awaitable[str]]] = {
    "Create": _create,
    "Command": _command,
    "Receive": _receive,
    "Send": _send,
    "Signal": _signal,
    "Delete": _delete,
    "Enumerate": enumerate_open,
}
