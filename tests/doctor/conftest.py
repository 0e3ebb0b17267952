"""Simulated hosts, inventory hosts that point to them, and a connector to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate import transports
from aovpn_remediate.doctor.examine import examine_fleet
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control, Stop
from aovpn_remediate.inventory.model import Connection, Credential, Host, SecretReference
from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import HostSeed, SimulatedWindows
from aovpn_remediate.lab.windows.roles import nps
from aovpn_remediate.results.examination import HostHealth
from aovpn_remediate.transports.base import Session
from aovpn_remediate.transports.deadlines import Timeouts

ADDRESS = "127.0.8.1"
PASSWORD = "secret word"


@dataclass
class LabFleet:
    """Hosts in the lab, and their examination."""

    lab: Lab
    windows: SimulatedWindows
    stop: Stop = field(default_factory=Stop)

    def host(self, name: str = "nps-01", address: str = ADDRESS, **connection: Any) -> Host:
        """Return a host as an inventory declares it: NTLM with encrypted messages over HTTP."""
        username = connection.pop("username", "lab")
        settings = {"scheme": "http", "port": self.lab.port, "address": address, **connection}
        password = SecretReference(env="AOVPN_LAB_PASSWORD")
        credential = Credential(username=username, password=password)
        return Host(name, connection=Connection(**settings), credential=credential)

    def examine(self, *hosts: Host, connector: Connector | None = None) -> tuple[HostHealth, ...]:
        """Examine hosts as the command does."""
        connector = connector or Connector(hosts, Control(stop=self.stop))
        return examine_fleet(hosts, connector, workers=1, stop=self.stop, watch=lambda *_: None)

    def one(self, **connection: Any) -> HostHealth:
        """Examine the only host."""
        [found] = self.examine(self.host(**connection))
        return found


class ImpatientConnector(Connector):
    """A connector that hardly waits for a quota."""

    def session(self, host: Host) -> Session:
        timeouts = replace(Timeouts.of(host.connection), quota_pause=0.01)
        cancel = self.control.stop.end_now
        return transports.connect(host, secrets=self.password, cancel=cancel, timeouts=timeouts)


MakeLabFleet = Callable[..., LabFleet]


@pytest.fixture
def make_lab_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeLabFleet]:
    """Serve hosts until the test ends; nothing may be changed on them, or left open."""
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", PASSWORD)
    # Kerberos is tried before NTLM: no DNS query for a KDC may leave this machine.
    kerberos = tmp_path / "krb5.conf"
    kerberos.write_text("[libdefaults]\ndns_lookup_kdc = false\ndns_lookup_realm = false\n")
    monkeypatch.setenv("KRB5_CONFIG", str(kerberos))
    with ExitStack() as stack:

        def make(
            *seeds: HostSeed,
            clock: Callable[[], datetime] = lambda: datetime.now(UTC),
            tls: TlsFiles | None = None,
            **settings: Any,
        ) -> LabFleet:
            hosts = {f"127.0.8.{n}": seed for n, seed in enumerate(seeds or (nps("nps-01"),), 1)}
            windows = SimulatedWindows(hosts, clock=clock)
            lab = stack.enter_context(Lab(windows, {"lab": PASSWORD}, tls=tls, **settings))
            before = {address: windows.snapshot(address) for address in hosts}

            def unchanged() -> None:
                lab.assert_clean()
                assert windows.sets == []
                assert {address: windows.snapshot(address) for address in hosts} == before

            stack.callback(unchanged)
            return LabFleet(lab, windows)

        yield make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for certificates."""
    return tmp_path / "certificates"
