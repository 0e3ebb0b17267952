"""Members of local groups: [ADSI] stands in, names and SIDs are those of Windows."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import store
from tests.powershell.host import EngineHost

_KIND = "AovpnLocalGroupMember"
_SVC, _SVC_SID = "CORP\\svc-vpn", "S-1-5-21-1-2-3-1104"
_USER = f"WinNT://CORP/svc-vpn|User|{_SVC_SID}"
_GROUP = "WinNT://CORP/VPN Admins|Group|S-1-5-21-1-2-3-512"
_ORPHAN = "WinNT://S-1-5-21-9-9-9-9|User|S-1-5-21-9-9-9-9"
_OTHER = "WinNT://WORKGROUP/VM/local|User|S-1-5-21-0-0-0-1001"
_TYPE = r"HKLM:\SYSTEM\CurrentControlSet\Control\ProductOptions"


@pytest.fixture(autouse=True)
def _accounts(stand_ins: EngineHost) -> None:
    stand_ins.run(store("Accounts", _SVC, _SVC_SID))


def read(host: EngineHost, group: str = "Administrators", account: str = _SVC) -> Any:
    return host.read(_KIND, {"Group": group, "Account": account})


def reason(host: EngineHost, group: str) -> str:
    target = literal({"Group": group, "Account": _SVC})
    record = host.record(f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target {target}")
    assert not record["ok"]
    return str(record["error"]["message"])


def members(host: EngineHost, *lines: str, group: str = "Administrators") -> None:
    host.run(store(f"Groups\\{group}", "Members", list(lines)))


@pytest.mark.parametrize("group", ["Administrators", "S-1-5-32-544", "BUILTIN\\Administrators"])
def test_a_member_is_found_by_its_sid(windows: EngineHost, group: str) -> None:
    members(windows, _OTHER, _USER)
    assert read(windows, group) == {"sid": _SVC_SID, "member": True, "nested": []}
    assert read(windows, group, _SVC_SID) == {"sid": _SVC_SID, "member": True, "nested": []}


def test_what_may_have_members_of_its_own_is_named(windows: EngineHost) -> None:
    members(windows, _OTHER, _GROUP, _ORPHAN)
    assert read(windows) == {
        "sid": _SVC_SID,
        "member": False,
        "nested": ["CORP\\VPN Admins", "S-1-5-21-9-9-9-9"],
    }


def test_an_account_that_is_not_known_is_no_member(windows: EngineHost) -> None:
    members(windows, _USER, _GROUP)
    assert read(windows, account="CORP\\none") == {
        "sid": None,
        "member": False,
        "nested": ["CORP\\VPN Admins"],
    }


def test_a_member_that_is_a_group_itself_is_a_member(windows: EngineHost) -> None:
    members(windows, _GROUP)
    state = read(windows, account="S-1-5-21-1-2-3-512")
    assert state == {"sid": "S-1-5-21-1-2-3-512", "member": True, "nested": []}


def test_a_group_without_members(windows: EngineHost) -> None:
    members(windows)
    assert read(windows) == {"sid": _SVC_SID, "member": False, "nested": []}


def test_a_group_has_the_name_of_the_hosts_language(windows: EngineHost) -> None:
    windows.run(store("Accounts", "VORDEFINIERT\\Administratoren", "S-1-5-32-544"))
    members(windows, _USER, group="Administratoren")
    assert read(windows, "S-1-5-32-544")["member"]
    assert windows.run("Get-AovpnLocalGroupName -Group S-1-5-32-544") == ["Administratoren"]


@pytest.mark.parametrize("group", ["No such group", "S-1-5-21-9-9-9-1000"])
def test_a_group_that_is_not_there_is_named(windows: EngineHost, group: str) -> None:
    assert reason(windows, group) == f"There is no group {group} on this host."


def test_what_adsi_says_is_told(windows: EngineHost) -> None:
    assert reason(windows, "Users") == "The group name could not be found.\r\n"


def test_a_domain_controller_has_no_local_groups(windows: EngineHost) -> None:
    members(windows, _USER)
    windows.run(f"Set-ItemProperty {_TYPE} -Name ProductType -Value LanmanNT")
    try:
        said = reason(windows, "Administrators")
    finally:
        windows.run(f"Set-ItemProperty {_TYPE} -Name ProductType -Value ServerNT")
    assert said == (
        "This host is a domain controller, which has no local groups: check the group in the "
        "domain."
    )


def test_nothing_but_the_type_of_the_product_is_asked_for(windows: EngineHost) -> None:
    shadow = "function Get-ItemProperty { param($LiteralPath, $Name) @{ $Name = 'LanmanNT' } }"
    script = "try { Get-AovpnLocalGroupName -Group Users } catch { [string] $_ }"
    [said] = windows.run(f"{shadow}\n{script}")
    assert said.startswith("This host is a domain controller, ")
