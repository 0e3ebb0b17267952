"""The mistakes that the readers are tried with: the schemas see them as well."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate.errors import InputError, Problem
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import load_waivers
from aovpn_remediate.playbook.loader import load_playbook
from aovpn_remediate.playbook.source import load
from tests.resources.cases import Case, each_case, is_refused, is_taken
from tests.schemas.judging import VALIDATORS, accepts, places

_TESTS = Path(__file__).parents[1]
_EXPRESSIONS = {"each", "expressions", "undefined", "values"}
"""What they give only the reader knows."""
_PLAYBOOKS = [p for p in (_TESTS / "playbook/cases").glob("*.yaml") if p.stem not in _EXPRESSIONS]
_FILES = [
    *(("playbook", path) for path in sorted(_PLAYBOOKS)),
    *(("inventory", path) for path in sorted((_TESTS / "inventory/cases").glob("*.yaml"))),
    *(("waivers", path) for path in sorted((_TESTS / "inventory/waivers").glob("*.yaml"))),
]
_ONLY_THE_READER = (
    # what is elsewhere in the file, in another file, or on another day
    *("listed twice", "used twice", "set twice", "only in case", "with this name already exists"),
    *("cannot contain itself", "there is no group", "there is no host", "file not found"),
    *("expired on", "leaves none that could ever be restarted"),
    # what goes together only once all that is said for a host is merged
    *("basic over http", "credssp needs", "certificate needs"),
    # clocks, calendars and zones
    *("is the same as from", "'2026-02-30'", "'Europe/Wien'", "'Europe'"),
)


def _problems(name: str, path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as refused:
        _load(name, path)
    return refused.value.problems


def _load(name: str, path: Path) -> None:
    if name == "playbook":
        load_playbook(path).resolve({})
    elif name == "inventory":
        load_inventory(path)
    else:
        load_waivers(path, Inventory(Path("fleet.yaml"), {}, {}), date(2026, 11, 21))


@pytest.mark.parametrize(("name", "path"), _FILES, ids=lambda part: getattr(part, "stem", None))
def test_a_mistake_is_seen_where_the_reader_sees_it(name: str, path: Path) -> None:
    seen = places(name, load(path).value)
    for problem in _problems(name, path):
        if not any(words in problem.what for words in _ONLY_THE_READER):
            below = (f"{problem.where}.", f"{problem.where}[")
            assert any(s == problem.where or s.startswith(below) for s in seen), problem


def _check_of(kind: str, fields: Any) -> dict[str, Any]:
    service = {"service": {"name": "x", "exists": True}}
    return {
        "name": "x",
        "summary": "x",
        "hosts": "x",
        "steps": [{"id": "x", **service}],
        "after": [{kind: fields}],
    }


@each_case(is_refused)
def test_what_a_kind_refuses_the_schema_refuses(kind: str, case: Case) -> None:
    taken = accepts("playbook", _check_of(kind, case["declared"]))
    assert taken == case.get("schema_takes_it", False)


@each_case(is_taken)
def test_what_a_kind_takes_the_schema_takes(kind: str, case: Case) -> None:
    value = _check_of(kind, case["declared"])
    assert [error.message for error in VALIDATORS["playbook"].iter_errors(value)] == []
