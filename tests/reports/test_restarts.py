from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.reports.restarts import disconnected, needed, reason_of, restart_of
from aovpn_remediate.reports.vocabulary import UNPROVEN
from aovpn_remediate.results import Restart, RestartRun


def _restart(**fields: Any) -> RestartRun:
    return RestartRun.model_validate({"what": "RasMan", **fields})


def test_a_needed_restart_names_its_services_or_the_reboot() -> None:
    assert needed(Restart()) == ""
    assert needed(Restart(services=("RasMan", "IAS\x1b"))) == "restart RasMan, IAS<U+001B>"
    assert needed(Restart(reboot=True, services=("IAS",))) == "reboot"


def test_one_restart_is_named() -> None:
    assert [restart_of(need) for need in ("reboot", "IAS\x1b")] == [
        "reboot",
        "restart of IAS<U+001B>",
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "done", "sessions": 41}, "41 VPN sessions disconnected"),
        ({"status": "failed", "sessions": 1}, "1 VPN session disconnected"),
        ({"status": "done", "sessions": 0}, ""),
        ({"status": "done"}, ""),
        ({"status": "outstanding", "sessions": 41}, ""),
    ],
)
def test_only_a_restart_that_was_tried_disconnects_users(
    fields: dict[str, Any], words: str
) -> None:
    assert disconnected(_restart(**fields)) == words


def test_a_restart_that_cannot_be_proven_says_why() -> None:
    assert reason_of(_restart(status="unproven")) == UNPROVEN
    assert reason_of(_restart(status="failed", message="it does not run")) == "it does not run"
