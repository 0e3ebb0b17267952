"""What a fleet is looked after with: the inventory and the playbooks that it names, as read."""

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
from aovpn_remediate.reports.escape import said
from aovpn_remediate.results import HostPlan, InventorySource, PlaybookSource

_log = logging.getLogger("aovpn_remediate.drift")


def fleet_of(inventory: Path, name: str | None = None) -> str:
    """What a fleet is called in the journal: its name, or where its inventory is."""
    return name or str(inventory.absolute())


@dataclass(frozen=True)
class Assignment:
    """An inventory, its playbooks, and the hosts that they are for."""

    fleet: Inventory
    files: tuple[PlaybookFile, ...]
    catalogs: Mapping[str, Catalog]
    """By host, in the order of the inventory."""

    @classmethod
    def read(cls, fleet: Inventory, limit: str | None = None) -> Assignment:
        """As it stands in the files. Raises `RemediateError`s."""
        files, catalogs = assigned(fleet, limit)
        return cls(fleet, tuple(files), {catalog.host.name: catalog for catalog in catalogs})

    @property
    def source(self) -> InventorySource:
        """For a plan."""
        return InventorySource(path=str(self.fleet.path), digest=self.fleet.digest)

    @property
    def playbooks(self) -> tuple[PlaybookSource, ...]:
        """For a plan."""
        return tuple(playbook_source(file) for file in self.files)

    def may_set(self, host: HostPlan, playbook: str) -> bool:
        """Whether the groups of a host and a playbook leave it to drift to set what differs."""
        rules = [self.fleet.rules[g] for g in (ALL, *host.groups) if g in self.fleet.rules]
        own = [file.header.drift for file in self.files if file.name == playbook]
        return may_fix([*(rule.drift for rule in rules), *own])

    def guarded(self, host: HostPlan) -> frozenset[str]:
        """The things that playbooks ask for on a host which may not be set."""
        return frozenset(
            thing
            for book in self.catalogs[host.host].playbooks
            if not self.may_set(host, book.name)
            for step in book.steps
            for thing in step.resource.claims()
        )


@dataclass
class Watched:
    """The assignment of an inventory, read anew when one of its files has changed.

    Files that became wrong are told of in the log, and what was read before goes on to hold.
    """

    path: Path
    problem: str = ""
    """What is wrong with the files as they are now."""
    current: Assignment = field(init=False)
    _digests: Mapping[Path, str] = field(init=False)

    def __post_init__(self) -> None:
        self._read()

    def look(self) -> Assignment:
        """What holds now."""
        if any(_digest(path) != digest for path, digest in self._digests.items()):
            try:
                self._read()
            except RemediateError as error:
                if str(error) != self.problem:
                    self.problem = str(error)
                    _log.error("what was read before goes on to hold: %s", said(str(error)))
            else:
                self.problem = ""
                _log.info("the inventory and its playbooks were read anew")
        elif self.problem:
            self.problem = ""
            _log.info("the inventory and its playbooks are as they were")
        return self.current

    def _read(self) -> None:
        self.current = Assignment.read(load_inventory(self.path))
        digests = {file.source.path: file.source.digest for file in self.current.files}
        self._digests = {self.path: self.current.fleet.digest, **digests}


def _digest(path: Path) -> str:
    """As `Source.digest`; empty for a file that cannot be read."""
    try:
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
