"""Installed programs, from both Uninstall views of a real registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.resources.installed_program import InstalledProgram
from tests.powershell.host import EngineHost, read_step

_VIEWS = {"64": "SOFTWARE", "32": r"SOFTWARE\WOW6432Node"}
_NAME = "Certificate Connector"


def _uninstall(view: str) -> str:
    root = rf"Registry::HKEY_LOCAL_MACHINE\{_VIEWS[view]}"
    return rf"{root}\Microsoft\Windows\CurrentVersion\Uninstall"


def _program(view: str, key: str, *values: str) -> str:
    path = f"{_uninstall(view)}\\Aovpn{key}"
    lines = [f"$null = New-ItemProperty -LiteralPath '{path}' {value}" for value in values]
    return "\n".join([f"$null = New-Item -Path '{path}' -Force", *lines])


def _named(version: str, name: str = _NAME) -> tuple[str, str]:
    return f"-Name DisplayName -Value '{name}'", f"-Name DisplayVersion -Value '{version}'"


@pytest.fixture(autouse=True)
def _forget(windows: EngineHost) -> Iterator[None]:
    yield
    for view in _VIEWS:
        windows.run(f"Remove-Item '{_uninstall(view)}\\Aovpn*' -Recurse -ErrorAction Ignore")


def read(windows: EngineHost, *programs: str) -> Any:
    return windows.read("AovpnInstalledProgram", {"Name": _NAME}, arrange="\n".join(programs))


def test_no_program_of_the_name_is_nothing(windows: EngineHost) -> None:
    others = _program("64", "A", *_named("1.0", f"{_NAME} Tools")), _program("64", "B")
    assert read(windows, *others) is None


@pytest.mark.parametrize("view", _VIEWS)
def test_a_program_is_found_in_either_view(windows: EngineHost, view: str) -> None:
    said = read(windows, _program(view, "A", *_named("6.2204.38.0", _NAME.upper())))
    assert said == {"name": _NAME.upper(), "version": "6.2204.38.0", "others": []}


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (("1.9", "1.10"), "1.10"),
        (("1.10", "1.9"), "1.10"),
        (("unknown", "1.0"), "1.0"),
        (("1.0", "unknown"), "1.0"),
        (("unknown", "other"), "unknown"),
        (("", "1"), "1"),
        (("2.0", "2.0.1"), "2.0.1"),
        (("7", "10"), "10"),
        (("10", "7"), "10"),
        (("10", "9.9"), "10"),
        (("1.2.3.4.5", "1.2.3.4.10"), "1.2.3.4.10"),
        (("4294967296.1", "4294967295.2"), "4294967296.1"),
    ],
)
def test_the_newest_counts(windows: EngineHost, versions: tuple[str, str], newest: str) -> None:
    one, other = versions
    for first, second in (("64", "32"), ("64", "64")):
        said = read(
            windows, _program(first, "A", *_named(one)), _program(second, "B", *_named(other))
        )
        assert InstalledProgram(name=_NAME).normalise(said) == {"version": newest}
        windows.run(f"Remove-Item '{_uninstall('32')}\\Aovpn*' -Recurse -ErrorAction Ignore")


def test_a_program_without_a_version_has_an_empty_one(windows: EngineHost) -> None:
    program = _program("64", "A", f"-Name DisplayName -Value '{_NAME}'")
    assert read(windows, program) == {"name": _NAME, "version": "", "others": []}


def test_a_value_of_another_sort_is_no_reason_to_fail(windows: EngineHost) -> None:
    odd = _program("64", "A", "-Name DisplayName -PropertyType Binary -Value ([byte[]] @(1, 2))")
    assert read(windows, odd, _program("64", "B", *_named("3.1"))) == {
        "name": _NAME,
        "version": "3.1",
        "others": [],
    }


def test_the_versions_of_all_entries_are_told(windows: EngineHost) -> None:
    views = ("64", "A", "1"), ("64", "B", "2.b"), ("32", "C", "3")
    programs = [_program(view, key, *_named(version)) for view, key, version in views]
    assert read(windows, *programs) == {"name": _NAME, "version": "1", "others": ["2.b", "3"]}


_CLOSED = """
$hive = [Microsoft.Win32.Registry]::LocalMachine
$item = $hive.OpenSubKey('%s', 'ReadWriteSubTree', 'ChangePermissions')
$rules = New-Object Security.AccessControl.RegistrySecurity
$rules.SetAccessRuleProtection($true, $false)
$me = [Security.Principal.WindowsIdentity]::GetCurrent().User
$all = New-Object Security.AccessControl.RegistryAccessRule $me, 'FullControl', 'Allow'
if ('%s') { $rules.AddAccessRule($all) }
$item.SetAccessControl($rules)
"""


def test_a_key_that_may_not_be_read_hides_no_other(windows: EngineHost) -> None:
    closed = f"{_uninstall('64').partition('MACHINE' + chr(92))[2]}\\AovpnA"
    windows.run(f"{_program('64', 'A', *_named('9.0'))}\n{_CLOSED % (closed, '')}")
    try:
        record = windows.record(read_step("AovpnInstalledProgram", {"Name": _NAME}))
        said = record["error"]["message"]
        assert said.startswith(f"Among the keys that may be read there is no {_NAME}, but not all ")
        assert "Requested registry access is not allowed." in said
        assert "\\Uninstall\\AovpnA: " in said
        assert read(windows, _program("64", "B", *_named("1.0")))["version"] == "1.0"
    finally:
        windows.run(_CLOSED % (closed, "open"))


def test_a_view_that_is_not_there_is_passed_over(windows: EngineHost) -> None:
    whole = _uninstall("32")
    try:
        windows.run(f"Rename-Item '{whole}' Elsewhere")
        program = _program("64", "A", *_named("1.0"))
        assert read(windows, program) == {"name": _NAME, "version": "1.0", "others": []}
    finally:
        windows.run(f"Rename-Item '{whole.replace('Uninstall', 'Elsewhere')}' Uninstall")
