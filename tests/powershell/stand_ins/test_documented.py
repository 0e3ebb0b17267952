"""Stand-in commands have the documented parameters, and PowerShell finds each by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.powershell.host import EngineHost

_FOLDER = Path(__file__).parents[1]
DOCUMENTED: dict[str, dict[str, Any]] = json.loads(
    (_FOLDER / "commands-5.1.json").read_text("utf-8")
)
MODULES = sorted(path.name for path in (_FOLDER / "modules").iterdir() if path.is_dir())
_OF = {name: name for name in MODULES} | {"HotFix": "Microsoft.PowerShell.Management"}
"""The documented module of each stand-in module."""
# Functions alone: of what PowerShell has itself, some commands are replaced, the rest is its own.
_COMMANDS = """
foreach ($module in {modules}) {{
    foreach ($command in Get-Command -Module $module -CommandType Function) {{
        $undocumented = [Management.Automation.Cmdlet]::CommonParameters
        $names = @($command.Parameters.Keys | Where-Object {{ $undocumented -notcontains $_ }})
        $said = @{{ name = $command.Name; module = $command.Source; parameters = $names }}
        ConvertTo-Json $said -Compress
    }}
}}
"""


@pytest.fixture(scope="module")
def found(windows: EngineHost) -> dict[str, dict[str, Any]]:
    """Each stand-in command: its module and its parameters."""
    names = ", ".join(f"'{name}'" for name in MODULES)
    # The list of a manifest alone does not say the parameters.
    windows.run(f"Import-Module {names}")
    said = windows.records(_COMMANDS.format(modules=names))
    return {one["name"]: one for one in said}


def test_powershell_finds_each_by_itself(windows: EngineHost) -> None:
    names = [name for name in sorted(DOCUMENTED) if DOCUMENTED[name]["module"] in _OF.values()]
    asked = ", ".join(f"'{name}'" for name in names)
    script = (
        f"Remove-Module {', '.join(MODULES)} -ErrorAction Ignore\n"
        f"foreach ($one in Get-Command {asked} -CommandType Function -ErrorAction Ignore)"
        "{ ConvertTo-Json @($one.Name, $one.Source) -Compress }"
    )
    sources = dict(windows.records(script))
    modules = {name: _OF[source] for name, source in sources.items()}
    assert modules == {name: DOCUMENTED[name]["module"] for name in sources}
    assert {*sources.values()} == {*MODULES}


def test_every_command_is_documented(found: dict[str, dict[str, Any]]) -> None:
    modules = {name: _OF[one["module"]] for name, one in found.items()}
    assert modules == {name: DOCUMENTED.get(name, {}).get("module") for name in found}


def test_each_command_has_the_documented_parameters(found: dict[str, dict[str, Any]]) -> None:
    theirs = {name: sorted(one["parameters"]) for name, one in found.items()}
    assert theirs == {name: sorted(DOCUMENTED[name]["parameters"]) for name in found}
