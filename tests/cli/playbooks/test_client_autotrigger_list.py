"""client-autotrigger-list: planned, applied, verified and rolled back, with a restart or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.roles import client
from tests.cli.conftest import SWIFT, Fleet, document, work

_PLAYBOOK = "client-autotrigger-list"
_PROFILE = "vpn_connection=Always On VPN"
_HOW = ("-i", "fleet.yaml", "--yes", "--format", "json", *SWIFT)


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """Two clients whose user has cleared the box, of which one has no other name in the list."""
    return make_fleet(
        client_1=client("PC-1", not_automatic=("Old VPN", "ALWAYS ON VPN", "Always On VPN 2")),
        client_2=client("PC-2", not_automatic=("Always On VPN",)),
        client_3=client("PC-3"),
    )


def test_one_name_goes_and_all_others_stay(fleet: Fleet) -> None:
    names = ("client-1", "client-2", "client-3")
    before = {name: fleet.snapshot(name) for name in names}
    planned = work("plan", _PLAYBOOK, "-i", "fleet.yaml", "-e", _PROFILE, "--format", "json")
    actions = {host["host"]: host["steps"][0]["action"] for host in document(planned)["hosts"]}
    assert actions == {"client-1": "update", "client-2": "update", "client-3": "none"}

    done = work("apply", _PLAYBOOK, *_HOW, "-e", _PROFILE, "--allow-restart")
    assert done.exit_code == 0, done.output
    run = document(done)
    left = {host["host"]: host["steps"][0]["after"] for host in run["hosts"][:2]}
    assert left["client-1"]["data"] == ["Old VPN", "Always On VPN 2"]
    assert left["client-2"]["data"] == []
    assert work("verify", _PLAYBOOK, "-i", "fleet.yaml", "-e", _PROFILE).exit_code == 0
    assert fleet.snapshot("client-3") == before["client-3"]

    back = work("rollback", run["id"], *_HOW, "--allow-restart")
    assert back.exit_code == 0, back.output
    assert {name: fleet.snapshot(name) for name in names} == before


def test_without_leave_nothing_is_disconnected(fleet: Fleet) -> None:
    """The list is set, and the restart stays pending."""
    host = fleet.windows.state(fleet.addresses["client-2"])
    service = host.services.look_up("RasMan")
    assert service is not None
    started = service.started
    done = work("apply", _PLAYBOOK, *_HOW, "-e", _PROFILE, "--limit", "client-2")
    [found] = document(done)["hosts"]
    assert found["steps"][0]["status"] == "changed"
    assert [(one["what"], one["status"]) for one in found["restarts"]] == [
        ("RasMan", "outstanding")
    ]
    assert service.started == started
