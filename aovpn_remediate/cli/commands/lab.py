"""`lab`: serve a fleet of simulated hosts, with an inventory for it."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.program import verb
from aovpn_remediate.errors import UsageError

if TYPE_CHECKING:
    from aovpn_remediate.lab.server import Lab
    from aovpn_remediate.lab.windows import SimulatedWindows
    from aovpn_remediate.lab.windows.fleet import Member

_MILLISECONDS = 1000
_LONG = 3600.0
_FIRST_LINE = "# SIMULATED hosts of `aovpn-remediate lab`. Written anew at each start.\n"
_USER = "lab"
_ADDRESS = "127.0.9.1"


@dataclass(frozen=True)
class ServedLab:
    """Hosts that are being served, and the files by which they are reached."""

    lab: Lab
    inventory: Path
    password: Path
    """The file with the password, readable by this user only."""


@dataclass(frozen=True)
class ServedFleet(ServedLab):
    """Simulated hosts that are being served."""

    windows: SimulatedWindows


@verb(
    "aovpn-remediate lab --hosts 40",
    "aovpn-remediate plan nps-ignore-no-revocation-check -i lab-fleet.yaml",
    "aovpn-remediate lab --backend pwsh",
)
@click.option(
    "--hosts",
    type=click.IntRange(1, 62500),
    default=12,
    show_default=True,
    help="Number of hosts, of all roles, some compliant and some not.",
)
@click.option(
    "--seed-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Serve the hosts that a YAML file describes, instead of --hosts.",
)
@click.option(
    "--backend",
    metavar="COMMAND",
    help="Serve a real PowerShell of this machine, such as pwsh, instead of simulated hosts.",
)
@click.option(
    "--inventory",
    type=click.Path(path_type=Path),
    default=Path("lab-fleet.yaml"),
    show_default=True,
    help="File to write the inventory of the fleet to.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to serve on.  [default: a free one]",
)
@click.option(
    "--latency",
    type=click.FloatRange(0, 60_000),
    default=0.0,
    metavar="MS",
    help="Delay before each response, in milliseconds.",
)
def lab(
    *,
    hosts: int,
    seed_file: Path | None,
    backend: str | None,
    inventory: Path,
    port: int,
    latency: float,
) -> None:
    """Serve SIMULATED hosts, or a real PowerShell, until Ctrl-C.

    Simulated hosts answer WinRM like Windows servers, on addresses of 127.0.0.0/8, which no other
    machine can reach. With --backend each session is a process of this machine: it really runs what
    a playbook or a script says, as this user.
    """
    if backend is not None and seed_file is not None:
        raise click.UsageError("--backend cannot be combined with --seed-file")
    seconds = latency / _MILLISECONDS
    try:
        # End on SIGTERM as on Ctrl-C: connections are reset and no file is left.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if backend is not None:
            with serve_powershell(backend, inventory, port=port, latency=seconds) as served:
                _print_powershell(backend, served)
                threading.Event().wait(_LONG)
            return
        members = _seeded_fleet(seed_file) if seed_file else _mixed_fleet(hosts)
        with serve_fleet(members, inventory, port=port, latency=seconds) as fleet:
            _print_start(len(members), fleet)
            threading.Event().wait(_LONG)
    except ModuleNotFoundError as error:
        raise missing_extra(error) from None
    except KeyboardInterrupt:
        click.echo("The lab has ended.", err=True)


def missing_extra(error: ModuleNotFoundError) -> UsageError:
    """Return how to install the packages of the lab; raise the error if it is a bug of ours."""
    if (error.name or "").startswith("aovpn_remediate"):
        raise error
    return UsageError(
        f"the lab needs {error.name}, which is not installed: pip install 'aovpn-remediate[lab]'"
    )


@contextmanager
def serve_fleet(
    members: Sequence[Member], inventory: Path, *, port: int = 0, latency: float = 0.0
) -> Iterator[ServedFleet]:
    """Serve these hosts and write an inventory for them; `latency` is in seconds.

    Raises `UsageError` if the inventory was not written by the lab, or cannot be written.
    """
    from aovpn_remediate.lab.server import Lab
    from aovpn_remediate.lab.windows import SimulatedWindows
    from aovpn_remediate.lab.windows.fleet import inventory_text

    _refuse_other_inventory(inventory)
    word = secrets.token_urlsafe(18)
    users = {_USER: word} | {m.username: word for m in members if m.username is not None}
    windows = SimulatedWindows({member.address: member.seed for member in members})
    with Lab(windows, users, port=port, latency=latency) as lab:
        password = inventory.with_suffix(".password")
        text = inventory_text(members, port=lab.port, user=_USER, password={"file": password.name})
        _write(password, f"{word}\n")
        _write(inventory, _FIRST_LINE + text)
        yield ServedFleet(lab, inventory, password, windows)


@contextmanager
def serve_powershell(
    command: str, inventory: Path, *, port: int = 0, latency: float = 0.0
) -> Iterator[ServedLab]:
    """Serve a real PowerShell as the host `powershell`; `latency` is in seconds.

    Raises `UsageError` for a command that is not there, and as `serve_fleet`.
    """
    from aovpn_remediate.lab.powershell.hosts import RealPowerShell
    from aovpn_remediate.lab.powershell.pool import ProcessPool
    from aovpn_remediate.lab.server import Lab
    from aovpn_remediate.lab.windows.fleet import Member, inventory_text
    from aovpn_remediate.lab.windows.model import HostSeed
    from aovpn_remediate.resources.roles import ROLES

    _refuse_other_inventory(inventory)
    word = secrets.token_urlsafe(18)
    real = RealPowerShell(ProcessPool(command))
    host = Member("powershell", ("servers", *ROLES), _ADDRESS, HostSeed(name="x"))
    try:
        with Lab(real, {_USER: word}, port=port, latency=latency, shells=real) as lab:
            password = inventory.with_suffix(".password")
            reference = {"file": password.name}
            text = inventory_text([host], port=lab.port, user=_USER, password=reference)
            _write(password, f"{word}\n")
            _write(inventory, _FIRST_LINE + text)
            yield ServedLab(lab, inventory, password)
    finally:
        real.close()


def _refuse_other_inventory(inventory: Path) -> None:
    try:
        with inventory.open(encoding="utf-8", errors="replace") as file:
            is_ours = file.readline() == _FIRST_LINE
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{inventory} cannot be written: {error.strerror}") from None
    if not is_ours:
        raise UsageError(
            f"{inventory} exists and was not written by the lab: use another --inventory"
        )


def _write(path: Path, text: str) -> None:
    """Write a new file that only this user may read."""
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _mixed_fleet(hosts: int) -> list[Member]:
    from aovpn_remediate.lab.windows.fleet import fleet

    return fleet(hosts)


def _seeded_fleet(path: Path) -> list[Member]:
    """Return the hosts of a file, in the groups that the shipped playbooks select."""
    from aovpn_remediate.lab.windows import load_seed
    from aovpn_remediate.lab.windows.fleet import Member
    from aovpn_remediate.resources.roles import PRODUCT_ROLES, ROLE_SERVICES

    members = []
    for address, seed in load_seed(path).items():
        enabled = {name for name, service in seed.services.items() if service.startup != "disabled"}
        roles = [role for role, service in ROLE_SERVICES.items() if service in enabled]
        product = PRODUCT_ROLES.get(seed.os.product_type)
        roles += [product] if product else []
        members.append(Member(seed.name.lower(), tuple(roles) or ("others",), address, seed))
    return members


def _print_powershell(command: str, served: ServedLab) -> None:
    click.echo(f"A REAL PowerShell ({command}) on port {served.lab.port} of {_ADDRESS}.")
    click.echo("What is sent to it runs on this machine, as this user.")
    click.echo(f"  inventory  {served.inventory}, with one host: powershell")
    click.echo(f"  password   {served.password}, a new one at each start")
    click.echo("Press Ctrl-C to end the lab.")


def _print_start(hosts: int, fleet: ServedFleet) -> None:
    stats = fleet.lab.url().replace("/wsman", "/_lab/stats")
    click.echo(f"{hosts} SIMULATED hosts on port {fleet.lab.port} of 127.0.0.0/8: no Windows here.")
    click.echo(f"  inventory  {fleet.inventory}")
    click.echo(f"  password   {fleet.password}, a new one at each start")
    click.echo(f"  counters   {stats}")
    click.echo(f"  try        aovpn-remediate plan rras-port-counts -i {fleet.inventory}")
    click.echo("Press Ctrl-C to end the lab.")
