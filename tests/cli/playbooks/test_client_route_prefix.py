"""client-route-prefix: planned, applied with leave alone, verified and rolled back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.roles import client
from aovpn_remediate.lab.windows.vpn_connections import MISPLACED_ROUTE, VPN_CONNECTION
from tests.cli.conftest import Fleet, document, work

_NAME = "client-route-prefix"
_LEAVE = "--confirm-high-impact"
_HOW = ("-i", "fleet.yaml", "-e", f"vpn_connection={VPN_CONNECTION}")


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """One to correct, one that is right, one that is managed."""
    return make_fleet(
        client_01=client("CLIENT-01", route=MISPLACED_ROUTE),
        client_02=client("CLIENT-02"),
        client_03=client("CLIENT-03", route=MISPLACED_ROUTE, managed_by="MS DM Server"),
    )


def test_there_and_back_with_leave_alone(fleet: Fleet) -> None:
    before = fleet.snapshot("client-01")
    one = (*_HOW, "--limit", "client-01")
    planned = work("plan", _NAME, *one, "-o", "routes.plan.json")
    assert planned.exit_code == 3, planned.output
    assert "which adds 172.21.8.0-172.21.15.255 to what goes into the tunnel" in planned.stdout
    assert "note: high impact: a corrected route sends more addresses" in planned.stdout
    assert "nothing is disconnected" in planned.stdout

    refused = work("apply", "routes.plan.json", "--yes")
    assert refused.exit_code == 1
    assert f"allow it with {_LEAVE}" in refused.stdout
    assert fleet.snapshot("client-01") == before

    done = work("apply", "routes.plan.json", "--yes", _LEAVE, "--format", "json")
    assert done.exit_code == 0, done.output
    assert work("verify", _NAME, *one).exit_code == 0
    assert work("plan", _NAME, *one).exit_code == 0, "it is applied once"
    run = document(done)["id"]
    assert work("rollback", run, "-i", "fleet.yaml", "--yes").exit_code == 1
    assert work("rollback", run, "-i", "fleet.yaml", "--yes", _LEAVE).exit_code == 0
    assert fleet.snapshot("client-01") == before


@pytest.mark.usefixtures("fleet")
def test_routes_that_are_right_are_left(fleet: Fleet) -> None:
    del fleet
    assert work("plan", _NAME, *_HOW, "--limit", "client-02").exit_code == 0


def test_a_managed_profile_is_for_its_source_unless_told(fleet: Fleet) -> None:
    before = fleet.snapshot("client-03")
    one = (*_HOW, "--limit", "client-03")
    planned = work("plan", _NAME, *one)
    assert planned.exit_code == 3
    assert "fix at source: this client is managed (MS DM Server)" in " ".join(
        planned.stdout.split()
    )
    work("apply", _NAME, *one, "--yes", _LEAVE)
    assert fleet.snapshot("client-03") == before
    done = work("apply", _NAME, *one, "-e", "even_if_managed:=true", "--yes", _LEAVE)
    assert done.exit_code == 0, done.output
    assert work("verify", _NAME, *one).exit_code == 0


@pytest.mark.usefixtures("fleet")
def test_a_name_that_no_connection_has_is_not_compliant() -> None:
    words = ("-i", "fleet.yaml", "--limit", "client-02", "-e", "vpn_connection=No such")
    planned = work("plan", _NAME, *words)
    assert planned.exit_code == 3
    assert "there is no VPN connection No such of all users" in " ".join(planned.stdout.split())
