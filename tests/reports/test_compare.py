from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from aovpn_remediate.reports import Document
from aovpn_remediate.reports.compare import ItemChange, as_json, as_text, compare
from tests.reports.documents import (
    EAP,
    NPS,
    a_plan_of_everything,
    a_run_of_everything,
    check,
    creating,
    done,
    plan,
    run,
    standing,
    step,
    verification,
)
from tests.reports.hostile import hostile_plan, hostile_run, texts


def _host(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"host": "nps-01", "steps": steps, **more}


def _only(before: Document, after: Document) -> ItemChange:
    [change] = compare(before, after).changes
    return change


@pytest.mark.parametrize(
    "document", [a_plan_of_everything(), a_run_of_everything(), verification(_host())]
)
def test_a_document_is_the_same_as_itself(document: Document) -> None:
    found = compare(document, document)
    assert found.same
    assert as_text(found).endswith("\nDiff: no differences.")


def test_times_and_requests_are_no_difference() -> None:
    first = plan(_host(step(f"{NPS}/x"), seconds=1.0, requests=6))
    second = plan(_host(step(f"{NPS}/x"), seconds=9.0, requests=7), made_at="2026-11-22T02:00:00Z")
    assert compare(first, second).same


def test_a_step_of_a_plan_that_differs_now() -> None:
    change = _only(plan(_host(step(f"{NPS}/x"))), plan(_host(creating(f"{NPS}/x"))))
    assert change == ItemChange(
        host="nps-01",
        what="step",
        id=f"{NPS}/x",
        title=EAP,
        was="compliant: dword 1",
        now="not compliant: absent, should be dword 1",
    )


def test_a_step_that_differs_in_another_way() -> None:
    change = _only(
        plan(_host(creating(f"{NPS}/x"))),
        plan(_host(step(f"{NPS}/x", action="update", before_text="dword 0"))),
    )
    assert change.was == "not compliant: absent, should be dword 1"
    assert change.now == "not compliant: dword 0, should be dword 1"


def test_a_step_of_a_run_with_another_status() -> None:
    change = _only(
        run(_host(done(f"{NPS}/x", "failed", message="access is denied"))),
        run(_host(done(f"{NPS}/x", "changed", after_text="dword 1")), id="b"),
    )
    assert change.was == "failed: absent, should be dword 1: access is denied"
    assert change.now == "changed: absent -> dword 1"


def test_steps_that_appeared_or_went() -> None:
    change = _only(plan(_host()), plan(_host(step(f"{NPS}/x"))))
    assert (change.was, change.now) == (None, "compliant: dword 1")
    change = _only(plan(_host(step(f"{NPS}/x"))), plan(_host()))
    assert (change.was, change.now) == ("compliant: dword 1", None)


def test_hosts_that_appeared_or_went() -> None:
    found = compare(plan({"host": "a"}, {"host": "b"}), plan({"host": "b"}, {"host": "c"}))
    assert (found.appeared, found.gone, found.changes) == (("c",), ("a",), ())
    assert not found.same


def test_a_host_that_could_not_be_read() -> None:
    silent = {"host": "nps-01", "error": "cannot connect", "error_kind": "Unreachable"}
    read = plan(_host(step(f"{NPS}/x"), playbooks=[standing(NPS)]))
    change = _only(read, plan(silent))
    assert (change.was, change.now) == ("read", "unreachable: cannot connect")
    back = _only(plan(silent), read)
    assert (back.what, back.now) == ("host", "read")


def test_pending_restarts() -> None:
    left = {"need": "reboot", "since": "2026-11-20T22:03:04Z", "run": "r", "step": f"{NPS}/x"}
    change = _only(plan(_host(outstanding=[left])), plan(_host()))
    assert (change.what, change.id, change.now) == ("restart", "reboot", None)
    assert change.was is not None
    assert change.was.startswith("pending: since")


def test_playbooks_and_checks() -> None:
    first = plan(_host(playbooks=[standing(NPS)], after=[check(f"{NPS}/after[0]", ok=True)]))
    second = plan(_host(playbooks=[standing(NPS, "blocked", "no IAS")]))
    changes = compare(first, second).changes
    assert [(change.what, change.was, change.now) for change in changes] == [
        ("playbook", "applies", "excluded by a failed check: no IAS"),
        ("check", "passed", None),
    ]


def test_the_text() -> None:
    first = plan(_host(step(f"{NPS}/x")), {"host": "gone"})
    second = plan(_host(creating(f"{NPS}/x")), {"host": "new"}, made_at="2026-11-22T02:00:00Z")
    assert as_text(compare(first, second)) == (
        "plan of 2026-11-21 02:00:00 UTC -> plan of 2026-11-22 02:00:00 UTC\n"
        "new  only in the second document\n"
        "gone  only in the first document\n"
        "nps-01\n"
        f"  {NPS}/x  {EAP}\n"
        "      was  compliant: dword 1\n"
        "      now  not compliant: absent, should be dword 1\n"
        "Diff: 1 host appeared, 1 host gone, 1 change on 1 host."
    )


def test_the_json() -> None:
    first, second = run(_host()), run(_host(done(f"{NPS}/x", "changed")), id="b")
    found = json.loads(as_json(compare(first, second)))
    assert (found["kind"], found["of"], found["same"]) == ("comparison", "run", False)
    assert (found["first"], found["second"]) == ("run 20261121-020304-ab12", "run b")
    assert found["changes"][0]["now"] == "changed: absent, should be dword 1"


@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_texts_of_a_host_stay_text(text: str) -> None:
    for make in (hostile_plan, hostile_run):
        found = compare(make(text), make(f"{text}x"))
        assert all(char.isprintable() for char in as_text(found).replace("\n", ""))
        assert as_json(found).isascii()
        json.loads(as_json(found))
