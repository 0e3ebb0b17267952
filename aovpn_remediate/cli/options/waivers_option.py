"""`--waivers`: differences that are borne for a while."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory

waivers = click.option(
    "--waivers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Differences that are borne for a while.  [default: those of the inventory]",
)


def load_fleet(inventory: Path, waivers: Path | None) -> Inventory:
    """The inventory, with other waivers than its own where they are given."""
    from aovpn_remediate.inventory.loader import load_inventory

    fleet = load_inventory(inventory)
    return fleet if waivers is None else dataclasses.replace(fleet, waivers=waivers)
