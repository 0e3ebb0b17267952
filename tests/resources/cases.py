"""The case files of the kinds.

A case says what is declared, what the host answers, and what comes of it. Its keys: `case` (its
name), `declared`, `answer`; `state`, `wanted` (left out: the state itself), `desired` (of wanted),
`back` (desired of the state, for a rollback), `shows` (state, wanted), `manual` and `notes` (parts
of the text), `needs`, `unreadable` (part of the text). What is refused has no answer: `because`
(part of the text), and `schema_takes_it` where a JSON Schema cannot say as much.

An answer is what a real PowerShell prints for such a host: `make record` writes it, and a test says
when it is old. `not_here` is the reason why no host here can print it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Case = dict[str, Any]

_KNOWN = {
    *("case", "declared", "answer", "state", "wanted", "desired", "back", "shows", "manual"),
    *("notes", "needs", "unreadable", "because", "schema_takes_it", "not_here"),
}
_CASES: list[tuple[str, Case]] = [
    (path.parent.name, case)
    for path in sorted(Path(__file__).parent.glob("*/cases.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def each_case(which: Callable[[str, Case], bool]) -> pytest.MarkDecorator:
    """Run a test with `kind` and `case` for each case of this sort."""
    assert not [case for _, case in _CASES if not set(case) <= _KNOWN]
    chosen = [
        pytest.param(kind, case, id=f"{kind}/{case['case']}")
        for kind, case in _CASES
        if which(kind, case)
    ]
    return pytest.mark.parametrize(("kind", "case"), chosen)


def is_refused(kind: str, case: Case) -> bool:
    """What is declared is refused."""
    del kind
    return "because" in case


def is_taken(kind: str, case: Case) -> bool:
    """What is declared is taken, whatever comes of it."""
    return not is_refused(kind, case)
