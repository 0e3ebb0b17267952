"""State shared by all connections of a lab: hosts, users, settings, faults, request log."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from aovpn_remediate.lab.accounts import Accounts
from aovpn_remediate.lab.backend import Engine
from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.faults import CONNECT, FaultPlan
from aovpn_remediate.lab.settings import Settings
from aovpn_remediate.lab.stats import Counts, LoggedRequest, Stats
from aovpn_remediate.lab.wire import tls
from aovpn_remediate.lab.wire.auth import LogonPolicy
from aovpn_remediate.lab.wire.hosts import Host, ShellFactory

PAGES: Final = "127.0.0.1"
LOG_LENGTH: Final = 100_000
"""Most requests in the log; older ones are dropped."""


class Site:
    """The state of a lab, used only in the thread of its event loop."""

    def __init__(
        self,
        engine: Engine,
        accounts: Accounts,
        settings: Settings,
        files: TlsFiles | None,
        factory: ShellFactory,
    ) -> None:
        self.settings = settings
        self.faults = FaultPlan()
        self.requests: deque[LoggedRequest] = deque(maxlen=LOG_LENGTH)
        self.hosts: dict[str, Host] = {}
        self.logons = LogonPolicy(
            accounts=accounts,
            schemes=settings.auth,
            may_log_on=engine.may_log_on,
            certificate_hash=tls.endpoint_hash(files) if files else b"",
        )
        self._engine = engine
        self._factory = factory
        self._cpu_before = time.process_time()

    def host(self, address: str) -> Host:
        """Return the state of the host with this address."""
        found = self.hosts.get(address)
        if found is None:
            found = self.hosts[address] = Host(address, self._engine, self.settings, self._factory)
        return found

    def welcomes(self, address: str) -> bool:
        """Return True if a new connection to this host is accepted."""
        host = self.host(address)
        fault = self.faults.strike(address, CONNECT)
        if fault is not None:
            host.counts.faults[fault.kind] += 1
        # The control pages are at 127.0.0.1 even if that host is down or does not exist.
        return fault is None and (address == PAGES or host.up())

    def stats(self) -> Stats:
        """Return the counts of all hosts together."""
        total = Stats(
            hosts=len(self.hosts),
            shells=sum(len(host.shells) for host in self.hosts.values()),
            cpu_seconds=round(time.process_time() - self._cpu_before, 3),
        )
        for host in self.hosts.values():
            total.add(host.counts)
        return total

    def reset_stats(self) -> None:
        """Set all counts to zero and clear the log; shells and connections stay open."""
        for host in self.hosts.values():
            host.counts = Counts()
            host.abandoned.clear()
        self.requests.clear()
        self._cpu_before = time.process_time()

    def leaks(self) -> list[str]:
        """Return a line for everything that clients left behind."""
        return [leak for host in self.hosts.values() for leak in host.leaks()]
