"""The VPN connection of a simulated client, as the kinds about connections are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.lab.windows.model import AnswerSeed

VPN_CONNECTION = "Always On VPN Device Tunnel"
USER_CONNECTION, USER_FOLDER = "Always On VPN", r"C:\Users\anna"
ROUTE, MISPLACED_ROUTE = "172.21.8.0/21", "172.21.12.0/21"
NPS_NAME = "nps-01.corp.example"
_KINDS = (
    "vpn_connection_route",
    "vpn_connection_eap_server_names",
    "vpn_connection_conditional_access",
    "vpn_connection_eku_filter",
)
_SCHEMA = "http://www.microsoft.com/provisioning"
_EAP = """\
<EapHostConfig xmlns="{schema}/EapHostConfig"><EapMethod><Type xmlns="{schema}/EapCommon">25</Type>\
</EapMethod><Config><Eap xmlns="{schema}/BaseEapConnectionPropertiesV1"><Type>25</Type>\
<EapType xmlns="{schema}/MsPeapConnectionPropertiesV1">{servers}<FastReconnect>true</FastReconnect>\
<Eap xmlns="{schema}/BaseEapConnectionPropertiesV1"><Type>13</Type>\
<EapType xmlns="{schema}/EapTlsConnectionPropertiesV1">{servers}</EapType></Eap></EapType></Eap>\
</Config></EapHostConfig>"""
_SERVERS = """\
<ServerValidation><DisableUserPromptForServerValidation>true</DisableUserPromptForServerValidation>\
<ServerNames>{name}</ServerNames>\
<TrustedRootCA>{root}</TrustedRootCA></ServerValidation>"""
_ROOT = "0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1 f0 0f 1e 2d 3c "

NO_CONNECTIONS: Mapping[str, tuple[AnswerSeed, ...]] = {
    name: (AnswerSeed(answer=None),) for name in _KINDS
}
"""The answers of a host that has none of all users."""


def connection_answers(
    *,
    route: str = ROUTE,
    managed_by: str | None = None,
    build: int = 26100,
    nps_name: str = NPS_NAME,
) -> Mapping[str, tuple[AnswerSeed, ...]]:
    """Return the answers of a client with one connection of all users."""
    providers = [] if managed_by is None else [managed_by]
    about = {"name": VPN_CONNECTION, "mdm": {"providers": providers, "profiles": []}}
    routes = [{"prefix": "10.0.0.0/8", "metric": 1}, {"prefix": route, "metric": 1}]
    answers: Mapping[str, Mapping[str, Any]] = {
        "vpn_connection_route": {"split_tunneling": True, "routes": routes},
        "vpn_connection_eap_server_names": {"build": build, "eap": _eap(nps_name)},
        "vpn_connection_eku_filter": {"oids": []},
    }
    target = {"Name": VPN_CONNECTION, "AllUsers": True}
    found = {
        name: (AnswerSeed(target=target, answer={**about, **answer}), AnswerSeed(answer=None))
        for name, answer in answers.items()
    }
    return {**found, "vpn_connection_conditional_access": _users(providers)}


def _users(providers: list[str]) -> tuple[AnswerSeed, ...]:
    """The connection of a user, whose profile does not ask Entra for a certificate."""
    place = {"whose": USER_FOLDER, "enabled": "0", "sso": "0", "eku": "", "issuer": "", "eap": None}
    mdm = {"providers": providers, "profiles": []}
    answer = {"mdm": mdm, "places": [place], "unread": []}
    none = "No phone book of a user that can be read here has the VPN connection."
    return (
        AnswerSeed(target={"Name": USER_CONNECTION, "AllUsers": False}, answer=answer),
        AnswerSeed(target={"AllUsers": False}, throws=none),
        AnswerSeed(answer=None),
    )


def _eap(name: str) -> str:
    """PEAP with EAP-TLS inside, both of which trust one server."""
    return _EAP.format(schema=_SCHEMA, servers=_SERVERS.format(name=name, root=_ROOT))
