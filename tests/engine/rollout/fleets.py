"""Fleets of NPS, RRAS and connector servers under the shipped playbooks, and what is asked of them.

The hosts are those of `lab/windows/roles.py`, the playbooks the shipped ones: NPS servers reboot,
RRAS servers and connectors restart services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import yaml
from click.testing import CliRunner, Result

import aovpn_remediate as aovpn
from aovpn_remediate.cli import main
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.roles import connector, nps, rras
from tests.engine.conftest import ALL_RESTARTS, MakeSite, Site, make_site

ROLES: dict[str, Callable[[str], HostSeed]] = {"nps": nps, "rras": rras, "connector": connector}
PLAYBOOKS = {
    "nps": "nps-ignore-no-revocation-check",
    "rras": "rras-ikev2-fragmentation",
    "connector": "connector-sid-extension",
}
VALUES = {
    "nps": r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13\IgnoreNoRevocationCheck",
    "rras": r"HKLM\SYSTEM\CurrentControlSet\Services\RemoteAccess\Parameters\Ikev2"
    r"\EnableServerFragmentation",
    "connector": r"HKLM\SOFTWARE\Microsoft\MicrosoftIntune\PFXCertificateConnector"
    r"\EnableSidSecurityExtension",
}
"""What each playbook sets."""
QUICK = aovpn.Patience(settle=30, reboot=30, poll=0.02, stable=0.02)
SHORT = aovpn.Patience(settle=1.5, reboot=1.5, poll=0.01, stable=0.01)
"""For what never comes to be well."""
CANARY_FIRST = (aovpn.Share(count=1), aovpn.Share(percent=10), aovpn.Share(percent=100))
SWIFT = (
    *("--poll", "0.02", "--stable-for", "0.01"),
    *("--settle-timeout", "30", "--reboot-timeout", "30"),
)
ALLOWED = ("--allow-restart", "--allow-reboot")


def fleet(make_site: MakeSite, sizes: Mapping[str, int], **more: Any) -> Site:
    """So many hosts of each role, all to be changed: `nps-01`, `rras-01`..."""
    groups = {role: [f"{role}-{n:02}" for n in range(1, size + 1)] for role, size in sizes.items()}
    seeds = {name: ROLES[role](name) for role, names in groups.items() for name in names}
    site = make_site(seeds, groups=groups, **more)
    for name in seeds:
        site.state(name).quirks.reboot_seconds = 0.05
        site.state(name).quirks.restart_seconds = 0.02
    return site


def sixty(make_site: MakeSite, **more: Any) -> Site:
    """Twenty hosts of each role."""
    return fleet(make_site, dict.fromkeys(ROLES, 20), **more)


def ruled(site: Site, **rules: Mapping[str, Any]) -> Site:
    """With rules for groups, or new groups, in the inventory."""
    inventory = yaml.safe_load(site.inventory.read_text())
    for group, said in rules.items():
        inventory["groups"].setdefault(group, {}).update(said)
    site.inventory.write_text(yaml.safe_dump(inventory))
    return site


def planned(site: Site, **more: Any) -> aovpn.Plan:
    """The shipped playbooks of the roles that the site has."""
    here = dict.fromkeys(name.partition("-")[0] for name in site.addresses)
    return site.plan(*(PLAYBOOKS[role] for role in here), **more)


def kept(site: Site, plan: aovpn.Plan) -> str:
    """The plan in a file."""
    path = site.folder / "change.plan.json"
    plan_file.save(plan, path)
    return str(path)


def options(**more: Any) -> aovpn.Options:
    """In batches, and quick."""
    return aovpn.Options(**{"patience": QUICK, "serial": CANARY_FIRST, **more})


def resumed(site: Site, run: str, **more: Any) -> aovpn.Run:
    """`resume`, with all restarts allowed."""
    more = {"permit": ALL_RESTARTS, **more}
    return aovpn.resume(run, site.inventory, journal=site.journal, **more)


def cli(site: Site, *words: str) -> Result:
    """The program in this process, without a terminal."""
    return CliRunner().invoke(main, [*words, "--journal", site.journal.url])


def unreachable(site: Site, names: Iterable[str]) -> None:
    """From now on, for a day."""
    for name in names:
        site.state(name).down_until = site.state(name).lab_time + timedelta(days=1)


def reachable(site: Site, names: Iterable[str]) -> None:
    """Again."""
    for name in names:
        site.state(name).down_until = site.state(name).lab_time


def does_not_hold(site: Site, *names: str) -> None:
    """What is set there is not there afterwards."""
    for name in names:
        site.state(name).quirks.does_not_hold = (VALUES[name.partition("-")[0]],)


def changed(site: Site, before: Mapping[str, Any]) -> set[str]:
    """The hosts on which anything is otherwise than it was."""
    return {name for name, now in site.snapshots().items() if now != before[name]}


def asked(site: Site) -> set[str]:
    """The hosts that had any request since the counts were reset."""
    names = {address: name for name, address in site.addresses.items()}
    return {names[request.host] for request in site.lab.requests}


def in_effect(site: Site, names: Sequence[str] = ()) -> set[str]:
    """The hosts where what is wanted was there when Windows, or the service, started."""
    found = set()
    for name in names or site.addresses:
        role = name.partition("-")[0]
        what = {"nps": "boot", "rras": "RemoteAccess"}.get(role, "PFXCertificateConnectorSvc")
        key, _, value = VALUES[role].lower().rpartition("\\")
        keys = site.state(name).in_effect[what]["registry"]
        long = key.replace("hklm", "hkey_local_machine", 1)
        if keys[long].get(value) == ("DWord", 1):
            found.add(name)
    return found


__all__ = ["ALL_RESTARTS", "MakeSite", "Site", "make_site"]
