"""ARCHITECTURE.md names files that exist, and every room there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = _ROOT / "aovpn_remediate"
_TEXT = (_ROOT / "ARCHITECTURE.md").read_text("utf-8")
_TOP = ("playbooks/", "templates/", "tests/", "aovpn_remediate/")
_TO_BE_ADDED = re.compile(r"(^|/)(test_)?x(\.|/|$)")
"""The files of the kind `x`, which the page tells how to add."""


def _paths() -> list[str]:
    found = re.findall(r"`([\w./-]+(?:\.\w+|/))`", _TEXT)
    return sorted({path for path in found if not _TO_BE_ADDED.search(path)})


@pytest.mark.parametrize("path", _paths())
def test_a_path_exists(path: str) -> None:
    folder = _ROOT if path.startswith(_TOP) else _PACKAGE
    assert (folder / path).exists()
    assert (folder / path).is_dir() == path.endswith("/")


def test_each_room_has_its_row() -> None:
    rows = [line.split("|")[1] for line in _TEXT.splitlines() if line.startswith("| `")]
    named = {name.rstrip("/") for row in rows for name in re.findall(r"`([\w./]+)`", row)}
    rooms = {path.parent.name for path in _PACKAGE.glob("*/__init__.py")} - {"engine"}
    engine = {f"engine/{path.parent.name}" for path in _PACKAGE.glob("engine/*/__init__.py")}
    loose = {f"engine/{path.name}" for path in _PACKAGE.glob("engine/*.py")}
    assert named == rooms | engine | loose - {"engine/__init__.py"}


def test_it_is_one_page() -> None:
    assert len(_TEXT.splitlines()) <= 80
