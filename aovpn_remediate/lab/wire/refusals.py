"""The WSManFaults that Windows answers with, with their real codes and texts."""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape

FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

ACCESS_DENIED = 5
LINE_TOO_LONG = 206
ABORTED = 995
NO_ENDPOINT = 2150858752
NOT_UNDERSTOOD = 2150858753
NO_ACTION = 2150858778
TIMED_OUT = 2150858793
NOT_FOUND = 2150858843
SHELL_QUOTA = 2150859173
COMMAND_QUOTA = 2150859174


class Refusal(Exception):  # noqa: N818 - a normal answer of a host, not an error of the lab
    """A WSManFault: the answer to a request that Windows does not carry out."""

    def __init__(
        self, code: int, subcode: str, reason: str, *, detail: str = "", sender: bool = True
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.subcode = subcode
        self.reason = reason
        self.detail = detail
        self.sender = sender

    def body(self, machine: str) -> str:
        """Return the s:Fault element of the answer."""
        reason = escape(self.reason)
        detail = f"<w:FaultDetail>{_DETAIL}{self.detail}</w:FaultDetail>" if self.detail else ""
        return (
            f"<s:Fault><s:Code><s:Value>s:{'Sender' if self.sender else 'Receiver'}</s:Value>"
            f"<s:Subcode><s:Value>{self.subcode}</s:Value></s:Subcode></s:Code><s:Reason>"
            f'<s:Text xml:lang="en-US">{reason}</s:Text></s:Reason><s:Detail>{detail}'
            f'<f:WSManFault xmlns:f="{FAULT}" Code="{self.code}" Machine="{machine}">'
            f"<f:Message>{reason}</f:Message></f:WSManFault></s:Detail></s:Fault>"
        )


def access_denied() -> Refusal:
    """Refuse a user who is known but not permitted."""
    return Refusal(ACCESS_DENIED, "w:AccessDenied", "Access is denied. ")


def line_too_long() -> Refusal:
    """Refuse a command line of more than 8,191 characters."""
    reason = "The filename or extension is too long. "
    return Refusal(LINE_TOO_LONG, "w:InternalError", reason, sender=False)


def aborted() -> Refusal:
    """End a waiting Receive whose shell was deleted, or that another Receive replaced."""
    reason = (
        "The I/O operation has been aborted because of either a thread exit or an application "
        "request. "
    )
    return Refusal(ABORTED, "w:InternalError", reason, sender=False)


def process_ended(why: str) -> Refusal:
    """The host process of a shell ended before its work did, or was killed."""
    reason = f"The I/O operation has been aborted: the PowerShell process is gone: {why}. "
    return Refusal(ABORTED, "w:InternalError", reason, sender=False)


def no_endpoint(uri: str) -> Refusal:
    """Refuse an unknown session configuration or shell type."""
    reason = (
        "The WS-Management service cannot process the request. The resource URI "
        f"({uri}) was not found in the WS-Management catalog. "
    )
    return Refusal(NO_ENDPOINT, "w:InvalidResourceURI", reason, detail="InvalidResourceURI")


def not_understood(what: str) -> Refusal:
    """Refuse a request that is malformed."""
    reason = f"The WS-Management service cannot process the request because {what}. "
    return Refusal(NOT_UNDERSTOOD, "s:Sender", reason)


def no_action(action: str) -> Refusal:
    """Refuse an action that the lab does not support."""
    return Refusal(NO_ACTION, "a:ActionNotSupported", f"The action {action} is not supported. ")


def timed_out() -> Refusal:
    """Report no output within the OperationTimeout; the client asks again."""
    reason = (
        "The WS-Management service cannot complete the operation within the time specified in "
        "OperationTimeout.  "
    )
    return Refusal(TIMED_OUT, "w:TimedOut", reason, sender=False)


def no_shell(shell_id: str = "") -> Refusal:
    """Refuse an unknown shell: deleted, timed out, or never opened."""
    reason = (
        f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the "
        "shell was not found on the server. Possible causes are: the specified ShellId is "
        "incorrect or the shell no longer exists on the server. Provide the correct ShellId or "
        "create a new shell and retry the operation. "
    )
    return Refusal(NOT_FOUND, "w:InvalidSelectors", reason, detail="UnexpectedSelectors")


def no_command() -> Refusal:
    """Refuse an unknown command: ended and signalled, or never started."""
    reason = (
        "The Windows Remote Shell received a request to perform an operation on a command "
        "identifier that does not exist. Either the command has completed execution or the "
        "client specified an invalid command identifier. "
    )
    return Refusal(NOT_FOUND, "w:InvalidSelectors", reason, detail="UnexpectedSelectors")


def shell_quota(limit: int = 30) -> Refusal:
    """Refuse a shell beyond MaxShellsPerUser."""
    reason = (
        "The WS-Management service cannot process the request. This user is allowed a maximum "
        f"number of {limit} concurrent shells, which has been exceeded. Close existing shells or "
        "raise the quota for this user. "
    )
    return Refusal(SHELL_QUOTA, "w:QuotaLimit", reason, sender=False)


def command_quota() -> Refusal:
    """Refuse a command beyond the quota of commands in a shell."""
    reason = (
        "The WS-Management service cannot process the request. The maximum number of concurrent "
        "commands per shell has been exceeded. Retry the request later or raise the Maximum "
        "Commands per Shell quota. "
    )
    return Refusal(COMMAND_QUOTA, "w:InternalError", reason, sender=False)


PLANNED: dict[int, Callable[[], Refusal]] = {
    ACCESS_DENIED: access_denied,
    TIMED_OUT: timed_out,
    NOT_FOUND: no_shell,
    SHELL_QUOTA: shell_quota,
    COMMAND_QUOTA: command_quota,
}
"""The codes that a planned fault can answer with."""
