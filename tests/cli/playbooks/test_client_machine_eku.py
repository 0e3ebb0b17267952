"""client-machine-eku: planned, applied, verified and rolled back."""

from __future__ import annotations

from collections.abc import Callable

from aovpn_remediate.lab.windows.roles import client
from aovpn_remediate.lab.windows.vpn_connections import VPN_CONNECTION
from tests.cli.conftest import Fleet, document, work

_NAME = "client-machine-eku"
_OID = "1.3.6.1.4.1.55555.1.1"
_GIVEN = ("-e", f"vpn_connection={VPN_CONNECTION}", "-e", f'machine_ekus:=["{_OID}"]')


def test_there_and_back(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(
        client_01=client("CLIENT-01"), client_02=client("CLIENT-02", managed_by="MS DM Server")
    )
    before = fleet.snapshot("client-01"), fleet.snapshot("client-02")
    every = ("-i", "fleet.yaml", *_GIVEN)
    planned = work("plan", _NAME, *every)
    assert planned.exit_code == 3, planned.output
    shown = " ".join(planned.stdout.split())
    assert f"any EKU -> EKU {_OID}" in shown
    assert "cannot connect afterwards" in shown
    assert "fix at source: this client is managed (MS DM Server)" in shown

    done = work("apply", _NAME, *every, "--yes", "--format", "json")
    run = document(done)
    statuses = {host["host"]: host["steps"][0]["status"] for host in run["hosts"]}
    assert statuses == {"client-01": "changed", "client-02": "manual"}
    assert fleet.snapshot("client-02") == before[1]
    assert work("verify", _NAME, *every, "--limit", "client-01").exit_code == 0
    assert work("rollback", run["id"], "-i", "fleet.yaml", "--yes").exit_code == 0
    assert (fleet.snapshot("client-01"), fleet.snapshot("client-02")) == before
