"""rras-disable-unused-wan-usage: planned, applied, verified and rolled back."""

from __future__ import annotations

from collections.abc import Callable

from aovpn_remediate.lab.windows.roles import rras
from tests.cli.conftest import SWIFT, Fleet, document, work

_PLAYBOOK = "rras-disable-unused-wan-usage"
_HOW = ("-i", "fleet.yaml", "--yes", *SWIFT)


def test_it_goes_there_and_back(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01", year=2025, sessions=4))
    before = fleet.snapshot("rras-01")
    planned = work("plan", _PLAYBOOK, "-i", "fleet.yaml").stdout
    assert "ras on, routing on, outbound off -> ras on, routing off, outbound off" in planned
    assert "ras off, routing off, outbound on -> ras off, routing off, outbound off" in planned
    assert "disconnects VPN users" in planned
    assert "experimental on Windows build 26100" in planned

    refused = work("apply", _PLAYBOOK, *_HOW)
    assert refused.exit_code != 0
    assert "allow it (--allow-restart)" in refused.output
    refused = work("apply", _PLAYBOOK, *_HOW, "--allow-restart", "--max-sessions", "3")
    assert refused.exit_code != 0
    assert "4 VPN users are connected, and at most 3 may be disconnected" in refused.output
    assert fleet.snapshot("rras-01") == before

    allowed = ("--allow-restart", "--max-sessions", "4")
    done = work("apply", _PLAYBOOK, *_HOW, *allowed, "--format", "json")
    assert done.exit_code == 0, done.output
    run = document(done)
    [sstp, pppoe] = run["hosts"][0]["steps"]
    assert (sstp["status"], pppoe["status"]) == ("changed", "changed")
    [kept] = sstp["before"]["exports"].values()
    assert kept.startswith("Windows Registry Editor Version 5.00\r\n")

    assert work("verify", _PLAYBOOK, "-i", "fleet.yaml").exit_code == 0
    assert work("rollback", run["id"], *_HOW, "--allow-restart").exit_code == 0
    assert fleet.snapshot("rras-01") == before
