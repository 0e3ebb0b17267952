"""What is made from code is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generated import FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_generated_file_is_current(path: Path) -> None:
    """Where it is not: make schema."""
    assert path.read_text(encoding="utf-8") == FILES[path](), "make schema writes it anew"
