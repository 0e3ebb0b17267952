"""The invalid files from the tests of the readers: the schemas refuse them as well."""

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
from tests.schemas.validators import VALIDATORS, accepts, places

_TESTS = Path(__file__).parents[1]
_EXPRESSIONS = {"each", "expressions", "texts", "undefined", "values"}
"""Playbooks whose errors only the reader can find, as their expressions have to be evaluated."""
_PLAYBOOKS = [p for p in (_TESTS / "playbook/cases").glob("*.yaml") if p.stem not in _EXPRESSIONS]
_FILES = [
    *(("playbook", path) for path in sorted(_PLAYBOOKS)),
    *(("inventory", path) for path in sorted((_TESTS / "inventory/cases").glob("*.yaml"))),
    *(("waivers", path) for path in sorted((_TESTS / "inventory/waivers").glob("*.yaml"))),
]
_ONLY_THE_READER = (
    # the mistake depends on another place in the file, on another file, or on the date
    *("listed twice", "used twice", "set twice", "only in case", "with this name already exists"),
    *("cannot contain itself", "there is no group", "there is no host", "file not found"),
    *("expired on", "leaves none that could ever be restarted"),
    # the mistake is in the merged settings of a host
    *("basic over http", "credssp needs", "certificate needs"),
    # times, dates and time zones
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
def test_the_schema_reports_each_mistake_at_the_place_the_reader_names(
    name: str, path: Path
) -> None:
    found = places(name, load(path).value)
    for problem in _problems(name, path):
        if not any(words in problem.what for words in _ONLY_THE_READER):
            below = (f"{problem.where}.", f"{problem.where}[")
            assert any(s == problem.where or s.startswith(below) for s in found), problem


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
def test_the_schema_refuses_fields_that_a_kind_refuses(kind: str, case: Case) -> None:
    accepted = accepts("playbook", _check_of(kind, case["declared"]))
    assert accepted == case.get("schema_takes_it", False)


@each_case(is_taken)
def test_the_schema_accepts_fields_that_a_kind_accepts(kind: str, case: Case) -> None:
    value = _check_of(kind, case["declared"])
    assert [error.message for error in VALIDATORS["playbook"].iter_errors(value)] == []
