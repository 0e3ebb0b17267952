"""NPS, ServerManager, Dism, VpnClient and LocalAccounts stand in: each command does its work."""

from __future__ import annotations

from typing import Any

import pytest

from tests.powershell.arranged import state, store
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

from .calls import refused, said

_ADMINISTRATORS = "S-1-5-32-544"
_ANNA = "S-1-5-21-7-8-9-1101"
_ORPHAN = "S-1-5-21-7-8-9-1999"


@pytest.fixture(autouse=True)
def _new_server(stand_ins: EngineHost) -> None:
    del stand_ins


_CLIENT = {
    "Name": "rras1",
    "Address": "10.0.0.5",
    "SharedSecret": "s3cr3t",
    "VendorName": "RADIUS Standard",
    "AuthAttributeRequired": False,
    "Enabled": True,
}
_NEW_CLIENT = "New-NpsRadiusClient -Name rras1 -Address 10.0.0.5 -SharedSecret s3cr3t"


def test_radius_clients_are_made_set_and_removed(windows: EngineHost) -> None:
    assert said(windows, _NEW_CLIENT) == _CLIENT
    assert refused(windows, _NEW_CLIENT)[1] == "The RADIUS client rras1 already exists."
    windows.run("'rras1' | Set-NpsRadiusClient -Enabled $false -AuthAttributeRequired $true")
    changed = {**_CLIENT, "Enabled": False, "AuthAttributeRequired": True}
    assert said(windows, "Get-NpsRadiusClient") == changed
    windows.run("Remove-NpsRadiusClient rras1")
    assert windows.run("@(Get-NpsRadiusClient).Count") == ["0"]
    assert refused(windows, "Set-NpsRadiusClient rras1 -Enabled $true") == [
        "ClientNotFound,Set-NpsRadiusClient",
        "The RADIUS client rras1 was not found.",
    ]


def test_an_export_has_policies_and_secrets_and_comes_back(windows: EngineHost) -> None:
    policy = store(r"NPS\Policies\VPN users", "Enabled", 0)
    oid = ["Allowed-Certificate-OID|0x1041|1.3.6.1.4.1.311.87"]
    policy += "\n" + store(r"NPS\Policies\VPN users", "Profile", oid)
    windows.run(f"{_NEW_CLIENT} | Out-Null\n{policy}\nExport-NpsConfiguration C:\\nps.xml")
    script = """
$all = [xml] [IO.File]::ReadAllText('C:\\nps.xml')
$profile = $all.SelectSingleNode("//RadiusProfiles/Children/*[@name = 'VPN users']/Properties")
$policy = $all.SelectSingleNode("//NetworkPolicy/Children/*[@name = 'VPN users']/Properties")
ConvertTo-Json -Compress @($profile.InnerText, $policy.Policy_Enabled.InnerText,
    $all.SelectSingleNode('//Shared_Secret').InnerText)
"""
    assert windows.record(script) == ["1.3.6.1.4.1.311.87", "0", "s3cr3t"]
    windows.run("Remove-NpsRadiusClient rras1\nImport-NpsConfiguration -Path C:\\nps.xml")
    assert said(windows, "Get-NpsRadiusClient") == _CLIENT
    windows.run("Remove-Item C:\\nps.xml")


def test_templates_of_secrets_are_found_by_name(windows: EngineHost) -> None:
    windows.run(state("NPS", Templates=[{"Name": "one", "SharedSecret": "s"}, {"Name": "two"}]))
    assert windows.run("(Get-NpsSharedSecretTemplate).Name") == ["one", "two"]
    assert said(windows, "Get-NpsSharedSecretTemplate one")["SharedSecret"] == "s"


_UNKNOWN = (
    "ArgumentNotValid: The role, role service, or feature name is not valid: 'NoSuch'. "
    "The name was not found."
)


def features(host: EngineHost, names: str) -> dict[str, Any]:
    found = f"Get-WindowsFeature {names} | Select-Object Name, InstallState"
    return {one["Name"]: one["InstallState"] for one in said(host, f"@({found})")}


