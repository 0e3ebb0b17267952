"""Values and keys as only a real registry has them, planned, set and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.rendering.literals import literal
from tests.engine.conftest import one, statuses
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

from .conftest import KEY

_LONG = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnRemediateTest"
_GARBAGE = "head office\0\uffffq \ud800 \udfff'\u2019\U0001f600\ufffe"
_ITEMS = [_GARBAGE.replace("\0", ""), "", "kept"]


@pytest.fixture
def journal(windows: EngineHost, tmp_path: Path) -> Iterator[aovpn.Journal]:
    """A journal, and a key with values that nobody wrote on purpose."""
    made = f"(Get-AovpnHive -Key '{_LONG}').CreateSubKey('{_LONG.partition(chr(92))[2]}')"
    windows.run(
        f"$item = {made}\n$item.SetValue('text', {literal(_GARBAGE)})\n"
        f"$item.SetValue('list', ([string[]] {literal(_ITEMS)}), 'MultiString')\n$item.Close()"
    )
    journal = aovpn.Journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    yield journal
    journal.close()
    windows.run(f"Remove-Item -LiteralPath 'Registry::{_LONG}' -Recurse")


def _book(folder: Path) -> Path:
    fields: list[dict[str, Any]] = [
        {"key": KEY, "name": "text", "type": "string", "data": "VPN"},
        {"key": KEY, "name": "list", "type": "multi_string", "contains": ["new"]},
    ]
    for sub in (r"Ciphers\RC4 128/128", r"Drive C:\vpn.corp.example:443"):
        made = {"name": "Enabled", "type": "dword", "data": 0, "create_key": True}
        fields.append({"key": f"{KEY}\\{sub}", **made})
    steps = [{"id": f"s{n}", "registry_value": each} for n, each in enumerate(fields)]
    book = {"name": "odd", "summary": "Odd values and keys.", "hosts": "servers", "steps": steps}
    path = folder / "odd.yaml"
    path.write_text(yaml.safe_dump(book))
    return path


def _keys(host: EngineHost) -> list[str]:
    return host.run(
        f"Get-ChildItem -LiteralPath 'Registry::{_LONG}' -Recurse | ForEach-Object "
        f"{{ $_.Name.Substring({len(_LONG) + 1}) }}"
    )


@pytest.mark.parametrize("transport", ["psrp", "winrm"])
def test_odd_values_and_keys_there_and_back(
    windows: EngineHost,
    windows_lab: EngineLab,
    journal: aovpn.Journal,
    tmp_path: Path,
    transport: str,
) -> None:
    inventory = windows_lab.inventory(transport=transport)
    path = tmp_path / "plan.json"
    plan_file.save(aovpn.plan([_book(tmp_path)], inventory), path)
    run = aovpn.apply(plan_file.load(path), inventory, journal=journal)
    assert statuses(run) == {"engine": ["changed"] * 4}
    assert one(run).steps[0].before == {"type": "string", "data": _GARBAGE}
    value = {"Key": _LONG, "Name": "list"}
    assert windows.read("AovpnRegistryValue", value)["data"] == [*_ITEMS, "new"]
    assert _keys(windows) == [
        "Ciphers",
        r"Ciphers\RC4 128/128",
        "Drive C:",
        r"Drive C:\vpn.corp.example:443",
    ]
    back = aovpn.rollback([run.id], inventory, journal=journal)
    assert statuses(back) == {"engine": ["changed"] * 4}
    assert _keys(windows) == []
    assert windows.read("AovpnRegistryValue", value)["data"] == _ITEMS
    text = windows.read("AovpnRegistryValue", {**value, "Name": "text"})
    assert text == {"type": "String", "data": _GARBAGE}
