"""What hosts of several roles have: places of the registry, and services."""

from __future__ import annotations

from tests.powershell.build import ENGINE

NT = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
MICROSOFT = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft"
CONTROL = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control"
OPTIONS = rf"{CONTROL}\ProductOptions"
_PROGRAM = str(ENGINE / "services" / "service.exe").replace("/", "\\")


def new_service(name: str) -> str:
    """Make a service that starts and stops, and is started by hand."""
    return f"$null = New-Service {name} -BinaryPathName '\"Z:{_PROGRAM}\"' -StartupType Manual"
