"""Each state of the results has a word of its own."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from aovpn_remediate.reports.vocabulary import CONFIRMATIONS, HAPPENED, PLANNED, STATES, What
from aovpn_remediate.results import (
    Action,
    CheckResult,
    Confirmation,
    RestartRun,
    Run,
    StepStatus,
)
from tests.reports.documents import a_run_of_everything


def _words(what: What) -> list[str]:
    return [state.word for (of, _), state in STATES.items() if of == what]


def test_every_state_of_the_model_has_its_word() -> None:
    assert set(get_args(StepStatus)) <= {name for what, name in STATES if what == "step"}
    assert set(get_args(StepStatus)) == set(HAPPENED)
    restarts = {*get_args(RestartRun.model_fields["status"].annotation), "down"}
    assert restarts == {name for what, name in STATES if what == "restart"}
    assert set(CONFIRMATIONS) == set(get_args(Confirmation.model_fields["status"].annotation))
    assert set(PLANNED) == set(Action)


@pytest.mark.parametrize("what", get_args(What))
def test_a_word_means_one_state(what: What) -> None:
    words = _words(what)
    assert len(words) == len(set(words))


@pytest.mark.parametrize("ok", [None, True, False])
def test_a_pending_check_of_an_old_document_is_read(ok: bool | None) -> None:
    old: dict[str, Any] = {"id": "b/after[0]", "title": "t", "resource": {}, "ok": ok}
    old["reason"] = "not yet: reboot"
    found = CheckResult.model_validate(old)
    assert found.pending == (ok is None)
    assert found.reason == ("reboot" if ok is None else "not yet: reboot")
    assert CheckResult.model_validate_json(found.model_dump_json()) == found


def test_a_run_of_before_pending_was_a_field_is_the_same_run() -> None:
    now = a_run_of_everything()
    old = json.loads(now.model_dump_json())
    checks = [check for host in old["hosts"] for check in (*host["before"], *host["after"])]
    for check in checks:
        if check.pop("pending"):
            check["reason"] = f"not yet: {check['reason']}"
    assert sum(check["reason"].startswith("not yet: ") for check in checks) == 1
    assert Run.model_validate(old) == now
