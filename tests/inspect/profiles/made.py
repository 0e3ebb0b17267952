"""Profiles made for the tests: right in every respect unless a test changes something."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import escape

from aovpn_remediate.api.profiles import fix_profile, inspect_profile
from aovpn_remediate.results.inspection import Finding, Severity
from aovpn_remediate.results.profiles import ProfileReport

ROOT = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
SPACED_ROOT = " ".join(ROOT[n : n + 2] for n in range(0, 40, 2)) + " "
NAME = "nps-01.corp.example"
TUNNEL_OID = "1.3.6.1.4.1.311.87"

_HOST_CONFIG = "http://www.microsoft.com/provisioning/EapHostConfig"
_COMMON = "http://www.microsoft.com/provisioning/EapCommon"
_BASE = "http://www.microsoft.com/provisioning/BaseEapConnectionPropertiesV1"
_PEAP = "http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV"
_TLS = "http://www.microsoft.com/provisioning/EapTlsConnectionPropertiesV"

TLS_EXTENSIONS = f"""
<TLSExtensions xmlns="{_TLS}2">
  <FilteringInfo xmlns="{_TLS}3">
    <EKUMapping>
      <EKUMap>
        <EKUName>AAD Conditional Access</EKUName>
        <EKUOID>{TUNNEL_OID}</EKUOID>
      </EKUMap>
    </EKUMapping>
    <ClientAuthEKUList Enabled="true">
      <EKUMapInList>
        <EKUName>AAD Conditional Access</EKUName>
      </EKUMapInList>
    </ClientAuthEKUList>
  </FilteringInfo>
</TLSExtensions>"""

DEVICE_COMPLIANCE = f"""
  <DeviceCompliance>
    <Enabled>true</Enabled>
    <Sso>
      <Enabled>true</Enabled>
      <Eku>1.3.6.1.5.5.7.3.2</Eku>
      <IssuerHash>{ROOT}</IssuerHash>
    </Sso>
  </DeviceCompliance>"""


def validation(names: str = NAME, roots: Sequence[str] = (SPACED_ROOT,)) -> str:
    """The servers that a method trusts."""
    listed = "".join(f"<TrustedRootCA>{root}</TrustedRootCA>" for root in roots)
    return f"""
<ServerValidation>
  <DisableUserPromptForServerValidation>true</DisableUserPromptForServerValidation>
  <ServerNames>{names}</ServerNames>
  {listed}
</ServerValidation>"""


def tls(servers: str | None = None, extensions: str = "") -> str:
    """The settings of EAP-TLS."""
    return f"""
<Eap xmlns="{_BASE}">
  <Type>13</Type>
  <EapType xmlns="{_TLS}1">
    <CredentialsSource>
      <CertificateStore><SimpleCertSelection>true</SimpleCertSelection></CertificateStore>
    </CredentialsSource>
    {validation() if servers is None else servers}
    <DifferentUsername>false</DifferentUsername>
    <PerformServerValidation xmlns="{_TLS}2">true</PerformServerValidation>
    <AcceptServerName xmlns="{_TLS}2">true</AcceptServerName>{extensions}
  </EapType>
</Eap>"""


def peap(servers: str | None = None, inner: str | None = None) -> str:
    """The settings of PEAP with EAP-TLS inside."""
    return f"""
<Eap xmlns="{_BASE}">
  <Type>25</Type>
  <EapType xmlns="{_PEAP}1">
    {validation() if servers is None else servers}
    <FastReconnect>true</FastReconnect>
    <InnerEapOptional>false</InnerEapOptional>
    {tls() if inner is None else inner}
    <EnableQuarantineChecks>false</EnableQuarantineChecks>
    <RequireCryptoBinding>true</RequireCryptoBinding>
    <PeapExtensions>
      <PerformServerValidation xmlns="{_PEAP}2">true</PerformServerValidation>
      <AcceptServerName xmlns="{_PEAP}2">true</AcceptServerName>
    </PeapExtensions>
  </EapType>
</Eap>"""


def eap(method: str | None = None, number: int = 25) -> str:
    """An EAP configuration."""
    return f"""<EapHostConfig xmlns="{_HOST_CONFIG}">
  <EapMethod>
    <Type xmlns="{_COMMON}">{number}</Type>
    <VendorId xmlns="{_COMMON}">0</VendorId>
    <VendorType xmlns="{_COMMON}">0</VendorType>
    <AuthorId xmlns="{_COMMON}">0</AuthorId>
  </EapMethod>
  <Config xmlns="{_HOST_CONFIG}">{peap() if method is None else method}
  </Config>
