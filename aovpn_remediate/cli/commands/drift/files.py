"""`drift files`: the files that start the service on a machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.commands.drift.options import ServiceOptions, service_options
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory

_TARGETS = ("systemd", "windows", "container")


@verb(
    "aovpn-remediate drift files systemd -i /etc/aovpn/fleet.yaml --every 1h -o units",
    r"aovpn-remediate drift files windows -i 'C:\aovpn\fleet.yaml' --every 1h > register-task.ps1",
)
@click.argument("target", type=click.Choice(_TARGETS))
@service_options
@click.option(
    "--program",
    metavar="PATH",
    help="Path of the program on that machine.  [default: as here; on Windows, by PATH]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the files to a folder.  [default: stdout]",
)
def files(
    target: str, *, service: ServiceOptions, program: str | None, output: Path | None
) -> None:
    """Print or write the files that start `drift run` with these options.

    For systemd: a service that keeps running, and one with a timer; enable one of them. For
    Windows: a script that registers a scheduled task. For a container: the file to build its image
    from.
    """
    from aovpn_remediate.rendering.literals import in_ascii

    service.check()
    texts = _texts(target, service, program)
    if output is not None:
        _write(texts, output)
        return
    for name, text in texts.items():
        if len(texts) > 1:
            click.echo(f"#### {name}")
        click.echo(in_ascii(text) if _is_powershell(name) else text, nl=False)


def _texts(target: str, service: ServiceOptions, program: str | None) -> dict[str, str]:
    """Return the contents of the files by name."""
    from importlib.metadata import version

    from aovpn_remediate.drift import service_files
    from aovpn_remediate.drift.http import parse_loopback

    if service.metrics and parse_loopback(service.metrics)[1] == 0:
        raise click.UsageError("--metrics needs a port other than 0, which other programs can know")
    product = version("aovpn-remediate")
    if target == "windows":
        inventory = str(service.inventory)
        if os.name == "nt":
            inventory = str(service.inventory.absolute())
        return service_files.windows(
            service.command(inventory), program or "aovpn-remediate.exe", product
        )
    command = service.command(str(service.inventory.absolute()))
    if target == "container":
        return service_files.container(command, product)
    program_here = program or shutil.which("aovpn-remediate") or "/usr/local/bin/aovpn-remediate"
    return service_files.systemd(command, program_here, _password_files(service.inventory), product)


def _password_files(inventory: Path) -> list[Path]:
    """Return the password files that an inventory names, and warn of passwords elsewhere."""
    from aovpn_remediate.cli.terminal.output import print_note
    from aovpn_remediate.inventory.loader import load_inventory

    if not inventory.is_file():
        print_note(
            f"{inventory} does not exist here: "
            "add a LoadCredential= for each password file that it names"
        )
        return []
    fleet = load_inventory(inventory)
    for problem in _unavailable_passwords(fleet):
        print_note(f"warning: {problem}")
    return list(
        dict.fromkeys(
            Path(reference.file)
            for host in fleet.hosts.values()
            if (reference := host.credential.password) and reference.file
        )
    )


def _unavailable_passwords(fleet: Inventory) -> list[str]:
    """Return the problems of passwords that a systemd service cannot get."""
    references = {host.credential.password for host in fleet.hosts.values()} - {None}
    found = []
    if any(reference and reference.prompt for reference in references):
        found.append("a service cannot ask for a password (prompt: true): use file")
    if any(reference and reference.keyring for reference in references):
        found.append("a service cannot use your keyring: use file")
    found += [
        f"the service does not get the environment variable {name}: "
        "use file, or add EnvironmentFile="
        for name in sorted({r.env for r in references if r and r.env})
    ]
    return found


def _write(texts: dict[str, str], folder: Path) -> None:
    from aovpn_remediate.cli.terminal.output import save
    from aovpn_remediate.errors import UsageError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"-o {folder}: {error.strerror}") from None
    for name, text in texts.items():
        # Windows PowerShell 5.1 would read it in the code page of the machine.
        save(f"\ufeff{text}" if _is_powershell(name) else text, folder / name)
        click.echo(str(folder / name))


def _is_powershell(name: str) -> bool:
    return name.endswith(".ps1")
