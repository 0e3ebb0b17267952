"""The dump of netsh, which stands in."""

from __future__ import annotations

import pytest

from tests.powershell.arranged import store
from tests.powershell.host import EngineHost

from .server import reasons, taken


def test_the_dump_is_what_netsh_has_written(windows: EngineHost) -> None:
    dump = taken(windows).files["netsh-ras-dump.txt"]
    assert dump.isascii()
    assert dump.startswith(b"# Remote Access configuration")
    assert b"set ikev2connection idletimeout = 5" in dump


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (1702, "netsh ras does not work on this host (error 1702): "),
        (87, "netsh ras does not work on this host (exit code 1): "),
    ],
)
def test_netsh_that_fails_is_a_reason_and_the_rest_goes_on(
    windows: EngineHost, error: int, reason: str
) -> None:
    found = taken(windows, store("netsh", "RasError", error))
    assert list(reasons(found)) == ["netsh-ras-dump.txt"]
    assert reasons(found)["netsh-ras-dump.txt"].startswith(reason)
    assert "RemoteAccess.reg" in found.files


@pytest.mark.parametrize(
    ("fault", "said", "reason"),
    [
        ("empty", "", "netsh ras does not work on this host (it says nothing)"),
        ("deadline", "x", "netsh ras does not work on this host (it does not end): x"),
    ],
)
def test_a_probe_that_fails_otherwise_is_a_reason(
    windows: EngineHost, fault: str, said: str, reason: str
) -> None:
    probe = (
        "function Get-AovpnNetshRas { [CmdletBinding()] param() "
        f"@{{ fault = '{fault}'; code = $null; said = '{said}' }} }}\n"
        "try { Get-AovpnRasDump } catch { [string] $_ }"
    )
    assert windows.run(probe) == [reason]


def ran(code: str, said: str) -> str:
    """A netsh that passes its probe, whose dump is as given; and no reg.exe."""
    return (
        "function Get-AovpnNetshRas { [CmdletBinding()] param() "
        "@{ fault = 'none'; code = 0; said = '' } }\n"
        "function Invoke-AovpnProgram { [CmdletBinding()] param($Path, $Words, $Seconds) "
        f"if ($Words -ne 'ras dump') {{ throw 'no' }}\n@{{ code = {code}; said = {said} }} }}"
    )


@pytest.mark.parametrize(
    ("code", "said", "reason"),
    [
        ("1", "'x'", "netsh ras dump ended with 1."),
        ("$null", "'x'", "netsh ras dump did not end in time."),
        ("0", '" `r`n"', "netsh ras dump wrote nothing."),
        (
            "0",
            "'xx ' + (New-Object ComponentModel.Win32Exception 1702).Message",
            "netsh ras dump does not work on this host (error 1702).",
        ),
    ],
)
def test_a_dump_that_fails_after_the_probe_is_none(
    windows: EngineHost, code: str, said: str, reason: str
) -> None:
    found = reasons(taken(windows, ran(code, said)))
    assert found["netsh-ras-dump.txt"] == reason
    assert found["RemoteAccess.reg"] == "no"


def test_a_dump_keeps_each_byte(windows: EngineHost) -> None:
    every = "-join (0..255 | ForEach-Object { [char] $_ })"
    assert taken(windows, ran("0", every)).files["netsh-ras-dump.txt"] == bytes(range(256))
