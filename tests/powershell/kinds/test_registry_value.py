"""Registry values in a real registry: every type there and back, absence, keys, garbage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

_KIND = "AovpnRegistryValue"
_DENIED = "Requested registry access is not allowed."
_ODD = "a[b]c * 'q' \u2019 $(x) \u00e4 \U0001f600"


def target(key: str, name: str = "value") -> dict[str, str]:
    return {"Key": key, "Name": name}


def make(key: str, *values: str) -> str:
    """A script that makes the key, with values by .NET: `name, data, kind`."""
    lines = [f"[Microsoft.Win32.Registry]::SetValue({literal(key)}, {value})" for value in values]
    return "\n".join([f"$null = New-Item -Path 'Registry::{key}' -Force", *lines])


RAW = """
Add-Type -Namespace Raw -Name Registry -MemberDefinition '
[DllImport("advapi32.dll", CharSet = CharSet.Unicode)]
public static extern int RegSetKeyValueW(
    IntPtr key, string sub, string name, int type, byte[] data, int size);'
"""
"""Writes bytes of any number with any type, as programs do that are not .NET."""


def raw(key: str, kind: int, data: str) -> str:
    sub = literal(key.partition("\\")[2])
    # HKEY_LOCAL_MACHINE
    return (
        f"{RAW}\n[byte[]] $data = @({data})\n"
        f"$null = [Raw.Registry]::RegSetKeyValueW([IntPtr] 0x80000002, {sub}, 'value', "
        f"{kind}, $data, $data.Length)"
    )


@pytest.mark.parametrize(
    ("made", "state"),
    [
        ("'value', 'text', 'String'", {"type": "String", "data": "text"}),
        ("'value', '', 'String'", {"type": "String", "data": ""}),
        ("'value', '%TEMP%', 'ExpandString'", {"type": "ExpandString", "data": "%TEMP%"}),
        ("'value', -1, 'DWord'", {"type": "DWord", "data": 2**32 - 1}),
        ("'value', 7, 'DWord'", {"type": "DWord", "data": 7}),
        ("'value', [long] -1, 'QWord'", {"type": "QWord", "data": 2**64 - 1}),
        ("'value', [string[]] @('a'), 'MultiString'", {"type": "MultiString", "data": ["a"]}),
        ("'value', [string[]] @(), 'MultiString'", {"type": "MultiString", "data": []}),
        ("'value', [byte[]] @(255), 'Binary'", {"type": "Binary", "data": [255]}),
        ("'value', [byte[]] @(), 'Binary'", {"type": "Binary", "data": []}),
        ("'value', [byte[]] @(1, 2), 'None'", {"type": "None", "data": [1, 2]}),
    ],
)
def test_a_value_reads_as_it_was_written(
    windows: EngineHost, key: str, made: str, state: dict[str, Any]
) -> None:
    assert windows.read(_KIND, target(key), arrange=make(key, made)) == state


@pytest.mark.parametrize(
    "desired",
    [
        {"type": "String", "data": "other"},
        {"type": "String", "data": "\u00e4 \U0001f600 \u200b\r\n%TEMP%"},
        {"type": "ExpandString", "data": "%SystemRoot%\\x"},
        {"type": "DWord", "data": 2**32 - 1},
        {"type": "DWord", "data": 0},
        {"type": "QWord", "data": 2**64 - 1},
        {"type": "QWord", "data": 2**63},
        {"type": "MultiString", "data": ["one"]},
        {"type": "MultiString", "data": []},
        {"type": "MultiString", "data": ["b", "a", "b"]},
        {"type": "Binary", "data": [0, 255]},
        {"type": "Binary", "data": [9]},
        {"type": "Binary", "data": []},
    ],
    ids=str,
)
def test_every_type_is_set_and_set_back(
    windows: EngineHost, key: str, desired: dict[str, Any]
) -> None:
    before = {"type": "String", "data": "text"}
    made = make(key, "'value', 'text', 'String'", "'other', 1, 'DWord'")
    done = windows.set(_KIND, target(key), desired, arrange=made)
    assert done["ok"], done
    assert windows.read(_KIND, target(key)) == desired
    assert windows.set(_KIND, target(key), before)["ok"]
    assert windows.read(_KIND, target(key)) == before
    assert windows.read(_KIND, target(key, "other")) == {"type": "DWord", "data": 1}


_UNITS = bytes.fromhex("4100 0000 ffff feff 00d8 00dc 1920 2700 0000 4200")


@pytest.mark.parametrize("kind", [1, 2, 7], ids=["String", "ExpandString", "MultiString"])
def test_whatever_is_in_a_text_is_set_back(windows: EngineHost, key: str, kind: int) -> None:
    """Two that are no characters, halves of pairs, NULs, no end, half a unit."""
    for length in (20, 4, 2, 8, 19, 0):
        data = ", ".join(str(byte) for byte in _UNITS[:length])
        before = windows.read(_KIND, target(key), arrange=f"{make(key)}\n{raw(key, kind, data)}")
        assert windows.set(_KIND, target(key), {"type": "DWord", "data": 1})["ok"]
        done = windows.set(_KIND, target(key), before)
        assert done["ok"], done
        assert windows.read(_KIND, target(key)) == before


@pytest.mark.parametrize("name", ["", "PSPath", "a*", "(default)", "a/b\\c", "VALUE", _ODD])
def test_a_value_of_any_name_is_set_and_taken_away(
    windows: EngineHost, key: str, name: str
) -> None:
    made = make(key, "'ab', 1, 'DWord'", "'value2', 1, 'DWord'")
    assert windows.read(_KIND, target(key, name), arrange=made) is None
    done = windows.set(_KIND, target(key, name), {"type": "DWord", "data": 5})
    assert done["ok"], done
    names = windows.run(f"(Get-Item -LiteralPath 'Registry::{key}').GetValueNames()")
    assert sorted(names) == sorted(["ab", "value2", name])
    assert windows.set(_KIND, target(key, name), None)["ok"]
    names = windows.run(f"(Get-Item -LiteralPath 'Registry::{key}').GetValueNames()")
    assert sorted(names) == ["ab", "value2"]


def test_a_name_is_found_in_any_case(windows: EngineHost, key: str) -> None:
    made = make(key, "'Value', 3, 'DWord'")
    assert windows.read(_KIND, target(key, "vALUE"), arrange=made) == {"type": "DWord", "data": 3}


def test_a_value_that_is_not_there_is_taken_away_in_peace(windows: EngineHost, key: str) -> None:
    done = windows.set(_KIND, target(key), None, arrange=make(key))
    assert done["ok"], done
    gone = windows.set(_KIND, target(f"{key}\\no\\key"), {"missing": f"{key}\\no"})
    assert gone["ok"], gone


@pytest.mark.parametrize("sub", ["one", "one\\two\\three", f"{_ODD}\\x", "with/slash"])
def test_keys_that_were_made_are_taken_away(windows: EngineHost, key: str, sub: str) -> None:
    first = f"{key}\\{sub.partition(chr(92))[0]}"
    place = target(f"{key}\\{sub}")
    assert windows.read(_KIND, place, arrange=make(key)) == {"missing": first}
    desired = {"type": "DWord", "data": 5}
    assert windows.set(_KIND, place, {**desired, "create": True})["ok"]
    assert windows.read(_KIND, place) == desired
    done = windows.set(_KIND, place, {"missing": first})
    assert done["ok"], done
    assert windows.read(_KIND, place) == {"missing": first}
    assert windows.run(f"(Get-Item -LiteralPath 'Registry::{key}').SubKeyCount") == ["0"]


@pytest.mark.parametrize(
    ("beside", "left"),
    [
        ("one\\two', 'other', 1, 'DWord'", "one\\two"),
        ("one\\two\\four', 'other', 1, 'DWord'", "one\\two"),
        ("one', 'other', 1, 'DWord'", "one"),
        ("one\\four', 'other', 1, 'DWord'", "one"),
    ],
)
def test_a_key_that_holds_something_else_stays(
    windows: EngineHost, key: str, beside: str, left: str
) -> None:
    place = target(f"{key}\\one\\two\\three")
    desired = {"type": "DWord", "data": 5, "create": True}
    assert windows.set(_KIND, place, desired, arrange=make(key))["ok"]
    other = f"[Microsoft.Win32.Registry]::SetValue('{key}\\{beside})"
    done = windows.set(_KIND, place, {"missing": f"{key}\\one"}, arrange=other)
    assert done["ok"], done
    [missing] = windows.read(_KIND, place).values()
    parts = f"{left}\\x".count("\\") + 1
    assert missing == f"{key}\\" + "\\".join(["one", "two", "three"][:parts])
    assert windows.run(f"Test-Path -LiteralPath 'Registry::{key}\\{left}'") == ["true"]


def test_a_missing_key_right_below_its_hive_is_the_first_that_is_missing(
    windows: EngineHost,
) -> None:
    """As that of a user who is not logged on."""
    first = "HKEY_USERS\\S-1-5-21-1-2-3-1001"
    assert windows.read(_KIND, target(f"{first}\\Software\\One")) == {"missing": first}
    assert windows.read(_KIND, target(first)) == {"missing": first}


@pytest.mark.parametrize("first", ["HKEY_LOCAL_MACHINE", "HKEY_LOCAL_MACHINE\\SOFT", "{key}\\oth"])
def test_only_keys_on_the_way_are_taken_away(windows: EngineHost, key: str, first: str) -> None:
    other = first.format(key=key)
    done = windows.set(_KIND, target(f"{key}\\other"), {"missing": other}, arrange=make(key))
    assert not done["ok"]
    assert done["error"]["message"] == f"{other} is not a key on the way to {key}\\other."


def test_a_hive_is_called_by_its_long_name(windows: EngineHost) -> None:
    record = windows.record(
        f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target @{{ Key = 'HKLM\\SOFTWARE'; Name = 'x' }}"
    )
    assert record["error"]["message"] == (
        "HKLM\\SOFTWARE does not begin with the long name of a hive."
    )
    assert "before" not in record


@pytest.mark.parametrize(
    ("hive", "short"),
    [
        ("HKEY_LOCAL_MACHINE", "LocalMachine"),
        ("HKEY_CURRENT_USER", "CurrentUser"),
        ("HKEY_CLASSES_ROOT", "ClassesRoot"),
        ("HKEY_USERS", "Users"),
        ("HKEY_CURRENT_CONFIG", "CurrentConfig"),
    ],
)
def test_every_hive_is_opened(windows: EngineHost, hive: str, short: str) -> None:
    said = windows.run(
        f"$hive = Get-AovpnHive -Key '{hive}\\x'\n$hive.Name\n[string] $hive.View\n"
        f"$hive.GetType().Name\n[Microsoft.Win32.RegistryHive]::{short}"
    )
    assert said == [hive, "Registry64", "RegistryKey", short]


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        (4, "1, 2, 3", "The value is a REG_DWORD, but its data are not 4 bytes."),
        (4, "", "The value is a REG_DWORD, but its data are not 4 bytes."),
        (11, "1, 2, 3, 4, 5, 6, 7", "The value is a REG_QWORD, but its data are not 8 bytes."),
    ],
)
def test_a_number_of_too_few_bytes_is_no_state(
    windows: EngineHost, key: str, kind: int, data: str, why: str
) -> None:
    script = f"{make(key)}\n{raw(key, kind, data)}"
    record = windows.record(
        f"{script}\nInvoke-AovpnStep -Id x -Kind {_KIND} -Target {literal(target(key))}"
    )
    assert not record["ok"]
    assert record["error"]["message"] == why


def test_a_type_that_no_playbook_has_is_not_set(windows: EngineHost, key: str) -> None:
    done = windows.set(_KIND, target(key), {"type": "None", "data": [1]}, arrange=make(key))
    assert done["error"]["message"] == "A value of the type None is not set."
    assert windows.read(_KIND, target(key)) is None


def test_large_values_and_many_values_are_read(windows: EngineHost, key: str) -> None:
    many = (
        f"{make(key)}\n$item = Open-AovpnKey -Key '{key}' -Write\n"
        "for ($i = 0; $i -lt 10000; $i++) { $item.SetValue(\"n$i\", $i, 'DWord') }\n"
        "$item.SetValue('value', 'x' * 524288)\n$item.Close()"
    )
    assert windows.read(_KIND, target(key), arrange=many) == {
        "type": "String",
        "data": "x" * 524288,
    }
    assert windows.read(_KIND, target(key, "n9999")) == {"type": "DWord", "data": 9999}


def test_an_embedded_nul_is_read_and_set(windows: EngineHost, key: str) -> None:
    desired = {"type": "String", "data": "a\0b"}
    assert windows.set(_KIND, target(key), desired, arrange=make(key))["ok"]
    assert windows.read(_KIND, target(key)) == desired


def test_no_handle_of_a_key_stays_open(windows: EngineHost, key: str) -> None:
    """A key whose handle is open is deleted in Wine's registry only when it is closed."""
    place = literal(target(f"{key}\\one"))
    count = "(Get-Process -Id $PID).HandleCount"
    said = windows.run(
        f"{make(key)}\n$t = {place}\n$null = Get-AovpnRegistryValue @t\n"
        f"$before = {count}\n"
        "for ($i = 0; $i -lt 300; $i++) { $null = Get-AovpnRegistryValue @t }\n"
        f"({count} - $before) -lt 200"
    )
    assert said == ["true"]


