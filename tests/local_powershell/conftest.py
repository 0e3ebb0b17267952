"""These tests run on a real PowerShell, where one is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.powershell.counts import note_engine

_FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.engine)
            note_engine(item, "linux")
