"""A look at hosts as drift takes it: a plan of each, and how long their certificates last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aovpn_remediate.doctor.observed import Tls
from aovpn_remediate.doctor.probes import network
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.fleet import look
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import HostPlan
from aovpn_remediate.transports.base import Session

Connect = Callable[[Host], Session]


@dataclass
class Looking:
    """Looks at hosts, and keeps the end of each certificate that it meets."""

    connect: Connect
    control: Control
    workers: int
    certificates: dict[str, float] = field(default_factory=dict)
    """By host, when its certificate ends: seconds since 1970."""

    def at(self, catalogs: Sequence[Catalog]) -> list[HostPlan]:
        """A plan of each host, in order."""
        return look(
            catalogs,
            self._log_on,
            workers=self.workers,
            stop=self.control.stop,
            watch=self.control.watch,
        )

    def _log_on(self, host: Host) -> Session:
        session = self.connect(host)
        connection = host.connection
        # The libraries of a session do not show the certificate: it costs a handshake of its own.
        if (
            connection.transport != "local"
            and connection.scheme == "https"
            and not connection.proxy
            and isinstance(shown := network.handshake(host), Tls)
            and shown.certificate is not None
        ):
            self.certificates[host.name] = shown.certificate.ends.timestamp()
        return session