_RULES = r"""
function Set-Rule($Key, $Right) {
    $path = $Key -replace '^HKEY_LOCAL_MACHINE\\'
    $rights = [Security.AccessControl.RegistryRights] 'ChangePermissions, ReadPermissions'
    $item = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path, 'ReadWriteSubTree', $rights)
    $me = [Security.Principal.WindowsIdentity]::GetCurrent().User
    $rule = New-Object Security.AccessControl.RegistryAccessRule($me, $Right, 'Allow')
    $all = New-Object Security.AccessControl.RegistrySecurity
    $all.SetAccessRuleProtection($true, $false)
    $all.AddAccessRule($rule)
    $item.SetAccessControl($all)
    $item.Close()
}
"""


@pytest.fixture
def limit(windows: EngineHost, key: str) -> Iterator[Callable[[str], None]]:
    """Leave us these rights alone on the key; all of them after the test."""

    def limit(right: str) -> None:
        windows.run(f"{_RULES}\nSet-Rule '{key}' '{right}'")

    yield limit
    limit("FullControl")


def test_a_key_that_may_not_be_written_is_said_and_left_as_it_was(
    windows: EngineHost, key: str, limit: Callable[[str], None]
) -> None:
    windows.set(_KIND, target(key), {"type": "String", "data": "was"}, arrange=make(key))
    limit("ReadKey")
    said = [
        windows.set(_KIND, target(key), desired)["error"]["message"]
        for desired in ({"type": "String", "data": "new"}, None)
    ]
    assert said == [f"{_DENIED} ({key})"] * 2
    assert windows.read(_KIND, target(key)) == {"type": "String", "data": "was"}


