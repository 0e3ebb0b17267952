"""The playbooks that an inventory assigns to its hosts, as read from the files."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aovpn_remediate.drift.policy import may_fix
from aovpn_remediate.engine.plan.catalog import Catalog, assigned, playbook_source
from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inventory.groups import ALL
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.playbook.loader import PlaybookFile
from aovpn_remediate.reports.escape import one_line
from aovpn_remediate.results import HostPlan, InventorySource, PlaybookSource

_log = logging.getLogger("aovpn_remediate.drift")


def fleet_name(inventory: Path, name: str | None = None) -> str:
    """Return the fleet's name in the journal: the one given, or the path of the inventory."""
    return name or str(inventory.absolute())


@dataclass(frozen=True)
class Assignment:
    """An inventory, its playbooks, and the hosts that they are assigned to."""

    inventory: Inventory
    files: tuple[PlaybookFile, ...]
    catalogs: Mapping[str, Catalog]
    """By host, in the order of the inventory."""

    @classmethod
    def read(cls, inventory: Inventory, limit: str | None = None) -> Assignment:
        """Read the playbooks that an inventory names. Raises `RemediateError`s."""
        files, catalogs = assigned(inventory, limit)
        return cls(inventory, tuple(files), {catalog.host.name: catalog for catalog in catalogs})

    @property
    def source(self) -> InventorySource:
        """The inventory as a plan names it."""
        return InventorySource(path=str(self.inventory.path), digest=self.inventory.digest)

    @property
    def playbooks(self) -> tuple[PlaybookSource, ...]:
        """The playbooks as a plan names them."""
        return tuple(playbook_source(file) for file in self.files)

    def may_set(self, host: HostPlan, playbook: str) -> bool:
        """Return True if drift may fix what differs from a playbook on a host.

        The host's groups and the playbook itself decide.
        """
        rules = self.inventory.rules
        of_groups = [rules[group].drift for group in (ALL, *host.groups) if group in rules]
        own = [file.header.drift for file in self.files if file.name == playbook]
        return may_fix([*of_groups, *own])

    def report_only(self, host: HostPlan) -> frozenset[str]:
        """Return the claims of a host's playbooks that drift may only report on."""
        return frozenset(
            claim
            for book in self.catalogs[host.host].playbooks
            if not self.may_set(host, book.name)
            for step in book.steps
            for claim in step.resource.claims()
        )


@dataclass
class WatchedAssignment:
    """The assignment of an inventory, reloaded when one of its files has changed.

    When a changed file is invalid, the error is logged and the assignment read before stays in use.
    """

    path: Path
    problem: str = ""
    """The error in the files as they are now; empty if they are valid."""
    current: Assignment = field(init=False)
    _digests: Mapping[Path, str] = field(init=False)

    def __post_init__(self) -> None:
        self._read()

    def refresh(self) -> Assignment:
        """Return the assignment in force, reloaded if a file has changed."""
        if any(_digest(path) != digest for path, digest in self._digests.items()):
            try:
                self._read()
            except RemediateError as error:
                if str(error) != self.problem:
                    self.problem = str(error)
                    _log.error(
                        "the changed files are invalid, the previous ones stay in use: %s",
                        one_line(str(error)),
                    )
            else:
                self.problem = ""
                _log.info("reloaded the inventory and its playbooks")
        elif self.problem:
            self.problem = ""
            _log.info("the inventory and its playbooks are valid again and unchanged")
        return self.current

    def _read(self) -> None:
        self.current = Assignment.read(load_inventory(self.path))
        digests = {file.source.path: file.source.digest for file in self.current.files}
        self._digests = {self.path: self.current.inventory.digest, **digests}


def _digest(path: Path) -> str:
    """Return what `Source.digest` is for a file; empty if it cannot be read."""
    try:
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
