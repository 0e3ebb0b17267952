"""The folders playbooks/ and templates/: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def asset_dir(name: Literal["playbooks", "templates"]) -> Path:
    """Return the folder in the installed package or, in a checkout, beside it."""
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name}/ is missing: the installation is incomplete")
