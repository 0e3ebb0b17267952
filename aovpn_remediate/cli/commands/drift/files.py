"""`drift files`: what starts the service on a machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.commands.drift import options as drift_options
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory

_TARGETS = ("systemd", "windows", "container")


@verb(
    "aovpn-remediate drift files systemd -i /etc/aovpn/fleet.yaml --every 1h -o units",
    r"aovpn-remediate drift files windows -i 'C:\aovpn\fleet.yaml' --every 1h > register-task.ps1",
)
@click.argument("target", type=click.Choice(_TARGETS))
@drift_options.service
@click.option(
    "--program",
    metavar="PATH",
    help="Where the program is on that machine.  [default: this one; the PATH of Windows]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the files there.  [default: stdout]",
)
def files(
    target: str, *, service: drift_options.Service, program: str | None, output: Path | None
) -> None:
    """Print or write what starts `drift run` with these options.

    For systemd a service that stays, and one with a timer: enable one of the two. For Windows a
    script that registers a scheduled task. For a container the file that its image is built from.
    """
    service.check()
    made = _made(target, service, program)
    if output is None:
        several = len(made) > 1
        for name, text in made.items():
            click.echo(f"{f'#### {name}{chr(10)}' if several else ''}{text}", nl=False)
        return
    _write(made, output)


def _made(target: str, service: drift_options.Service, program: str | None) -> dict[str, str]:
    from importlib.metadata import version

    from aovpn_remediate.drift import service_files as making
    from aovpn_remediate.drift.http import parse_loopback

    if service.metrics and parse_loopback(service.metrics)[1] == 0:
        raise click.UsageError("--metrics: name the port, for those who are to ask there")
    product = version("aovpn-remediate")
    if target == "windows":
        inventory = str(service.inventory)
        if os.name == "nt":
            inventory = str(service.inventory.absolute())
        return making.windows(service.order(inventory), program or "aovpn-remediate.exe", product)
    order = service.order(str(service.inventory.absolute()))
    if target == "container":
        return making.container(order, product)
    here = program or shutil.which("aovpn-remediate") or "/usr/local/bin/aovpn-remediate"
    return making.systemd(order, here, _passwords(service.inventory), product)


def _passwords(inventory: Path) -> list[Path]:
    """The files of passwords that an inventory names; and remarks on what a service cannot do."""
    from aovpn_remediate.cli.terminal.printing import remark
    from aovpn_remediate.inventory.loader import load_inventory

    if not inventory.is_file():
        remark(f"{inventory} is not here: add a LoadCredential= for each password file it names")
        return []
    fleet = load_inventory(inventory)
    for words in _unreachable(fleet):
        remark(f"warning: {words}")
    return list(
        dict.fromkeys(
            Path(reference.file)
            for host in fleet.hosts.values()
            if (reference := host.credential.password) and reference.file
        )
    )


def _unreachable(fleet: Inventory) -> list[str]:
    """References that lead a service of systemd nowhere."""
    references = {host.credential.password for host in fleet.hosts.values()} - {None}
    found = []
    if any(reference and reference.prompt for reference in references):
        found.append("a service cannot ask for a password (prompt: true): use file")
    if any(reference and reference.keyring for reference in references):
        found.append("a service has no keyring of yours: use file")
    found += [
        f"the service has no variable {name}: use file, or add EnvironmentFile="
        for name in sorted({r.env for r in references if r and r.env})
    ]
    return found


def _write(made: dict[str, str], folder: Path) -> None:
    from aovpn_remediate.cli.terminal.output import save
    from aovpn_remediate.errors import UsageError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"-o {folder}: {error.strerror}") from None
    for name, text in made.items():
        save(text, folder / name)
        click.echo(str(folder / name))
