"""How far each kind and shipped playbook is proven, as the tests themselves have recorded it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Level = Literal["parsed", "simulated", "stand-ins", "real", "server"]
"""From the least to the most."""
LEVELS: tuple[Level, ...] = get_args(Level)
WORDS: Mapping[Level, str] = {
    "parsed": "parsed",
    "simulated": "simulated host",
    "stand-ins": "real PowerShell with stand-ins",
    "real": "real PowerShell, registry and services",
    "server": "real server",
}
"""A level as a person reads it."""
RECORD = Path(__file__).with_name("proof.json")


@cache
def _record() -> Mapping[str, Mapping[str, Level]]:
    found: Mapping[str, Mapping[str, Level]] = json.loads(RECORD.read_text("utf-8"))
    return found


def kind_proof(name: str) -> Level:
    """The level at which a kind is proven; `parsed` where no test has recorded more."""
    return _record()["kinds"].get(name, "parsed")


def playbook_proof(name: str) -> Level | None:
    """The level at which a shipped playbook is proven; None for any other."""
    return _record()["playbooks"].get(name)
