"""`lab`: simulated hosts to try things on."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.cli.commands.serving import Serving
    from aovpn_remediate.lab.windows.fleet import Member

_MILLISECONDS = 1000
_LONG = 3600.0
_ROLES = {"IAS": "nps", "RemoteAccess": "rras", "PFXCertificateConnectorSvc": "connector"}


@verb(
    "aovpn-remediate lab --hosts 40",
    "aovpn-remediate plan nps-ignore-no-revocation-check -i lab-fleet.yaml",
)
@click.option(
    "--hosts",
    type=click.IntRange(1, 62500),
    default=12,
    show_default=True,
    help="How many hosts, of all roles, some right and some wrong.",
)
@click.option(
    "--seed-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Instead of --hosts: the hosts as a YAML file describes them.",
)
@click.option(
    "--inventory",
    type=click.Path(path_type=Path),
    default=Path("lab-fleet.yaml"),
    show_default=True,
    help="Where the inventory of the fleet is written.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="[default: a free one]")
@click.option(
    "--latency",
    type=click.FloatRange(0, 60_000),
    default=0.0,
    metavar="MS",
    help="Milliseconds before each answer.",
)
def lab(hosts: int, seed_file: Path | None, inventory: Path, port: int, latency: float) -> None:
    """Serve a fleet of SIMULATED hosts, until Ctrl-C.

    They answer WinRM as Windows servers would, on addresses of 127.0.0.0/8. Nobody else can reach
    them.
    """
    from aovpn_remediate.cli.commands.serving import needs_extra, serving

    try:
        members = _seeded(seed_file) if seed_file else _some(hosts)
        # A polite end as well: connections are reset, and no file is left.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with serving(members, inventory, port=port, latency=latency / _MILLISECONDS) as fleet:
            _tell(len(members), fleet)
            threading.Event().wait(_LONG)
    except ModuleNotFoundError as error:
        raise needs_extra(error) from None
    except KeyboardInterrupt:
        click.echo("The lab has ended.", err=True)


def _some(hosts: int) -> list[Member]:
    from aovpn_remediate.lab.windows.fleet import fleet

    return fleet(hosts)


def _seeded(path: Path) -> list[Member]:
    """The hosts of a file, in the groups that the shipped playbooks ask for."""
    from aovpn_remediate.lab.windows import load_seed
    from aovpn_remediate.lab.windows.fleet import Member

    members = []
    for address, seed in load_seed(path).items():
        on = {name for name, service in seed.services.items() if service.startup != "disabled"}
        groups = tuple(group for service, group in _ROLES.items() if service in on)
        members.append(Member(seed.name.lower(), groups or ("others",), address, seed))
    return members


def _tell(hosts: int, fleet: Serving) -> None:
    stats = fleet.lab.url().replace("/wsman", "/_lab/stats")
    click.echo(f"{hosts} SIMULATED hosts on port {fleet.lab.port} of 127.0.0.0/8: no Windows here.")
    click.echo(f"  inventory  {fleet.inventory}")
    click.echo(f"  password   {fleet.password}, new at each start")
    click.echo(f"  counts     {stats}")
    click.echo(f"  try        aovpn-remediate plan rras-port-counts -i {fleet.inventory}")
    click.echo("Ctrl-C ends it.")
