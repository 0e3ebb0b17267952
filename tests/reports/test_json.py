from __future__ import annotations

import json

import pytest

from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.results import Plan, Run, Verification
from tests.reports.documents import (
    NPS,
    a_plan_of_everything,
    a_run_of_everything,
    creating,
    plan,
    step,
    verification,
)


@pytest.mark.parametrize(
    ("document", "model"),
    [
        (a_plan_of_everything(), Plan),
        (a_run_of_everything(), Run),
        (verification({"host": "a", "steps": [step(f"{NPS}/x")]}), Verification),
    ],
)
def test_the_json_is_the_model_and_reads_back(
    document: Document, model: type[Plan | Run | Verification]
) -> None:
    assert model.model_validate_json(FORMATS["json"](document)) == document


def test_texts_of_a_host_stay_text_in_one_ascii_object() -> None:
    spoofed = plan(
        {"host": "a", "steps": [creating(f"{NPS}/x", before={"data": "\x9b2J\u202eÄ\ud800"})]}
    )
    told = FORMATS["json"](spoofed)
    assert told.isascii()
    assert json.loads(told)["hosts"][0]["steps"][0]["before"] == {"data": "\x9b2J\u202eÄ\ud800"}
