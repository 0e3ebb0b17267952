"""Read hosts as drift does: a plan of each, and the end date of its certificate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aovpn_remediate.doctor.observed import Tls
from aovpn_remediate.doctor.probes import network
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.fleet import plan_hosts
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import HostPlan
from aovpn_remediate.transports.base import Session

Connect = Callable[[Host], Session]


@dataclass
class HostReader:
    """A reader of hosts that also collects the end date of each certificate."""

    connect: Connect
    control: Control
    workers: int
    certificate_ends: dict[str, float] = field(default_factory=dict)
    """By host, the end of its certificate in seconds since 1970."""

    def read(self, catalogs: Sequence[Catalog]) -> list[HostPlan]:
        """Return a plan of each host, in order."""
        return plan_hosts(
            catalogs,
            self._log_on,
            workers=self.workers,
            stop=self.control.stop,
            watch=self.control.watch,
        )

    def _log_on(self, host: Host) -> Session:
        session = self.connect(host)
        connection = host.connection
        # The session's libraries do not expose the certificate: it takes a handshake of its own.
        if (
            connection.transport != "local"
            and connection.scheme == "https"
            and not connection.proxy
            and isinstance(shown := network.handshake(host), Tls)
            and shown.certificate is not None
        ):
            self.certificate_ends[host.name] = shown.certificate.ends.timestamp()
        return session
