"""The PowerShell functions that Python calls exist with the parameters that it passes."""

from __future__ import annotations

import pytest

from aovpn_remediate.resources import KINDS
from tests.templates.powershell_trees import TEMPLATES, read

_CALLED = {
    "prologue.ps1": {
        "Invoke-AovpnStep": ["Id", "Kind", "Target", "Desired", "Expected", "Parts", "Apply"],
    },
    "facts.ps1": {"Get-AovpnFacts": ["Services"]},
    "restart.ps1": {
        "Invoke-AovpnRestart": ["Service", "Seconds"],
        "Invoke-AovpnStart": ["Service", "Seconds"],
        "Invoke-AovpnReboot": [],
    },
    "undo.ps1": {"Invoke-AovpnUndo": ["Run", "Steps"]},
    "backup.ps1": {"Invoke-AovpnBackup": ["Of"]},
    "confirm.ps1": {
        "Invoke-AovpnArm": ["Run", "Seconds", "Script"],
        "Invoke-AovpnDisarm": ["Run", "Look", "Forget"],
    },
}


def _parameters(file: str, function: str) -> list[str]:
    return [parameter.name for parameter in read(TEMPLATES / file).functions[function].parameters]


@pytest.mark.parametrize("kind", KINDS)
def test_get_and_set_have_the_parameters_of_the_target(kind: str) -> None:
    resource = KINDS[kind].model_validate(KINDS[kind].example)
    target = list(resource.target())
    assert _parameters(f"kinds/{kind}.ps1", f"Get-{resource.function}") == target
    if not resource.read_only:
        both = [*target, "Desired"]
        assert _parameters(f"kinds/{kind}.ps1", f"Set-{resource.function}") == both


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].read_only])
def test_a_read_only_kind_has_no_set(kind: str) -> None:
    functions = read(TEMPLATES / "kinds" / f"{kind}.ps1").functions
    assert not [name for name in functions if name.startswith("Set-")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_script_of_a_kind_begins_with_the_answer_of_get(kind: str) -> None:
    assert read(TEMPLATES / "kinds" / f"{kind}.ps1").text.startswith("# Get answers ")


@pytest.mark.parametrize("file", _CALLED)
def test_the_functions_that_a_batch_calls_exist(file: str) -> None:
    for function, parameters in _CALLED[file].items():
        assert _parameters(file, function) == parameters
