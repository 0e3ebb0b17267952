"""Scripts that make miniports and services, and the uses that the tests set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.rendering.literals import literal
from tests.powershell.build import ENGINE
from tests.powershell.host import EngineHost

KIND = "AovpnWanMiniport"
CLASS = (
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class"
    r"\{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
INTERFACES = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess\Interfaces"
)
_PROGRAM = str(ENGINE / "services" / "service.exe").replace("/", "\\")
SSTP = {"Device": "sstp"}


def service(name: str, *arguments: str, on: str = "") -> str:
    """A script that makes and starts a service."""
    line = " ".join([f'"Z:{_PROGRAM}"', *arguments])
    depends = f" -DependsOn {on}" if on else ""
    return (
        f"$null = New-Service {name} -BinaryPathName {literal(line)} -StartupType Manual{depends}\n"
        f"Start-Service {name} -ErrorAction Ignore"
    )


SERVICES = f"{service('RasMan')}\n{service('RemoteAccess', on='RasMan')}"


def miniport(number: int, device: str, name: str = "MatchingDeviceId", **values: Any) -> str:
    """A script that makes a key of the class, with REG_DWORDs."""
    path = f"Registry::{CLASS}\\9{number:03}"
    lines = [
        f"$null = New-Item '{path}' -Force",
        f"$null = New-ItemProperty '{path}' {name} -Value {literal(device)}",
    ]
    lines += [f"$null = New-ItemProperty '{path}' {key} -Value {n}" for key, n in values.items()]
    return "\n".join(lines)


def uses(ras: int | None, routing: int | None, outbound: int | None) -> Mapping[str, int | None]:
    return {"ras": ras, "routing": routing, "outbound": outbound}


def statuses(host: EngineHost) -> list[str]:
    names = "'RasMan', 'RemoteAccess'"
    return host.run(f"foreach ($one in {names}) {{ [string] (Get-Service $one).Status }}")


def processes(host: EngineHost) -> list[str]:
    return host.run(
        "foreach ($one in 'RasMan', 'RemoteAccess') { [string] "
        "(Get-CimInstance Win32_Service -Filter \"Name = '$one'\").ProcessId }"
    )


def refusal(host: EngineHost, arrange: str, device: str = "sstp") -> str:
    call = f"Invoke-AovpnStep -Id x -Kind {KIND} -Target @{{ Device = '{device}' }}"
    record = host.record(f"{arrange}\n{call}")
    assert not record["ok"], record
    return str(record["error"]["message"])


ROUTING = (
    miniport(1, "ms_sstpminiport", EnableForRas=1, EnableForRouting=1, WanEndpoints=128)
    + "\n"
    + miniport(2, "ms_sstpminiport", EnableForOutboundRouting=1)
)
BEFORE = {"9001": uses(1, 1, None), "9002": uses(None, None, 1)}
WANTED = {"9001": uses(1, 0, 0), "9002": uses(1, 0, 0)}
