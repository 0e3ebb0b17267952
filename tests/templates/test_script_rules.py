"""What every script keeps to, so that Windows PowerShell 5.1 and 7 take it as it is meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tree_sitter import Node

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

# The commands of Windows PowerShell 5.1 and of its Windows modules that are used, with those of
# their parameters: what is new here has to be looked up in the documentation of 5.1 first.
_COMMANDS = {
    "Add-Type": "IgnoreWarnings TypeDefinition",
    "ConvertFrom-Json": "InputObject",
    "ConvertTo-Json": "InputObject Compress Depth",
    "ForEach-Object": "",
    "Get-Acl": "LiteralPath",
    "Get-ChildItem": "LiteralPath",
    "Get-CimInstance": "ClassName Filter Namespace Property",
    "Get-Command": "Name",
    "Get-Item": "LiteralPath Force",
    "Get-ItemProperty": "LiteralPath Name",
    "Get-RemoteAccessConnectionStatistics": "",
    "Get-ScheduledTask": "TaskPath TaskName",
    "Get-ScheduledTaskInfo": "TaskPath TaskName",
    "Get-Service": "Name",
    "New-Object": "TypeName ArgumentList",
    "New-ScheduledTaskAction": "Execute Argument",
    "New-ScheduledTaskPrincipal": "UserId LogonType RunLevel",
    "New-ScheduledTaskSettingsSet": (
        "StartWhenAvailable AllowStartIfOnBatteries DontStopIfGoingOnBatteries ExecutionTimeLimit"
    ),
    "New-ScheduledTaskTrigger": "Once At",
    "Register-ScheduledTask": "TaskPath TaskName Description Action Trigger Principal Settings",
    "Restart-Computer": "Force",
    "Restart-Service": "Name Force",
    "Set-StrictMode": "Version",
    "Start-Service": "Name",
    "Stop-Service": "Name",
    "Test-Path": "LiteralPath",
    "Unregister-ScheduledTask": "TaskPath TaskName Confirm",
    "Where-Object": "",
    "Write-Error": "ErrorId Message",
}

_COMMON = {"erroraction", "warningaction"}

_OWN = re.compile(r"(?m)^# Calls ([A-Za-z]+-[A-Za-z]+) of [A-Za-z]+(?:: ([A-Za-z ]+))?\.$")


def _own(script: Script) -> dict[str, str]:
    """What a file says it calls of a module for the thing that it is about, with its parameters.

    `# Calls Get-Thing of Module: Name Other.`, as the documentation of 5.1 has it.
    """
    return {name: parameters or "" for name, parameters in _OWN.findall(script.text)}


# These are functions of modules, which see preferences of the global scope alone: a script that a
# session of winrm or local runs, and the way back, have theirs in a scope below.
_OF_MODULES = re.compile(r"-(ScheduledTask|RemoteAccess)")
_ASKS = re.compile(r"^Unregister-")

_REFUSED = {
    "secedit": "replaces whole lists of holders",
    "netsh": "fails on Server 2025 and speaks the language of the host",
    "Invoke-Expression": "runs data",
    "Win32_Product": "repairs what it lists",
    "New-Item": "with -Force empties a key that is there",
    "Get-LocalGroupMember": "throws at a SID without a name",
    "Get-WmiObject": "is not in PowerShell 7",
    "Write-Host": "is no record",
    "ReadAllLines": "keeps others from writing, whose next line would be lost",
    "ReadAllText": "keeps others from writing, whose next line would be lost",
}

_WORD = re.compile(r"\S+")
_AUTOMATIC = {
    *_WORD.findall("_ true false null lastexitcode psversiontable executioncontext"),
    *_WORD.findall("env:systemroot env:computername script:aovpnstopped pshome"),
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
def test_the_parser_refuses_what_is_wrong_or_new(text: str) -> None:
    assert faults(tree(text))


@_EACH
def test_every_script_parses(path: Path) -> None:
    assert not faults(read(path).root)


@_EACH
def test_text_is_ascii_with_plain_line_ends(path: Path) -> None:
    raw = path.read_bytes()
    assert raw.isascii()
    assert b"\r" not in raw
    assert b"\t" not in raw
    assert raw.endswith(b"\n")


@_EACH
def test_no_pipeline_chains_of_powershell_7(path: Path) -> None:
    assert "pipeline_chain_tail" not in {node.type for node in walk(read(path).root)}


@_EACH
def test_every_command_and_parameter_is_known_to_5_1(path: Path) -> None:
    script = read(path)
    commands = _COMMANDS | _own(script)
    for command in script.commands:
        if "-Aovpn" in command.name:
            continue
        assert command.name in commands, f"line {command.line}: {command.name}"
        known = {name.lower() for name in commands[command.name].split()}
        assert command.parameters <= known | _COMMON, f"line {command.line}: {command.name}"


@_EACH
def test_what_a_script_says_it_calls_it_calls(path: Path) -> None:
    script = read(path)
    assert set(_own(script)) <= {command.name for command in script.commands}


@_EACH
def test_preferences_are_said_to_functions_of_modules(path: Path) -> None:
    script = read(path)
    own = _own(script)
    for command in script.commands:
        if command.name in own or _OF_MODULES.search(command.name):
            where = f"line {command.line}: {command.name}"
            assert "erroraction" in command.parameters, where
            assert "confirm" in command.parameters or not _ASKS.search(command.name), where


@_EACH
def test_a_warning_of_the_compiler_is_no_error(path: Path) -> None:
    """To Add-Type of 5.1 it is one, unless it is told not to mind."""
    for command in read(path).commands:
        if command.name == "Add-Type":
            assert "ignorewarnings" in command.parameters, f"line {command.line}"


def test_there_is_nothing_to_replace_in_what_a_task_is_given() -> None:
    """Task Scheduler replaces `$(Arg0)`, programs `%NAME%`; a quote would end the command."""
    text = text_of(read(TEMPLATES / "confirm.ps1").functions["Get-AovpnUndoArgument"].node)
    [commands] = re.findall(r"(?s)\$commands = @\((.*?)\n    \)", text)
    assert "$(" not in text
    assert "%" not in text
    assert not re.search(r"'[^'\n]*\"[^'\n]*'|`\"|\"\"", commands)


@_EACH
def test_every_function_is_advanced(path: Path) -> None:
    """Without it a function swallows an argument that it does not know."""
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
    assert optional <= {("Invoke-AovpnStep", "Desired"), ("Invoke-AovpnStep", "Expected")}


@_EACH
def test_no_parameter_has_the_name_of_an_automatic_variable(path: Path) -> None:
    for function in read(path).functions.values():
        assert not {parameter.name.lower() for parameter in function.parameters} & _TAKEN


@_EACH
@pytest.mark.parametrize("refused", _REFUSED)
def test_nothing_that_is_refused(path: Path, refused: str) -> None:
    code = read(path).code.lower()
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


@_EACH
def test_no_variable_is_read_that_nothing_sets(path: Path) -> None:
    """Strict mode throws at one, and no test runs every line."""
    for function in read(path).functions.values():
        assert not _used(function.node) - _assigned(function) - _AUTOMATIC, function.name


_ALSO = {"undo.ps1": "restart.ps1", "confirm.ps1": "undo.ps1"}
"""Files that are never sent without another one."""


@_EACH
def test_a_file_needs_only_itself_and_the_prologue(path: Path) -> None:
    script = read(path)
    prologue = read(TEMPLATES / "prologue.ps1")
    also = read(TEMPLATES / _ALSO.get(path.name, "prologue.ps1"))
    defined = {**prologue.functions, **also.functions, **script.functions}
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
def test_c_sharp_is_of_version_5(path: Path) -> None:
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


def test_there_is_c_sharp_to_look_at() -> None:
    assert _c_sharp(read(TEMPLATES / "kinds" / "user_right.ps1"))
