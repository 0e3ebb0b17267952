"""`--override-window` on apply and rollback. The windows here are of the past: never open."""

from __future__ import annotations

import pytest
import yaml

from tests.cli.conftest import NPS, SWIFT, Fleet, work

OVER = {"dates": ["2020-01-01"], "from": "00:00", "to": "24:00", "timezone": "Europe/Vienna"}
REASON = ("--override-window", "outage INC17")


def close(fleet: Fleet) -> None:
    path = fleet.folder / "fleet.yaml"
    inventory = yaml.safe_load(path.read_text())
    inventory["all"]["windows"] = [OVER]
    path.write_text(yaml.safe_dump(inventory))


def test_apply_and_rollback_outside_a_window(fleet: Fleet) -> None:
    close(fleet)
    assert work("plan", NPS, "-i", "fleet.yaml", "-o", "x.plan.json").exit_code == 3

    refused = work("apply", "x.plan.json", *SWIFT)
    assert refused.exit_code == 2
    assert refused.stderr == (
        "error: outside the change windows of nps-01: none opens again "
        "(to change them now: --override-window REASON)\n"
    )
    assert fleet.windows.sets == []

    done = work("apply", "x.plan.json", "--allow-reboot", *REASON, *SWIFT)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1] == "Change windows were overridden: outage INC17"

    refused = work("rollback", "last", "--yes", *SWIFT)
    assert (refused.exit_code, len(fleet.windows.sets)) == (2, 1)
    back = work("rollback", "last", "--yes", "--allow-reboot", *REASON, *SWIFT)
    assert (back.exit_code, len(fleet.windows.sets)) == (0, 2)


@pytest.mark.usefixtures("fleet")
def test_a_reason_has_to_be_given() -> None:
    refused = work("rollback", "last", "--override-window", " ")

    assert refused.exit_code == 2
    assert "a reason is required: the run records it" in refused.stderr
