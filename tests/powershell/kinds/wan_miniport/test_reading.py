"""Miniports as they are read: a real registry."""

from __future__ import annotations

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .server import CLASS, KIND, SSTP, miniport, refusal, uses


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
    found = windows.read(KIND, SSTP, arrange=arrange)
    assert found["miniports"] == {"9001": uses(1, 1, None), "9002": uses(None, None, None)}
    assert found["endpoints"] == {
        "9001": {"WanEndpoints": 128, "MinWanEndpoints": None, "MaxWanEndpoints": None},
        "9002": {"WanEndpoints": None, "MinWanEndpoints": None, "MaxWanEndpoints": 4294967295},
    }
    assert (found["interfaces"], found["build"]) == ([], 20348)
    for device, key in {"pppoe": "9003", "ikev2": "9004"}.items():
        assert list(windows.read(KIND, {"Device": device})["miniports"]) == [key]
    empty = {"miniports": {}, "endpoints": {}, "exports": {}, "interfaces": [], "build": 20348}
    assert windows.read(KIND, {"Device": "gre"}) == empty


def test_a_key_is_told_as_a_file_that_regedit_takes(windows: EngineHost) -> None:
    path = f"Registry::{CLASS}\\9001"
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
    text = windows.read(KIND, SSTP, arrange="\n".join(lines))["exports"]["9001"]
    head, rest = text.split(f"\r\n\r\n[{CLASS}\\9001]\r\n")
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
    sub = literal(f"{CLASS}\\9001".partition("\\")[2])
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
    text = windows.read(KIND, SSTP, arrange="\n".join(lines))["exports"]["9001"]
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
    arrange += f"'Registry::{CLASS}\\9001' EnableForRas -Value '1'"
    said = f"EnableForRas of {CLASS}\\9001 is not a REG_DWORD."
    assert refusal(windows, arrange).casefold() == said.casefold()


def test_a_key_for_the_system_alone_is_passed_over(windows: EngineHost) -> None:
    denies = (
        "$script:Real = ${function:Open-AovpnMachineKey}\n"
        "function Open-AovpnMachineKey { param($Path, [switch] $Write)\n"
        "if ($Path -like '*9002') { throw [Security.SecurityException]::new('denied') }\n"
        "& $script:Real -Path $Path -Write:$Write }"
    )
    arrange = "\n".join([miniport(1, "ms_sstpminiport"), miniport(2, "ms_sstpminiport"), denies])
    assert list(windows.read(KIND, SSTP, arrange=arrange)["miniports"]) == ["9001"]


def test_a_host_without_the_class_has_no_miniport(windows: EngineHost) -> None:
    gone = "function Open-AovpnMachineKey { param($Path) }"
    assert windows.read(KIND, SSTP, arrange=gone)["miniports"] == {}
