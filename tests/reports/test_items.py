from __future__ import annotations

from typing import get_args

from aovpn_remediate.reports.items import Item, items
from aovpn_remediate.reports.vocabulary import STATES, What
from aovpn_remediate.results import CheckResult, PlaybookOnHost, RestartRun, StepStatus
from tests.reports.documents import NPS, a_plan_of_everything, a_run_of_everything, plan


def _told(what: What) -> set[str]:
    return {state for told, state in STATES if told == what}


def test_each_state_of_the_model_has_its_word() -> None:
    assert set(get_args(StepStatus)) <= _told("step")
    standings = PlaybookOnHost.model_fields["status"].annotation
    assert set(get_args(standings)) == _told("playbook")
    restarts = {*get_args(RestartRun.model_fields["status"].annotation), "down"}
    assert restarts == _told("restart")
    assert CheckResult.model_fields["ok"].annotation == bool | None


def test_everything_in_a_document_is_an_item() -> None:
    for document in (a_plan_of_everything(), a_run_of_everything()):
        found = items(document)
        assert all(item.outcome for item in found)
        for host in document.hosts:
            here = {item.id for item in found if item.host == host.host}
            assert {part.id for part in (*host.before, *host.steps, *host.after)} <= here


def _item(name: str) -> Item:
    everything = (*items(a_plan_of_everything()), *items(a_run_of_everything()))
    return next(item for item in everything if item.id == name)


def test_a_sentence() -> None:
    assert _item(f"{NPS}/before[0]").sentence == ("service IAS: failed: absent, should be present")
    assert _item("rras-port-counts/ports").sentence == (
        "VPN server ports: not compliant: ikev2 64, sstp 64, should be ikev2 128, sstp 128: "
        "then reboot: these are the configured counts; those in effect cannot be read"
    )
    not_held = [i for i in items(a_run_of_everything()) if i.state == "not_held"]
    assert [i.story for i in not_held] == ["ikev2 64 -> ikev2 96, should be ikev2 128"]


def test_a_restart_counts_disconnected_sessions_once_it_was_tried() -> None:
    restarts = [i for i in items(a_run_of_everything()) if i.what == "restart"]
    assert [i.reason for i in restarts if i.id == "RemoteAccess"] == [
        "41 VPN sessions disconnected"
    ]
    assert [i.reason for i in restarts if i.state == "outstanding"] == [""]


def test_a_pending_check_is_no_error() -> None:
    [found] = [i for i in items(a_run_of_everything()) if i.state == "not_yet"]
    assert (found.outcome, found.reason) == ("left", "reboot is pending")


def test_nothing_of_no_host() -> None:
    assert items(plan()) == ()
