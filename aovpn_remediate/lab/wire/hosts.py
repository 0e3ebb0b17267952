"""What the wire keeps of one host: its shells, its connections, its counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol

from aovpn_remediate.lab.backend import Engine
from aovpn_remediate.lab.settings import Settings
from aovpn_remediate.lab.stats import Counts
from aovpn_remediate.lab.wire.shells import Shell


class Resettable(Protocol):
    """A connection, seen from its host."""

    def reset(self) -> None:
        """Break it off."""


class Host:
    """One address in 127.0.0.0/8 and what is open there."""

    def __init__(self, address: str, engine: Engine, settings: Settings) -> None:
        self.address = address
        self.settings = settings
        self.shells: dict[str, Shell] = {}
        self.connections: set[Resettable] = set()
        self.counts = Counts()
        self.abandoned: list[str] = []
        """Commands of shells deleted meanwhile that nobody ever asked about."""
        self._engine = engine

    def up(self) -> bool:
        """Whether the host answers at all."""
        return self._engine.up(self.address)

    async def run(self, script: str, session: dict[str, Any]) -> AsyncGenerator[str, None]:
        """The texts that a script writes, as they come. Raises what the engine raises."""
        await self.settings.delay(self.settings.run_seconds)
        outputs = self._engine.run(self.address, script, session)
        try:
            for output in outputs:
                if output.pause > 0:
                    await asyncio.sleep(output.pause)
                yield output.text
        finally:
            # A pipeline that is stopped ends in the engine too, now and not some day.
            if close := getattr(outputs, "close", None):
                close()

    def delete(self, shell: Shell) -> None:
        """Close a shell on request."""
        self.shells.pop(shell.id, None)
        self.abandoned.extend(shell.unclaimed)
        shell.close()

    def excuse(self, shell_id: str) -> None:
        """The client was not told of its last command, so it need not ask for the output."""
        if shell := self.shells.get(shell_id.upper()):
            shell.unclaimed.clear()

    def go_down(self) -> None:
        """Everything that is open is gone, and nobody is told."""
        for connection in tuple(self.connections):
            connection.reset()
        shells = tuple(self.shells.values())
        self.shells.clear()
        for shell in shells:
            shell.close()

    def leaks(self) -> list[str]:
        """What should not be: shells left open, commands that nobody asked about."""
        found = [
            f"{self.address}: {type(shell).__name__} {shell.id} of {shell.user} is still open"
            for shell in self.shells.values()
        ]
        unclaimed = [*self.abandoned, *(c for s in self.shells.values() for c in s.unclaimed)]
        found += [f"{self.address}: command {command} was never received" for command in unclaimed]
        return found


@dataclass(frozen=True)
class Caller:
    """Who asks: `gone` is done when the connection is lost."""

    host: Host
    user: str
    peer: str
    gone: asyncio.Future[None]
