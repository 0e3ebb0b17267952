"""State of a host on the wire: its shells, connections and counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol

from aovpn_remediate.lab.backend import Engine
from aovpn_remediate.lab.settings import Settings
from aovpn_remediate.lab.stats import Counts
from aovpn_remediate.lab.wire.shells import Opening, Shell


class Resettable(Protocol):
    """A connection as its host sees it."""

    def reset(self) -> None:
        """Abort the connection with RST."""


class ShellFactory(Protocol):
    """What opens the shells of hosts: simulated ones, or those of a real PowerShell."""

    def powershell(self, opening: Opening, host: Host, creation_xml: str) -> Shell:
        """A runspace pool; `creation_xml` is what the Create brought. Raises `Refusal`."""
        ...

    def command(self, opening: Opening, host: Host) -> Shell:
        """A command shell. Raises `Refusal`."""
        ...


class Host:
    """One address in 127.0.0.0/8 with its open shells and connections."""

    def __init__(
        self, address: str, engine: Engine, settings: Settings, factory: ShellFactory
    ) -> None:
        self.address = address
        self.factory = factory
        self.settings = settings
        self.shells: dict[str, Shell] = {}
        self.connections: set[Resettable] = set()
        self.counts = Counts()
        self.abandoned: list[str] = []
        """Ids of commands whose shell was deleted before a client received any output."""
        self._engine = engine

    def up(self) -> bool:
        """Return True if the host answers."""
        return self._engine.up(self.address)

    async def run(self, script: str, session: dict[str, Any]) -> AsyncGenerator[str, None]:
        """Run a script and yield its texts as they come. Raises the exceptions of the engine."""
        await self.settings.delay(self.settings.run_seconds)
        outputs = self._engine.run(self.address, script, session)
        try:
            for output in outputs:
                if output.pause > 0:
                    await asyncio.sleep(output.pause)
                yield output.text
        finally:
            # A stopped pipeline must end in the engine now, not at some garbage collection.
            if close := getattr(outputs, "close", None):
                close()

    def delete(self, shell: Shell) -> None:
        """Close a shell at the request of a client."""
        self.shells.pop(shell.id, None)
        self.abandoned.extend(shell.unclaimed)
        shell.close()

    def excuse(self, shell_id: str) -> None:
        """Forget unreceived commands: the client never learned their ids because of a fault."""
        if shell := self.shells.get(shell_id.upper()):
            shell.unclaimed.clear()

    def go_down(self) -> None:
        """Reset all connections and discard all shells, without notice to clients."""
        for connection in tuple(self.connections):
            connection.reset()
        shells = tuple(self.shells.values())
        self.shells.clear()
        for shell in shells:
            shell.close()

    def leaks(self) -> list[str]:
        """Return a line for each shell left open and each command that was never received."""
        found = [
            f"{self.address}: {type(shell).__name__} {shell.id} of {shell.user} is still open"
            for shell in self.shells.values()
        ]
        unclaimed = [*self.abandoned, *(c for s in self.shells.values() for c in s.unclaimed)]
        found += [f"{self.address}: command {command} was never received" for command in unclaimed]
        return found


@dataclass(frozen=True)
class Caller:
    """The client behind a request; `gone` is done when its connection is lost."""

    host: Host
    user: str
    peer: str
    gone: asyncio.Future[None]
