"""Telling a host to restart or to start services, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aovpn_remediate.engine.reading.records import RestartRecord, parse
from aovpn_remediate.errors import LogonFailed, NotAllowed, ScriptError, SecretError, TransportError
from aovpn_remediate.transports.base import Session


@dataclass
class CommandReply:
    """What a host said of services, or of `reboot`."""

    told: set[str] = field(default_factory=set)
    """Those of which a record came."""
    idle: set[str] = field(default_factory=set)
    """Those that did not run, and were left alone."""
    failures: dict[str, str] = field(default_factory=dict)
    """What went wrong with each."""
    refused: str = ""
    """Why nothing of it was done."""
    ended: str = ""
    """What PowerShell said when it ended the script before its end."""

    def why(self, what: str) -> str:
        """What went wrong with one; empty where nothing is known of it."""
        return self.failures.get(what) or self.refused or self.ended


def send_command(
    script: str, *, host: str, connect: Callable[[], Session], seconds: float
) -> CommandReply:
    """Run a script of `rendering.batch`. A lost connection says nothing: it is asked later."""
    said = CommandReply()
    try:
        with connect() as session:
            for line in parse(session.run(script, seconds=seconds), host=host):
                if isinstance(line, RestartRecord):
                    said.told.add(line.what)
                    if line.ok and line.was != "running":
                        said.idle.add(line.what)
                    if not line.ok:
                        said.failures[line.what] = str(line.error or "no reason was given")
    except (LogonFailed, NotAllowed, SecretError) as error:
        said.refused = str(error)
    except ScriptError as error:
        said.ended = str(error)
    except TransportError:
        pass
    return said
