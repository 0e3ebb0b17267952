"""The build of Windows, from a real registry."""

from __future__ import annotations

from tests.powershell.host import EngineHost

_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"


def test_the_build_and_its_revision_are_numbers(windows: EngineHost) -> None:
    assert windows.read("AovpnOsBuild", {}) == {"build": 20348, "ubr": 3207}
    changed = f"Set-ItemProperty 'Registry::{_KEY}' -Name UBR -Value 4294967"
    kept = f"Set-ItemProperty 'Registry::{_KEY}' -Name UBR -Value 3207"
    try:
        state = windows.read("AovpnOsBuild", {}, arrange=changed)
    finally:
        windows.run(kept)
    assert state == {"build": 20348, "ubr": 4294967}


def test_a_build_without_a_revision_is_told(windows: EngineHost) -> None:
    gone = f"Remove-ItemProperty 'Registry::{_KEY}' -Name UBR"
    back = f"$null = New-ItemProperty 'Registry::{_KEY}' -Name UBR -Value 3207 -PropertyType DWord"
    try:
        state = windows.read("AovpnOsBuild", {}, arrange=gone)
    finally:
        windows.run(back)
    assert state == {"build": 20348, "ubr": None}
