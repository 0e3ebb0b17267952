"""Seeds of realistic hosts: NPS, RRAS and connector servers, domain controllers, clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.lab.windows.model import (
    AnswerSeed,
    HostSeed,
    OsSeed,
    ServiceSeed,
    ValueSeed,
    VpnSeed,
)
from aovpn_remediate.lab.windows.vpn_connections import VPN_CONNECTION, connection_answers

CONNECTOR_ACCOUNT = r"CORP\svc-connector"
VPN_POLICY = "VPN users"
CONNECTOR_PROGRAM = "Certificate Connector for Microsoft Intune"

_OS = {
    2019: OsSeed(name="Windows Server 2019 Standard", build=17763, ubr=7136),
    2022: OsSeed(name="Windows Server 2022 Standard", build=20348, ubr=3453),
    2025: OsSeed(name="Windows Server 2025 Standard", build=26100, ubr=3775),
}
_CLIENT = OsSeed(
    name="Windows 11 Enterprise", build=26100, ubr=4061, edition="Enterprise", product_type="WinNT"
)
_DOMAIN_SID = "S-1-5-21-1004336348-1177238915-682003330"
_ADMINISTRATOR, _DOMAIN_ADMINS = f"{_DOMAIN_SID}-500", f"{_DOMAIN_SID}-512"
_CONNECTOR_SID = f"{_DOMAIN_SID}-1107"
_ALL_SERVICES = "S-1-5-80-0"
_CONNECTOR_IS_ADMINISTRATOR = AnswerSeed(
    target={"Group": "S-1-5-32-544", "Account": CONNECTOR_ACCOUNT},
    answer={"sid": _CONNECTOR_SID, "member": True, "nested": [r"CORP\Domain Admins"]},
)

_EAP = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP"
_IKEV2 = r"HKLM\SYSTEM\CurrentControlSet\Services\RemoteAccess\Parameters\Ikev2"
_RASMAN_CONFIG = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\Config"
_KDC = r"HKLM\SYSTEM\CurrentControlSet\Services\Kdc"
_CONNECTOR_FOLDER = r"C:\Program Files\Microsoft Intune\PFXCertificateConnector"
_CONNECTOR = r"HKLM\SOFTWARE\Microsoft\MicrosoftIntune\PFXCertificateConnector"

_DISABLED = "AutoTriggerDisabledProfilesList"

_ENTRY = {
    "disable_mobility": "DisableMobility",
    "network_outage_time": "NetworkOutageTime",
    "ip_interface_metric": "IpInterfaceMetric",
    "ipv6_interface_metric": "Ipv6InterfaceMetric",
    "use_ras_credentials": "UseRasCredentials",
    "cache_credentials": "CacheCredentials",
    "ip_dns_flags": "IpDnsFlags",
    "disable_class_based_default_route": "DisableClassBasedDefaultRoute",
}

_NO_LOCAL_GROUPS = (
    "This host is a domain controller, which has no local groups: check the group in the domain."
)
_RUNS = ServiceSeed()
_OFF = ServiceSeed(status="stopped", startup="disabled")

Setting = int | str | None
"""The initial state of a registry value: a dword, a string of the wrong type, or absent."""


def nps(
    name: str,
    *,
    year: int = 2022,
    ignore_no_revocation_check: Setting = None,
    certificate_oids: tuple[str, ...] = (),
) -> HostSeed:
    """Return an NPS server, with RRAS disabled as on every Windows Server."""
    eap_tls = _setting("IgnoreNoRevocationCheck", ignore_no_revocation_check)
    services = {
        "IAS": ServiceSeed(alone=False),
        "RasMan": ServiceSeed(status="stopped", startup="manual"),
        "RemoteAccess": _OFF,
    }
    policy = {"policy": VPN_POLICY, "oids": list(certificate_oids), "source": "netsh"}
    policies = (AnswerSeed(target={"Policy": VPN_POLICY}, answer=policy), AnswerSeed(answer=None))
    return _host(
        name,
        _OS[year],
        services=services,
        registry=_eap(eap_tls),
        answers={"nps_policy": policies},
    )


def rras(
    name: str,
    *,
    year: int = 2022,
    fragmentation: Setting = None,
    ports: int = 128,
    sessions: int = 0,
) -> HostSeed:
    """Return an RRAS server for IKEv2 and SSTP users."""
    registry = {
        **_eap({}),
        _IKEV2: {
            "idleTimeout": ValueSeed(dword=300),
            **_setting("EnableServerFragmentation", fragmentation),
        },
    }
    return _host(
        name,
        _OS[year],
        services={"RasMan": _RUNS, "RemoteAccess": _RUNS, "IKEEXT": _RUNS},
        registry=registry,
        vpn=VpnSeed(ikev2=ports, sstp=ports),
        sessions=sessions,
    )


def connector(
    name: str,
    *,
    year: int = 2022,
    sid_extension: Setting = None,
    version: str = "6.2406.0.1001",
    installed: bool = True,
) -> HostSeed:
    """Return a server with the Intune certificate connector, which runs as a domain account.

    Without `installed`, the setup has failed because the account lacks "Log on as a service".
    """
    if not installed:
        return _host(name, _OS[year], services={"RemoteAccess": _OFF}, registry=_eap({}))
    program = rf"{_CONNECTOR_FOLDER}\Bin\Connector.exe"
    service = ServiceSeed(account=CONNECTOR_ACCOUNT, path=f'"{program}" -service')
    setting = _setting("EnableSidSecurityExtension", sid_extension)
    about = {
        "Version": ValueSeed(string=version),
        "InstallFolder": ValueSeed(string=_CONNECTOR_FOLDER),
    }
    return _host(
        name,
        _OS[year],
        services={
            "PFXCertificateConnectorSvc": service,
            "PkcsCreateLegacyConnectorSvc": service,
            "RemoteAccess": _OFF,
        },
        registry={**_eap({}), _CONNECTOR: {**about, **setting}},
        answers={"installed_program": (_installed(version), AnswerSeed(answer=None))},
        rights={"SeServiceLogonRight": (_ALL_SERVICES, _CONNECTOR_SID)},
    )


def domain_controller(name: str, *, year: int = 2022, enforcement: Setting = None) -> HostSeed:
    """Return a domain controller with its setting of the enforcement of strong mapping."""
    return _host(
        name,
        _OS[year].model_copy(update={"product_type": "LanmanNT"}),
        services={"Kdc": _RUNS, "NTDS": _RUNS, "Netlogon": _RUNS, "RemoteAccess": _OFF},
        registry={**_eap({}), _KDC: _setting("StrongCertificateBindingEnforcement", enforcement)},
        answers={"local_group_member": (AnswerSeed(throws=_NO_LOCAL_GROUPS),)},
    )


def client(
    name: str,
    *,
    not_automatic: tuple[str, ...] | None = None,
    strategy: int = 14,
    **connection: Any,
) -> HostSeed:
    """Return a Windows 11 client of the VPN, with RRAS disabled as on every Windows.

    `not_automatic` are the profiles for which a user has cleared "Connect automatically";
    `strategy` is the VpnStrategy of the connection of all users; `connection` says how that
    connection is: the parameters of `connection_answers`.
    """
    config = {} if not_automatic is None else {_DISABLED: ValueSeed(multi_string=not_automatic)}
    entry = (_entry(strategy), AnswerSeed(answer=None))
    services = {"RasMan": _RUNS, "RemoteAccess": _OFF, "IKEEXT": _RUNS}
    return _host(
        name,
        _CLIENT,
        services=services,
        registry={**_eap({}), _RASMAN_CONFIG: config},
        answers={**connection_answers(**connection), "rasphone_entry": entry},
    )


def _host(
    name: str,
    os: OsSeed,
    *,
    services: Mapping[str, ServiceSeed],
    rights: Mapping[str, tuple[str, ...]] | None = None,
    answers: Mapping[str, tuple[AnswerSeed, ...]] | None = None,
    **more: Any,
) -> HostSeed:
    return HostSeed(
        name=name.upper(),
        os=os,
        domain="corp.example",
        services={"WinRM": _RUNS, **services},
        accounts={
            r"CORP\Administrator": _ADMINISTRATOR,
            r"CORP\Domain Admins": _DOMAIN_ADMINS,
            CONNECTOR_ACCOUNT: _CONNECTOR_SID,
        },
        rights=rights or {"SeServiceLogonRight": (_ALL_SERVICES,)},
        answers={"local_group_member": (_CONNECTOR_IS_ADMINISTRATOR,), **(answers or {})},
        **more,
    )


def _entry(strategy: int) -> AnswerSeed:
    """The connection of all users in the phonebook."""
    lines = {"vpn_strategy": "VpnStrategy", **_ENTRY}
    values = {**dict.fromkeys(lines, "0"), "vpn_strategy": str(strategy)}
    text = [f"{line}={values[name]}" for name, line in lines.items()]
    section = "\r\n".join([f"[{VPN_CONNECTION}]", "Encoding=1", *text, "", "DEVICE=vpn", "", ""])
    book = r"C:\ProgramData\Microsoft\Network\Connections\Pbk\rasphone.pbk"
    answer = {**values, "phonebook": book, "section": section, "build": _CLIENT.build}
    return AnswerSeed(target={"Name": VPN_CONNECTION, "User": ""}, answer=answer)


def _installed(version: str) -> AnswerSeed:
    return AnswerSeed(
        target={"Name": CONNECTOR_PROGRAM}, answer={"name": CONNECTOR_PROGRAM, "version": version}
    )


def _setting(name: str, setting: Setting) -> dict[str, ValueSeed]:
    match setting:
        case int():
            return {name: ValueSeed(dword=setting)}
        case str():
            return {name: ValueSeed(string=setting)}
    return {}


def _eap(eap_tls: Mapping[str, ValueSeed]) -> dict[str, dict[str, ValueSeed]]:
    names = {
        "13": "Microsoft: Smart Card or other certificate",
        "25": "Microsoft: Protected EAP (PEAP)",
        "26": "Microsoft: Secured password (EAP-MSCHAP v2)",
    }
    keys = {
        f"{_EAP}\\{number}": {"FriendlyName": ValueSeed(string=name)}
        for number, name in names.items()
    }
    keys[f"{_EAP}\\13"].update(eap_tls)
    return keys
