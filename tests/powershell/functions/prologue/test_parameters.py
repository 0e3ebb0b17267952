"""Parameters of the functions, as calls name them."""

from __future__ import annotations

from typing import Any

from tests.powershell.host import EngineHost


def test_parameters_are_as_they_are_called(each_engine: EngineHost) -> None:
    """Without CmdletBinding an argument of another name is swallowed."""
    names = {
        "ConvertTo-AovpnText": {"Value": True},
        "ConvertTo-AovpnAscii": {"Text": True},
        "ConvertTo-AovpnError": {"Fault": True},
        "Resolve-AovpnAccount": {"Account": True},
        "Get-AovpnServiceStatus": {"Name": True},
        "Read-AovpnState": {"Kind": True, "Target": True},
        "Test-AovpnAbsent": {"State": True},
        "Select-AovpnPart": {"State": True, "Names": True},
        "Test-AovpnExpected": {"State": True, "Text": True, "Expected": True},
        "Invoke-AovpnStep": dict.fromkeys(("Id", "Kind", "Target"), True)
        | dict.fromkeys(("Desired", "Expected", "Parts", "Apply"), False),
        "Get-AovpnFact": {"Read": True, "List": False},
        "Get-AovpnServiceFact": {"Name": True},
        "Get-AovpnFacts": {"Services": True},
    }
    assert {name: _parameters(each_engine, name) for name in names} == names


def _parameters(engine: EngineHost, name: str) -> Any:
    script = (
        f"$ast = (Get-Command {name}).ScriptBlock.Ast.Body.ParamBlock.Parameters\n"
        "$said = [ordered]@{}\n"
        "foreach ($one in $ast) { $said[$one.Name.VariablePath.UserPath] = "
        "[bool] @($one.Attributes | Where-Object { $_.Extent.Text -match 'Mandatory' }) }\n"
        "ConvertTo-Json $said -Compress"
    )
    return engine.record(script)


def test_no_function_of_the_product_swallows_an_argument(each_engine: EngineHost) -> None:
    script = (
        "$all = @(Get-Command -Name '*-Aovpn*' -CommandType Function)\n"
        "[string] ($all.Count -gt 60)\n"
        "@($all | Where-Object { -not $_.CmdletBinding } | ForEach-Object Name)"
    )
    assert each_engine.run(script) == ["True"]
