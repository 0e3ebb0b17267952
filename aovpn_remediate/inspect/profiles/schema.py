"""The elements of a ProfileXML and their order.

Two orders are known and differ. The published schema is older than Windows 11. Profiles that Intune
deploys to Windows 11 are reported to need the order of samples that work there; nothing of
Microsoft says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Basis(IntEnum):
    """The ground on which an element is misplaced, the strongest first."""

    PRACTICE = 1
    """The order of profiles that work on Windows 11, and nothing speaks against it."""
    DISPUTED = 2
    """That order too, but the published schema has the element where it is."""
    SCHEMA = 3
    """The published schema alone."""
    NONE = 4
    """Neither says anything."""


@dataclass(frozen=True)
class Order:
    """The orders of what an element contains."""

    wanted: tuple[str, ...]
    """All of it, as a corrected copy has it."""
    practised: tuple[tuple[str, ...], ...] = ()
    """What profiles on Windows 11 have in order, as chains."""
    documented: tuple[str, ...] = ()
    """As the published schema has it."""

    def basis(self, first: str, second: str) -> Basis:
        """Return why an element may not stand before another one."""
        if _has(self.practised, second, first):
            documented = _has((self.documented,), first, second)
            return Basis.DISPUTED if documented else Basis.PRACTICE
        return Basis.SCHEMA if _has((self.documented,), second, first) else Basis.NONE


def _has(chains: Iterable[Sequence[str]], first: str, second: str) -> bool:
    """True if a chain has both, in this order."""
    return any(
        first in chain and second in chain and chain.index(first) < chain.index(second)
        for chain in chains
    )


def _both(*names: str) -> Order:
    """An order that profiles and the schema share."""
    return Order(names, (names,), names)


def _schema(*names: str) -> Order:
    """An order that the schema alone has."""
    return Order(names, (), names)


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
        practised=(
            (
                *("AlwaysOn", "DeviceTunnel", "DnsSuffix", "TrustedNetworkDetection"),
                *("DisableAdvancedOptionsEditButton", "DisableDisconnectButton", "Proxy"),
                *("NativeProfile", "Route", "TrafficFilter", "DomainNameInformation"),
                *("RegisterDNS", "NetworkOutageTime", "IPv4InterfaceMetric"),
                *("IPv6InterfaceMetric", "UseRasCredentials", "DataEncryption"),
                *("PrivateNetwork", "DisableIKEv2Fragmentation"),
            ),
            (
                *("AlwaysOn", "DnsSuffix", "TrustedNetworkDetection", "DeviceCompliance"),
                *("NativeProfile", "Route"),
            ),
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
        practised=(
            (
                *("Servers", "RoutingPolicyType", "NativeProtocolType", "Authentication"),
                *("CryptographySuite", "DisableClassBasedDefaultRoute"),
            ),
        ),
        documented=(
            *("Servers", "RoutingPolicyType", "NativeProtocolType", "L2tpPsk"),
            *("DisableClassBasedDefaultRoute", "CryptographySuite", "Authentication"),
        ),
    ),
    "Authentication": Order(
        ("UserMethod", "MachineMethod", "Certificate", "Eap"),
        (("UserMethod", "MachineMethod", "Eap"),),
        ("UserMethod", "MachineMethod", "Eap"),
    ),
    "CryptographySuite": _both(
        *("AuthenticationTransformConstants", "CipherTransformConstants", "PfsGroup", "DHGroup"),
        *("IntegrityCheckMethod", "EncryptionMethod"),
    ),
    "Route": Order(
        ("Address", "PrefixSize", "ExclusionRoute", "Metric"),
        (("Address", "PrefixSize", "ExclusionRoute"), ("Address", "PrefixSize", "Metric")),
        ("Address", "PrefixSize"),
    ),
    "DeviceCompliance": _both("Enabled", "Sso"),
    "Sso": _both("Enabled", "Eku", "IssuerHash"),
    "TrafficFilter": Order(
        (
            *("App", "Claims", "Protocol", "LocalPortRanges", "RemotePortRanges"),
            *("LocalAddressRanges", "RemoteAddressRanges", "RoutingPolicyType", "Direction"),
        ),
        (
            ("App", "Protocol", "LocalPortRanges", "RemoteAddressRanges"),
            ("App", "Protocol", "RemotePortRanges", "RemoteAddressRanges"),
        ),
        (
            *("App", "Claims", "Protocol", "LocalPortRanges", "RemotePortRanges"),
            *("LocalAddressRanges", "RemoteAddressRanges", "RoutingPolicyType"),
        ),
    ),
    "DomainNameInformation": Order(
        ("DomainName", "DnsServers", "WebProxyServers", "AutoTrigger", "Persistent"),
        (("DomainName", "DnsServers"),),
        ("DomainName", "DnsServers", "WebProxyServers", "AutoTrigger"),
    ),
    "Proxy": Order(("AutoConfigUrl", "Manual")),
    "APNBinding": _schema(
        *("ProviderId", "AccessPointName", "UserName", "Password"),
        *("IsCompressionEnabled", "AuthenticationType"),
    ),
    "PluginProfile": _schema("ServerUrlList", "CustomConfiguration", "PluginPackageFamilyName"),
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
