from __future__ import annotations

import pytest

from tests.inspect.profiles.made import (
    DEVICE_COMPLIANCE,
    TLS_EXTENSIONS,
    device,
    eap,
    export,
    notes,
    peap,
    report,
    serious,
    setting,
    the,
    tls,
    user,
)

_ACCESS = user(
    before_native=DEVICE_COMPLIANCE, configuration=eap(peap(inner=tls(extensions=TLS_EXTENSIONS)))
)
_FRAGMENTATION = "<DisableIKEv2Fragmentation>{}</DisableIKEv2Fragmentation>"


def test_a_right_device_tunnel() -> None:
    found = report(device())
    assert serious(found) == []
    assert notes(found) == ["device-tunnel-eligibility"]
    assert found.profiles[0].kind == "device tunnel"
    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("right", "wrong", "id_"),
    [
        (">IKEv2<", ">SSTP<", "device-tunnel-protocol"),
        (">IKEv2<", "><", "device-tunnel-protocol"),
        (">Certificate<", ">Eap<", "device-tunnel-authentication"),
        (">SplitTunnel<", ">ForceTunnel<", "device-tunnel-force"),
        (">SplitTunnel<", "><", "device-tunnel-routing"),
        ("<AlwaysOn>true<", "<AlwaysOn>false<", "device-tunnel-not-always-on"),
        ("      <MachineMethod>", "<UserMethod>Eap</UserMethod><MachineMethod>",
         "device-tunnel-user-element"),
        ("  <NativeProfile>", f"{DEVICE_COMPLIANCE}  <NativeProfile>",
         "device-tunnel-conditional-access"),
        ("</VPNProfile>", f"{_FRAGMENTATION.format('true')}</VPNProfile>",
         "fragmentation-disabled"),
    ],
)  # fmt: skip
def test_the_rules_of_a_device_tunnel(right: str, wrong: str, id_: str) -> None:
    found = report(device().replace(right, wrong))
    assert id_ in serious(found)
    assert all(f.fix for f in found.findings if f.id == id_)


def test_a_user_tunnel_has_other_rules() -> None:
    assert serious(report(device().replace("<DeviceTunnel>true", "<DeviceTunnel>false"))) == []


def test_fragmentation_that_is_on_is_right() -> None:
    assert serious(report(user(end=_FRAGMENTATION.format("false")))) == []
    found = report(user(end=_FRAGMENTATION.format("true")))
    assert serious(found) == ["fragmentation-disabled"]
    assert "rras-ikev2-fragmentation" in the(found, "fragmentation-disabled").fix


def test_servers() -> None:
    assert serious(report(user(servers=""))) == ["servers-empty"]
    assert serious(report(user(servers=" ; "))) == ["servers-empty"]
    once = report(user(servers="vpn.corp.example"))
    assert (serious(once), notes(once)) == ([], ["servers-once"])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("SplitTunnel", "SplitTunel"), ("Automatic", "Any"), ("Automatic", "IKEv1")],
)
def test_a_word_that_windows_does_not_know(right: str, wrong: str) -> None:
    found = report(user().replace(f">{right}<", f">{wrong}<"))
    assert serious(found) == ["value-unknown"]
    assert repr(wrong) in the(found, "value-unknown").text
    lower = user().replace(f">{right}<", f">{right.lower()}<")
    assert serious(report(lower)) == []


def test_a_profile_without_a_native_part() -> None:
    assert serious(report("<VPNProfile/>")) == ["native-profile-missing"]
    plugin = "<VPNProfile><PluginProfile/></VPNProfile>"
    assert notes(report(plugin)) == ["plugin-profile"]


def test_the_machine_method_of_a_user_tunnel_is_a_note() -> None:
    found = report(user().replace("<MachineMethod>Eap</MachineMethod>", ""))
    assert (serious(found), notes(found)) == ([], ["machine-method-missing"])


@pytest.mark.parametrize(
    ("uri", "text", "ids"),
    [
        ("./Device/Vendor/MSFT/VPNv2/Device%20Tunnel/ProfileXML", device(), []),
        ("./User/Vendor/MSFT/VPNv2/T/ProfileXML", device(), ["device-tunnel-user-scope"]),
        ("./User/Vendor/MSFT/VPNv2/User Tunnel/ProfileXML", user(), ["oma-uri-not-escaped"]),
        ("./User/Vendor/MSFT/VPNv2/a%2Fb/ProfileXML", user(), ["profile-name-slash"]),
    ],
)
def test_the_place_in_an_export(uri: str, text: str, ids: list[str]) -> None:
    assert serious(report(export(setting(text, omaUri=uri)))) == ids


def test_conditional_access_with_both_halves() -> None:
    found = report(_ACCESS)
    assert serious(found) == []
    assert found.profiles[0].conditional_access


@pytest.mark.parametrize(
    ("right", "wrong", "ids"),
    [
        (TLS_EXTENSIONS, "", ["device-compliance-without-tls-extensions"]),
        (DEVICE_COMPLIANCE, "", ["tls-extensions-without-device-compliance"]),
        ("<Eku>1.3.6.1.5.5.7.3.2", "<Eku>1.3.6.1.4.1.311.87", ["sso-eku"]),
        ("<Eku>1.3.6.1.5.5.7.3.2</Eku>", "", ["sso-eku"]),
        ("<IssuerHash>0f", "<IssuerHash>", ["sso-issuer-hash"]),
        ("<IssuerHash>0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c</IssuerHash>", "",
         ["sso-issuer-hash"]),
        ("<Sso>\n      <Enabled>true", "<Sso>\n      <Enabled>false", ["sso-disabled"]),
        ("<EKUOID>1.3.6.1.4.1.311.87", "<EKUOID>1.3.6.1.4.1.311.88",
         ["device-compliance-without-tls-extensions"]),
        ('Enabled="true"', 'Enabled="false"',
         ["client-auth-eku-disabled", "device-compliance-without-tls-extensions"]),
        ("AAD Conditional Access</EKUName>\n      </EKUMapInList>",
         "AAD</EKUName>\n      </EKUMapInList>",
         ["client-auth-eku-unknown", "device-compliance-without-tls-extensions"]),
    ],
)  # fmt: skip
def test_half_a_conditional_access(right: str, wrong: str, ids: list[str]) -> None:
    assert right in _ACCESS
    assert sorted(serious(report(_ACCESS.replace(right, wrong)))) == sorted(ids)


def test_the_two_oids_are_not_mixed_up() -> None:
    found = report(_ACCESS.replace("<Eku>1.3.6.1.5.5.7.3.2", "<Eku>1.3.6.1.4.1.311.87"))
    assert the(found, "sso-eku").severity == "problem"


def test_device_compliance_that_is_off_is_a_note() -> None:
    off = DEVICE_COMPLIANCE.replace("<Enabled>true", "<Enabled>false", 1)
    found = report(user(before_native=off))
    assert (serious(found), notes(found)) == ([], ["device-compliance-disabled"])
