"""Long values: cut in every text for people, whole in JSON and in the journal."""

from __future__ import annotations

import hashlib
import itertools
import re
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.resources import KINDS
from aovpn_remediate.results.files import from_json
from tests.engine.conftest import MakeSite, one
from tests.engine.scenes import KEY, host

_BYTES = bytes(range(256)) * 400
_TEXT = "x\u00e4\ud800" * 30_000
_FOR_PEOPLE = sorted(FORMATS.keys() - {"json"})
_LONG_RUN = re.compile(r"(0001020304[0-9a-f]{200}|(x.{1,8}){100}|y{200}|item 40)")
"""More of one of the values than its beginning."""


def _hash(content: bytes) -> str:
    return f"sha256 {hashlib.sha256(content).hexdigest()[:12]})"


@pytest.mark.parametrize("transport", ["psrp", "winrm"])
def test_long_values_are_cut_for_people_alone(make_site: MakeSite, transport: str) -> None:
    values: dict[str, Any] = {
        "blob": {"binary": _BYTES.hex()},
        "text": {"string": _TEXT},
        "list": {"multi_string": [f"item {n}" for n in range(9_000)]},
    }
    site = make_site({"a": host(registry={KEY: values})}, connection={"transport": transport})
    was = site.snapshots()
    gone = [{"registry_value": {"key": KEY, "name": name, "absent": True}} for name in values]
    put = {"key": KEY, "name": "new", "type": "string", "data": "y" * 50_000}
    path = site.folder / "x.plan.json"
    book = site.playbook(steps=[*gone, {"registry_value": put}])
    plan_file.save(site.plan(book), path)
    plan = plan_file.load(path)
    run = site.apply(plan)
    assert run.exit_code == 0
    documents: tuple[Document, ...] = (
        plan,
        run,
        aovpn.verify([book], site.inventory, journal=site.journal),
    )
    for document, name in itertools.product(documents, _FOR_PEOPLE):
        text = FORMATS[name](document)
        assert not _LONG_RUN.search(text), name
    told = FORMATS["text"](plan)
    assert f"(102400 bytes, {_hash(_BYTES)}" in told
    assert f"(90000 characters, {_hash(_TEXT.encode('utf-8', 'surrogatepass'))}" in told
    assert "(9000 items, sha256 " in told
    assert f"(50000 characters, {_hash(b'y' * 50_000)}" in told
    assert max(map(len, told.splitlines())) < 500
    step = one(site.journal.load(run.id)).steps[0]
    assert step.before == {"type": "binary", "data": _BYTES.hex()}
    kept = from_json(FORMATS["json"](run).encode())
    assert kept["hosts"][0]["steps"][1]["before"]["data"] == _TEXT
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == was


@pytest.mark.parametrize("length", [190, 201, 100_000])
def test_texts_that_differ_at_their_end_are_shown_differently(length: int) -> None:
    fields = {"key": r"HKLM\A\B", "name": "x", "absent": True}
    kind = KINDS["registry_value"].model_validate(fields)
    one_, other = (kind.show({"type": "string", "data": "x" * length + end}) for end in ("a", "b"))
    assert one_ != other
    assert max(len(one_), len(other)) < 300


def test_a_short_value_is_shown_whole() -> None:
    fields = {"key": r"HKLM\A\B", "name": "x", "absent": True}
    kind = KINDS["registry_value"].model_validate(fields)
    assert kind.show({"type": "binary", "data": "00" * 99}) == f'binary "{"00" * 99}"'
    assert kind.show({"type": "none", "data": [1, 2]}) == "none [1, 2]"


def test_many_who_hold_a_right_are_counted() -> None:
    kind = KINDS["user_right"].model_validate({"right": "SeXRight", "exactly": []})
    few, many = ([f"S-1-5-21-1-1-1-{n}" for n in range(number)] for number in (9, 300))
    assert kind.show({"accounts": [], "holders": few}).endswith(few[-1])
    assert "(300 accounts, sha256 " in kind.show({"accounts": [], "holders": many})
