"""The values by which a domain controller maps certificates, from a real registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.powershell.cases.hosts.domain_controller import MAPPING
from tests.powershell.host import EngineHost

_NAMES = list(MAPPING)


@pytest.fixture(autouse=True)
def _forget(windows: EngineHost) -> Iterator[None]:
    yield
    for key, name in MAPPING.values():
        windows.run(f"Remove-ItemProperty '{key}' -Name {name} -ErrorAction Ignore")


def read(windows: EngineHost, *arrange: str) -> Any:
    return windows.read("AovpnStrongMapping", {}, arrange="\n".join(arrange))


def value(field: str, data: str, kind: str = "DWord") -> str:
    key, name = MAPPING[field]
    return (
        f"if (-not (Test-Path '{key}')) {{ $null = New-Item '{key}' }}\n"
        f"$null = New-ItemProperty '{key}' {name} -PropertyType {kind} -Value {data} -Force"
    )


def test_what_is_not_there_is_null(windows: EngineHost) -> None:
    found = read(windows)
    assert {name: found[name] for name in _NAMES} == dict.fromkeys(_NAMES)
    assert (found["build"], found["ubr"], found["product"]) == (20348, 3207, "ServerNT")


@pytest.mark.parametrize("field", _NAMES)
def test_each_value_is_a_number(windows: EngineHost, field: str) -> None:
    found = read(windows, value(field, "31"))
    assert {name: found[name] for name in _NAMES} == {**dict.fromkeys(_NAMES), field: 31}
    largest = read(windows, value(field, "4294967295"))[field]
    assert largest & 0xFFFFFFFF == 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        ("1", "String", "String"),
        ("1", "QWord", "QWord"),
        ("'1', '2'", "MultiString", "list"),
        ("([byte[]] (1, 0, 0, 0))", "Binary", "list"),
    ],
)
def test_what_is_no_number_says_its_type(
    windows: EngineHost, data: str, kind: str, said: str
) -> None:
    assert read(windows, value("enforcement", data, kind))["enforcement"] == said
