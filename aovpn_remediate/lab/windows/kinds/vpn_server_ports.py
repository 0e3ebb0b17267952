"""Port counts of RRAS, as Get- and Set-AovpnVpnServerPorts read and set them."""

from __future__ import annotations

from pydantic import Field, TypeAdapter

from aovpn_remediate.lab.windows.host import PROTOCOLS, Host, Vpn
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Nothing, Parameters
from aovpn_remediate.lab.windows.layout import DEVICE_IDS, MINIPORTS, subkeys
from aovpn_remediate.lab.windows.thrown import Thrown

_DEFAULT_POLICY = {"EncryptionType": "4"}


class Desired(Parameters):
    """The counts that are declared."""

    ikev2: int | None = Field(default=None, ge=0, lt=2**32)
    sstp: int | None = Field(default=None, ge=0, lt=2**32)
    l2tp: int | None = Field(default=None, ge=0, lt=2**32)
    gre: int | None = Field(default=None, ge=0, lt=2**32)


def _get(host: Host, target: Nothing) -> Answer:
    del target
    vpn = _configured(host)
    limits = {protocol: _limit(host, protocol) for protocol in PROTOCOLS}
    return {**vpn.ports, "limits": limits, "policy": dict(vpn.policy)}


def _configured(host: Host) -> Vpn:
    if host.vpn is not None:
        return host.vpn
    if host.seed.vpn is None:
        raise Thrown(
            "The RemoteAccess cmdlets are not installed "
            "(Windows feature RSAT-RemoteAccess-PowerShell)."
        )
    raise Thrown("RRAS is not configured for VPN: it has no configuration.")


def _limit(host: Host, protocol: str) -> int | None:
    """MaxWanEndpoints of the miniport with the device id, never by its number."""
    limits = []
    for key in subkeys(host.registry, MINIPORTS):
        device = host.registry.get(key, "MatchingDeviceId")
        limit = host.registry.get(key, "MaxWanEndpoints")
        if device and str(device.data).lower() == DEVICE_IDS[protocol] and limit:
            limits.append(int(str(limit.data)))
    return min(limits, default=None)


def _acts(host: Host, target: Nothing, desired: Desired) -> list[Act]:
    del target
    vpn = _configured(host)
    acts: list[Act] = [
        _change(vpn, protocol, count)
        for protocol in PROTOCOLS
        if (count := getattr(desired, protocol)) is not None and count != vpn.ports[protocol]
    ]
    if host.quirks.disturb_vpn_policy:
        acts.append(lambda: _disturb(vpn))
    return acts


def _change(vpn: Vpn, protocol: str, count: int) -> Act:
    return lambda: vpn.ports.update({protocol: count})


def _disturb(vpn: Vpn) -> None:
    vpn.policy = dict(_DEFAULT_POLICY)


VPN_SERVER_PORTS = Kind(
    name="vpn_server_ports",
    calls_dotnet=False,
    target=Nothing,
    get=_get,
    subject=lambda _: "vpn",
    desired=TypeAdapter(Desired),
    acts=_acts,
)
