"""`probe`: see a VPN server from the outside, as its clients do."""

from __future__ import annotations

from pathlib import Path

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.inspection import sheet_options
from aovpn_remediate.cli.program import verb

_PORT = click.IntRange(1, 65535)
_SHORTEST, _LONGEST = 0.1, 60.0


@verb(
    "aovpn-remediate probe vpn.example.com",
    "aovpn-remediate probe 192.0.2.10 192.0.2.11 --name vpn.example.com --format html -o vpn.html",
)
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
@click.option(
    "--name",
    metavar="NAME",
    help="Name that clients use, for the certificate.  [default: the HOST, if it is a name]",
)
@click.option(
    "--tls-port", type=_PORT, default=443, show_default=True, help="TCP port of TLS and SSTP."
)
@click.option("--ike-port", type=_PORT, default=500, show_default=True, help="UDP port of IKE.")
@click.option(
    "--nat-port",
    type=_PORT,
    default=4500,
    show_default=True,
    help="UDP port of IKE behind a NAT.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(_SHORTEST, _LONGEST),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest wait for each step.",
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Authorities (PEM) to trust beside those of the system.",
)
@sheet_options
@click.pass_context
def probe(
    ctx: click.Context,
    *,
    hosts: tuple[str, ...],
    name: str | None,
    tls_port: int,
    ike_port: int,
    nat_port: int,
    timeout: float,
    ca_file: Path | None,
    format_: str,
    output: Path | None,
) -> None:
    """Show what VPN servers answer to anybody, without a logon.

    DNS; TLS on TCP 443 with the certificate and an SSTP request; IKE on UDP 500 and 4500 with
    Windows' default and a hardened offer, and whether it supports fragmentation. All addresses of
    all HOSTs are compared. Each address gets one or two connections and a few packets; a server
    keeps up to four unfinished IKE negotiations for about half a minute.

    Exit code 0 if nothing was found, 3 for problems and warnings, 1 if a name has no address or
    an address answers nothing at all.
    """
    from aovpn_remediate.cli.terminal.inspections import present_sheet
    from aovpn_remediate.reports.inspections.probe import probe_sheet

    found = aovpn.probe_server(
        *hosts,
        name=name,
        tls_port=tls_port,
        ike_port=ike_port,
        nat_port=nat_port,
        timeout=timeout,
        ca_file=None if ca_file is None else str(ca_file),
    )
    present_sheet(probe_sheet(found), format_, output)
    ctx.exit(found.exit_code)
