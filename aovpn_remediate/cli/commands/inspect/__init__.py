"""`inspect`: certificates and VPN profiles, offline."""

from __future__ import annotations

import click

from aovpn_remediate.cli.commands.inspect.certificate import certificate
from aovpn_remediate.cli.commands.inspect.profile import profile
from aovpn_remediate.cli.program import Program


@click.group(
    cls=Program,
    examples=(
        "aovpn-remediate inspect certificate user.cer issuing-ca.cer",
        "aovpn-remediate inspect profile user-tunnel.xml --fix corrected.xml",
    ),
)
def inspect() -> None:
    """Inspect certificates and VPN profiles; no host is contacted.

    Exit code 0 if nothing was found, 3 for problems and warnings, 1 if something could not be
    looked at.
    """


inspect.add_command(certificate)
inspect.add_command(profile)
