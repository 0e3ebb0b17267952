"""Hosts of the lab that are a real PowerShell: this machine, under every address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aovpn_remediate.lab.backend import Engine, Output, ScriptFailure
from aovpn_remediate.lab.powershell.command import ProcessShell
from aovpn_remediate.lab.powershell.pool import ProcessPool
from aovpn_remediate.lab.powershell.session import SessionShell
from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.shells import Opening, Shell


class RealPowerShell(Engine):
    """Gives hosts the shells of a real PowerShell, and answers for them: all are this machine."""

    def __init__(self, pool: ProcessPool) -> None:
        self._pool = pool

    def powershell(self, opening: Opening, host: Host, creation_xml: str) -> Shell:
        """A runspace pool in a process of its own."""
        return SessionShell(opening, host, creation_xml, self._pool)

    def command(self, opening: Opening, host: Host) -> Shell:
        """A command shell that starts PowerShell, and nothing else."""
        return ProcessShell(opening, host, self._pool)

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        """Nothing: a script runs in a shell's process alone."""
        del script, session
        raise ScriptFailure(f"{host} is a real PowerShell: it has shells alone", "NoSimulation")

    def up(self, host: str) -> bool:
        """True: the machine that serves the lab is up."""
        del host
        return True

    def may_log_on(self, host: str, user: str) -> bool:
        """True: each user of the lab may."""
        del host, user
        return True

    def close(self) -> None:
        """Kill every process."""
        self._pool.close()