def test_a_feature_is_installed_with_what_it_needs(windows: EngineHost) -> None:
    done = said(windows, "Install-WindowsFeature -Name Routing -IncludeManagementTools")
    assert (done["Success"], done["RestartNeeded"], done["ExitCode"]) == (True, "No", "Success")
    assert [one["Name"] for one in done["FeatureResult"]] == [
        "RemoteAccess",
        "DirectAccess-VPN",
        "Routing",
    ]
    assert features(windows, "Routing, NPAS, Remote*") == {
        "Routing": "Installed",
        "NPAS": "Available",
        "RemoteAccess": "Installed",
    }
    again = said(windows, "Install-WindowsFeature Routing")
    assert (again["ExitCode"], again["FeatureResult"]) == ("NoChangeNeeded", [])


def test_a_feature_takes_what_depends_on_it_away(windows: EngineHost) -> None:
    windows.run("Get-WindowsFeature Routing, NPAS | Install-WindowsFeature | Out-Null")
    windows.run("Uninstall-WindowsFeature DirectAccess-VPN -WhatIf 6>$null | Out-Null")
    assert features(windows, "Routing") == {"Routing": "Installed"}
    gone = said(windows, "Uninstall-WindowsFeature DirectAccess-VPN")["FeatureResult"]
    assert {one["Name"]: one["InstallState"] for one in gone} == {
        "DirectAccess-VPN": "Available",
        "Routing": "Available",
    }
    assert features(windows, "NPAS") == {"NPAS": "Installed"}


def test_a_restart_may_be_needed_and_is_not_made(windows: EngineHost) -> None:
    call = "Install-WindowsFeature AD-Domain-Services -WarningAction SilentlyContinue"
    done = said(windows, call)
    assert (done["RestartNeeded"], done["ExitCode"]) == ("Yes", "SuccessRestartRequired")
    assert refused(windows, "Install-WindowsFeature NPAS -Restart")[1] == (
        "stand-in: Install-WindowsFeature does not do what -Restart says"
    )


@pytest.mark.parametrize("command", ["Get-WindowsFeature NPAS,", "Install-WindowsFeature"])
def test_an_unknown_feature_ends_the_question(windows: EngineHost, command: str) -> None:
    assert refused(windows, f"{command} 'NoSuch'") == [
        f"NameDoesNotExist,{command.split(maxsplit=1)[0]}",
        _UNKNOWN,
    ]


def test_optional_features_are_enabled_and_disabled(windows: EngineHost) -> None:
    telnet = "-Online -FeatureName TelnetClient"
    done = said(windows, f"Enable-WindowsOptionalFeature {telnet} -NoRestart")
    assert done == {"Path": "", "Online": True, "RestartNeeded": False}
    assert said(windows, f"Get-WindowsOptionalFeature {telnet}")["State"] == "Enabled"
    windows.run(f"Disable-WindowsOptionalFeature {telnet} -Remove -NoRestart | Out-Null")
    assert said(windows, f"Get-WindowsOptionalFeature {telnet}") == {
        "FeatureName": "TelnetClient",
        "State": "DisabledWithPayloadRemoved",
        "Online": True,
        "DisplayName": "Telnet Client",
        "Description": "Telnet Client",
        "RestartRequired": "Possible",
    }


def test_an_optional_feature_may_wait_for_a_restart(windows: EngineHost) -> None:
    smb = "-Online -FeatureName SMB1Protocol"
    assert said(windows, f"Enable-WindowsOptionalFeature {smb} -NoRestart")["RestartNeeded"]
    assert said(windows, f"Get-WindowsOptionalFeature {smb}")["State"] == "EnablePending"
    names = windows.run("(Get-WindowsOptionalFeature -Online).FeatureName")
    assert names == ["NetFx3", "TelnetClient", "SMB1Protocol", "Windows-Defender"]
    unknown = "Enable-WindowsOptionalFeature -Online -FeatureName NoSuch -NoRestart"
    assert refused(windows, unknown)[1] == "Feature name NoSuch is unknown."