</EapHostConfig>"""


def route(address: str, size: object, *more: str) -> str:
    """A route."""
    parts = [f"<Address>{address}</Address>", f"<PrefixSize>{size}</PrefixSize>", *more]
    lines = "\n".join(f"    {part}" for part in parts)
    return f"\n  <Route>\n{lines}\n  </Route>"


ROUTES = route("10.0.0.0", 8) + route("2001:db8::", 32)


def user(
    *,
    routes: str = ROUTES,
    configuration: str | None = None,
    servers: str = "vpn.corp.example;vpn.corp.example",
    policy: str = "SplitTunnel",
    before_native: str = "",
    native_end: str = "",
    end: str = "",
) -> str:
    """A user tunnel: PEAP with EAP-TLS."""
    return f"""<VPNProfile>
  <AlwaysOn>true</AlwaysOn>
  <DnsSuffix>corp.example</DnsSuffix>
  <TrustedNetworkDetection>corp.example</TrustedNetworkDetection>{before_native}
  <NativeProfile>
    <Servers>{servers}</Servers>
    <RoutingPolicyType>{policy}</RoutingPolicyType>
    <NativeProtocolType>Automatic</NativeProtocolType>
    <Authentication>
      <UserMethod>Eap</UserMethod>
      <MachineMethod>Eap</MachineMethod>
      <Eap>
        <Configuration>{eap() if configuration is None else configuration}</Configuration>
      </Eap>
    </Authentication>
    <DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>{native_end}
  </NativeProfile>{routes}
  <RegisterDNS>true</RegisterDNS>{end}
</VPNProfile>
"""


def device(routes: str = route("10.1.2.3", 32)) -> str:
    """A device tunnel."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<!-- the tunnel of the device -->
<VPNProfile>
  <AlwaysOn>true</AlwaysOn>
  <DeviceTunnel>true</DeviceTunnel>
  <DnsSuffix>corp.example</DnsSuffix>
  <NativeProfile>
    <Servers>vpn.corp.example;vpn.corp.example</Servers>
    <RoutingPolicyType>SplitTunnel</RoutingPolicyType>
    <NativeProtocolType>IKEv2</NativeProtocolType>
    <Authentication>
      <MachineMethod>Certificate</MachineMethod>
    </Authentication>
    <DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>
  </NativeProfile>{routes}
</VPNProfile>
"""


def setting(value: Any, **more: Any) -> dict[str, Any]:
    """An OMA-URI setting as Graph has it."""
    return {
        "@odata.type": "#microsoft.graph.omaSettingString",
        "displayName": "User tunnel",
        "omaUri": "./User/Vendor/MSFT/VPNv2/AOVPN/ProfileXML",
        "isEncrypted": False,
        "value": value,
        **more,
    }


def export(*settings: dict[str, Any], **more: Any) -> str:
    """An export of a custom configuration of Intune."""
    policy = {
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": "VPN clients",
        "omaSettings": [*settings],
        **more,
    }
    return json.dumps(policy, indent=2)


def in_base64(text: str) -> str:
    """A text as Graph has XML in a setting of its own type."""
    return base64.b64encode(text.encode()).decode()


def escaped(text: str) -> str:
    """An EAP configuration as a text inside XML."""
    return escape(text)


def report(text: str | bytes, **more: Any) -> ProfileReport:
    """The report about a text."""
    return inspect_profile(text if isinstance(text, bytes) else text.encode(), **more)


def serious(found: ProfileReport) -> list[str]:
    """The ids of the problems and warnings."""
    return [f.id for f in found.findings if f.severity is not Severity.NOTE]


def notes(found: ProfileReport) -> list[str]:
    """The ids of the notes."""
    return [f.id for f in found.findings if f.severity is Severity.NOTE]


def the(found: ProfileReport, id_: str) -> Finding:
    """The only finding of an id."""
    (one,) = [finding for finding in found.findings if finding.id == id_]
    return one


def fixed(text: str | bytes, **more: Any) -> tuple[str, ProfileReport]:
    """The corrected copy of a text, with its report."""
    done = fix_profile(text if isinstance(text, bytes) else text.encode(), **more)
    assert done.data is not None
    return done.data.decode(), done.report


@contextmanager
def unread(found: ProfileReport) -> Iterator[str]:
    """The only reason why something was not read, which is one line."""
    (one,) = found.unread
    assert "\n" not in one.reason
    assert found.exit_code == 1
    yield one.reason
