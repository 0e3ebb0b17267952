"""Accounts and services looked up by their names."""

from __future__ import annotations

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .scripts import error_of


@pytest.mark.parametrize(
    ("account", "sid"),
    [
        ("S-1-5-18", "S-1-5-18"),
        ("s-1-5-32-544", "S-1-5-32-544"),
        ("S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1001"),
        ("BUILTIN\\Administrators", "S-1-5-32-544"),
        ("Everyone", "S-1-1-0"),
        ("nobody-of-this-name", None),
        ("no S-1-5-18", None),
        ("S-1-5-18 no", None),
    ],
)
def test_an_account_is_its_sid(windows: EngineHost, account: str, sid: str | None) -> None:
    script = f"ConvertTo-AovpnText (Resolve-AovpnAccount -Account {literal(account)})"
    assert windows.record(script) == sid


def test_a_sid_that_is_none_is_an_error(windows: EngineHost) -> None:
    error = error_of(windows, "Resolve-AovpnAccount -Account 'S-1-5-'")
    assert error["message"] == "Value was invalid. (Parameter 'sddlForm')"


def test_an_account_that_cannot_be_asked_for_is_no_unknown_one(linux: EngineHost) -> None:
    error = error_of(linux, "Resolve-AovpnAccount -Account 'SYSTEM'")
    assert error["message"] == "Windows Principal functionality is not supported on this platform."


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("@{ ServiceName = 'ONE'; Status = 'Running' }", "running"),
        ("@{ ServiceName = 'One'; Status = 'StartPending' }", "startpending"),
    ],
)
def test_a_status_is_one_lower_case_word(each_engine: EngineHost, service: str, text: str) -> None:
    found = f"if ($Name -ceq 'One') {{ [pscustomobject] {service} }}"
    shadow = f"function Get-Service {{ param($Name) {found} }}"
    assert each_engine.run(f"{shadow}\nGet-AovpnServiceStatus -Name 'One'") == [text]


def test_a_service_that_is_not_there_has_no_status(windows: EngineHost) -> None:
    script = "ConvertTo-AovpnText (Get-AovpnServiceStatus -Name 'NoSuchService')"
    assert windows.run(script) == ["null"]


def test_any_other_error_of_a_service_is_one(each_engine: EngineHost) -> None:
    said = "no NoServiceFoundForGivenName"
    shadow = f"function Get-Service {{ Write-Error -ErrorId 'Denied' -Message '{said}' }}"
    error = error_of(each_engine, f"{shadow}\nGet-AovpnServiceStatus -Name 'x'")
    assert (error["id"], error["message"]) == ("Denied", said)
