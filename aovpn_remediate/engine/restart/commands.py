"""Commands to a host to restart or start services or to reboot, and the host's reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aovpn_remediate.engine.reading.records import RestartRecord, parse
from aovpn_remediate.errors import LogonFailed, NotAllowed, ScriptError, SecretError, TransportError
from aovpn_remediate.transports.base import Session


@dataclass
class CommandReply:
    """The reply of a host, by the names of services and `reboot`."""

    recorded: set[str] = field(default_factory=set)
    """The names of which a record came."""
    idle: set[str] = field(default_factory=set)
    """The services that were stopped or not there, and stayed as they were."""
    down: list[str] = field(default_factory=list)
    """The services that ran before, and do not run any more."""
    failures: dict[str, str] = field(default_factory=dict)
    """The names that failed, with the reason."""
    refused: str = ""
    """The reason why nothing was done at all."""
    script_error: str = ""
    """The error with which PowerShell ended the script early."""

    def reason(self, what: str) -> str:
        """Return why one of them failed; empty where nothing is known."""
        return self.failures.get(what) or self.refused or self.script_error


def send_command(
    script: str, *, host: str, connect: Callable[[], Session], seconds: float
) -> CommandReply:
    """Run a script of `rendering.batch`. A lost connection proves nothing: a reading follows."""
    reply = CommandReply()
    try:
        with connect() as session:
            for line in parse(session.run(script, seconds=seconds), host=host):
                if isinstance(line, RestartRecord):
                    reply.recorded.add(line.what)
                    reply.down += line.down
                    if line.ok and line.was in (None, "stopped"):
                        reply.idle.add(line.what)
                    if not line.ok:
                        reply.failures[line.what] = str(line.error or "no reason was given")
    except (LogonFailed, NotAllowed, SecretError) as error:
        reply.refused = str(error)
    except ScriptError as error:
        reply.script_error = str(error)
    except TransportError:
        pass
    return reply
