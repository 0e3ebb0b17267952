"""The first lines of `prologue.ps1`: each setting, and what comes through without it."""

from __future__ import annotations

import json

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.errors import ScriptError
from aovpn_remediate.rendering.literals import literal
from tests.powershell.build import SOURCES
from tests.powershell.host import EngineHost, function_files

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
        pytest.param(
            "$InformationPreference = 'Stop'",
            "Write-Information -MessageData 'x'; 'on'",
            "stopped: ActionPreferenceStop",
            "on",
            id="information",
        ),
        pytest.param(
            "$VerbosePreference = 'Stop'",
            "Write-Verbose -Message 'x'; 'on'",
            "stopped: ActionPreferenceStop",
            "on",
            id="verbose",
        ),
        pytest.param(
            "$DebugPreference = 'Stop'",
            "Write-Debug -Message 'x'; 'on'",
            "stopped: ActionPreferenceStop",
            "on",
            id="debug",
        ),
        pytest.param(
            "$WhatIfPreference = $true",
            f"{_ASKS}; Set-Asking; 'on'",
            "on",
            "set on",
            id="what if",
        ),
        pytest.param(
            "$ErrorActionPreference = 'Stop'; $PSNativeCommandUseErrorActionPreference = $true",
            "if ($IsWindows) { cmd.exe /c exit 3 } else { sh -c 'exit 3' }; 'on'",
            "stopped: ProgramExitedWithNonZeroCode",
            "on",
            id="exit codes",
        ),
        pytest.param(
            "$PSDefaultParameterValues = @{ 'Write-Output:InputObject' = 'x' }",
            "Write-Output -NoEnumerate",
            "x",
            "stopped: MissingMandatoryParameter",
            id="defaults",
        ),
    ],
)
def test_a_setting_of_the_session_counts_for_nothing(
    each_engine: EngineHost, hostile: str, script: str, without: str, with_it: str
) -> None:
    tried = _TRIED % script
    assert each_engine.run(f"{hostile}\n{tried}") == [without]
    assert each_engine.run(f"{hostile}\n{_prologue()}\n{tried}") == [with_it]


def test_nothing_is_asked(each_engine: EngineHost) -> None:
    hostile = f"$ConfirmPreference = 'Low'\n{_ASKS}"
    with pytest.raises(ScriptError):
        each_engine.run(f"{hostile}\nSet-Asking")
    assert each_engine.run(f"{hostile}\n{_prologue()}\nSet-Asking") == ["set"]


@pytest.mark.parametrize("name", ["Progress", "Warning", "Verbose", "Debug", "Information"])
def test_nothing_is_shown(each_engine: EngineHost, name: str) -> None:
    hostile = f"${name}Preference = 'Continue'"
    said = f"[string] ${name}Preference"
    assert each_engine.run(f"{hostile}\n{_prologue()}\n{said}") == ["SilentlyContinue"]


def test_a_32_bit_process_is_refused(each_engine: EngineHost) -> None:
    """Windows sets the variable in a 32-bit process alone."""
    name = "PROCESSOR_ARCHITEW6432"
    script = f"$env:{name} = 'AMD64'\ntry {{ {_prologue()} }} finally {{ $env:{name} = '' }}"
    with pytest.raises(ScriptError, match="use a 64-bit endpoint"):
        each_engine.run(script)


def test_modules_are_found(each_engine: EngineHost) -> None:
    hostile = "$PSModuleAutoLoadingPreference = 'None'"
    said = "[string] $PSModuleAutoLoadingPreference"
    assert each_engine.run(f"{hostile}\n{_prologue()}\n{said}") == ["All"]


def test_a_batch_begins_with_no_step_refused(each_engine: EngineHost) -> None:
    stopped = "$script:AovpnStopped = $true"
    said = "[string] $script:AovpnStopped"
    assert each_engine.run(f"{stopped}\n{_prologue()}\n{said}") == ["False"]


_CALLED = """
foreach ($file in %s) {
    $tree = [Management.Automation.Language.Parser]::ParseFile($file, [ref] $null, [ref] $null)
    $all = $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
    $all | ForEach-Object { $_.GetCommandName() } | Where-Object { $_ -and $_ -notlike '*-Aovpn*' }
}
"""


def test_no_command_can_be_replaced(linux: EngineHost) -> None:
    """Each that is called has an alias, and one that is called with its module needs none."""
    files = literal([str(path) for path in function_files()])
    # Where lines are counted, each statement calls __c.
    called = {name for name in linux.run(_CALLED % files) if "\\" not in name} - {"__c"}
    made = "Get-ChildItem Alias: | Where-Object Definition -like '*\\*' | ForEach-Object {"
    made += ' "$($_.Name) $($_.Definition)" }'
    aliases = dict(line.split() for line in linux.run(f"{_prologue()}\n{made}"))
    known = json.loads((SOURCES / "commands-5.1.json").read_text("utf-8"))
    assert aliases == {name: f"{known[name]['module']}\\{name}" for name in called}


def test_an_alias_that_is_read_only_is_replaced(each_engine: EngineHost) -> None:
    hostile = "Set-Alias -Name Get-Item -Value Get-Date -Option ReadOnly -Scope Local"
    assert each_engine.run(
        f"{hostile}\n{_prologue()}\n(Get-Item -LiteralPath Variable:PID).Name"
    ) == ["PID"]
