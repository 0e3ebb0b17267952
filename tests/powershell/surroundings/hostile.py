"""Sessions that are not plain: what a profile or the start script of an endpoint may have set."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.powershell.host import function_files

_DEFAULTS = "$PSDefaultParameterValues = @{ '%s' = %s }"
_PROPERTIES = (
    "@{ CurrentBuildNumber = 1; UBR = 1; ProductName = 'x'; EditionID = 'x'; ProductType = 'x' }"
)

PREFERENCES: Mapping[str, str] = {
    "strict": "Set-StrictMode -Version Latest",
    "errors ignored": "$ErrorActionPreference = 'Ignore'",
    "errors inquire": "$ErrorActionPreference = 'Inquire'",
    "all streams": (
        "$VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'; "
        "$ProgressPreference = $WarningPreference = 'Continue'"
    ),
    "warnings stop": "$WarningPreference = 'Stop'",
    "information stop": "$InformationPreference = 'Stop'",
    "verbose stop": "$VerbosePreference = 'Stop'; $DebugPreference = 'Stop'",
    "verbose inquire": "$VerbosePreference = 'Inquire'; $DebugPreference = 'Inquire'",
    "confirm": "$ConfirmPreference = 'Low'",
    "what if": "$WhatIfPreference = $true",
    "native errors": "$PSNativeCommandUseErrorActionPreference = $true",
    "separator": "$OFS = '|'; $FormatEnumerationLimit = 1",
    "style": "$PSStyle.OutputRendering = 'Ansi'; $ErrorView = 'DetailedView'",
    "no autoload": "$PSModuleAutoLoadingPreference = 'None'",
    "location": "Set-Location -Path Env:",
    "default of errors": _DEFAULTS % ("*:ErrorAction", "'SilentlyContinue'"),
    "default of verbose": _DEFAULTS % ("*:Verbose", "$true"),
    "default of variables": _DEFAULTS % ("*:OutVariable", "'x'"),
    "default of what if": _DEFAULTS % ("*:WhatIf", "$true"),
    "default of depth": _DEFAULTS % ("ConvertTo-Json:Depth", "1"),
    "default of arrays": _DEFAULTS % ("ConvertTo-Json:AsArray", "$true"),
    "default of escapes": _DEFAULTS % ("ConvertTo-Json:EscapeHandling", "'EscapeHtml'"),
    "default of a service": _DEFAULTS % ("Get-Service:Name", "'x'"),
}
"""Preferences and defaults by a name: none of them may change what the product does."""

_HELLO = "Set-Item -Path \"Function:$name\" -Value { 'hello' }"


def _commands() -> list[str]:
    """The names of the commands that the prologue protects, as literals."""
    prologue, *_ = function_files()
    return [f"'{name}'" for name in re.findall(r"'[\w.]+\\([\w-]+)'", prologue.read_text("ascii"))]


SHADOWS: Mapping[str, str] = {
    "Get-Service": "function Get-Service { 'hello' }",
    "Get-Service as an alias": "Set-Alias -Name Get-Service -Value Get-Process",
    "ConvertTo-Json": "function ConvertTo-Json { '{}' }",
    "Write-Error": "function Write-Error { param($ErrorId, $Message) }",
    "Get-ItemProperty": f"function Get-ItemProperty {{ [pscustomobject] {_PROPERTIES} }}",
    "Get-Item": "function Get-Item { [pscustomobject] @{ Property = @() } }",
    "Test-Path": "function Test-Path { $false }",
    "Where-Object": "function Where-Object { }",
    "New-Object": "function New-Object { 'x' }",
    "Start-Service": "function Start-Service { }",
    "Out-Default": "function Out-Default { }",
    "Set-Alias": "function Set-Alias { }",
    "every command": f"foreach ($name in {', '.join(_commands())}) {{ {_HELLO} }}",
}
"""Functions and aliases by the command that they take the place of."""
