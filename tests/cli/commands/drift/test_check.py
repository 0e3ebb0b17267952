"""`drift check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import NPS, Fleet, document, work

from .conftest import INVENTORY, assign


def test_check_prints_like_a_plan(assigned_fleet: Fleet) -> None:
    found = work("drift", "check", *INVENTORY, "-o", "found.plan.json", "--report", "html:x.html")
    assert found.exit_code == 3
    assert found.stdout == work("plan", NPS, *INVENTORY).stdout
    assert "rras-01" not in found.stdout
    assert Path("x.html").is_file()
    assert assigned_fleet.windows.sets == []

    done = work(
        "apply",
        "found.plan.json",
        "--yes",
        "--allow-reboot",
        "--poll",
        "0.05",
        "--stable-for",
        "0.01",
    )
    assert done.exit_code == 0
    assert work("drift", "check", *INVENTORY).exit_code == 0
    assert document(work("drift", "check", *INVENTORY, "--format", "json"))["kind"] == "plan"


def test_check_where_a_host_does_not_answer(assigned_fleet: Fleet) -> None:
    assigned_fleet.write_inventory({"env": "AOVPN_IS_NOT_SET"})
    assign(assigned_fleet, nps={"playbooks": [NPS]})
    assert work("drift", "check", *INVENTORY).exit_code == 1
    assert work("drift", "check", *INVENTORY, "--limit", "rras").exit_code == 2


@pytest.mark.usefixtures("fleet")
def test_nothing_is_assigned() -> None:
    for words in (["check"], ["run", "--every", "1h"]):
        found = work("drift", *words, *INVENTORY)
        assert found.exit_code == 2
        assert found.stderr == (
            "error: fleet.yaml assigns no playbook: add "
            "`playbooks: [nps-ignore-no-revocation-check]` to a group or to all\n"
        )
