"""WAN miniports: a real registry and real services; the cmdlets of RemoteAccess stand in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import failing, state, store
from tests.powershell.build import ENGINE
from tests.powershell.host import EngineHost

_KIND = "AovpnWanMiniport"
_CLASS = (
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class"
    r"\{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
_INTERFACES = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess\Interfaces"
)
_PROGRAM = str(ENGINE / "services" / "service.exe").replace("/", "\\")
_SSTP = {"Device": "sstp"}
_NAMES = {"ras": "EnableForRas", "routing": "EnableForRouting"}
_NAMES |= {"outbound": "EnableForOutboundRouting"}


@pytest.fixture(autouse=True)
def _server(stand_ins: EngineHost) -> Iterator[None]:
    yield
    stand_ins.run(
        "foreach ($one in 'RemoteAccess', 'RasMan') {\n"
        "if (-not (Get-Service $one -ErrorAction Ignore)) { continue }\n"
        "$id = (Get-CimInstance Win32_Service -Filter \"Name = '$one'\").ProcessId\n"
        "if ($id) { Stop-Process -Id $id -Force -ErrorAction Ignore }\n"
        "Remove-Service $one }\n"
        f"Remove-Item '{_INTERFACES}', 'Registry::{_CLASS}\\9*' -Recurse -ErrorAction Ignore"
    )


def service(name: str, *arguments: str, on: str = "") -> str:
    """A script that makes and starts a service."""
    line = " ".join([f'"Z:{_PROGRAM}"', *arguments])
    depends = f" -DependsOn {on}" if on else ""
    return (
        f"$null = New-Service {name} -BinaryPathName {literal(line)} -StartupType Manual{depends}\n"
        f"Start-Service {name} -ErrorAction Ignore"
    )


_SERVICES = f"{service('RasMan')}\n{service('RemoteAccess', on='RasMan')}"


def miniport(number: int, device: str, name: str = "MatchingDeviceId", **values: Any) -> str:
    """A script that makes a key of the class, with REG_DWORDs."""
    path = f"Registry::{_CLASS}\\9{number:03}"
    lines = [
        f"$null = New-Item '{path}' -Force",
        f"$null = New-ItemProperty '{path}' {name} -Value {literal(device)}",
    ]
    lines += [f"$null = New-ItemProperty '{path}' {key} -Value {n}" for key, n in values.items()]
    return "\n".join(lines)


def interface(number: int, name: str, kind: int) -> str:
    path = f"{_INTERFACES}\\{number}"
    return (
        f"$null = New-Item '{path}' -Force\n"
        f"$null = New-ItemProperty '{path}' InterfaceName -Value {literal(name)}\n"
        f"$null = New-ItemProperty '{path}' Type -Value {kind}"
    )


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
    call = f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target @{{ Device = '{device}' }}"
    record = host.record(f"{arrange}\n{call}")
    assert not record["ok"], record
    return str(record["error"]["message"])


# Reading


def test_a_miniport_is_found_by_either_id_in_any_case_and_not_by_its_number(
    windows: EngineHost,
) -> None:
    arrange = "\n".join(
        [
            miniport(1, "MS_SSTPminiport", EnableForRas=1, EnableForRouting=1, WanEndpoints=128),
            miniport(2, "ms_sstpminiport", "ComponentId", MaxWanEndpoints="([int] -1)"),
            miniport(3, "ms_pppoeminiport", EnableForOutboundRouting=1),
            miniport(4, "ms_agilevpnminiport", EnableForRas=1),
            miniport(5, "ms_sstpminiport2"),
            miniport(6, "ms_sstpminiport", "DriverDesc"),
        ]
    )
    found = windows.read(_KIND, _SSTP, arrange=arrange)
    assert found["miniports"] == {"9001": uses(1, 1, None), "9002": uses(None, None, None)}
    assert found["endpoints"] == {
        "9001": {"WanEndpoints": 128, "MinWanEndpoints": None, "MaxWanEndpoints": None},
        "9002": {"WanEndpoints": None, "MinWanEndpoints": None, "MaxWanEndpoints": 4294967295},
    }
    assert (found["interfaces"], found["build"]) == ([], 20348)
    for device, key in {"pppoe": "9003", "ikev2": "9004"}.items():
        assert list(windows.read(_KIND, {"Device": device})["miniports"]) == [key]
    empty = {"miniports": {}, "endpoints": {}, "exports": {}, "interfaces": [], "build": 20348}
    assert windows.read(_KIND, {"Device": "gre"}) == empty


def test_a_key_is_told_as_a_file_that_regedit_takes(windows: EngineHost) -> None:
    path = f"Registry::{_CLASS}\\9001"
    values = {
        "String": literal('a\\b "c" \u2019'),
        "ExpandString": "'%x%'",
        "MultiString": "'a', 'bc'",
        "QWord": "258",
        "Binary": "([byte[]] (1, 255))",
        "None": "([byte[]] (7))",
    }
    lines = [miniport(1, "ms_sstpminiport", EnableForRas=1)]
    lines += [
        f"$null = New-ItemProperty '{path}' 'n\"{kind}' -Value {value} -PropertyType {kind}"
        for kind, value in values.items()
    ]
    lines.append(f"$null = New-ItemProperty '{path}' '(default)' -Value ''")
    text = windows.read(_KIND, _SSTP, arrange="\n".join(lines))["exports"]["9001"]
    head, rest = text.split(f"\r\n\r\n[{_CLASS}\\9001]\r\n")
    assert head == "Windows Registry Editor Version 5.00"
    assert sorted(rest.splitlines()) == sorted(
        [
            '"MatchingDeviceId"="ms_sstpminiport"',
            '"EnableForRas"=dword:00000001',
            '"n\\"String"="a\\\\b \\"c\\" \u2019"',
            '"n\\"ExpandString"=hex(2):25,00,78,00,25,00,00,00',
            '"n\\"MultiString"=hex(7):61,00,00,00,62,00,63,00,00,00,00,00',
            '"n\\"QWord"=hex(b):02,01,00,00,00,00,00,00',
            '"n\\"Binary"=hex(3):01,ff',
            '"n\\"None"=hex(0):07',
            '@=""',
        ]
    )


_WRITE = """
Add-Type -Namespace Raw -Name Miniport -MemberDefinition '
[DllImport("advapi32.dll", CharSet = CharSet.Unicode)]
public static extern int RegSetKeyValueW(
    IntPtr key, string sub, string name, int type, byte[] data, int size);'