_NO_ENTRY = (
    "VPN connection AOVPN was not found. : "
    "The system could not find the phone book entry for this connection."
)
_ADD = (
    "Add-VpnConnection -Name AOVPN -ServerAddress vpn.example.net -TunnelType Ikev2 "
    "-AuthenticationMethod Eap -SplitTunneling -AllUserConnection"
)


def test_connections_are_in_the_book_that_they_were_put_in(windows: EngineHost) -> None:
    windows.run(_ADD)
    found = said(windows, "Get-VpnConnection AOVPN -AllUserConnection")
    assert {name: value for name, value in found.items() if value and name != "Guid"} == {
        "Name": "AOVPN",
        "ServerAddress": "vpn.example.net",
        "AllUserConnection": True,
        "TunnelType": "Ikev2",
        "AuthenticationMethod": ["Eap"],
        "EncryptionLevel": "Required",
        "ConnectionStatus": "Disconnected",
        "SplitTunneling": True,
    }
    assert refused(windows, "Get-VpnConnection AOVPN") == [
        "VPN 623,Get-VpnConnection",
        _NO_ENTRY,
    ]
    assert refused(windows, _ADD)[1] == (
        "VPN connection AOVPN already exists. : Cannot create a file when that file already exists."
    )


def test_a_connection_is_set_and_removed(windows: EngineHost) -> None:
    windows.run(
        f"{_ADD}\nSet-VpnConnection AOVPN -AllUserConnection -SplitTunneling $false "
        "-MachineCertificateEKUFilter 1.2.3 -EapConfigXmlStream ([xml] '<a>NPS1.example.net</a>')"
    )
    script = (
        "$it = Get-VpnConnection -AllUserConnection\nConvertTo-Json -Compress "
        "@($it.SplitTunneling, $it.MachineCertificateEKUFilter[0], $it.EapConfigXmlStream.InnerXml)"
    )
    assert windows.record(script) == [False, "1.2.3", "<a>NPS1.example.net</a>"]
    windows.run("Remove-VpnConnection AOVPN -AllUserConnection -Force")
    assert windows.run("@(Get-VpnConnection -AllUserConnection).Count") == ["0"]


def test_routes_of_a_connection_keep_their_metric(windows: EngineHost) -> None:
    at = "-ConnectionName AOVPN -DestinationPrefix 172.21.8.0/21 -AllUserConnection"
    windows.run(f"{_ADD}\nAdd-VpnConnectionRoute {at} -RouteMetric 7")
    assert said(windows, "(Get-VpnConnection -AllUserConnection).Routes[0]") == {
        "DestinationPrefix": "172.21.8.0/21",
        "InterfaceAlias": "AOVPN",
        "AddressFamily": "IPv4",
        "NextHop": "0.0.0.0",  # noqa: S104 - a route's
        "Publish": 0,
        "RouteMetric": 7,
        "PolicyStore": None,
    }
    windows.run(f"Remove-VpnConnectionRoute {at}")
    assert refused(windows, f"Remove-VpnConnectionRoute {at}")[1] == (
        "The route 172.21.8.0/21 of the VPN connection AOVPN was not found. : Element not found."
    )


def test_an_ipsec_policy_is_set_whole_and_reverted(windows: EngineHost) -> None:
    call = (
        "Set-VpnConnectionIPsecConfiguration AOVPN SHA256128 AES128 Group14 AES256 SHA256 PFS2048 "
        "-AllUserConnection -Force"
    )
    windows.run(f"{_ADD}\n{call}")
    seen = "(Get-VpnConnection -AllUserConnection).IPSecCustomPolicy"
    assert said(windows, seen) == {
        "AuthenticationTransformConstants": "SHA256128",
        "CipherTransformConstants": "AES128",
        "DHGroup": "Group14",
        "EncryptionMethod": "AES256",
        "IntegrityCheckMethod": "SHA256",
        "PfsGroup": "PFS2048",
    }
    call = "Set-VpnConnectionIPsecConfiguration AOVPN -RevertToDefault -AllUserConnection -Force"
    windows.run(call)
    assert said(windows, seen) is None


