"""Keys of a real registry, whatever their names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost, read_step

_ROOT = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnKeys"


@pytest.fixture(autouse=True)
def _forget(windows: EngineHost) -> Iterator[None]:
    yield
    windows.run(f"Remove-Item 'Registry::{_ROOT}' -Recurse -ErrorAction Ignore")


@pytest.mark.parametrize(
    "name",
    [
        *("plain", "a/b", "[x]*?", "it's", "\u2018\u2019\u201a\u201b", '"$(exit)"', "$env:x`n"),
        *("line\nline", "x" * 255, "\ud83d", "caf\u00e9 \U0001f511"),
    ],
)
def test_a_key_of_any_name(windows: EngineHost, name: str) -> None:
    key = f"{_ROOT}\\{name}"
    assert windows.read("AovpnRegistryKey", {"Key": key}) is None
    made = f"(Get-AovpnHive -Key {literal(key)}).CreateSubKey({literal(key.partition(chr(92))[2])})"
    found = windows.read("AovpnRegistryKey", {"Key": key}, arrange=f"$null = {made}")
    assert found == {"exists": True}


def test_a_key_below_one_that_is_missing_is_missing(windows: EngineHost) -> None:
    assert windows.read("AovpnRegistryKey", {"Key": f"{_ROOT}\\no\\such"}) is None


def test_no_handle_of_a_key_stays_open(windows: EngineHost) -> None:
    count = "(Get-Process -Id $PID).HandleCount"
    call = "$null = Get-AovpnRegistryKey -Key HKEY_LOCAL_MACHINE\\SOFTWARE"
    said = windows.run(
        f"{call}\n$before = {count}\n"
        f"for ($i = 0; $i -lt 600; $i++) {{ {call} }}\n[string] ({count} - $before)"
    )
    # Wine counts in steps of 256: one may be due to something else.
    assert int(said[0]) < 300


def test_a_hive_that_is_none_is_told(windows: EngineHost) -> None:
    record = windows.record(read_step("AovpnRegistryKey", {"Key": r"HKEY_NONE\x"}))
    assert record["error"]["message"] == (
        r"HKEY_NONE\x does not begin with the long name of a hive."
    )
