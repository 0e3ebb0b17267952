"""Findings about TCP, the protocol of TLS, and SSTP."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.inspect.about import About
from aovpn_remediate.results.inspection import Finding
from aovpn_remediate.results.probes import AddressProbe, SstpProbe, TlsOutcome, TlsProbe

_OLD_PROTOCOLS = {"SSLv3", "TLSv1", "TLSv1.1"}
_OPEN_THE_PORT = (
    "If SSTP is to work, let this port through to the server, and see there that RemoteAccess "
    "runs and that SSTP has ports (playbook rras-port-counts)."
)
_OWNER = (
    "On the server, `netsh http show sslcert` and `netsh http show urlacl` tell who owns the port; "
    "remove the binding of IIS or of another program, set the certificate in RRAS alone, and "
    "restart RemoteAccess; on a load balancer, see where the port leads."
)


def tls_findings(address: AddressProbe) -> Iterator[Finding]:
    """Return what keeps SSTP from working, apart from the certificate."""
    about, tls = About(address.address), address.tls
    if not tls.reached:
        yield about.warning(
            "tcp-no-answer",
            f"TCP {tls.port} cannot be reached: {tls.detail}; SSTP cannot connect.",
            _OPEN_THE_PORT,
        )
    elif tls.outcome is TlsOutcome.NO_TLS:
        yield about.problem("tls-failed", f"TCP {tls.port} is open, but {tls.detail}.", _OWNER)
    else:
        yield from _protocol(about, tls)
        if tls.sstp is not None and not tls.sstp.speaks:
            yield _sstp(about, tls.port, tls.sstp)


def _protocol(about: About, tls: TlsProbe) -> Iterator[Finding]:
    if tls.protocol in _OLD_PROTOCOLS:
        yield about.warning(
            "tls-old-protocol",
            f"The server speaks {tls.protocol} at most, which new clients refuse.",
            "Enable TLS 1.2 on the server (SCHANNEL), and disable what is older.",
        )


def _sstp(about: About, port: int, sstp: SstpProbe) -> Finding:
    if sstp.silent:
        return about.warning(
            "sstp-silent",
            f"TCP {port} speaks TLS, but gives SSTP {sstp.detail}.",
            "Probe again with a longer --timeout; if it stays so, restart RemoteAccess.",
        )
    if sstp.status is None:
        what = sstp.detail
    else:
        what = f"it answers SSTP with HTTP {sstp.status} instead of 200"
        what += f" ({sstp.server})" if sstp.server else ""
    return about.problem(
        "sstp-not-served", f"Something other than SSTP owns TCP {port}: {what}.", _OWNER
    )
