"""The shells of simulated hosts, which run nothing that a client sends."""

from __future__ import annotations

from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.psrp import PsrpShell
from aovpn_remediate.lab.wire.shells import Opening, Shell
from aovpn_remediate.lab.wire.winrs import CommandShell


class SimulatedShells:
    """Opens shells whose scripts go to the engine of the lab."""

    def powershell(self, opening: Opening, host: Host, creation_xml: str) -> Shell:
        """A runspace pool spoken with psrpcore. Raises `Refusal`."""
        return PsrpShell(opening, host, creation_xml)

    def command(self, opening: Opening, host: Host) -> Shell:
        """A command shell that knows the bootstrap alone."""
        return CommandShell(opening, host)
