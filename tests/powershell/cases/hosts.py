"""Hosts as the cases have them: for each kind, PowerShell that brings a host to an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import STORE, state, store
from tests.powershell.build import ENGINE

_NT = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_RRAS = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
_UNINSTALL = (
    r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\AovpnCase"
)
_CLASS = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class"
    r"\{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
_MY = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\My\Certificates"
_PACKAGE = rf"{_NT}\Update\TargetingInfo\DynamicInstalled\Hotpatch.amd64"
_POLICY = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\PolicyManager\current\device\Update"
_MICROSOFT = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft"
_USER_RIGHTS = rf"{_MICROSOFT}\PolicyManager\current\device\UserRights"
_ENROLLMENTS = rf"{_MICROSOFT}\Enrollments\AovpnCase"
_TRACKED = rf"{_MICROSOFT}\EnterpriseResourceManager\Tracked\AovpnCase"
_BOOKS = r"$env:ProgramData\Microsoft\Network\Connections\Pbk"
_CONTROL = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control"
_GUARD, _OPTIONS = rf"{_CONTROL}\DeviceGuard", rf"{_CONTROL}\ProductOptions"
_KDC = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Kdc"
_SCHANNEL = rf"{_CONTROL}\SecurityProviders\Schannel"
MAPPING = {
    "enforcement": (_KDC, "StrongCertificateBindingEnforcement"),
    "backdating": (_KDC, "CertificateBackdatingCompensation"),
    "subject_alt_name": (_KDC, "UseSubjectAltName"),
    "mapping_methods": (_SCHANNEL, "CertificateMappingMethods"),
}
_USER_SID, _ANNA = "S-1-5-21-1-2-3-1207", r"%SystemDrive%\users\anna"
_DEVICE_TUNNEL = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RasMan\DeviceTunnel"
)
_MEMORY = rf"{_CONTROL}\Session Manager\Memory Management"
_PROGRAM = str(ENGINE / "services" / "service.exe").replace("/", "\\")
_STARTS = {"boot": 0, "system": 1, "automatic": 2, "manual": 3, "disabled": 4, "start type 1": 1}
_DEVICES = {"ikev2": "agilevpn", "sstp": "sstp", "l2tp": "l2tp", "gre": "gre"}

_NTAUTH = r"HKLM:\SOFTWARE\Microsoft\EnterpriseCertificates\NTAuth\Certificates"
_CONTAINERS = {
    "ntauth": "NTAuthCertificates",
    "aia": "AIA",
    "authorities": "Certification Authorities",
}

Make = Callable[[Resource, Any], str]


def registry_value(resource: Resource, answer: Any) -> str:
    """The key and the value; nothing where the key is missing."""
    key, name = resource.target()["Key"], resource.target()["Name"]
    if answer is not None and "missing" in answer:
        return ""
    below = literal(key.partition("\\")[2])
    # Not New-Item, to which a / parts keys.
    made = f"(Get-AovpnHive -Key {literal(key)}).CreateSubKey({below}).Close()"
    if answer is None:
        return made
    kind, data = answer["type"], answer["data"]
    item = f"Open-AovpnKey -Key {literal(key)} -Write"
    value = {
        "DWord": f"[BitConverter]::ToInt32([BitConverter]::GetBytes([uint32] {literal(data)}), 0)",
        "QWord": f"[BitConverter]::ToInt64([BitConverter]::GetBytes([uint64] {literal(data)}), 0)",
        "MultiString": f"([string[]] {literal(data)})",
        "Binary": f"([byte[]] {literal(data)})",
        "None": f"([byte[]] {literal(data)})",
    }.get(kind, literal(data))
    return (
        f"{made}\n$item = {item}\n$item.SetValue({literal(name)}, {value}, '{kind}')\n$item.Close()"
    )


def service(resource: Resource, answer: Any) -> str:
    """The service in its state."""
    name = resource.target()["Name"]
    if answer is None:
        return ""
    key = rf"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\{name}"
    lines = [
        f"$null = New-Service -Name {name} -BinaryPathName '\"Z:{_PROGRAM}\"' -StartupType Manual"
    ]
    if answer.get("status") == "running":
        lines.append(f"Start-Service {name}")
    startup = answer.get("startup", "manual")
    lines.append(f"Set-ItemProperty '{key}' -Name Start -Value {_STARTS[startup]}")
    return "\n".join(lines)


def os_build(resource: Resource | None, answer: Any) -> str:
    """The build and its revision."""
    del resource
    ubr = f"Set-ItemProperty '{_NT}' -Name UBR -Value {answer['ubr']}"
    if answer["ubr"] is None:
        ubr = f"Remove-ItemProperty '{_NT}' -Name UBR"
    return f"Set-ItemProperty '{_NT}' -Name CurrentBuildNumber -Value '{answer['build']}'\n{ubr}"


def installed_program(resource: Resource, answer: Any) -> str:
    """The entry of the program."""
    del resource
    if answer is None:
        return ""
    return (
        f"$null = New-Item '{_UNINSTALL}' -Force\n"
        f"$null = New-ItemProperty '{_UNINSTALL}' -Name DisplayName "
        f"-Value {literal(answer['name'])}\n"
        f"$null = New-ItemProperty '{_UNINSTALL}' -Name DisplayVersion "
        f"-Value {literal(answer['version'])}"
    )


def local_group_member(resource: Resource, answer: Any) -> str:
    """The account, the group and its members."""
    group, account = resource.target()["Group"], resource.target()["Account"]
    lines, members = [], []
    if not group.startswith("S-1-"):
        lines.append(store("Accounts", group, "S-1-5-21-1-2-3-2000"))
    if answer["sid"] is not None:
        lines.append(store("Accounts", account, answer["sid"]))
    if answer["member"]:
        members.append(f"WinNT://{account.replace(chr(92), '/')}|User|{answer['sid']}")
    for place, name in enumerate(answer["nested"]):
        members.append(f"WinNT://{name.replace(chr(92), '/')}|Group|S-1-5-21-1-2-3-{3000 + place}")
    known = "Administrators" if group == "S-1-5-32-544" else group
    return "\n".join([*lines, store(f"Groups\\{known}", "Members", members)])


def user_right(resource: Resource, answer: Any) -> str:
    """The accounts, who holds the right, and the policy."""
    named = {one["account"]: one["sid"] for one in answer["accounts"] if one["sid"]}
    held = [one["sid"] for one in answer["accounts"] if one["held"]]
    away = [text.partition(":")[0] for text in answer.get("unasked", ())]
    holders = [*held, *answer["orphans"], *(answer["holders"] or []), *away]
    lines = [store("UserRights", resource.target()["Right"], list(dict.fromkeys(holders)))]
    lines += [store("Accounts", f"1789\\{sid}", sid) for sid in away]
    unnamed = {*holders, *named.values()} - {*answer["orphans"], *away}
    names = {sid: name for name, sid in named.items() if not name.startswith("S-1-")}
    for place, sid in enumerate(sorted(unnamed)):
        lines.append(store("Accounts", names.get(sid, f"CORP\\case{place}"), sid))
    if denied := answer.get("denied"):
        lines.append(store("UserRights", "SeDenyServiceLogonRight", denied["holders"]))
        if denied["osconfig"]:
            lines.append(f"$null = New-Item '{_MICROSOFT}\\OSConfig' -Force")
        if denied["mdm"]:
            lines.append(f"$null = New-Item '{_USER_RIGHTS}' -Force")
            lines.append(f"$null = New-ItemProperty '{_USER_RIGHTS}' DenyLogOnAsService -Value x")
    policy, right = answer["policy"], resource.target()["Right"]
    rows: Any = []
    if policy and "unknown" in policy:
        rows = {"error": policy["unknown"]}
    elif policy:
        row = {
            "UserRight": right,
            "Precedence": 1,
            "GPOID": "id",
            "AccountList": policy["accounts"],
        }
        rows = [row]
    gpo = [{"id": "id", "name": policy["name"]}] if policy and "name" in policy else []
    for name, value in {"RSOP_UserPrivilegeRight": rows, "RSOP_GPO": gpo}.items():
        lines.append(store("Cim", f"root/rsop/computer:{name}", json.dumps(value)))
    return "\n".join(lines)


def vpn_server_ports(resource: Resource, answer: Any) -> str:
    """The ports that RRAS has, and the limits of the miniports."""
    del resource
    ports = {f"{name.capitalize()}Ports": answer[name] for name in _DEVICES}
    lines = [store("RemoteAccess", "State", json.dumps(ports))]
    for name, device in _DEVICES.items():
        if answer["limits"][name] is not None:
            path = f"{_CLASS}\\9{device}"
            lines.append(
                f"$null = New-Item '{path}' -Force\n"
                f"$null = New-ItemProperty '{path}' MatchingDeviceId -Value ms_{device}miniport\n"
                f"$null = New-ItemProperty '{path}' MaxWanEndpoints -Value {answer['limits'][name]}"
            )
    return "\n".join(lines)


def registry_key(resource: Resource, answer: Any) -> str:
    """The key, if it is there."""
    key = resource.target()["Key"]
    below = literal(key.partition("\\")[2])
    return f"(Get-AovpnHive -Key {literal(key)}).CreateSubKey({below}).Close()" if answer else ""


def windows_feature(resource: Resource, answer: Any) -> str:
    """The features that are installed."""
    name = resource.target()["Name"]
    installed = [name] if answer and answer["installed"] else []
    return state("ServerManager", Installed=installed)


def patches(answer: Any) -> str:
    """How far Windows is patched, and hotpatching."""
    hotpatch = answer["hotpatch"]
    found = {
        (_PACKAGE, "Name"): "Hotpatch Enrollment Package" if hotpatch["package"] else None,
        (_POLICY, "AllowRebootlessUpdates"): 1 if hotpatch["policy"] else None,
        (_GUARD, "EnableVirtualizationBasedSecurity"): 1 if hotpatch["vbs"] else None,
        (_MEMORY, "HotPatchTableSize"): 4096 if hotpatch["table"] else None,
    }
    lines = [os_build(None, answer)]
    lines.append(f"Set-ItemProperty '{_OPTIONS}' -Name ProductType -Value {answer['product']}")
    for (key, name), data in found.items():
        if data is not None:
            lines.append(f"if (-not (Test-Path '{key}')) {{ $null = New-Item '{key}' -Force }}")
            lines.append(f"$null = New-ItemProperty '{key}' {name} -Value {literal(data)} -Force")
    if answer["updates"] is not None:
        rows = json.dumps([{"HotFixID": name} for name in answer["updates"]])
        lines.append(store("Cim", "root/cimv2:Win32_QuickFixEngineering", rows))
    elif hotpatch["package"] or hotpatch["policy"]:
        denied = json.dumps({"error": "Access denied "})
        lines.append(store("Cim", "root/cimv2:Win32_QuickFixEngineering", denied))
    return "\n".join(lines)


def security_floors(resource: Resource, answer: Any) -> str:
    """How far Windows is patched, and the services that run."""
    del resource
    return "\n".join([patches(answer), *map(_running, answer["running"])])


def strong_mapping(resource: Resource, answer: Any) -> str:
    """How far Windows is patched, and the values of the KDC and Schannel."""
    del resource
    lines = [patches(answer)]
    for field, (key, name) in MAPPING.items():
        data = answer[field]
        if data is None:
            continue
        kind = {"list": "MultiString"}.get(data, data) if isinstance(data, str) else "DWord"
        value = {"MultiString": "'1', '2'"}.get(kind, "1") if isinstance(data, str) else data
        lines.append(f"if (-not (Test-Path '{key}')) {{ $null = New-Item '{key}' }}")
        lines.append(
            f"$null = New-ItemProperty '{key}' {name} -PropertyType {kind} -Value {value} -Force"
        )
    return "\n".join(lines)


def _running(name: str) -> str:
    return (
        f"$null = New-Service -Name {name} -BinaryPathName '\"Z:{_PROGRAM}\"' -StartupType Manual\n"
        f"Start-Service {name}"
    )


def event(resource: Resource, answer: Any) -> str:
    """The log, and the service."""
    lines = []
    if answer["log"]:
        log = {"LogName": answer["log"], "IsEnabled": answer["enabled"]}
        lines.append(
            store("Microsoft.PowerShell.Diagnostics", "State", json.dumps({"Logs": [log]}))
        )
    if answer["service"]:
        path = literal(f'"Z:{_PROGRAM}"')
        name = resource.target()["SinceStartOf"]
        lines.append(f"$null = New-Service {name} -BinaryPathName {path} -StartupType Manual")
    return "\n".join(lines)


def tcp_reach(resource: Resource, answer: Any) -> str:
    """Nothing: no port is open."""
    del resource, answer
    return ""


def certificate(resource: Resource, answer: Any) -> str:
    """A store without certificates."""
    del resource, answer
    return f"$null = New-Item '{_MY}' -Force"


def netsh_health(resource: Resource, answer: Any) -> str:
    """RRAS with a miniport, and a netsh that says and ends as the answer has it."""
    del resource
    lines = [
        f"$null = New-Item '{_RRAS}' -Force",
        f"$null = New-ItemProperty '{_RRAS}' Start -Value 2",
        f"$null = New-Item '{_CLASS}\\9sstp' -Force",
        f"$null = New-ItemProperty '{_CLASS}\\9sstp' DriverDesc -Value 'WAN Miniport (SSTP)'",
    ]
    if answer["fault"] == "1702":
        lines.append(store("netsh", "RasError", 1702))
    elif answer["fault"] != "none":
        says = literal(list(answer["said"].encode()))
        lines += [
            store("netsh", "RasExit", answer["code"]),
            f"$null = New-ItemProperty '{STORE}\\netsh' RasSays -Value ([byte[]] {says})",
        ]
    return "\n".join(lines)


def nps_policy(resource: Resource, answer: Any) -> str:
    """NPS with the policy, which only an export tells where netsh shows no OID."""
    del resource
    lines = [f"$null = New-Service -Name IAS -BinaryPathName 'Z:{_PROGRAM}' -StartupType Manual"]
    others: dict[str, list[str]] = {"Other": []}
    policies = others if answer is None else {answer["policy"]: answer["oids"], **others}
    for name, oids in policies.items():
        profile = [f"Allowed-Certificate-OID|0x1041|{oid}" for oid in oids]
        if answer and answer["source"] == "export":
            profile.insert(0, "Allowed-Certificate-OID|0x1041|unlike an OID")
        lines.append(store(f"NPS\\Policies\\{name}", "Profile", profile))
    return "\n".join(lines)


def wan_miniport(resource: Resource, answer: Any) -> str:
    """The miniports, and a demand-dial interface for each that is told."""
    lines = [
        f"Set-ItemProperty '{_NT}' CurrentBuildNumber '{answer['build']}'",
        f"$null = New-Service RasMan -BinaryPathName '\"Z:{_PROGRAM}\"' -StartupType Manual",
    ]
    names = {"ras": "EnableForRas", "routing": "EnableForRouting"}
    names |= {"outbound": "EnableForOutboundRouting"}
    for key, uses in answer["miniports"].items():
        path = f"{_CLASS}\\{key}"
        device = resource.target()["Device"]
        values = {names[use]: value for use, value in uses.items()} | answer["endpoints"][key]
        lines.append(f"$null = New-Item '{path}' -Force")
        lines.append(f"$null = New-ItemProperty '{path}' ComponentId -Value ms_{device}miniport")
        lines += [
            f"$null = New-ItemProperty '{path}' {name} -Value {value}"
            for name, value in values.items()
            if value is not None
        ]
    for number, name in enumerate(answer["interfaces"]):
        path = f"{_RRAS}\\Interfaces\\{number}"
        lines.append(f"$null = New-Item '{path}' -Force")
        lines.append(f"$null = New-ItemProperty '{path}' InterfaceName -Value {literal(name)}")
        lines.append(f"$null = New-ItemProperty '{path}' Type -Value 2")
    return "\n".join(lines)


def directory_certificate(resource: Resource, answer: Any) -> str:
    """A domain controller whose directory has the certificate in some places."""
    target = resource.target()
    lines = [f"Set-ItemProperty '{_OPTIONS}' -Name ProductType -Value LanmanNT"]
    # Read-only: LDAP_CAP_ACTIVE_DIRECTORY_PARTIAL_SECRETS.
    capabilities = ["1.2.840.113556.1.4.800"]
    capabilities += [] if answer["writable"] else ["1.2.840.113556.1.4.1920"]
    lines.append(store("Directory", "Capabilities", capabilities))
    lines += [store(f"Directory\\{name}", "Name", name) for name in _CONTAINERS.values()]
    lines += [f"Remove-ItemProperty '{STORE}\\Directory\\{n}' Name" for n in _CONTAINERS.values()]
    for place, container in _CONTAINERS.items():
        if answer[place]:
            path = f"{STORE}\\Directory\\{container}" + ("\\CA" if place != "ntauth" else "")
            lines.append(
                f"$null = New-Item '{path}' -Force\n"
                f"$null = New-ItemProperty '{path}' first -PropertyType Binary "
                f"-Value ([Convert]::FromBase64String('{target['Certificate']}'))"
            )
    if answer["cached"]:
        lines.append(f"$null = New-Item '{_NTAUTH}\\{target['Thumbprint']}' -Force")
    return "\n".join(lines)


def _connection(resource: Resource, answer: Any, **more: Any) -> str:
    """The connection, by whom the host is managed, and the profiles that are tracked."""
    target = resource.target()
    one = (
        {"Name": answer["name"], "AllUserConnection": target["AllUsers"], **more} if answer else {}
    )
    mdm = answer["mdm"] if answer else {"providers": [], "profiles": []}
    lines = [state("VpnClient", Connections=[one] if one else [])]
    for number, provider in enumerate(mdm["providers"]):
        lines.append(f"$null = New-Item '{_ENROLLMENTS}{number}' -Force")
        lines.append(
            f"$null = New-ItemProperty '{_ENROLLMENTS}{number}' ProviderID "
            f"-Value {literal(provider)}"
        )
    for number, name in enumerate(mdm["profiles"]):
        path = f"{_TRACKED}\\1\\device\\default"
        lines.append(f"if (-not (Test-Path '{path}')) {{ $null = New-Item '{path}' -Force }}")
        uri = literal(f"./Device/Vendor/MSFT/VPNv2/{name}/ProfileXML")
        lines.append(f"$null = New-ItemProperty '{path}' {number} -Value {uri}")
    return "\n".join(lines)


def vpn_connection_route(resource: Resource, answer: Any) -> str:
    """The connection with its routes."""
    if answer is None:
        return _connection(resource, None)
    routes = [
        {"DestinationPrefix": route["prefix"], "RouteMetric": route["metric"]}
        for route in answer["routes"]
    ]
    return _connection(resource, answer, Routes=routes, SplitTunneling=answer["split_tunneling"])


def vpn_connection_eap_server_names(resource: Resource, answer: Any) -> str:
    """The connection with its EAP configuration, and the build."""
    if answer is None:
        return _connection(resource, None)
    build = f"Set-ItemProperty '{_NT}' -Name CurrentBuildNumber -Value '{answer['build']}'"
    return f"{build}\n{_connection(resource, answer, Eap=answer['eap'])}"


def phonebook(folder: str, name: str, values: Mapping[str, str | None]) -> str:
    """A phone book with the connection between two others. `folder` is a text in quotes."""
    names = {"enabled": "Enabled", "sso": "SsoEnabled", "eku": "SsoEku", "issuer": "SsoIssuer"}
    lines = ["[A]", "DeviceComplianceEnabled=7", "", f"[{name}]", "Encoding=1"]
    lines += [
        f"DeviceCompliance{names[field]}={value}"
        for field, value in values.items()
        if field in names and value is not None
    ]
    lines += ["", "DEVICE=vpn", "", "[Z]", "DeviceComplianceEnabled=8"]
    text = literal("\r\n".join(lines))
    return (
        f"$null = [IO.Directory]::CreateDirectory({folder})\n"
        f"[IO.File]::WriteAllText({folder} + '\\rasphone.pbk', {text})"
    )


def vpn_connection_conditional_access(resource: Resource, answer: Any) -> str:
    """The connection in the phone book of all users, or in those of several users."""
    if answer is None:
        return _connection(resource, None)
    name = resource.target()["Name"]
    [first, *_] = answer["places"]
    lines = [_connection(resource, {"name": name, "mdm": answer["mdm"]}, Eap=first["eap"])]
    for number, place in enumerate(answer["places"]):
        home = f'"{_BOOKS}"'
        if not resource.target()["AllUsers"]:
            home = literal(f"{place['whose']}\\AppData\\Roaming\\{_BOOKS.partition(chr(92))[2]}")
            key = f"{_NT}\\ProfileList\\AovpnCase{number}"
            lines.append(f"$null = New-Item '{key}' -Force")
            lines.append(
                f"$null = New-ItemProperty '{key}' ProfileImagePath -PropertyType ExpandString "
                f"-Value {literal(place['whose'])}"
            )
        lines.append(phonebook(home, name, place))
    return "\n".join(lines)


def vpn_connection_eku_filter(resource: Resource, answer: Any) -> str:
    """The connection with the purposes of its machine certificate."""
    oids = answer["oids"] if answer else []
    return _connection(resource, answer, MachineCertificateEKUFilter=oids)


def device_tunnel_eligibility(resource: Resource, answer: Any) -> str:
    """The edition and the build, the domain as CIM tells it, and the key of a device tunnel."""
    del resource
    row: Any = {"error": "Access denied "}
    if answer["joined"] is not None:
        row = [{"PartOfDomain": answer["joined"]}]
    lines = [
        f"Set-ItemProperty '{_NT}' -Name CurrentBuildNumber -Value '{answer['build']}'",
        store("Cim", "root/cimv2:Win32_ComputerSystem", json.dumps(row)),
        f"Remove-ItemProperty '{_NT}' -Name EditionID",
    ]
    if answer["edition"] is not None:
        value = literal(answer["edition"])
        lines.append(f"$null = New-ItemProperty '{_NT}' -Name EditionID -Value {value}")
    if answer["tunnel"]:
        lines.append(f"$null = New-Item '{_DEVICE_TUNNEL}' -Force")
    return "\n".join(lines)


def rasphone_entry(resource: Resource, answer: Any) -> str:
    """A phonebook with the section between two others, and the folder of its user."""
    user = resource.target()["User"]
    if answer is None:
        return ""
    path = answer["phonebook"]
    others = ("[Always On VPN 2]\r\nVpnStrategy=1\r\n\r\n", "[Other]\r\nVpnStrategy=2\r\n")
    lines = [
        f"$null = [IO.Directory]::CreateDirectory({literal(path.rpartition(chr(92))[0])})",
        f"[IO.File]::WriteAllText({literal(path)}, {literal(answer['section'].join(others))})",
        f"Set-ItemProperty '{_NT}' CurrentBuildNumber '{answer['build']}'",
    ]
    if user:
        key = rf"{_NT}\ProfileList\{_USER_SID}"
        lines += [
            store("Accounts", user, _USER_SID),
            f"$null = New-Item '{key}' -Force",
            f"$null = New-ItemProperty '{key}' ProfileImagePath -Type ExpandString -Value "
            + literal(_ANNA),
        ]
    return "\n".join(lines)


def script(resource: Resource, answer: Any) -> str:
    """Any host: the text of a case prints what it is given."""
    del resource, answer
    return ""


MAKE: Mapping[str, Make] = {
    "registry_value": registry_value,
    "service": service,
    "os_build": os_build,
    "security_floors": security_floors,
    "registry_key": registry_key,
    "windows_feature": windows_feature,
    "strong_mapping": strong_mapping,
    "installed_program": installed_program,
    "local_group_member": local_group_member,
    "user_right": user_right,
    "vpn_server_ports": vpn_server_ports,
    "event": event,
    "tcp_reach": tcp_reach,
    "certificate": certificate,
    "netsh_health": netsh_health,
    "nps_policy": nps_policy,
    "wan_miniport": wan_miniport,
    "directory_certificate": directory_certificate,
    "vpn_connection_route": vpn_connection_route,
    "vpn_connection_eap_server_names": vpn_connection_eap_server_names,
    "vpn_connection_conditional_access": vpn_connection_conditional_access,
    "vpn_connection_eku_filter": vpn_connection_eku_filter,
    "device_tunnel_eligibility": device_tunnel_eligibility,
    "rasphone_entry": rasphone_entry,
    "script": script,
}
FORGET = f"""
foreach ($one in 'IAS', 'IKEEXT', 'RasMan') {{
    if (-not (Get-Service $one -ErrorAction Ignore)) {{ continue }}
    Stop-Service $one -Force -ErrorAction Ignore
    Remove-Service $one
}}
foreach ($key in 'HKEY_LOCAL_MACHINE\\SOFTWARE\\A', 'HKEY_USERS\\.DEFAULT\\A') {{
    Remove-Item -LiteralPath "Registry::$key" -Recurse -ErrorAction Ignore
}}
Remove-Item -LiteralPath '{_UNINSTALL}' -Recurse -ErrorAction Ignore
Remove-Item '{_RRAS}' -Recurse -ErrorAction Ignore
Remove-Item '{_CLASS}\\9*' -Recurse -ErrorAction Ignore
Remove-Item '{_NTAUTH}' -Recurse -ErrorAction Ignore
Set-ItemProperty '{_NT}' -Name CurrentBuildNumber -Value '20348'
Set-ItemProperty '{_OPTIONS}' -Name ProductType -Value ServerNT
Remove-Item '{_KDC}' -Recurse -ErrorAction Ignore
Remove-ItemProperty '{_SCHANNEL}' -Name CertificateMappingMethods -ErrorAction Ignore
Remove-Item '{_NT}\\Update', '{_GUARD}' -Recurse -ErrorAction Ignore
Remove-Item '{_POLICY}', '{_USER_RIGHTS}' -Recurse -ErrorAction Ignore
Remove-Item '{_ENROLLMENTS}*', '{_TRACKED}' -Recurse -ErrorAction Ignore
Remove-Item "{_BOOKS}", 'C:\\Users\\case*' -Recurse -ErrorAction Ignore
Remove-Item '{_NT}\\ProfileList\\AovpnCase*' -Recurse -ErrorAction Ignore
Remove-Item '{_MICROSOFT}\\OSConfig' -Recurse -ErrorAction Ignore
Remove-ItemProperty '{_MEMORY}' -Name HotPatchTableSize -ErrorAction Ignore
$null = New-ItemProperty '{_NT}' -Name UBR -Value 3207 -PropertyType DWord -Force
$null = New-ItemProperty '{_NT}' -Name EditionID -Value ServerStandard -Force
Remove-Item '{_DEVICE_TUNNEL}', '{_NT}\\ProfileList\\{_USER_SID}' -Recurse -ErrorAction Ignore
Remove-Item C:\\ProgramData\\Microsoft\\Network, C:\\users\\anna -Recurse -Force -ErrorAction Ignore
"""
"""Takes away what the cases leave on a host."""
