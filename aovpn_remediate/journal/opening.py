"""What the verbs of the library open first: the journal, the inventory, its waivers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import Waiver, load_waivers
from aovpn_remediate.journal.journal import Journal, default_url


@contextmanager
def opened(journal: Journal | str | None) -> Iterator[Journal]:
    """A journal, closed again if it was opened here."""
    if isinstance(journal, Journal):
        yield journal
        return
    book = Journal(journal or default_url())
    try:
        yield book
    finally:
        book.close()


def read_fleet(inventory: str | Path | Inventory) -> Inventory:
    """The inventory in a file. Raises `InventoryError`."""
    return inventory if isinstance(inventory, Inventory) else load_inventory(Path(inventory))


def read_waivers(fleet: Inventory) -> tuple[Waiver, ...]:
    """What the inventory bears today; raises `InputError`, also for what has expired."""
    return load_waivers(fleet.waivers, fleet, datetime.now(UTC).date()) if fleet.waivers else ()
