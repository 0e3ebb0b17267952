"""`drift run --fix`: the fixes, and their backups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from aovpn_remediate.lab.windows.roles import nps, rras
from tests.cli.conftest import NPS, RRAS, Fleet, document, work

from .conftest import EAP, INVENTORY, assign, once


def test_run_once_fixes_only_what_it_may(assigned_fleet: Fleet) -> None:
    assert once("--fix", "safe").exit_code == 3
    assert assigned_fleet.windows.sets == [], "it would need a reboot"
    again = work(
        *("drift", "run", *INVENTORY, "--every", "1h", "--once", "--name", "another"),
        *("--fix", "all", "--metrics-file", "drift.prom"),
    )
    assert again.exit_code == 3, "the reboot is outstanding"
    assert len(assigned_fleet.windows.sets) == 1
    text = Path("drift.prom").read_text()
    assert any(f.name == "aovpn_remediate_drift_inventory_valid" for f in _families(text))
    [run] = document(work("runs", "--format", "json"))["runs"]
    assert run["operator"].startswith("drift on ")


def _fix_all(*more: str) -> Any:
    return once("--fix", "all", "--allow-restart", "--allow-reboot", *more)


def test_after_a_failed_canary_no_other_host_is_fixed(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(**{f"nps_0{n}": nps(f"NPS-0{n}") for n in range(1, 5)})
    assign(fleet, nps={"playbooks": [NPS], "drift": "fix"})
    quirks = fleet.windows.state(fleet.addresses["nps-01"]).quirks
    quirks.does_not_hold = (rf"{EAP}\IgnoreNoRevocationCheck",)
    assert _fix_all().exit_code == 1
    assert fleet.windows.history == []
    [run] = document(work("runs", "--format", "json"))["runs"]
    assert run["stopped"] == "the canary failed: nps-01"


def test_a_fix_of_rras_takes_a_backup_once_a_run(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01"))
    assign(fleet, rras={"playbooks": [RRAS, "rras-port-counts"], "drift": "fix"})
    fleet.windows.state(fleet.addresses["rras-01"]).answers["vpn_server_ports"][0].answer[
        "sstp"
    ] = 5
    _fix_all()
    [folder] = Path("runs").glob("*/rras-01")
    assert (folder / "manifest.json").is_file()
    assert "no backup" not in work("show", "last").stdout


def test_a_fix_without_backup_says_so(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01"))
    assign(fleet, rras={"playbooks": [RRAS], "drift": "fix"})
    _fix_all("--no-backup")
    assert "no backup" in work("show", "last").stdout
    assert not Path("runs").exists()


def test_a_fix_keeps_its_backup_where_it_is_told(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01"))
    assign(fleet, rras={"playbooks": [RRAS], "drift": "fix"})
    _fix_all("--backup-dir", "there")
    assert len(list(Path("there").glob("runs/*/rras-01"))) == 1


def test_users_are_not_disconnected(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01", sessions=41))
    assign(fleet, rras={"playbooks": [RRAS], "drift": "fix"})
    assert _fix_all("--max-sessions", "5").exit_code == 3
    assert fleet.windows.history == []
    shown = work("show", "last").stdout
    assert "41 VPN users are connected, and at most 5 may be disconnected" in shown


def _families(text: str) -> list[Any]:
    return list(text_string_to_metric_families(text))
