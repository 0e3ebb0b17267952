from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import NPS, cli, work
from tests.cli.terminal.on_terminal import CTRL_C, Terminal


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_serves_a_fleet_that_can_be_planned(in_a_folder: Path) -> None:
    with Terminal("lab", "--hosts", "6", "--latency", "1", folder=in_a_folder) as terminal:
        terminal.wait_for("6 SIMULATED hosts")
        terminal.wait_for("Press Ctrl-C to end the lab.")
        password = in_a_folder / "lab-fleet.password"
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        inventory = yaml.safe_load((in_a_folder / "lab-fleet.yaml").read_text())
        assert password.read_text().strip() not in str(inventory)
        planned = work("plan", NPS, "-i", "lab-fleet.yaml", "--format", "json")
        assert planned.exit_code in (0, 3), planned.output
        terminal.type(CTRL_C)
        assert terminal.end() == 0
        assert "The lab has ended." in terminal.shown


def test_hosts_as_a_file_describes_them(in_a_folder: Path) -> None:
    (in_a_folder / "seed.yaml").write_text(
        "127.0.7.1:\n  name: NPS-77\n  services: {IAS: {}, RemoteAccess: {startup: disabled}}\n"
        "127.0.7.2:\n  name: OTHER\n"
        "127.0.7.3:\n  name: DC-77\n  services: {IAS: {}}\n  os: {product_type: LanmanNT}\n"
        "127.0.7.4:\n  name: PC-77\n  os: {product_type: WinNT}\n"
    )
    with Terminal("lab", "--seed-file", "seed.yaml", folder=in_a_folder) as terminal:
        terminal.wait_for("4 SIMULATED hosts")
        terminal.wait_for("Press Ctrl-C to end the lab.")
        groups = yaml.safe_load((in_a_folder / "lab-fleet.yaml").read_text())["groups"]
        assert {name: list(group["hosts"]) for name, group in groups.items()} == {
            "nps": ["nps-77", "dc-77"],
            "domain_controller": ["dc-77"],
            "client": ["pc-77"],
            "others": ["other"],
        }
        terminal.type(CTRL_C)
        assert terminal.end() == 0


def test_a_backend_has_to_be_a_program() -> None:
    done = cli("lab", "--backend", "no-such-powershell -s")
    assert done.exit_code == 2
    assert "--backend 'no-such-powershell -s': no such program" in done.stderr
    both = cli("lab", "--backend", "pwsh", "--seed-file", "seed.yaml")
    assert both.exit_code == 2
    assert "--backend cannot be combined with --seed-file" in both.stderr


def test_an_inventory_of_ones_own_is_not_overwritten(in_a_folder: Path) -> None:
    own = in_a_folder / "lab-fleet.yaml"
    own.write_text("groups: {}\n")
    done = cli("lab", "--hosts", "1")
    assert done.exit_code == 2
    assert "was not written by the lab: use another --inventory" in done.stderr
    assert own.read_text() == "groups: {}\n"


def test_a_folder_that_is_not_there() -> None:
    done = cli("lab", "--inventory", "no/such/fleet.yaml")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize("verb", ["lab", "demo"])
def test_missing_packages_are_named_with_the_command_to_install_them(verb: str) -> None:
    program = (
        "import sys\n"
        "sys.modules['psrpcore'] = None\n"
        "from aovpn_remediate.cli import main\n"
        f"main([{verb!r}])\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr == (
        "error: the lab needs psrpcore, which is not installed: "
        "pip install 'aovpn-remediate[lab]'\n"
    )


def test_the_demo_ends_as_expected(in_a_folder: Path) -> None:
    done = cli("demo")
    assert done.exit_code == 0, done.output
    shown = done.stdout
    assert shown.startswith("12 SIMULATED hosts on this machine: no Windows is here.")
    for verb in ("plan", "apply", "verify", "rollback", "runs"):
        assert f"\n$ aovpn-remediate {verb} " in shown
    # A host that is down refuses the connection or resets it, as the timing falls.
    assert re.search(
        r"Plan: 10 of 12 hosts could be read, 7 to change on 6 hosts, 9 compliant"
        r"(, 1 host unreachable)?\.\n",
        shown,
    )
    assert "Apply: 7 changed on 6 hosts, 9 unchanged, 2 backups taken, 6 restarts done" in shown
    assert "The hosts were SIMULATED." in shown
    assert list(in_a_folder.iterdir()) == []
