"""The C# of the kind of user rights, call by call, and the commands that it is compiled with."""

from __future__ import annotations

import pytest

from tests.powershell.arranged import store
from tests.powershell.host import EngineHost

_LSA = "[AovpnRemediate.Lsa]"
_SID = "S-1-5-21-1-2-3-1104"
_RIGHT = "SeServiceLogonRight"
_IN_USE = (
    "if (-not ('AovpnSeams' -as [type])) { Add-Type -TypeDefinition 'using "
    "System.Runtime.InteropServices; public static class AovpnSeams { "
    '[DllImport("advapi32.dll")] public static extern uint AovpnSeamsInUse(); }\' }\n'
    "[string] [AovpnSeams]::AovpnSeamsInUse()"
)


@pytest.fixture
def lsa(stand_ins: EngineHost) -> EngineHost:
    """A host without user rights, whose session has the C#."""
    stand_ins.run("Add-AovpnLsaType")
    return stand_ins


def thrown(host: EngineHost, call: str) -> list[str]:
    """The class and the message of what a call throws, and the number of a Windows error."""
    return host.run(
        f"try {{ {call}; 'nothing' }} catch {{ $e = $_.Exception.InnerException; "
        "$e.GetType().Name; $e.Message; "
        "if ($e -is [ComponentModel.Win32Exception]) { [string] $e.NativeErrorCode } }"
    )


def test_a_warning_of_the_compiler_is_no_error(linux: EngineHost) -> None:
    """Windows PowerShell takes one for an error, unless it is told not to."""
    shadow = (
        "function Add-Type { param([switch] $IgnoreWarnings, [string] $TypeDefinition) "
        "[string] $IgnoreWarnings; [string] $TypeDefinition.StartsWith('using System;') }"
    )
    assert linux.run(f"{shadow}\nAdd-AovpnLsaType") == ["True", "True"]


def test_holders_are_in_the_same_order_in_every_culture(lsa: EngineHost) -> None:
    """A language would pass over the hyphens."""
    sids = ["S-1-5-21-1-2-3-1104", "S-1-5-21-1-23-1-1", "S-1-5-21-9-9-9-500", "S-1-5-21-99-9-9-1"]
    lsa.run(store("UserRights", _RIGHT, list(reversed(sids))))
    assert lsa.run(f"{_LSA}::Holders('{_RIGHT}')") == sids


def test_a_right_is_given_once_and_taken_once(lsa: EngineHost) -> None:
    given = f"{_LSA}::Change('{_SID}', '{_RIGHT}', $true)"
    taken = f"{_LSA}::Change('{_SID}', '{_RIGHT}', $false)"
    assert lsa.run(f"{given}; {given}; {_LSA}::Holders('{_RIGHT}')") == [_SID]
    assert lsa.run(f"{taken}; {_LSA}::Holders('{_RIGHT}').Count.ToString()") == ["0"]
    assert thrown(lsa, taken) == ["Win32Exception", "File not found.", "2"]


@pytest.mark.parametrize("call", ["Holders('SeNo')", f"Change('{_SID}', 'SeNo', $true)"])
def test_a_right_that_windows_does_not_know_is_named(lsa: EngineHost, call: str) -> None:
    said = thrown(lsa, f"{_LSA}::{call}")
    assert said == ["ArgumentException", "Windows knows no user right SeNo."]


@pytest.mark.parametrize(
    ("mask", "call"),
    [(0x1, f"Holders('{_RIGHT}')"), (0x10, f"Change('{_SID}', '{_RIGHT}', $true)")],
)
def test_a_refusal_is_what_windows_says(lsa: EngineHost, mask: int, call: str) -> None:
    lsa.run(store("UserRights", "DeniedAccess", mask))
    assert thrown(lsa, f"{_LSA}::{call}") == ["Win32Exception", "Access denied.", "5"]


def test_what_was_asked_for_is_given_back(lsa: EngineHost) -> None:
    lsa.run(f"{_LSA}::Change('{_SID}', '{_RIGHT}', $true)\n$null = {_LSA}::Holders('{_RIGHT}')")
    assert lsa.run(_IN_USE) == ["0"]
    thrown(lsa, f"{_LSA}::Change('{_SID}', 'SeNo', $true)")
    thrown(lsa, f"{_LSA}::Holders('SeNo')")
    assert lsa.run(f"{_LSA}::Holders('SeBatchLogonRight')\n{_IN_USE}") == ["0"]


def test_the_host_has_a_name_for_a_sid_or_none(lsa: EngineHost) -> None:
    for sid, has_name in (("S-1-5-18", "True"), ("S-1-5-21-9-9-9-500", "False")):
        assert lsa.run(f"[string[]] @(Test-AovpnHasName -Sid {sid})") == [has_name]
