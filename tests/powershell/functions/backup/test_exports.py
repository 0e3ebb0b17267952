"""Keys as reg.exe exports them: a real registry and reg.exe."""

from __future__ import annotations

import base64

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .server import CLASS, NAME, SERVICE, miniport, reasons, taken


def exported(content: bytes) -> list[str]:
    return content.decode("utf-16").splitlines()


def test_keys_are_exported_with_all_that_is_below_them(windows: EngineHost) -> None:
    found = taken(windows)
    said = exported(found.files["RemoteAccess.reg"])
    key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
    assert said[0] == "Windows Registry Editor Version 5.00"
    assert rf"[{key}\Parameters\Ikev2]" in said
    assert f'"{NAME}"=dword:00000005' in said
    device = exported(found.files["miniport-sstp-9001.reg"])
    assert '"MatchingDeviceId"="MS_SstpMiniport"' in device
    assert not [line for line in device if "9002" in line]


def test_an_export_brings_the_key_back(windows: EngineHost) -> None:
    content = base64.b64encode(taken(windows).files["RemoteAccess.reg"]).decode()
    back = windows.run(
        f"Remove-Item '{SERVICE}' -Recurse\n$file = [IO.Path]::GetTempFileName()\n"
        f"[IO.File]::WriteAllBytes($file, [Convert]::FromBase64String('{content}'))\n"
        '$null = & "$env:SystemRoot\\System32\\reg.exe" import $file 2>&1\n'
        "Remove-Item $file\n"
        f"[string] (Get-Item '{SERVICE}\\Parameters\\Ikev2').GetValue({literal(NAME)})"
    )
    assert back == ["5"]


def test_an_export_that_fails_is_a_reason(windows: EngineHost) -> None:
    program = (
        "function Invoke-AovpnProgram { [CmdletBinding()] param($Path, $Words, $Seconds) "
        "@{ code = 1; said = '' } }"
    )
    found = taken(windows, program)
    assert reasons(found)["RemoteAccess.reg"] == "reg.exe export ended with 1."


def test_a_key_that_is_missing_is_a_reason(windows: EngineHost) -> None:
    found = taken(windows, f"Remove-Item '{SERVICE}' -Recurse; Remove-Item '{CLASS}\\9*'")
    key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
    assert reasons(found)["RemoteAccess.reg"] == f"There is no key {key}."
    assert reasons(found)["miniport.reg"] == "No WAN miniport was found."
    windows.run(f"$null = New-Item '{SERVICE}'\n{miniport('9001', 'ms_sstpminiport')}")
