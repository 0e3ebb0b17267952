"""VPN servers from the outside, from Python: what they answer to anybody, without a logon."""

from __future__ import annotations

from aovpn_remediate.api.provenance import now, tool_version
from aovpn_remediate.errors import UsageError
from aovpn_remediate.probe.names import server_name
from aovpn_remediate.probe.server import ProbeSettings, probe_servers
from aovpn_remediate.results.probes import ProbeReport


def probe_server(
    *hosts: str,
    name: str | None = None,
    tls_port: int = ProbeSettings.tls_port,
    ike_port: int = ProbeSettings.ike_port,
    nat_port: int = ProbeSettings.nat_port,
    timeout: float = ProbeSettings.timeout,
    ca_file: str | None = None,
) -> ProbeReport:
    """Ask VPN servers by DNS, TLS with SSTP, and IKE what they answer, without a logon.

    A host is a name or an IP address; every address of every host is looked at, and they are
    compared with each other. `name` is the name that clients use, where it is not the host itself.
    Each step waits for at most `timeout` seconds; `ca_file` has authorities (PEM) to trust beside
    those of the system. Raises `UsageError`.
    """
    if not hosts:
        raise UsageError("a server to probe is needed, such as vpn.example.com")
    settings = ProbeSettings(
        server_name=None if name is None else server_name(name),
        tls_port=tls_port,
        ike_port=ike_port,
        nat_port=nat_port,
        timeout=timeout,
        ca_file=ca_file,
    )
    names = [server_name(host) for host in hosts]
    return probe_servers(names, settings, made_by=tool_version(), made_at=now())
