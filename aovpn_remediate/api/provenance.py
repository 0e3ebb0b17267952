"""The origin of a document: which version made it, when, and from which inventory."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.results import InventorySource


def inventory_source(fleet: Inventory) -> InventorySource:
    """The inventory that a document was made with: its path and its digest."""
    return InventorySource(path=str(fleet.path), digest=fleet.digest)


def tool_version() -> str:
    """The version of this package."""
    return version("aovpn-remediate")


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