def members(*lines: str) -> str:
    return store(r"Groups\Administrators", "Members", list(lines))


def test_groups_and_their_members_are_found(windows: EngineHost) -> None:
    windows.run(members(f"WinNT://CORP/anna|User|{_ANNA}"))
    assert windows.run("(Get-LocalGroup -Name Adm*).SID.Value") == [_ADMINISTRATORS]
    script = (
        f"Get-LocalGroup -SID {_ADMINISTRATORS} | ForEach-Object {{ Get-LocalGroupMember $_ }} | "
        "Select-Object Name, ObjectClass, PrincipalSource, @{ n = 'SID'; e = { $_.SID.Value } }"
    )
    assert said(windows, script) == {
        "Name": "CORP\\anna",
        "ObjectClass": "User",
        "PrincipalSource": "ActiveDirectory",
        "SID": _ANNA,
    }
    assert refused(windows, "Get-LocalGroup Nobody") == [
        "GroupNotFound,Get-LocalGroup",
        "Group Nobody was not found.",
    ]


def test_members_are_added_and_removed(windows: EngineHost) -> None:
    windows.run(store("Accounts", r"CORP\anna", _ANNA))
    windows.run(members("WinNT://CORP/b|User|S-1-5-2"))
    call = f"-SID {_ADMINISTRATORS} -Member 'CORP\\anna'"
    windows.run(f"Add-LocalGroupMember {call}")
    assert windows.run("(Get-LocalGroupMember Administrators).Name") == ["CORP\\anna", "CORP\\b"]
    assert refused(windows, f"Add-LocalGroupMember {call}") == [
        "MemberExists,Add-LocalGroupMember",
        "CORP\\anna is already a member of group Administrators.",
    ]
    windows.run(f"Remove-LocalGroupMember {call}")
    assert windows.run("(Get-LocalGroupMember Administrators).Name") == ["CORP\\b"]
    assert refused(windows, f"Remove-LocalGroupMember {call}") == [
        "MemberNotFound,Remove-LocalGroupMember",
        "Member CORP\\anna was not found in group Administrators.",
    ]
    unknown = "Add-LocalGroupMember Administrators -Member 'CORP\\none'"
    assert refused(windows, unknown)[1] == "Principal CORP\\none was not found."


def test_a_member_without_an_account_spoils_the_list(windows: EngineHost) -> None:
    orphan = f"WinNT://{_ORPHAN}|User|{_ORPHAN}"
    windows.run(members(orphan))
    assert windows.run("(Get-LocalGroupMember Administrators).Name") == [_ORPHAN]
    windows.run(members(orphan, f"WinNT://CORP/anna|User|{_ANNA}"))
    assert refused(windows, "Get-LocalGroupMember Administrators") == [
        "An unspecified error occurred.,Get-LocalGroupMember",
        "Failed to compare two elements in the array.",
    ]


def test_users_are_found_by_name_and_by_sid(windows: EngineHost) -> None:
    assert windows.run("(Get-LocalUser).Name") == ["Administrator", "Guest"]
    assert said(windows, "(Get-LocalUser -SID S-1-5-21-1-2-3-501).Enabled") is False
    assert refused(windows, "Get-LocalUser Nobody")[1] == "User Nobody was not found."


def test_another_process_sees_what_was_changed(windows: EngineHost, windows_lab: EngineLab) -> None:
    windows.run(f"{_NEW_CLIENT} | Out-Null\nInstall-WindowsFeature NPAS | Out-Null\n{_ADD}")
    script = (
        "(Get-NpsRadiusClient).Name; (Get-WindowsFeature NPAS).Installed; "
        "(Get-VpnConnection -AllUserConnection).Name"
    )
    with windows_lab.connect() as other:
        assert list(other.run(script, seconds=60)) == ["rras1", "true", "AOVPN"]
