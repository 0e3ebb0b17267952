"""The stand-in for RemoteAccess: what its commands change, say and refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.powershell.arranged import state
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

from .calls import refused, said

_RESTART = "The RemoteAccess service must be restarted for the changes to take effect."
_NEW = {
    "Ikev2Ports": 128,
    "SstpPorts": 128,
    "L2tpPorts": 128,
    "GrePorts": 128,
    "IdleDisconnect": 300,
    "SALifeTime": 28800,
    "MMSALifeTime": 86400,
    "SADataSizeForRenegotiation": 1024000,
    "TunnelType": 3,
    "EncryptionType": "RequireEncryption",
    "CimClass": {"CimClassName": "VpnServerIPsecDefaultConfiguration"},
}
_CUSTOM = (
    "Set-VpnServerConfiguration -CustomPolicy -AuthenticationTransformConstants GCMAES128 "
    "-CipherTransformConstants GCMAES128 -DHGroup Group14 -EncryptionMethod GCMAES128 "
    "-IntegrityCheckMethod SHA256 -PfsGroup ECP256 -SALifeTimeSeconds 3600 "
    "-WarningAction SilentlyContinue"
)
_POLICY = {
    "CustomPolicy": True,
    "EncryptionMethod": 5,
    "IntegrityCheckMethod": 2,
    "CipherTransformConstants": 5,
    "PfsGroup": 4,
    "AuthenticationTransformConstants": 3,
    "DHGroup": 3,
}
_ADD = "Add-RemoteAccessRadius -ServerName nps1 -Purpose Authentication -SharedSecret s"


@pytest.fixture(autouse=True)
def _new_server(stand_ins: EngineHost) -> None:
    del stand_ins


def test_a_new_server_has_the_documented_configuration(windows: EngineHost) -> None:
    assert said(windows, "Get-VpnServerConfiguration") == _NEW
    kind = "(Get-VpnServerConfiguration).Ikev2Ports.GetType().Name"
    assert windows.run(kind) == ["UInt32"]


def test_ports_and_times_are_set_with_a_warning(windows: EngineHost) -> None:
    script = (
        "Set-VpnServerConfiguration -SstpPorts 7 -IdleDisconnectSeconds 60 -WhatIf 6>$null\n"
        "Set-VpnServerConfiguration -SstpPorts 8 -IdleDurationSeconds 90 -MMSALifeTimeSeconds 5 "
        "-WarningVariable said -WarningAction SilentlyContinue\n$said[0].Message"
    )
    assert windows.run(script) == [_RESTART]
    changed = {"SstpPorts": 8, "IdleDisconnect": 90, "MMSALifeTime": 5}
    assert said(windows, "Get-VpnServerConfiguration") == {**_NEW, **changed}


def test_a_custom_policy_reads_as_numbers_and_is_reverted(windows: EngineHost) -> None:
    custom = said(windows, f"{_CUSTOM} -PassThru")
    plain = {name: value for name, value in _NEW.items() if name != "EncryptionType"}
    assert custom == {
        **plain,
        **_POLICY,
        "SALifeTime": 3600,
        "CimClass": {"CimClassName": "VpnServerIPsecCustomConfiguration"},
    }
    windows.run("Set-VpnServerConfiguration -SstpPorts 9 -WarningAction SilentlyContinue")
    assert said(windows, "Get-VpnServerConfiguration") == {**custom, "SstpPorts": 9}
    windows.run("Set-VpnServerConfiguration -RevertToDefault -WarningAction SilentlyContinue")
    assert said(windows, "Get-VpnServerConfiguration") == {**_NEW, "SstpPorts": 9}


def test_a_server_may_lose_its_policy_to_a_call_for_ports(windows: EngineHost) -> None:
    windows.run(state("RemoteAccess", PortsCallRevertsPolicy=True))
    windows.run(f"{_CUSTOM}\nSet-VpnServerConfiguration -GrePorts 1 3>$null")
    assert said(windows, "Get-VpnServerConfiguration").get("EncryptionType") == "RequireEncryption"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("-EncryptionType RequireEncryption -CustomPolicy", "AmbiguousParameterSet"),
        ("-DHGroup Group3 -CustomPolicy", "ParameterArgumentValidationError"),
        ("-SstpPorts -1", "ParameterArgumentTransformationError"),
        ("-PptpPorts 1", "NamedParameterNotFound"),
    ],
)
def test_calls_that_do_not_bind_are_refused(windows: EngineHost, call: str, error: str) -> None:
    assert refused(windows, f"Set-VpnServerConfiguration {call}")[0].split(",")[0] == error


def test_what_a_stand_in_does_not_do_is_not_passed_over(windows: EngineHost) -> None:
    assert refused(windows, "Get-VpnAuthProtocol -ThrottleLimit 3")[1] == (
        "stand-in: Get-VpnAuthProtocol does not do what -ThrottleLimit says"
    )


def test_one_command_or_all_of_them_fail(windows: EngineHost) -> None:
    windows.run(state("RemoteAccess", Fails={"Get-VpnAuthProtocol": "The binding is invalid."}))
    assert refused(windows, "Get-VpnAuthProtocol") == [
        "HRESULT 1702,Get-VpnAuthProtocol",
        "The binding is invalid.",
    ]
    assert said(windows, "Get-VpnServerConfiguration") == _NEW
    windows.run(state("RemoteAccess", Fails="No RRAS."))
    assert refused(windows, "Get-RemoteAccess")[1] == "No RRAS."
    # Whoever does not ask it to stop goes on.
    assert windows.run("Get-RemoteAccess -ErrorAction SilentlyContinue; 'on'") == ["on"]


def test_authentication_is_set_by_protocols_certificates_and_usages(windows: EngineHost) -> None:
    script = (
        "$root = Get-ChildItem Cert:\\LocalMachine\\Root | Select-Object -First 1\n"
        "Set-VpnAuthProtocol -UserAuthProtocolAccepted EAP, Certificate "
        "-CertificateEKUsToAccept 1.3.6.1.5.5.7.3.2 -RootCertificateNameToAccept $root "
        "-WarningAction SilentlyContinue\n$now = Get-VpnAuthProtocol\n"
        "ConvertTo-Json -Compress @($now.UserAuthProtocolAccepted, $now.CertificateEKUsToAccept, "
        "$now.TunnelAuthProtocolsAdvertised, ($null -eq $now.CertificateAdvertised), "
        "(-not (Compare-Object $now.RootCertificateNameToAccept $root.RawData)))"
    )
    assert windows.record(script) == [
        ["EAP", "Certificate"],
        ["1.3.6.1.5.5.7.3.2"],
        "Certificates",
        True,
        True,
    ]


def test_radius_servers_are_added_set_and_removed(windows: EngineHost) -> None:
    server = {
        "ServerName": "nps1",
        "Purpose": "Authentication",
        "ServerPurpose": {"ServerName": "nps1", "Purpose": "Authentication"},
        "Score": 30,
        "Timeout": 5,
        "Port": 1812,
        "AccountingOnOffMsg": None,
        "MsgAuthenticator": "Disabled",
        "SharedSecret": "s",
    }
    windows.run(_ADD)
    assert said(windows, "Get-RemoteAccessRadius") == server
    assert refused(windows, _ADD)[1] == (
        "The RADIUS server nps1 is already configured for Authentication."
    )
    call = "Set-RemoteAccessRadius nps1 Authentication -MsgAuthenticator Enabled -Timeout 60"
    windows.run(call)
    changed = {**server, "MsgAuthenticator": "Enabled", "Timeout": 60}
    assert said(windows, "Get-RemoteAccessRadius Authentication") == changed
    assert windows.run("@(Get-RemoteAccessRadius Accounting).Count") == ["0"]
    windows.run("Remove-RemoteAccessRadius nps1 Authentication")
    assert refused(windows, call)[1] == (
        "The RADIUS server nps1 is not configured for Authentication."
    )


def test_authentication_goes_to_radius_and_back_to_windows(windows: EngineHost) -> None:
    call = "Set-VpnAuthType -Type ExternalRadius -RadiusServer nps2 -SharedSecret s -PassThru"
    assert said(windows, call) == {"Type": "ExternalRadius", "RadiusServerList": ["nps2"]}
    seen = "Get-RemoteAccess | Select-Object AuthenticationType, RadiusServerList"
    assert said(windows, seen) == {
        "AuthenticationType": "ExternalRadius",
        "RadiusServerList": ["nps2"],
    }
    windows.run("Set-VpnAuthType Windows")
    assert said(windows, seen) == {"AuthenticationType": "Windows", "RadiusServerList": []}


def test_accounting_is_turned_on_and_off(windows: EngineHost) -> None:
    seen = (
        "Get-RemoteAccessAccounting | Select-Object RadiusAccountingStatus, "
        "RemoteRadiusServerList, InboxAccountingStatus, InboxStoreLimit"
    )
    off: dict[str, Any] = {
        "RadiusAccountingStatus": "Disabled",
        "RemoteRadiusServerList": [],
        "InboxAccountingStatus": "Disabled",
        "InboxStoreLimit": None,
    }
    assert said(windows, seen) == off
    windows.run(
        "Set-RemoteAccessAccounting -EnableAccountingType Inbox\nSet-RemoteAccessAccounting "
        "-EnableAccountingType ExternalRadius -RadiusServer nps3 -SharedSecret s"
    )
    assert said(windows, seen) == {
        "RadiusAccountingStatus": "ExternalRadius",
        "RemoteRadiusServerList": ["nps3"],
        "InboxAccountingStatus": "Enabled",
        "InboxStoreLimit": "12m",
    }
    windows.run(
        "foreach ($one in 'Inbox', 'ExternalRadius') "
        "{ Set-RemoteAccessAccounting -DisableAccountingType $one }"
    )
    assert said(windows, seen) == off


def test_addresses_come_from_dhcp_or_from_ranges(windows: EngineHost) -> None:
    windows.run(
        "Set-VpnIPAddressAssignment -IPAssignmentMethod StaticPool "
        "-IPAddressRange 10.8.0.2, 10.8.0.99 3>$null\nAdd-VpnIPAddressRange 10.9.0.2, 10.9.0.9"
    )
    seen = "Get-RemoteAccess | Select-Object IPAssignmentMethod, IPAddressRangeList"
    assert said(windows, seen) == {
        "IPAssignmentMethod": "StaticPool",
        "IPAddressRangeList": ["10.8.0.2 - 10.8.0.99", "10.9.0.2 - 10.9.0.9"],
    }
    windows.run("Remove-VpnIPAddressRange 10.8.0.2 -Force")
    assert said(windows, seen)["IPAddressRangeList"] == ["10.9.0.2 - 10.9.0.9"]
    assert refused(windows, "Remove-VpnIPAddressRange 10.8.0.2 -Force")[1] == (
        "There is no address range that starts with 10.8.0.2."
    )
    windows.run("Set-VpnIPAddressAssignment -IPAssignmentMethod Dhcp 3>$null")
    assert said(windows, seen) == {"IPAssignmentMethod": "Dhcp", "IPAddressRangeList": []}


def test_a_server_without_vpn_tells_its_states_alone(windows: EngineHost) -> None:
    windows.run("Uninstall-RemoteAccess -Force")
    there = {name: value for name, value in said(windows, "Get-RemoteAccess").items() if value}
    assert there == {
        "DAStatus": "Uninstalled",
        "VpnStatus": "Uninstalled",
        "VpnS2SStatus": "Uninstalled",
        "RoutingStatus": "Uninstalled",
        "LoadBalancing": "NotConfigured",
    }
    windows.run("Install-RemoteAccess -VpnType Vpn -Legacy")
    assert said(windows, "Get-RemoteAccess")["VpnStatus"] == "Installed"


def test_a_certificate_without_a_key_is_refused(windows: EngineHost) -> None:
    root = "(Get-ChildItem Cert:\\LocalMachine\\Root | Select-Object -First 1)"
    assert refused(windows, f"Set-RemoteAccess -SslCertificate {root} -Force")[1] == (
        "The certificate has no private key on this server."
    )


def test_sessions_are_counted_and_ended(windows: EngineHost) -> None:
    sessions = [{"UserName": "CORP\\a", "TotalBytesIn": 5}, {"UserName": "CORP\\b"}]
    windows.run(state("RemoteAccess", Sessions=sessions))
    seen = "Get-RemoteAccessConnectionStatistics | Select-Object UserName, ClientIPAddress"
    assert said(windows, seen) == [
        {"UserName": ["CORP\\a"], "ClientIPAddress": "10.8.0.2"},
        {"UserName": ["CORP\\b"], "ClientIPAddress": "10.8.0.3"},
    ]
    total = said(windows, "Get-RemoteAccessConnectionStatisticsSummary")
    assert (total["TotalConnections"], total["TotalBytesInOut"]) == (2, 5)
    assert windows.run("Disconnect-VpnUser -HostIPAddress 10.8.0.2 -PassThru") == ["10.8.0.2"]
    assert said(windows, seen)["UserName"] == ["CORP\\b"]
    assert refused(windows, "Disconnect-VpnUser 'CORP\\a'")[1] == (
        "There is no VPN connection of CORP\\a."
    )


def test_site_to_site_interfaces_are_found_by_name(windows: EngineHost) -> None:
    windows.run(state("RemoteAccess", S2SInterfaces=[{"Name": "edge1"}, {"Name": "edge2"}]))
    assert windows.run("(Get-VpnS2SInterface).Name") == ["edge1", "edge2"]
    assert said(windows, "Get-VpnS2SInterface edge2") == {"Name": "edge2"}


def test_another_process_sees_the_state(windows: EngineHost, windows_lab: EngineLab) -> None:
    windows.run("Set-VpnServerConfiguration -L2tpPorts 77 3>$null")
    with windows_lab.connect() as other:
        script = "(Get-VpnServerConfiguration).L2tpPorts"
        assert list(other.run(script, seconds=60)) == ["77"]
