"""What the shells of a real PowerShell have in common: processes with threads of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from aovpn_remediate.lab.powershell.pool import ProcessPool
from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.shells import Opening, Shell

_log = logging.getLogger(__name__)


class Killable(Protocol):
    """A process of a shell."""

    @property
    def alive(self) -> bool:
        """True while it runs."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class StartedShell(Shell):
    """A shell whose work processes of this machine do."""

    def __init__(self, opening: Opening, host: Host, pool: ProcessPool) -> None:
        super().__init__(opening)
        self._host = host
        self._pool = pool
        self._loop = asyncio.get_running_loop()

    def on_loop(self, act: Callable[..., object]) -> Callable[..., None]:
        """A function for threads, which has `act` called by the loop of the lab."""

        def later(*arguments: object) -> None:
            with suppress(RuntimeError):  # the loop of the lab has ended meanwhile
                self._loop.call_soon_threadsafe(act, *arguments)

        return later

    def end_at_deadline(self, process: Killable, tell: Callable[[str], object]) -> None:
        """Have a process killed that still runs at the deadline of the pool, and its end told."""
        self.spawn(self._end_at_deadline(process, tell))

    async def _end_at_deadline(self, process: Killable, tell: Callable[[str], object]) -> None:
        await asyncio.sleep(self._pool.seconds)
        if process.alive:
            why = f"it still ran after {self._pool.seconds:g} s and was killed"
            self.warn(why)
            tell(why)
            process.kill()

    def warn(self, why: str) -> None:
        """Log what has become of a process."""
        _log.warning("the PowerShell of %s: %s", self._host.address, why)
