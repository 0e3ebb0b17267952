"""Invalid inventories; the `#!` lines of a case file are its expected problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.errors import InventoryError
from aovpn_remediate.inventory.loader import load_inventory

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_problem_is_reported_in_one_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = [line[3:] for line in text.splitlines() if line.startswith("#! ")]

    with pytest.raises(InventoryError) as refused:
        load_inventory(path)

    reported = str(refused.value).replace(f"{path}:", "").replace(f"{path.parent.absolute()}", ".")
    assert reported.splitlines() == expected


def test_a_plain_text_secret_is_never_repeated() -> None:
    with pytest.raises(InventoryError) as refused:
        load_inventory(Path(__file__).parent / "cases" / "secrets-in-the-clear.yaml")

    assert len(refused.value.problems) == 8
    assert "hunter2" not in str(refused.value)
    assert "12345678" not in str(refused.value)