def test_a_key_that_may_not_be_read_is_not_taken_for_absent(
    windows: EngineHost, key: str, limit: Callable[[str], None]
) -> None:
    windows.run(make(key))
    limit("ChangePermissions")
    call = f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target {literal(target(key))}"
    error = windows.record(call)["error"]
    assert (error["id"], error["message"]) == ("SecurityException", f"{_DENIED} ({key})")


def test_a_key_that_may_not_be_made_is_named(
    windows: EngineHost, key: str, limit: Callable[[str], None]
) -> None:
    windows.run(make(key))
    limit("ReadKey")
    desired = {"type": "DWord", "data": 1, "create": True}
    said = windows.set(_KIND, target(f"{key}\\x\\y"), desired)["error"]["message"]
    assert said == f"Access to the registry key '{key}\\x\\y' is denied."


def test_a_key_that_somebody_took_away_is_made_only_where_it_may_be(
    windows: EngineHost, key: str
) -> None:
    windows.run(make(key))
    set_it = "Set-AovpnRegistryValue @target -Desired @{ type = 'DWord'; data = 1%s }"
    script = (
        f"$target = {literal(target(key))}\n"
        f"Remove-Item -LiteralPath 'Registry::{key}'\n"
        f"try {{ {set_it % ''} }} catch {{ (ConvertTo-AovpnError $_).message }}\n"
        f"Test-Path -LiteralPath 'Registry::{key}'\n"
        f"{set_it % '; create = $true'}\nTest-Path -LiteralPath 'Registry::{key}'"
    )
    gone = f"The key {key} is not there any more, and is not made."
    assert windows.run(script) == [gone, "false", "true"]
