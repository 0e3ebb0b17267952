"""registry_value on a real PowerShell, with a registry in memory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_powershell.real import (
    after,
    before,
    by_id,
    needs_pwsh,
    product_text,
    read_step,
    run,
    set_step,
    stand_in_text,
)

pytestmark = needs_pwsh

_KIND = "AovpnRegistryValue"
_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Te[s]t*'\a"
_ABOVE = r"HKEY_LOCAL_MACHINE\SOFTWARE"
_VALUES: dict[str, dict[str, Any]] = {
    "": {"type": "String", "data": "the default"},
    "PSPath": {"type": "String", "data": ""},
    "(default)": {"type": "ExpandString", "data": "%windir%"},
    "a*": {"type": "DWord", "data": 4294967295},
    "ab": {"type": "DWord", "data": 0},
    "big": {"type": "QWord", "data": 2**64 - 1},
    "none": {"type": "MultiString", "data": []},
    "one": {"type": "MultiString", "data": ["it's"]},
    "two": {"type": "MultiString", "data": ["a", "b"]},
    "no bytes": {"type": "Binary", "data": []},
    "a byte": {"type": "Binary", "data": [255]},
    "so\u00adft": {"type": "String", "data": "\u2018"},
}


def _target(name: str) -> dict[str, Any]:
    return {"Key": _KEY, "Name": name}


def _set(step_id: str, name: str, desired: Any, expected: Any) -> str:
    return set_step(step_id, _KIND, _target(name), desired, expected)


def _read(step_id: str, name: str = "") -> str:
    return read_step(step_id, _KIND, _target(name))


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    missing = {"missing": _KEY.rpartition("\\")[0]}
    calls = [
        f"$null = $script:Root.CreateSubKey('{_ABOVE.partition(chr(92))[2]}')",
        _read("at first"),
        *(_set(f"set {n}", n, v, missing) for n, v in _VALUES.items()),
        *(_read(f"read {n}", n) for n in _VALUES),
        _read("soft is another", "soft"),
        # Backwards: all but the first had their key.
        *(_set(f"undo {n}", n, None, _VALUES[n]) for n in reversed([*_VALUES][2:])),
        _set("undo one that shares its key", "PSPath", missing, _VALUES["PSPath"]),
        _read("key is kept"),
        _set("undo the last", "", missing, _VALUES[""]),
        _read("at last"),
        _set("of no type", "x", {"type": "None", "data": []}, missing),
    ]
    folder = tmp_path_factory.mktemp("registry")
    texts = (product_text("kinds/registry_value.ps1"), stand_in_text("fake_registry.ps1"))
    return by_id(run(folder, *texts, *calls))


def test_the_first_missing_key_is_named(records: dict[str, Any]) -> None:
    assert before(records["at first"]) == {"missing": r"HKEY_LOCAL_MACHINE\SOFTWARE\Te[s]t*'"}


@pytest.mark.parametrize("name", _VALUES)
def test_each_value_is_set_and_read_back(records: dict[str, Any], name: str) -> None:
    assert records[f"set {name}"]["ok"], records[f"set {name}"]
    assert after(records[f"set {name}"]) == _VALUES[name]
    assert before(records[f"read {name}"]) == _VALUES[name]


def test_names_are_compared_exactly(records: dict[str, Any]) -> None:
    assert before(records["soft is another"]) is None


@pytest.mark.parametrize("name", [*_VALUES][2:])
def test_each_value_is_removed_again(records: dict[str, Any], name: str) -> None:
    assert records[f"undo {name}"]["ok"], records[f"undo {name}"]
    assert after(records[f"undo {name}"]) is None


def test_a_key_with_other_values_is_kept(records: dict[str, Any]) -> None:
    record = records["undo one that shares its key"]
    assert record["ok"], record
    assert after(record) is None
    assert before(records["key is kept"]) == _VALUES[""]


def test_created_keys_are_removed_with_their_last_value(records: dict[str, Any]) -> None:
    assert records["undo the last"]["ok"], records["undo the last"]
    assert before(records["at last"]) == before(records["at first"])


def test_other_types_are_not_set(records: dict[str, Any]) -> None:
    assert "None" in records["of no type"]["error"]["message"]
    assert after(records["of no type"]) == before(records["at first"])
