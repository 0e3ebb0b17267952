"""The first lines of `prologue.ps1`: each setting, and what comes through without it."""

from __future__ import annotations

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.errors import ScriptError
from tests.powershell.host import EngineHost

_TRIED = (
    "try { [string] (& { %s }) } catch { \"stopped: $($_.FullyQualifiedErrorId.Split(',')[0])\" }"
)
_ASKS = (
    "function Set-Asking { [CmdletBinding(SupportsShouldProcess)] param() "
    "if ($PSCmdlet.ShouldProcess('x')) { 'set' } }\n"
)


def _prologue() -> str:
    return (asset_dir("templates") / "prologue.ps1").read_text("ascii")


@pytest.mark.parametrize(
    ("hostile", "script", "without", "with_it"),
    [
        pytest.param(
            "Set-StrictMode -Off",
            "$null = $nothing; 'on'",
            "on",
            "stopped: VariableIsUndefined",
            id="strict",
        ),
        pytest.param(
            "Set-StrictMode -Version 2.0",
            "$null = @(1)[1]; 'on'",
            "on",
            "stopped: System.IndexOutOfRangeException",
            id="strict as 3.0",
        ),
        pytest.param(
            "$ErrorActionPreference = 'SilentlyContinue'",
            "Write-Error -ErrorId 'Own' -Message 'x'; 'on'",
            "on",
            "stopped: Own",
            id="errors",
        ),
        pytest.param(
            "$ProgressPreference = 'Stop'",
            "Write-Progress -Activity 'x'; 'on'",
            "stopped: ActionPreferenceStop",
            "on",
            id="progress",
        ),
        pytest.param(
            "$WarningPreference = 'Stop'",
            "Write-Warning -Message 'x'; 'on'",
            "stopped: ActionPreferenceStop",
            "on",
            id="warnings",
        ),
    ],
)
def test_a_setting_of_the_session_counts_for_nothing(
    each_engine: EngineHost, hostile: str, script: str, without: str, with_it: str
) -> None:
    tried = _TRIED % script
    assert each_engine.run(f"{hostile}\n{tried}") == [without]
    assert each_engine.run(f"{hostile}\n{_prologue()}\n{tried}") == [with_it]


def test_the_strictness_is_one_that_every_version_has(each_engine: EngineHost) -> None:
    shadow = 'function Set-StrictMode { param([version] $Version) "set to $Version" }'
    assert each_engine.run(f"{shadow}\n{_prologue()}") == ["set to 3.0"]


def test_nothing_is_asked(each_engine: EngineHost) -> None:
    hostile = f"$ConfirmPreference = 'Low'\n{_ASKS}"
    with pytest.raises(ScriptError):
        each_engine.run(f"{hostile}\nSet-Asking")
    assert each_engine.run(f"{hostile}\n{_prologue()}\nSet-Asking") == ["set"]


@pytest.mark.parametrize("name", ["Progress", "Warning"])
def test_nothing_is_shown(each_engine: EngineHost, name: str) -> None:
    hostile = f"${name}Preference = 'Continue'"
    said = f"[string] ${name}Preference"
    assert each_engine.run(f"{hostile}\n{_prologue()}\n{said}") == ["SilentlyContinue"]


def test_a_batch_begins_with_no_step_refused(each_engine: EngineHost) -> None:
    stopped = "$script:AovpnStopped = $true"
    said = "[string] $script:AovpnStopped"
    assert each_engine.run(f"{stopped}\n{_prologue()}\n{said}") == ["False"]
