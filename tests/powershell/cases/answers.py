"""Answers of a real PowerShell for the hosts of the cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import forget
from tests.powershell.host import EngineHost

from .hosts import FORGET, MAKE

FOLDER = Path(__file__).parents[2] / "resources"
Case = dict[str, Any]


def recorded() -> Iterator[tuple[str, Case]]:
    """Each kind and case whose answer a host can give here."""
    for path in sorted(FOLDER.glob("*/cases.yaml")):
        for case in yaml.safe_load(path.read_text("utf-8")):
            if "answer" in case and "not_here" not in case:
                yield path.parent.name, case


def arrange(host: EngineHost, kind: str, case: Case) -> Resource:
    """Bring a host into the state of a case; its resource."""
    clear(host)
    resource = KINDS[kind].model_validate(case["declared"])
    host.run(MAKE[kind](resource, case["answer"]))
    return resource


def clear(host: EngineHost) -> None:
    """Take away what cases have left on a host."""
    host.run(FORGET)
    forget(host)
