"""Runs whose hosts roll back automatically unless they are confirmed."""

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
    """The options of `--confirm-within 10m`."""
    return aovpn.Options(**{"patience": PATIENCE, "confirm_within": WITHIN, **more})


def apply_unconfirmed(site: Site, *steps: dict[str, Any], **more: Any) -> aovpn.Run:
    """Apply a run that is not confirmed; without steps it sets the values a, b and c to 1."""
    playbook = site.playbook(steps=list(steps) or dwords("a", "b", "c"))
    return site.apply(site.plan(playbook), options=options(**more))


def ahead(seconds: float) -> Callable[[], datetime]:
    """Return a clock of the controller that is so many seconds ahead."""
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


def confirm_run(site: Site, run: str = "last", hosts: Sequence[str] = ()) -> Confirmations:
    """Confirm a run, by default the last one."""
    return confirm(run, site.inventory, hosts=hosts, journal=site.journal)


def statuses_of(found: Confirmations) -> dict[str, str]:
    """Return the status of each host's confirmation."""
    return {each.host: each.confirm.status for each in found.hosts}


def rollbacks_on(site: Site) -> dict[str, list[str]]:
    """Return what each host has of automatic rollbacks."""
    return {name: site.state(name).tasks.leftovers for name in site.addresses}


def two_hosts(**parts: Any) -> dict[str, HostSeed]:
    """Return two hosts that are alike."""
    return {name: host(**parts) for name in ("one", "two")}


__all__ = ["MakeSite", "Site", "make_site"]
