"""A domain controller: its directory, and how it maps certificates."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import STORE, store

from .common import CONTROL, OPTIONS
from .patches import patches

_KDC = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Kdc"
_SCHANNEL = rf"{CONTROL}\SecurityProviders\Schannel"
MAPPING = {
    "enforcement": (_KDC, "StrongCertificateBindingEnforcement"),
    "backdating": (_KDC, "CertificateBackdatingCompensation"),
    "subject_alt_name": (_KDC, "UseSubjectAltName"),
    "mapping_methods": (_SCHANNEL, "CertificateMappingMethods"),
}
_NTAUTH = r"HKLM:\SOFTWARE\Microsoft\EnterpriseCertificates\NTAuth\Certificates"
_CONTAINERS = {
    "ntauth": "NTAuthCertificates",
    "aia": "AIA",
    "authorities": "Certification Authorities",
}
FORGET = f"""
Remove-Item '{_KDC}', '{_NTAUTH}' -Recurse -ErrorAction Ignore
Remove-ItemProperty '{_SCHANNEL}' -Name CertificateMappingMethods -ErrorAction Ignore
"""


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


def directory_certificate(resource: Resource, answer: Any) -> str:
    """A domain controller whose directory has the certificate in some places."""
    target = resource.target()
    lines = [f"Set-ItemProperty '{OPTIONS}' -Name ProductType -Value LanmanNT"]
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
