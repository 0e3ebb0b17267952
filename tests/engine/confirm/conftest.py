"""Runs whose hosts set themselves back, and what a person does about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aovpn_remediate as aovpn
from aovpn_remediate.api.confirm import confirm
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.results import Confirmations
from tests.engine.conftest import PATIENCE, MakeSite, Site, make_site
from tests.engine.scenes import dwords, host

WITHIN = 600.0


def options(**more: Any) -> aovpn.Options:
    """Those of `--confirm-within 10m`."""
    return aovpn.Options(**{"patience": PATIENCE, "confirm_within": WITHIN, **more})


def armed(site: Site, *steps: dict[str, Any], **more: Any) -> aovpn.Run:
    """A run whose hosts set themselves back; without steps it makes the values a, b and c 1."""
    playbook = site.playbook(steps=list(steps) or dwords("a", "b", "c"))
    return site.apply(site.plan(playbook), options=options(**more))


def ahead(seconds: float) -> Callable[[], datetime]:
    """The clock of a controller, so much later."""
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


def keep(site: Site, run: str = "last", hosts: Sequence[str] = ()) -> Confirmations:
    """`confirm`."""
    return confirm(run, site.inventory, hosts=hosts, journal=site.journal)


def said(found: Confirmations) -> dict[str, str]:
    """What became of each host."""
    return {each.host: each.confirm.status for each in found.hosts}


def left(site: Site) -> dict[str, list[str]]:
    """What is on each host of all this."""
    return {name: site.state(name).tasks.left for name in site.addresses}


def two_hosts(**parts: Any) -> dict[str, HostSeed]:
    """Hosts that are alike."""
    return {name: host(**parts) for name in ("one", "two")}


__all__ = ["MakeSite", "Site", "make_site"]
