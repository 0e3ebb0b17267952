"""Facts by the registry: which Windows it is, its roles, a pending reboot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.powershell.host import EngineHost

from .arrange import apart, registry_value, without_value

_SERVICES = r"HKLM:\SYSTEM\CurrentControlSet\Services"
_NT = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_OPTIONS = r"HKLM:\SYSTEM\CurrentControlSet\Control\ProductOptions"
_UPDATES = r"HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion"
_SERVICING = rf"{_UPDATES}\Component Based Servicing\RebootPending"
_UPDATE = rf"{_UPDATES}\WindowsUpdate\Auto Update\RebootRequired"
_MANAGER = r"HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager"
_NAME = r"HKLM:\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName"
_RENAMES = "PendingFileRenameOperations"


def _line(call: str) -> str:
    return f"ConvertTo-AovpnText ({call})"


@pytest.mark.parametrize(
    ("fact", "place", "data", "said"),
    [
        ("os_name", (_NT, "ProductName"), "'Windows Server 2022'", "Windows Server 2022"),
        ("os_edition", (_NT, "EditionID"), "'ServerDatacenter'", "ServerDatacenter"),
        ("os_build", (_NT, "CurrentBuildNumber"), "'20348'", 20348),
        ("os_ubr", (_NT, "UBR"), "3207", 3207),
        ("product_type", (_OPTIONS, "ProductType"), "'ServerNT'", "ServerNT"),
        ("product_type", (_OPTIONS, "ProductType"), "'WinNT'", "WinNT"),
        ("product_type", (_OPTIONS, "ProductType"), "'LanmanNT'", "LanmanNT"),
    ],
)
def test_windows_is_told_by_the_registry(
    windows: EngineHost, fact: str, place: tuple[str, str], data: str, said: Any
) -> None:
    call = _line("Get-AovpnWindowsFacts")
    key, name = place
    change = registry_value(key, name, data, "DWord" if data.isdigit() else "String")
    found = windows.record(without_value(key, name, f"{change}\n{call}"))
    assert found[fact] == {"value": said}
    assert list(found) == ["os_name", "os_edition", "os_build", "os_ubr", "product_type"]
    without = windows.record(without_value(key, name, call))
    long = key.replace("HKLM:", "HKEY_LOCAL_MACHINE")
    assert without[fact] == {"reason": f"Property {name} does not exist at path {long}."}
    assert [name for name in without if "reason" in without[name]] == [fact]


_ROLE_KEYS = [
    rf"{_SERVICES}\{name}" for name in ("IAS", "RemoteAccess", "PFXCertificateConnectorSvc")
]
_IAS, _RRAS, _CONNECTOR = _ROLE_KEYS
_ROLES = _line("Get-AovpnRoles")


def _make(key: str) -> str:
    return f"$null = New-Item -Path '{key}' -Force"


def _start(number: int) -> str:
    return f"{_make(_RRAS)}; {registry_value(_RRAS, 'Start', str(number), 'DWord')}"


@pytest.mark.parametrize(
    ("arrange", "nps", "rras", "connector"),
    [
        ("", False, False, False),
        (_make(_IAS), True, False, False),
        (_make(_CONNECTOR), False, False, True),
        (_start(2), False, True, False),
        (_start(3), False, True, False),
        (_start(4), False, False, False),
    ],
)
def test_a_role_is_there_where_its_service_is(
    windows: EngineHost, arrange: str, nps: bool, rras: bool, connector: bool
) -> None:
    text = (
        f'{{"nps":{{"value":{nps}}},"rras":{{"value":{rras}}},"connector":{{"value":{connector}}}}}'
    )
    script = apart(_ROLE_KEYS, f"{arrange}\n{_ROLES}")
    assert windows.run(script) == [text.lower()]


def test_a_role_that_cannot_be_told_has_a_reason(windows: EngineHost) -> None:
    script = apart(_ROLE_KEYS, f"{_make(_RRAS)}\n{_ROLES}")
    place = _RRAS.replace("HKLM:", "HKEY_LOCAL_MACHINE")
    assert windows.record(script) == {
        "nps": {"value": False},
        "rras": {"reason": f"Property Start does not exist at path {place}."},
        "connector": {"value": False},
    }


_PENDING = _line("Get-AovpnFact { Get-AovpnPendingReboot } -List")
_REBOOT_KEYS = [_SERVICING, _UPDATE]
_NETLOGON = rf"{_SERVICES}\Netlogon"


def _files(*names: str, value: str = _RENAMES) -> str:
    data = ", ".join(f"'{name}'" for name in names)
    return registry_value(_MANAGER, value, f"([string[]] @({data}))", "MultiString")


_OLD, _LEFT = r"\??\C:\old.dll", r"\??\C:\Windows\TEMP\left.tmp"


@pytest.mark.parametrize(
    ("arrange", "reasons"),
    [
        ("", []),
        (_make(_SERVICING), ["component servicing"]),
        (_make(_UPDATE), ["windows update"]),
        (_files(_OLD, ""), ["file rename"]),
        (_files(_OLD), ["file rename"]),
        (_files(_OLD, "", value=f"{_RENAMES}2"), ["file rename"]),
        (_files(_OLD, "") + "\n" + _files(_OLD, "", value=f"{_RENAMES}2"), ["file rename"]),
        (_files(_LEFT, "", _OLD, ""), ["file rename"]),
        (_files(_LEFT, rf"!{_OLD}"), ["file rename"]),
        (_files(), []),
        (_files(""), []),
        (_files(_LEFT, "", _LEFT, ""), []),
        (_files(_LEFT), []),
        (
            f"{_make(_SERVICING)}; {_make(_UPDATE)}; {_files(_OLD, '')}",
            ["component servicing", "windows update", "file rename"],
        ),
    ],
)
def test_a_pending_reboot_has_its_reasons(
    windows: EngineHost, arrange: str, reasons: list[str]
) -> None:
    assert _pending(windows, f"{arrange}\n{_PENDING}") == {"value": reasons}


def test_a_computer_that_gets_another_name_waits_for_a_reboot(windows: EngineHost) -> None:
    change = registry_value(_NAME, "ComputerName", "'ANOTHER'")
    script = without_value(_NAME, "ComputerName", f"{change}\n{_PENDING}")
    assert _pending(windows, script) == {"value": ["computer rename"]}


def test_a_name_in_other_letters_is_the_same(windows: EngineHost) -> None:
    change = registry_value(_NAME, "ComputerName", "$env:COMPUTERNAME.ToLowerInvariant()")
    script = without_value(_NAME, "ComputerName", f"{change}\n{_PENDING}")
    assert _pending(windows, script) == {"value": []}


@pytest.mark.parametrize("marks", [["JoinDomain"], ["AvoidSpnSet"], ["JoinDomain", "AvoidSpnSet"]])
def test_a_computer_that_joins_a_domain_waits_for_a_reboot(
    windows: EngineHost, marks: list[str]
) -> None:
    change = "\n".join(registry_value(_NETLOGON, mark, "'x'") for mark in marks)
    script = apart([_NETLOGON], f"{_make(_NETLOGON)}\n{change}\n{_PENDING}")
    assert _pending(windows, script) == {"value": ["domain join"]}


def _pending(windows: EngineHost, script: str) -> Any:
    for name in (_RENAMES, f"{_RENAMES}2"):
        script = without_value(_MANAGER, name, script)
    return windows.record(apart(_REBOOT_KEYS, script))
