"""What a backup of the VPN server of the tests has, and has not."""

from __future__ import annotations

from aovpn_remediate.engine.apply.backup_answer import BackupContent, read_backup
from tests.powershell.host import EngineHost

SERVICE = r"HKLM:\SYSTEM\CurrentControlSet\Services\RemoteAccess"
CLASS = r"HKLM:\SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}"
NAME = "Aovpn\u2019s"
READINGS = (
    "Get-VpnServerConfiguration.json",
    "Get-VpnAuthProtocol.json",
    "Get-RemoteAccess.json",
    "Get-RemoteAccessRadius.json",
    "Get-RemoteAccessAccounting.json",
)


def miniport(number: str, device: str) -> str:
    return (
        f"$null = New-Item '{CLASS}\\{number}' -Force\n"
        f"$null = New-ItemProperty '{CLASS}\\{number}' -Name MatchingDeviceId -Value {device}\n"
        f"$null = New-ItemProperty '{CLASS}\\{number}' -Name DriverDesc -Value 'WAN Miniport (x)'"
    )


def lines(host: EngineHost, arrange: str = "") -> list[str]:
    return host.run(f"{arrange}\nInvoke-AovpnBackup -Of rras")


def taken(host: EngineHost, arrange: str = "") -> BackupContent:
    return read_backup(lines(host, arrange), "rras")


def reasons(found: BackupContent) -> dict[str, str]:
    return {part.part: part.reason for part in found.missing}
