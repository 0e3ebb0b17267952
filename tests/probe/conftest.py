"""VPN servers on loopback: TLS with SSTP, and IKE by hand."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from tests.probe.ike.responder import Behaviour, Responder, accepting
from tests.probe.tls.servers import Answer, context_of, pem_file, serving, sstp

NAME = "vpn.example.com"


@dataclass
class Site:
    """Servers on addresses of loopback, all with the same three ports."""

    ca: trustme.CA
    ca_file: str
    stack: ExitStack
    tls_port: int = 0
    ike_port: int = 0
    nat_port: int = 0
    heard: dict[str, list[bytes]] = field(default_factory=dict)
    ike_heard: dict[str, list[bytes]] = field(default_factory=dict)

    def serve(
        self,
        address: str = "127.0.0.1",
        *,
        context: ssl.SSLContext | None = None,
        answer: Answer = sstp,
        ike: Behaviour | None = None,
    ) -> None:
        """Serve a certificate for `NAME`, SSTP, and an IKE that accepts every offer."""
        context = context or context_of(self.ca.issue_cert(NAME))
        tls = serving(context, answer, address=address, port=self.tls_port)
        self.tls_port = self.stack.enter_context(tls).port
        for port in ("ike_port", "nat_port"):
            one = Responder(ike or accepting(), address=address, port=getattr(self, port))
            setattr(self, port, self.stack.enter_context(one).port)
            heard = self.ike_heard if port == "ike_port" else self.heard
            heard[address] = one.heard

    @property
    def options(self) -> tuple[str, ...]:
        """The options of the command line that lead there."""
        return (
            *("--tls-port", str(self.tls_port)),
            *("--ike-port", str(self.ike_port)),
            *("--nat-port", str(self.nat_port)),
            *("--ca-file", self.ca_file),
            *("--name", NAME),
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site without servers yet."""
    ca = trustme.CA()
    with ExitStack() as stack:
        yield Site(ca, pem_file(tmp_path, ca.cert_pem), stack)
