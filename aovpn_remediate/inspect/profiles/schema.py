"""The elements of a ProfileXML and their order.

Two orders are known and differ. The published schema is older than Windows 11. Profiles that Intune
deploys to Windows 11 are reported to need the order of the samples that work there; nothing of
Microsoft says so. An order that contradicts both is a warning, one that agrees with the schema a
note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """The orders of what an element contains."""

    wanted: tuple[str, ...]
    """As profiles on Windows 11 have it, with the elements of the schema alone fitted in."""
    documented: tuple[str, ...] = ()
    """As the published schema has it, where that differs."""

    def before(self, first: str, second: str) -> bool:
        """Return True if the schema puts one element before another, and so not after it."""
        known = self.documented
        return first in known and second in known and known.index(first) < known.index(second)


ORDERS: Mapping[str, Order] = {
    "VPNProfile": Order(
        wanted=(
            *("EdpModeId", "RememberCredentials", "AlwaysOn", "AlwaysOnActive", "DeviceTunnel"),
            *("DnsSuffix", "TrustedNetworkDetection"),
            *("DisableAdvancedOptionsEditButton", "DisableDisconnectButton"),
            *("LockDown", "ByPassForLocal", "Proxy", "APNBinding", "DeviceCompliance"),
            *("PluginProfile", "AppTrigger", "NativeProfile", "Route", "TrafficFilter"),
            *("DomainNameInformation", "RegisterDNS", "NetworkOutageTime"),
            *("IPv4InterfaceMetric", "IPv6InterfaceMetric", "UseRasCredentials"),
            *("DataEncryption", "PrivateNetwork", "DisableIKEv2Fragmentation"),
        ),
        documented=(
            *("EdpModeId", "RememberCredentials", "AlwaysOn", "DnsSuffix"),
            *("TrustedNetworkDetection", "LockDown", "DeviceTunnel", "RegisterDNS"),
            *("ByPassForLocal", "Proxy", "APNBinding", "DeviceCompliance", "PluginProfile"),
            *("AppTrigger", "DomainNameInformation", "TrafficFilter", "NativeProfile", "Route"),
        ),
    ),
    "NativeProfile": Order(
        wanted=(
            *("Servers", "RoutingPolicyType", "NativeProtocolType", "ProtocolList", "L2tpPsk"),
            *("Authentication", "CryptographySuite", "DisableClassBasedDefaultRoute"),
            "PlumbIKEv2TSAsRoutes",
        ),
        documented=(
            *("Servers", "RoutingPolicyType", "NativeProtocolType", "L2tpPsk"),
            *("DisableClassBasedDefaultRoute", "CryptographySuite", "Authentication"),
        ),
    ),
    "Authentication": Order(("UserMethod", "MachineMethod", "Certificate", "Eap")),
    "CryptographySuite": Order(
        (
            *("AuthenticationTransformConstants", "CipherTransformConstants", "PfsGroup"),
            *("DHGroup", "IntegrityCheckMethod", "EncryptionMethod"),
        )
    ),
    "Route": Order(
        ("Address", "PrefixSize", "Metric", "ExclusionRoute"),
        ("Address", "PrefixSize", "ExclusionRoute", "Metric"),
    ),
    "DeviceCompliance": Order(("Enabled", "Sso")),
    "Sso": Order(("Enabled", "Eku", "IssuerHash")),
    "TrafficFilter": Order(
        (
            *("App", "Claims", "Protocol", "LocalPortRanges", "RemotePortRanges"),
            *("LocalAddressRanges", "RemoteAddressRanges", "RoutingPolicyType", "Direction"),
        )
    ),
    "DomainNameInformation": Order(
        ("DomainName", "DnsServers", "WebProxyServers", "AutoTrigger", "Persistent")
    ),
    "Proxy": Order(("AutoConfigUrl", "Manual")),
    "APNBinding": Order(
        (
            *("ProviderId", "AccessPointName", "UserName", "Password"),
            *("IsCompressionEnabled", "AuthenticationType"),
        )
    ),
    "PluginProfile": Order(("ServerUrlList", "CustomConfiguration", "PluginPackageFamilyName")),
}
"""What contains elements of a fixed set, by its name."""

REPEATED = {"Route", "TrafficFilter", "DomainNameInformation", "AppTrigger"}
"""The elements of which a profile may have several."""

BOOLEANS = {
    *("RememberCredentials", "AlwaysOn", "AlwaysOnActive", "DeviceTunnel", "LockDown"),
    *("RegisterDNS", "ByPassForLocal", "DisableAdvancedOptionsEditButton"),
    *("DisableDisconnectButton", "DisableClassBasedDefaultRoute", "PlumbIKEv2TSAsRoutes"),
    *("UseRasCredentials", "PrivateNetwork", "DisableIKEv2Fragmentation", "ExclusionRoute"),
    *("Enabled", "AutoTrigger", "Persistent"),
}

SECRETS = {"L2tpPsk", "Password", "CustomConfiguration", "UserName"}
"""The elements whose text is shown nowhere."""
