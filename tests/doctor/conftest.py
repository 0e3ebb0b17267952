"""Simulated hosts, hosts of an inventory that lead to them, and the door to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate import transports
from aovpn_remediate.doctor.examine import Connector, examine_fleet
from aovpn_remediate.engine import connect as doors
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
class Ward:
    """Hosts in the lab, and how they are examined."""

    lab: Lab
    windows: SimulatedWindows
    stop: Stop = field(default_factory=Stop)

    def host(self, name: str = "nps-01", address: str = ADDRESS, **connection: Any) -> Host:
        """A host as an inventory would say it: NTLM with encrypted messages over HTTP."""
        username = connection.pop("username", "lab")
        settings = {"scheme": "http", "port": self.lab.port, "address": address, **connection}
        password = SecretReference(env="AOVPN_LAB_PASSWORD")
        credential = Credential(username=username, password=password)
        return Host(name, connection=Connection(**settings), credential=credential)

    def examine(self, *hosts: Host, door: Connector | None = None) -> tuple[HostHealth, ...]:
        """As the verb does."""
        door = door or doors.Connector(hosts, Control(stop=self.stop))
        return examine_fleet(hosts, door, workers=1, stop=self.stop, watch=lambda *_: None)

    def one(self, **connection: Any) -> HostHealth:
        """What is found of the one host."""
        [found] = self.examine(self.host(**connection))
        return found


class Hasty:
    """A door that does not wait for a quota."""

    def __init__(self, ward: Ward) -> None:
        self._stop = ward.stop

    def __call__(self, host: Host) -> Session:
        timeouts = replace(Timeouts.of(host.connection), quota_pause=0.01)
        cancel = self._stop.end_now
        return transports.connect(host, secrets=self.password, cancel=cancel, timeouts=timeouts)

    def password(self, host: Host) -> str:
        del host
        return PASSWORD


MakeWard = Callable[..., Ward]


@pytest.fixture
def make_ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWard]:
    """Serves hosts until the test is over; nothing may be changed on them, or left open."""
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", PASSWORD)
    # Kerberos is tried before NTLM: nobody is to be asked for a KDC that there is not.
    kerberos = tmp_path / "krb5.conf"
    kerberos.write_text("[libdefaults]\ndns_lookup_kdc = false\ndns_lookup_realm = false\n")
    monkeypatch.setenv("KRB5_CONFIG", str(kerberos))
    with ExitStack() as stack:

        def make(
            *seeds: HostSeed,
            clock: Callable[[], datetime] = lambda: datetime.now(UTC),
            tls: TlsFiles | None = None,
            **settings: Any,
        ) -> Ward:
            hosts = {f"127.0.8.{n}": seed for n, seed in enumerate(seeds or (nps("nps-01"),), 1)}
            windows = SimulatedWindows(hosts, clock=clock)
            lab = stack.enter_context(Lab(windows, {"lab": PASSWORD}, tls=tls, **settings))
            before = {address: windows.snapshot(address) for address in hosts}

            def unchanged() -> None:
                lab.assert_clean()
                assert windows.sets == []
                assert {address: windows.snapshot(address) for address in hosts} == before

            stack.callback(unchanged)
            return Ward(lab, windows)

        yield make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For certificates."""
    return tmp_path / "certificates"
