"""The answer to one SOAP message, with any planned fault applied."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aovpn_remediate.lab.faults import Fault, corrupt
from aovpn_remediate.lab.wire import refusals, soap, wsman
from aovpn_remediate.lab.wire.hosts import Caller
from aovpn_remediate.lab.wire.http import Delivery, HttpAnswer
from aovpn_remediate.lab.wire.shells import Gone
from aovpn_remediate.lab.wire.site import Site

SOAP_TYPE = ("Content-Type", soap.CONTENT_TYPE)
UNKNOWN = "?"
"""The logged action of a message that is not a request."""

_BROKEN = {"reset": Delivery.RESET, "close": Delivery.CLOSE, "hang": Delivery.HANG}
_LOST = HttpAnswer(503, delivery=Delivery.RESET)
_NOT_SOAP = HttpAnswer(200, b"<html><p>not SOAP</html>", (("Content-Type", "text/html"),))


@dataclass(frozen=True)
class _Reply:
    status: int
    action: str
    relates_to: str
    body: str

    def packed(self) -> HttpAnswer:
        envelope = soap.envelope(self.action, self.relates_to, self.body)
        return HttpAnswer(self.status, envelope, (SOAP_TYPE,))


async def serve(site: Site, caller: Caller, message: bytes) -> tuple[str, HttpAnswer]:
    """Answer a message; return its action and the answer."""
    host, settings = caller.host, site.settings
    if len(message) > settings.max_envelope:
        return UNKNOWN, HttpAnswer(413)
    try:
        request = soap.Request.parse(message)
    except soap.NotSoap as error:
        return UNKNOWN, _refused(caller, refusals.not_understood(str(error)), "").packed()
    host.counts.actions[request.name] += 1
    await settings.delay(settings.latency)
    fault = site.faults.strike(host.address, request.name)
    if fault is not None:
        host.counts.faults[fault.kind] += 1
        if instead := _answer_instead(fault, caller, request):
            return request.name, instead
    try:
        reply = await _reply(caller, request)
    except Gone:
        return request.name, _LOST
    if fault is None:
        return request.name, reply.packed()
    if request.name == "Command":
        # The client may not learn that the command runs, so it need not receive output.
        host.excuse(request.selectors.get("ShellId", ""))
    return request.name, _faulty(fault, reply)


async def _reply(caller: Caller, request: soap.Request) -> _Reply:
    try:
        body = await wsman.carry_out(caller, request)
    except refusals.Refusal as refusal:
        return _refused(caller, refusal, request.message_id)
    return _Reply(200, f"{request.action}Response", request.message_id, body)


def _refused(caller: Caller, refusal: refusals.Refusal, message_id: str) -> _Reply:
    caller.host.counts.refusals[refusal.code] += 1
    return _Reply(500, soap.FAULT_ACTION, message_id, refusal.body(caller.host.address))


def _answer_instead(fault: Fault, caller: Caller, request: soap.Request) -> HttpAnswer | None:
    """Return the answer of a fault that prevents the request, or None for other faults."""
    if fault.kind in _BROKEN:
        return HttpAnswer(503, delivery=_BROKEN[fault.kind])
    match fault.kind:
        case "503":
            return HttpAnswer(503)
        case "garbage":
            return _NOT_SOAP
        case "fault":
            refusal = refusals.PLANNED[fault.code]()
            return _refused(caller, refusal, request.message_id).packed()
    return None


def _faulty(fault: Fault, reply: _Reply) -> HttpAnswer:
    """Return the answer to a request that was carried out, altered by the fault."""
    match fault.kind:
        case "reset_after":
            return _LOST
        case "wrong_relates_to":
            return replace(reply, relates_to=f"uuid:{soap.new_id()}").packed()
        case "slow":
            return replace(reply.packed(), delivery=Delivery.DRIP, drip_seconds=fault.seconds)
        case _:
            return replace(reply, body=corrupt(reply.body, fault.kind)).packed()
