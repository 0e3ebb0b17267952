"""The origin of a document: the version, the time and the inventory that it was made with."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.results import InventorySource


def inventory_source(fleet: Inventory) -> InventorySource:
    """Return the path and the digest of an inventory, as a document names it."""
    return InventorySource(path=str(fleet.path), digest=fleet.digest)


def tool_version() -> str:
    """Return the version of this package."""
    return version("aovpn-remediate")


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
