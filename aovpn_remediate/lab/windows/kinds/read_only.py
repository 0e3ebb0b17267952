"""The kinds that are only read: the build of Windows, installed programs, members of groups."""

from __future__ import annotations

import re

from aovpn_remediate.lab.windows import layout
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Answer, Kind, Nothing, Parameters
from aovpn_remediate.lab.windows.model import GroupSeed
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.thrown import Thrown

_VERSION = re.compile(r"[0-9]+(\.[0-9]+){1,3}")


class Program(Parameters):
    """The name as the list of installed programs shows it."""

    Name: str


class Membership(Parameters):
    """A group and an account, each by name or SID."""

    Group: str
    Account: str


def _os_build(host: Host, target: Nothing) -> Answer:
    del target
    build = host.registry.get(layout.CURRENT_VERSION, "CurrentBuildNumber")
    ubr = host.registry.get(layout.CURRENT_VERSION, "UBR")
    if build is None or ubr is None:
        raise Thrown(
            "Property UBR does not exist.", "System.Management.Automation.PSArgumentException"
        )
    return {"build": int(str(build.data)), "ubr": int(str(ubr.data))}


def _installed_program(host: Host, target: Program) -> Answer:
    versions = []
    for root in layout.UNINSTALL:
        for key in layout.subkeys(host.registry, root):
            shown = host.registry.get(key, "DisplayName")
            if shown and fold(str(shown.data)) == fold(target.Name):
                found = host.registry.get(key, "DisplayVersion")
                versions.append((str(shown.data), str(found.data) if found else ""))
    if not versions:
        return None
    name, version = max(versions, key=lambda program: _parts(program[1]))
    return {"name": name, "version": version}


def _parts(version: str) -> tuple[int, ...]:
    """What cannot be compared is the oldest."""
    return tuple(map(int, version.split("."))) if _VERSION.fullmatch(version) else ()


def _local_group_member(host: Host, target: Membership) -> Answer:
    if host.seed.os.product_type == "LanmanNT":
        raise Thrown(
            "This host is a domain controller, which has no local groups: look into the domain."
        )
    group = _group(host, target.Group)
    sid = host.sid(target.Account)
    return {"sid": sid, "member": sid in group.members, "nested": list(group.nested)}


def _group(host: Host, name: str) -> GroupSeed:
    for sid, group in host.seed.groups.items():
        if fold(name) in (fold(sid), fold(group.name), fold(f"BUILTIN\\{group.name}")):
            return group
    raise Thrown(f"There is no group {name} on this host.")


OS_BUILD = Kind(name="os_build", calls_dotnet=False, target=Nothing, get=_os_build)
INSTALLED_PROGRAM = Kind(name="installed_program", target=Program, get=_installed_program)
LOCAL_GROUP_MEMBER = Kind(name="local_group_member", target=Membership, get=_local_group_member)
