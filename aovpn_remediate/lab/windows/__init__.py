"""Simulated Windows hosts: seeded from a file or code, changed by the calls of the product."""

from __future__ import annotations

from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.model import HostSeed, load_seed
from aovpn_remediate.lab.windows.runspace import SetRecord
from aovpn_remediate.lab.windows.services import Outage
from aovpn_remediate.lab.windows.simulated import SimulatedWindows

__all__ = ["Host", "HostSeed", "Outage", "SetRecord", "SimulatedWindows", "load_seed"]
