"""The stand-ins for Windows are valid PowerShell, checked where no PowerShell runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.templates.powershell_trees import faults, tree

_FILES = sorted(Path(__file__).resolve().parent.glob("*.ps1"))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in _FILES])
def test_a_stand_in_is_valid_powershell(path: Path) -> None:
    assert not faults(tree(path.read_bytes().decode("ascii")))
