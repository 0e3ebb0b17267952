"""Rules for every script, so that it works the same in Windows PowerShell 5.1 and in 7."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tree_sitter import Node

from aovpn_remediate.resources import KINDS
from tests.templates.powershell_trees import (
    FILES,
    TEMPLATES,
    Function,
    Script,
    faults,
    read,
    text_of,
    tree,
    walk,
)

_EACH = pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.relative_to(TEMPLATES).as_posix()) for path in FILES]
)

# The commands of Windows PowerShell 5.1 and its Windows modules in use, with the parameters in use.
# Check the documentation of 5.1 before you add a command or parameter here.
_COMMANDS = {
    "Add-Type": "AssemblyName IgnoreWarnings TypeDefinition",
    "ConvertFrom-Json": "InputObject",
    "ConvertTo-Json": "InputObject Compress Depth",
    "ForEach-Object": "",
    "Get-Acl": "LiteralPath",
    "Get-ChildItem": "LiteralPath Recurse",
    "Get-Content": "LiteralPath Encoding",
    "Get-CimInstance": "ClassName Filter Namespace Property",
    "Get-Command": "Name CommandType",
    "Get-Item": "LiteralPath Force",
    "Get-ItemProperty": "LiteralPath Name",
    "Get-RemoteAccessConnectionStatistics": "",
    "Get-ScheduledTask": "TaskPath TaskName",
    "Get-ScheduledTaskInfo": "TaskPath TaskName",
    "Get-Service": "Name",
    "Microsoft.PowerShell.Utility\\Set-Alias": "Name Value Scope Force",
    "New-Object": "TypeName ArgumentList",
    "New-ScheduledTaskAction": "Execute Argument",
    "New-ScheduledTaskPrincipal": "UserId LogonType RunLevel",
    "New-ScheduledTaskSettingsSet": (
        "StartWhenAvailable AllowStartIfOnBatteries DontStopIfGoingOnBatteries ExecutionTimeLimit"
    ),
    "New-ScheduledTaskTrigger": "Once At",
    "Register-ScheduledTask": "TaskPath TaskName Description Action Trigger Principal Settings",
    "Restart-Computer": "Force",
    "Select-Object": "Unique",
    "Set-StrictMode": "Version",
    "Start-Sleep": "Milliseconds",
    "Test-Path": "LiteralPath",
    "Unregister-ScheduledTask": "TaskPath TaskName Confirm",
    "Where-Object": "",
}

_COMMON = {"erroraction", "errorvariable", "warningaction"}

_DECLARATION = re.compile(
    r"(?m)^# Calls ([A-Za-z]+-[A-Za-z0-9]+) of [A-Za-z]+(?:: ([A-Za-z ]+))?\.$"
)


def _declared(script: Script) -> dict[str, str]:
    """Return the module commands that a script declares to call, with their parameters.

    A declaration is a comment `# Calls Get-Thing of Module: Name Other.`, from the documentation
    of 5.1.
    """
    return {name: parameters or "" for name, parameters in _DECLARATION.findall(script.text)}


# Functions of modules see only the preferences of the global scope, but scripts of automatic
# rollbacks and of sessions of winrm and local set their preferences in a scope below it.
_OF_MODULES = re.compile(r"-(ScheduledTask|RemoteAccess)")
_CONFIRMS = re.compile(r"^Unregister-")

_REFUSED = {
    "secedit": "replaces whole lists of holders",
    # What shows policies of NPS is none of it, and is read by ids.
    r'netsh(?=\.exe(?!" nps show np)|\s+(ras|nps|exec)\s)': (
        "fails on Server 2025 and speaks the language of the host"
    ),
    "Invoke-Expression": "executes data",
    "Win32_Product": "repairs the programs that it lists",
    "New-Item": "with -Force empties an existing key",
    "Get-LocalGroupMember": "throws at a SID without a name",
    "Get-WmiObject": "is not in PowerShell 7",
    "Write-Host": "writes no record",
    "ReadAllLines": "locks out the writer, whose next line would be lost",
    "ReadAllText": "locks out the writer, whose next line would be lost",
}

_ASK_FIRST = ("backup.ps1", "netsh.ps1", "wan_miniport.ps1")
"""Scripts that ask whether netsh works before they use it."""

_WORD = re.compile(r"\S+")
_AUTOMATIC = {
    *_WORD.findall("_ true false null lastexitcode psversiontable executioncontext"),
    *_WORD.findall(
        "env:systemroot env:computername env:processor_architew6432 script:aovpnstopped pshome "
        "env:userdomain env:username env:programdata"
    ),
}
_TAKEN = {
    *_WORD.findall("args error event executioncontext false foreach home host input this true"),
    *_WORD.findall("lastexitcode matches myinvocation nestedpromptlevel null pid profile pwd"),
    *_WORD.findall("psboundparameters pscmdlet pscommandpath psculture pshome psitem sender"),
    *_WORD.findall("psscriptroot psversiontable shellid stacktrace switch"),
}


@pytest.mark.parametrize(
    "text", ["$a ?? 1", "$a?.b", "$a ??= 1", "$a ? 1 : 2", "${a}?[0]", "if ($a) {", "'a"]
)
def test_the_parser_refuses_invalid_and_newer_syntax(text: str) -> None:
    assert faults(tree(text))


@_EACH
def test_every_script_parses(path: Path) -> None:
    assert not faults(read(path).root)


@_EACH
def test_every_script_is_ascii_with_unix_line_ends_and_no_tabs(path: Path) -> None:
    raw = path.read_bytes()
    assert raw.isascii()
    assert b"\r" not in raw
    assert b"\t" not in raw
    assert raw.endswith(b"\n")


@_EACH
def test_no_script_uses_pipeline_chains_of_powershell_7(path: Path) -> None:
    assert "pipeline_chain_tail" not in {node.type for node in walk(read(path).root)}


@_EACH
def test_every_command_and_parameter_is_known_to_5_1(path: Path) -> None:
    script = read(path)
    commands = _COMMANDS | _declared(script)
    for command in script.commands:
        if "-Aovpn" in command.name:
            continue
        assert command.name in commands, f"line {command.line}: {command.name}"
        known = {name.lower() for name in commands[command.name].split()}
        assert command.parameters <= known | _COMMON, f"line {command.line}: {command.name}"


@_EACH
def test_every_declared_command_is_called(path: Path) -> None:
    script = read(path)
    assert set(_declared(script)) <= {command.name for command in script.commands}


@_EACH
def test_module_functions_are_called_with_explicit_preferences(path: Path) -> None:
    script = read(path)
    declared = _declared(script)
    for command in script.commands:
        if command.name in declared or _OF_MODULES.search(command.name):
            where = f"line {command.line}: {command.name}"
            assert "erroraction" in command.parameters, where
            assert "confirm" in command.parameters or not _CONFIRMS.search(command.name), where


@_EACH
def test_add_type_ignores_compiler_warnings(path: Path) -> None:
    """Require -IgnoreWarnings, as Add-Type of 5.1 fails at compiler warnings without it."""
    for command in read(path).commands:
        if command.name == "Add-Type" and "assemblyname" not in command.parameters:
            assert "ignorewarnings" in command.parameters, f"line {command.line}"


def test_the_command_of_a_scheduled_task_contains_nothing_to_expand() -> None:
    """Task Scheduler expands `$(Arg0)`, programs expand `%NAME%`, and a quote ends the command."""
    text = text_of(read(TEMPLATES / "confirm.ps1").functions["Get-AovpnUndoArgument"].node)
    [commands] = re.findall(r"(?s)\$commands = @\((.*?)\n    \)", text)
    assert "$(" not in text
    assert "%" not in text
    assert not re.search(r"'[^'\n]*\"[^'\n]*'|`\"|\"\"", commands)


@_EACH
def test_every_function_is_an_advanced_function(path: Path) -> None:
    """Require CmdletBinding: without it a function ignores unknown arguments."""
    for function in read(path).functions.values():
        assert "cmdletbinding()" in function.attributes, function.name


@_EACH
def test_every_parameter_is_mandatory_or_a_switch(path: Path) -> None:
    optional = {
        (function.name, parameter.name)
        for function in read(path).functions.values()
        for parameter in function.parameters
        if not {"parameter(mandatory)", "switch"} & parameter.attributes
    }
    named = ("Desired", "Expected", "Parts")
    assert optional <= {("Invoke-AovpnStep", name) for name in named}


@_EACH
def test_no_parameter_has_the_name_of_an_automatic_variable(path: Path) -> None:
    for function in read(path).functions.values():
        assert not {parameter.name.lower() for parameter in function.parameters} & _TAKEN


@_EACH
@pytest.mark.parametrize("refused", _REFUSED)
def test_no_script_uses_refused_commands(path: Path, refused: str) -> None:
    code = read(path).code.lower()
    if path.name in _ASK_FIRST and refused.startswith("netsh"):
        return
    assert not re.search(rf"(?<![\w-]){refused.lower()}(?![\w-])", code), _REFUSED[refused]


def _assigned(function: Function) -> set[str]:
    names = {parameter.name.lower() for parameter in function.parameters}
    for node in walk(function.node):
        if node.type == "left_assignment_expression":
            names |= _bare(text_of(node))
        elif node.type == "foreach_statement":
            variable = next(child for child in node.children if child.type == "variable")
            names |= _bare(text_of(variable))
    return names


def _bare(text: str) -> set[str]:
    return {text.strip()[1:].lower()} if re.fullmatch(r"\s*\$\w+\s*", text) else set()


def _used(node: Node) -> set[str]:
    names = set()
    for found in walk(node):
        if found.type == "variable":
            names.add(re.sub(r"^[$@]\{?|\}$", "", text_of(found)).lower())
    return names


_BY_CULTURE = re.compile(
    r"(?:\.|::)(?:(?:Last)?IndexOf|StartsWith|EndsWith|Compare|CompareTo)\((?!.*(?:Ordinal|\[char\]))"
)


@_EACH
def test_no_text_is_compared_by_the_culture_of_the_host(path: Path) -> None:
    """In some cultures a backslash is nothing, and found at the start of any text."""
    lines = [line for line in read(path).text.splitlines() if _BY_CULTURE.search(line)]
    assert [line for line in lines if "[array]::IndexOf(" not in line] == []


def test_what_a_culture_compares_is_found() -> None:
    by_culture = ("$a.IndexOf('b')", "$a.StartsWith($b)", "[string]::Compare($a, $b, $true)")
    assert all(map(_BY_CULTURE.search, by_culture))
    by_letters = ("$a.StartsWith($b, 'Ordinal')", "$a.IndexOf([char] 92)", "$a.Contains('b')")
    assert not any(map(_BY_CULTURE.search, by_letters))


@_EACH
def test_no_function_reads_an_unset_variable(path: Path) -> None:
    """Find variables at which strict mode would throw, as no test runs every line."""
    for function in read(path).functions.values():
        assert not _used(function.node) - _assigned(function) - _AUTOMATIC, function.name


_SENT_WITH: Mapping[str, Sequence[str]] = {
    "restart.ps1": ["services.ps1"],
    "undo.ps1": ["restart.ps1"],
    "confirm.ps1": ["files.ps1", "undo.ps1"],
    "backup.ps1": ["files.ps1", "netsh.ps1"],
    "events.ps1": ["kinds/event.ps1"],
    "patch_level.ps1": ["facts.ps1"],
    **{
        f"{name}.ps1": [*kind.scripts, *(["facts.ps1"] if kind.read_only else [])]
        for name, kind in KINDS.items()
    },
}
"""Files that are always sent together with others: a kind that is only read, with the facts."""


@_EACH
def test_a_script_calls_only_functions_that_are_sent_with_it(path: Path) -> None:
    script = read(path)
    defined = dict(script.functions)
    for name in ("prologue.ps1", *_SENT_WITH.get(path.name, ())):
        defined |= read(TEMPLATES / name).functions
    for command in script.commands:
        if "-Aovpn" in command.name:
            known = {parameter.name.lower() for parameter in defined[command.name].parameters}
            assert command.parameters <= known, f"line {command.line}: {command.name}"


def test_no_two_files_define_the_same_function() -> None:
    names = [name for path in FILES for name in read(path).functions]
    assert len(names) == len(set(names))


def _c_sharp(script: Script) -> list[str]:
    return re.findall(r"(?s)@'\n(.*?)\n'@", script.text)


@_EACH
def test_c_sharp_is_limited_to_version_5(path: Path) -> None:
    for text in _c_sharp(read(path)):
        for newer in (
            r'\$"',
            r"\bnameof\b",
            "=>",
            r"\bout var\b",
            r"\?\.",
            r"\?\?=",
            r"\bis not\b",
        ):
            assert not re.search(newer, text), newer


def test_the_test_finds_c_sharp() -> None:
    assert _c_sharp(read(TEMPLATES / "kinds" / "user_right.ps1"))
