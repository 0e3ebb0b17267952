"""Judgement of the connection itself: servers, protocol, and the rules of a device tunnel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from aovpn_remediate.inspect.profiles.about import AboutProfile, shown
from aovpn_remediate.inspect.profiles.conditional_access import asks_entra
from aovpn_remediate.inspect.profiles.tree import Element
from aovpn_remediate.inspect.profiles.values import is_true, listed
from aovpn_remediate.results.inspection import Finding

_NAME_IN_URI = re.compile(
    r"/VPNv2/(.*?)/(?:ProfileXML|Authentication|NativeProfile)", re.IGNORECASE
)
_UNESCAPED = re.compile(r"[^A-Za-z0-9%._~-]")
_WORDS = {
    "RoutingPolicyType": ("SplitTunnel", "ForceTunnel"),
    "NativeProtocolType": ("Automatic", "IKEv2", "SSTP", "L2TP", "PPTP", "ProtocolList"),
}


def is_device_tunnel(profile: Element) -> bool:
    """Return True for the profile of a device tunnel."""
    return is_true(profile.value("DeviceTunnel"))


def judge_tunnel(about: AboutProfile, profile: Element) -> Iterator[Finding]:
    """Yield what is wrong with the connection of a profile."""
    native = profile.child("NativeProfile")
    if native is None:
        yield from _without_native(about, profile)
        return
    yield from _servers(about, native)
    yield from _words(about, native)
    if is_true(profile.value("DisableIKEv2Fragmentation")):
        yield about.warning(
            "fragmentation-disabled",
            "DisableIKEv2Fragmentation is true: large IKEv2 messages are dropped by networks that "
            "drop IP fragments (error 809)",
            "Set it to false or remove it; the server's half is the playbook "
            "rras-ikev2-fragmentation.",
        )
    if is_device_tunnel(profile):
        yield from _device_tunnel(about, profile, native)
    elif native.value("Authentication", "UserMethod").lower() == "eap":
        yield from _user_tunnel(about, native)


def judge_uri(about: AboutProfile, uri: str, *, device_tunnel: bool) -> Iterator[Finding]:
    """Yield what is wrong with the place that an export sets a profile at."""
    if device_tunnel and uri.lower().startswith("./user/"):
        yield about.problem(
            "device-tunnel-user-scope",
            f"the device tunnel is set for users ({shown(uri)}); Windows makes one for the device "
            "alone",
            "Set it at ./Device/Vendor/MSFT/VPNv2/NAME/ProfileXML.",
        )
    named = _NAME_IN_URI.search(uri)
    if named and _UNESCAPED.search(named[1]):
        yield about.warning(
            "oma-uri-not-escaped",
            f"the name of the profile in {shown(uri)} has characters that a URI has to escape",
            "Write a space as %20, and other characters as their % codes.",
        )
    if named and "/" in unquote(named[1]):
        yield about.problem(
            "profile-name-slash",
            f"the name of the profile in {shown(uri)} has a slash, which it may not have",
            "Give the profile a name without a slash.",
        )


def _without_native(about: AboutProfile, profile: Element) -> Iterator[Finding]:
    if profile.child("PluginProfile") is not None:
        yield about.note(
            "plugin-profile",
            "the profile is for the VPN client of another vendor (PluginProfile), whose settings "
            "are not judged",
        )
    else:
        yield about.problem(
            "native-profile-missing",
            "the profile has no NativeProfile, and so no server",
            "Add a NativeProfile with Servers, NativeProtocolType and Authentication.",
        )


def _servers(about: AboutProfile, native: Element) -> Iterator[Finding]:
    servers = listed(native.value("Servers"))
    if not servers:
        yield about.problem(
            "servers-empty",
            "the profile names no VPN server (NativeProfile/Servers)",
            "Write the public name of the VPN server in Servers.",
        )
    elif len(servers) == 1:
        yield about.note(
            "servers-once",
            f"Servers names {shown(servers[0])} once; profiles that Intune deploys to Windows 11 "
            "are reported to need it twice, separated by a semicolon (not documented)",
        )


def _words(about: AboutProfile, native: Element) -> Iterator[Finding]:
    for name, words in _WORDS.items():
        text = native.value(name)
        if text and text.lower() not in {word.lower() for word in words}:
            yield about.warning(
                "value-unknown",
                f"{name} is {shown(text)!r}, which is none of {', '.join(words)}",
                f"Write the {name} that is meant.",
            )


def _user_tunnel(about: AboutProfile, native: Element) -> Iterator[Finding]:
    if not native.value("Authentication", "MachineMethod"):
        yield about.note(
            "machine-method-missing",
            "Authentication has no MachineMethod; profiles that Intune deploys to Windows 11 are "
            "reported to need one, Eap for a user tunnel (not documented)",
        )


def _device_tunnel(about: AboutProfile, profile: Element, native: Element) -> Iterator[Finding]:
    yield from _device_protocol(about, native)
    yield from _device_authentication(about, native)
    if not is_true(profile.value("AlwaysOn")):
        yield about.warning(
            "device-tunnel-not-always-on",
            "AlwaysOn is not true, so that the device tunnel does not connect by itself",
            "Set AlwaysOn to true.",
        )
    if asks_entra(profile):
        yield about.warning(
            "device-tunnel-conditional-access",
            "DeviceCompliance asks Entra for a user's certificate, and a device tunnel has no user",
            "Move DeviceCompliance to the profile of the user tunnel.",
        )
    if profile.child("TrafficFilter") is not None:
        yield about.note(
            "device-tunnel-traffic-filter",
            "traffic filters on a device tunnel keep servers from reaching the client before "
            "Windows 10 2004",
        )
    yield about.note(
        "device-tunnel-eligibility",
        "a device tunnel connects by itself only on domain-joined Windows Enterprise or Education, "
        "version 1709 or later, with a profile that SYSTEM made",
    )


def _device_protocol(about: AboutProfile, native: Element) -> Iterator[Finding]:
    protocol, policy = native.value("NativeProtocolType"), native.value("RoutingPolicyType")
    if protocol.lower() != "ikev2":
        yield about.problem(
            "device-tunnel-protocol",
            f"NativeProtocolType is {shown(protocol) or 'not set'}; a device tunnel has IKEv2 only",
            "Set NativeProtocolType to IKEv2.",
        )
    if policy.lower() == "forcetunnel":
        yield about.problem(
            "device-tunnel-force",
            "RoutingPolicyType is ForceTunnel, which a device tunnel does not support",
            "Set RoutingPolicyType to SplitTunnel, with a Route for each host that devices reach.",
        )
    elif policy.lower() != "splittunnel":
        yield about.warning(
            "device-tunnel-routing",
            f"RoutingPolicyType is {shown(policy) or 'not set'}; a device tunnel supports "
            "SplitTunnel only",
            "Set RoutingPolicyType to SplitTunnel.",
        )


def _device_authentication(about: AboutProfile, native: Element) -> Iterator[Finding]:
    machine = native.value("Authentication", "MachineMethod")
    if machine.lower() != "certificate":
        yield about.problem(
            "device-tunnel-authentication",
            f"MachineMethod is {shown(machine) or 'not set'}; a device tunnel has Certificate only",
            "Set Authentication/MachineMethod to Certificate.",
        )
    for name in ("UserMethod", "Eap"):
        if native.child("Authentication", name) is not None:
            yield about.warning(
                "device-tunnel-user-element",
                f"Authentication has {name}, and a device tunnel has no user",
                f"Remove {name}.",
            )