"""
"""Writes bytes of any number with any type, as programs do that are not .NET."""


def test_values_that_net_does_not_know_are_no_fault_of_the_file(windows: EngineHost) -> None:
    sub = literal(f"{_CLASS}\\9001".partition("\\")[2])
    lines = [miniport(1, "ms_sstpminiport"), _WRITE]
    for name, kind, data in (
        ("short number", 4, "1, 2"),
        ("no number", 4, ""),
        ("number of eight", 4, "1, 2, 3, 4, 5, 6, 7, 8"),
        ("short long number", 11, "1, 2, 3"),
        ("resources", 8, "1, 2"),
    ):
        lines.append(
            f"[byte[]] $data = @({data})\n$null = [Raw.Miniport]::RegSetKeyValueW("
            f"[IntPtr] 0x80000002, {sub}, '{name}', {kind}, $data, $data.Length)"
        )
    text = windows.read(_KIND, _SSTP, arrange="\n".join(lines))["exports"]["9001"]
    assert sorted(text.partition("9001]\r\n")[2].splitlines()) == sorted(
        [
            '"MatchingDeviceId"="ms_sstpminiport"',
            '"short number"=hex(4):01,02',
            '"no number"=hex(4):',
            '"number of eight"=hex(4):01,02,03,04,05,06,07,08',
            '"short long number"=hex(b):01,02,03',
            '; "resources" is left out: its type is not known.',
        ]
    )


def test_a_value_of_another_type_could_not_be_put_back(windows: EngineHost) -> None:
    arrange = f"{miniport(1, 'ms_sstpminiport')}\n$null = New-ItemProperty "
    arrange += f"'Registry::{_CLASS}\\9001' EnableForRas -Value '1'"
    said = f"EnableForRas of {_CLASS}\\9001 is not a REG_DWORD."
    assert refusal(windows, arrange).casefold() == said.casefold()


def test_a_key_for_the_system_alone_is_passed_over(windows: EngineHost) -> None:
    denies = (
        "$script:Real = ${function:Open-AovpnMachineKey}\n"
        "function Open-AovpnMachineKey { param($Path, [switch] $Write)\n"
        "if ($Path -like '*9002') { throw [Security.SecurityException]::new('denied') }\n"
        "& $script:Real -Path $Path -Write:$Write }"
    )
    arrange = "\n".join([miniport(1, "ms_sstpminiport"), miniport(2, "ms_sstpminiport"), denies])
    assert list(windows.read(_KIND, _SSTP, arrange=arrange)["miniports"]) == ["9001"]


def test_a_host_without_the_class_has_no_miniport(windows: EngineHost) -> None:
    gone = "function Open-AovpnMachineKey { param($Path) }"
    assert windows.read(_KIND, _SSTP, arrange=gone)["miniports"] == {}


# Interfaces


def site(name: str, protocol: str | None) -> dict[str, Any]:
    """A site-to-site interface as Get-VpnS2SInterface shows it."""
    return {
        "Name": name,
        "Protocol": protocol,
        "Destination": ["203.0.113.9"],
        "AdminStatus": True,
        "ConnectionState": "Disconnected",
        "IPv4Subnet": ["10.9.0.0/24:100"],
    }


def test_interfaces_that_may_dial_through_it_are_told(windows: EngineHost) -> None:
    sites = [site("S1", "Sstp"), site("S2", "IKEv2"), site("S3", None), site("S4", "Automatic")]
    arrange = "\n".join(
        [
            state("RemoteAccess", VpnS2SStatus="Installed", S2SInterfaces=sites),
            interface(1, "S2", 2),
            interface(2, "Branch \u2019x\u2018 $(y) *", 2),
            interface(3, "Home", 1),
            interface(4, "Modem", 7),
            interface(5, "Ethernet", 3),
            interface(6, "Internal", 4),
            interface(7, "S1", 2),
        ]
    )
    dialled = ["Branch \u2019x\u2018 $(y) *", "Home", "Modem"]
    found = windows.read(_KIND, _SSTP, arrange=arrange)["interfaces"]
    assert found == ["S1", "S3", "S4", *dialled]
    found = windows.read(_KIND, {"Device": "ikev2"})["interfaces"]
    assert found == ["S2", "S3", "S4", *dialled]


def test_site_to_site_that_is_not_configured_is_not_asked(windows: EngineHost) -> None:
    asked = "function Get-VpnS2SInterface { throw 'asked' }"
    arrange = state("RemoteAccess", VpnS2SStatus="Uninstalled", S2SInterfaces=[site("S1", "Sstp")])
    assert windows.read(_KIND, _SSTP, arrange=f"{arrange}\n{asked}")["interfaces"] == []


@pytest.mark.parametrize("cmdlet", ["Get-VpnS2SInterface", "Get-RemoteAccess"])
def test_interfaces_that_cannot_be_told_are_no_interfaces(windows: EngineHost, cmdlet: str) -> None:
    arrange = state("RemoteAccess", VpnS2SStatus="Installed")
    answer = "[pscustomobject] @{ VpnS2SStatus = 'Installed' }"
    said = refusal(windows, f"{arrange}\n{failing(cmdlet, answer=answer)}")
    assert said == "RRAS does not tell its site-to-site interfaces: denied"


def test_a_host_without_the_cmdlets_says_which_feature_has_them(windows: EngineHost) -> None:
    said = refusal(windows, "function Get-Command { [CmdletBinding()] param($Name, $CommandType) }")
    assert said == (
        "The RemoteAccess cmdlets are not installed (Windows feature RSAT-RemoteAccess-PowerShell)."
    )


# Setting

_ROUTING = (
    miniport(1, "ms_sstpminiport", EnableForRas=1, EnableForRouting=1, WanEndpoints=128)
    + "\n"
    + miniport(2, "ms_sstpminiport", EnableForOutboundRouting=1)
)
_BEFORE = {"9001": uses(1, 1, None), "9002": uses(None, None, 1)}
_WANTED = {"9001": uses(1, 0, 0), "9002": uses(1, 0, 0)}


def test_uses_are_set_with_the_services_stopped_and_set_back(windows: EngineHost) -> None:
    windows.run(f"{_SERVICES}\n{_ROUTING}")
    process = processes(windows)
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED})
    assert done["ok"], done
    after = json.loads(done["after"])
    assert after["miniports"] == _WANTED
    assert after["endpoints"]["9001"]["WanEndpoints"] == 128
    assert statuses(windows) == ["Running", "Running"]
    assert all(new != old for new, old in zip(processes(windows), process, strict=True))
    done = windows.set(_KIND, _SSTP, {"miniports": _BEFORE})
    assert done["ok"], done
    assert json.loads(done["after"])["miniports"] == _BEFORE
    assert statuses(windows) == ["Running", "Running"]


_NAMED = _ROUTING + "".join(
    f"\n$null = New-ItemProperty 'Registry::{_CLASS}\\900{n}' DriverDesc -Value {literal(name)}"
    for n, name in ((1, "WAN Miniport (SSTP)"), (2, "WAN Miniport (SSTP) #2"))
)
"""The miniports as Windows has them: netsh calls them by what their driver calls itself."""
_NO_WRITING = "function Set-AovpnMiniports { [CmdletBinding()] param($Class, $Before, $Wanted) }"


def test_netsh_changes_the_uses_where_it_works(windows: EngineHost) -> None:
    windows.run(f"{_SERVICES}\n{_NAMED}")
    process = processes(windows)
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED}, arrange=_NO_WRITING)
    assert done["ok"], done
    # It does not know what is absent: the registry is written for that.
    assert json.loads(done["after"])["miniports"] == {
        "9001": uses(1, 0, None),
        "9002": uses(1, None, 0),
    }
    assert all(new != old for new, old in zip(processes(windows), process, strict=True))


def test_after_netsh_the_uses_are_exactly_as_wanted_and_set_back(windows: EngineHost) -> None:
    windows.run(f"{_SERVICES}\n{_NAMED}")
    for uses_ in (_WANTED, _BEFORE):
        done = windows.set(_KIND, _SSTP, {"miniports": uses_})
        assert done["ok"], done
        assert json.loads(done["after"])["miniports"] == uses_
    assert statuses(windows) == ["Running", "Running"]


def test_netsh_is_told_only_what_changes(windows: EngineHost) -> None:
    noting = "function Invoke-AovpnProgram { param($Path, $Words, $Seconds) "
    noting += "$script:Words += @($Words); @{ code = 0; said = 'ports' } }"
    call = f"$null = Set-AovpnWanMiniport -Device sstp -Desired {literal({'miniports': _WANTED})}"
    windows.run(f"{_SERVICES}\n{_NAMED}")
    said = windows.run(f"$script:Words = @()\n{noting}\n{call}\n$script:Words")
    assert said == [
        "ras show wanports",
        'ras set wanports device="WAN Miniport (SSTP)" ddinout=disabled',
        'ras set wanports device="WAN Miniport (SSTP) #2" rasinonly=enabled ddoutonly=disabled',
    ]


def test_where_netsh_does_not_work_it_is_not_asked_to_change_anything(windows: EngineHost) -> None:
    """As on Server 2025."""
    windows.run(f"{_SERVICES}\n{_NAMED}\n{store('netsh', 'RasError', 1702)}")
    asked = "function Set-AovpnMiniportsByNetsh { throw 'asked' }"
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED}, arrange=asked)
    assert done["ok"], done
    assert json.loads(done["after"])["miniports"] == _WANTED


@pytest.mark.parametrize("name", ["Nobody's", 'A " in it'])
def test_a_driver_that_netsh_cannot_be_told_is_written(windows: EngineHost, name: str) -> None:
    """One that netsh does not know is refused, and nothing is stopped for it."""
    path = f"Registry::{_CLASS}\\9001"
    renamed = f"Set-ItemProperty '{path}' DriverDesc {literal(name)}"
    windows.run(f"{_SERVICES}\n{_NAMED}\n{renamed}")
    process = processes(windows)
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED})
    if '"' in name:
        assert done["ok"], done
        assert json.loads(done["after"])["miniports"] == _WANTED
        return
    message = done["error"]["message"]
    assert message.startswith(f"netsh ras set wanports ended with 1 for {name}: ")
    assert message.endswith(". The uses of the miniports are as before.")
    assert json.loads(done["after"])["miniports"] == _BEFORE
    assert processes(windows) == process


def test_a_netsh_that_hangs_stops_nothing(windows: EngineHost) -> None:
    hangs = (
        "function Invoke-AovpnProgram { param($Path, $Words, $Seconds) "
        "$code = if ($Words -notlike '*set*') { 0 }; @{ code = $code; said = 'ports' } }"
    )
    windows.run(f"{_SERVICES}\n{_NAMED}")
    process = processes(windows)
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED}, arrange=hangs)
    assert done["error"]["message"] == (
        "netsh ras set wanports did not end within 60 s for WAN Miniport (SSTP). "
        "The uses of the miniports are as before."
    )
    assert json.loads(done["after"])["miniports"] == _BEFORE
    assert processes(windows) == process


def test_what_netsh_has_changed_is_put_back_where_a_service_does_not_stop(
    windows: EngineHost,
) -> None:
    above = service("RemoteAccess", on="RasMan")
    windows.run(f"{service('RasMan', 'nostop')}\n{above}\n{_NAMED}")
    noting = (
        "$script:Real = ${function:Invoke-AovpnProgram}\n$global:Words = @()\n"
        "function Invoke-AovpnProgram { param($Path, $Words, $Seconds) "
        "$global:Words += @($Words); & $script:Real -Path $Path -Words $Words -Seconds $Seconds }"
    )
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED}, arrange=noting)
    message = done["error"]["message"]
    assert message.startswith("sc.exe stop RasMan ended with 1052: "), message
    assert json.loads(done["after"])["miniports"] == _BEFORE
    words = [one.rpartition('"')[2] for one in windows.run("$global:Words")]
    assert words[1:] == [
        " ddinout=disabled",
        " rasinonly=enabled ddoutonly=disabled",
        " ddinout=enabled",
        " rasinonly=disabled ddoutonly=enabled",
    ]


def test_the_values_are_written_while_both_are_stopped(windows: EngineHost) -> None:
    windows.run(f"{_SERVICES}\n{_ROUTING}")
    noting = (
        "$script:Real = ${function:Write-AovpnMiniport}\n$script:Noted = @()\n"
        "function Write-AovpnMiniport { param($Path, $Uses)\n"
        "$script:Noted += [string[]] (Get-Service 'RasMan', 'RemoteAccess').Status\n"
        "& $script:Real -Path $Path -Uses $Uses }"
    )
    call = f"$null = Set-AovpnWanMiniport -Device sstp -Desired {literal({'miniports': _WANTED})}"
    assert set(windows.run(f"{noting}\n{call}\n$script:Noted")) == {"Stopped"}


def test_services_that_were_stopped_stay_stopped(windows: EngineHost) -> None:
    windows.run(f"{_SERVICES}\nStop-Service RemoteAccess\n{_ROUTING}")
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED})
    assert done["ok"], done
    assert statuses(windows) == ["Running", "Stopped"]


def test_where_a_service_does_not_stop_nothing_is_written(windows: EngineHost) -> None:
    windows.run(
        f"{service('RasMan', 'nostop')}\n{service('RemoteAccess', on='RasMan')}\n{_ROUTING}"
    )
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED})
    assert not done["ok"]
    message = done["error"]["message"]
    assert message.startswith("sc.exe stop RasMan ended with 1052: ")
    assert message.endswith(". The uses of the miniports are as before.")
    assert json.loads(done["after"])["miniports"] == _BEFORE
    assert statuses(windows) == ["Running", "Running"]


def test_where_a_value_cannot_be_written_those_before_it_are_put_back(windows: EngineHost) -> None:
    windows.run(f"{_SERVICES}\n{_ROUTING}")
    failing_once = (
        "$script:Real = ${function:Write-AovpnMiniport}\n$script:Left = 1\n"
        "function Write-AovpnMiniport { param($Path, $Uses)\n"
        "& $script:Real -Path $Path -Uses $Uses\n"
        "if ($Path -like '*9002' -and $script:Left-- -gt 0) { throw 'denied' } }"
    )
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED}, arrange=failing_once)
    assert done["error"]["message"] == "denied. The uses of the miniports are as before."
    assert json.loads(done["after"])["miniports"] == _BEFORE
    assert statuses(windows) == ["Running", "Running"]


def test_services_start_with_the_uses_as_before_where_one_could_not_be_written(
    windows: EngineHost,
) -> None:
    windows.run(f"{_SERVICES}\n{_ROUTING}")
    failing_noting = (
        "$script:Write = ${function:Write-AovpnMiniport}\n$script:Left = 1\n"
        "function Write-AovpnMiniport { param($Path, $Uses)\n"
        "if ($Path -like '*9002' -and $script:Left-- -gt 0) { throw 'denied' }\n"
        "& $script:Write -Path $Path -Uses $Uses }\n"
        "$script:Start = ${function:Start-AovpnService}\n$script:Noted = @()\n"
        "function Start-AovpnService { param($Name, $Seconds)\n"
        f"$item = Get-Item 'Registry::{_CLASS}\\9001'\n"
        "$script:Noted += \"$Name $($item.GetValue('EnableForRouting'))\"\n"
        "& $script:Start -Name $Name -Seconds $Seconds }"
    )
    call = f"Set-AovpnWanMiniport -Device sstp -Desired {literal({'miniports': _WANTED})}"
    script = f"{failing_noting}\ntry {{ {call} }} catch {{ }}\n$script:Noted"
    assert windows.run(script) == ["RasMan 1", "RemoteAccess 1"]


def test_where_a_service_does_not_start_the_uses_are_as_before(windows: EngineHost) -> None:
    mark = "C:\\once"
    windows.run(f"[IO.File]::WriteAllText('{mark}', '')\n{service('RasMan', 'once', mark)}")
    windows.run(f"{service('RemoteAccess', on='RasMan')}\n{_ROUTING}")
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED})
    message = done["error"]["message"]
    assert "The uses of the miniports are as before. These services do not run: " in message
    assert "RasMan" in message
    assert json.loads(done["after"])["miniports"] == _BEFORE


@pytest.mark.parametrize("above", ["Running", "Stopped"])
def test_a_service_that_starts_with_the_old_uses_runs_again(
    windows: EngineHost, above: str
) -> None:
    """As one that does not bear what was written."""
    stopped = "" if above == "Running" else "Stop-Service RemoteAccess\n"
    windows.run(f"{_SERVICES}\n{stopped}{_ROUTING}")
    picky = (
        "$script:Real = ${function:Start-AovpnService}\n"
        "function Start-AovpnService { param($Name, $Seconds)\n"
        f"$item = Get-Item 'Registry::{_CLASS}\\9001'\n"
        "if ($item.GetValue('EnableForRouting') -eq 0) { throw \"$Name does not bear it.\" }\n"
        "& $script:Real -Name $Name -Seconds $Seconds }"
    )
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED}, arrange=picky)
    assert done["error"]["message"] == (
        "RasMan does not bear it. The uses of the miniports are as before."
    )
    assert json.loads(done["after"])["miniports"] == _BEFORE
    assert statuses(windows) == ["Running", above]


def test_a_key_that_is_another_miniport_by_now_is_not_written(windows: EngineHost) -> None:
    windows.run(f"{_SERVICES}\n{_ROUTING}")
    process = processes(windows)
    done = windows.set(_KIND, _SSTP, {"miniports": {"9009": uses(1, 0, 0)}})
    assert done["error"]["message"] == "The key 9009 is not a miniport of sstp any more."
    assert processes(windows) == process


@pytest.mark.parametrize(
    "call",
    [
        "Write-AovpnMiniport -Path SOFTWARE\\AovpnNone -Uses @{ ras = 1 }",
        "Set-AovpnMiniportByNetsh -Path SOFTWARE\\AovpnNone -Before @{} -Wanted @{ ras = 1 }",
    ],
)
def test_a_key_that_is_gone_is_not_made(windows: EngineHost, call: str) -> None:
    [said] = windows.run(f"try {{ {call} }} catch {{ [string] $_ }}")
    assert said == "The key SOFTWARE\\AovpnNone is not there any more."


def test_a_host_without_rasman_says_so(windows: EngineHost) -> None:
    windows.run(_ROUTING)
    done = windows.set(_KIND, _SSTP, {"miniports": _WANTED})
    assert done["error"]["message"] == "There is no service RasMan: RRAS is not installed."
    assert json.loads(done["after"])["miniports"] == _BEFORE


def test_netsh_is_asked_for_nothing_where_no_use_changes(windows: EngineHost) -> None:
    uses = "@{ ras = 1; routing = 0; outbound = 0 }"
    call = f"Set-AovpnMiniportByNetsh -Path SOFTWARE\\AovpnNone -Before {uses} -Wanted {uses}"
    assert windows.run(f"@({call}).Count") == ["0"]
