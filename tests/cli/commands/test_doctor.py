from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.model import ValueSeed
from aovpn_remediate.lab.windows.roles import nps, rras
from aovpn_remediate.results.examination import Diagnosis
from tests.cli.conftest import Fleet, cli, document
from tests.cli.terminal.on_terminal import CTRL_C, Terminal

_DOCTOR = ("doctor", "-i", "fleet.yaml")
_REBOOT = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
MakeFleet = Callable[..., Fleet]


@pytest.fixture
def sealed(make_fleet: MakeFleet) -> Fleet:
    """Two hosts that are well, and one without an administrator's rights and with a reboot due."""
    ill = rras("RRAS-01")
    registry = {**ill.registry, _REBOOT: {"x": ValueSeed(dword=1)}}
    made = make_fleet(
        nps_01=nps("NPS-01"),
        nps_02=nps("NPS-02"),
        rras_01=ill.model_copy(update={"administrator": False, "registry": registry}),
    )
    inventory = made.folder / "fleet.yaml"
    text = inventory.read_text().replace("auth: basic", "auth: ntlm")
    inventory.write_text(text.replace("encryption: never", "encryption: auto"))
    return made


@pytest.mark.usefixtures("sealed")
def test_a_line_for_each_host_and_a_fix_for_each_problem() -> None:
    done = cli(*_DOCTOR)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("nps-01   ok       NTLM, encrypted messages, PowerShell 5.1, clock ")
    assert lines[1].startswith("nps-02   ok  ")
    assert lines[2] == "rras-01  failed   rights, reboot"
    assert lines[3] == "  rights      failed   can read but not change: not an administrator"
    assert lines[4].startswith("              fix: make lab a member of Administrators")
    assert "  reboot      warning  a reboot is pending: component servicing" in lines
    assert lines[-1] == "Doctor: 1 host failed, 2 hosts ok."
    assert max(map(len, lines)) <= 80
    assert done.stderr == ""


@pytest.mark.usefixtures("sealed")
def test_healthy_hosts_are_0_and_verbose_shows_all_checks() -> None:
    done = cli(*_DOCTOR, "--limit", "nps", "-v")
    assert done.exit_code == 0
    assert done.stdout.count("  rights      ok       can read and change: administrator\n") == 2
    assert done.stdout.endswith("Doctor: 2 hosts ok.\n")


def test_warnings_alone_are_3(fleet: Fleet) -> None:
    done = cli(*_DOCTOR)
    assert done.exit_code == 3
    assert done.stdout.endswith("Doctor: 3 hosts with warnings.\n")
    assert fleet.windows.sets == []
    fleet.lab.assert_clean()


@pytest.mark.usefixtures("sealed")
def test_as_json_it_is_one_document() -> None:
    told = Diagnosis.model_validate(document(cli(*_DOCTOR, "--format", "json")))
    assert [host.host for host in told.hosts] == ["nps-01", "nps-02", "rras-01"]
    assert [host.level for host in told.hosts] == ["ok", "ok", "failed"]
    assert told.exit_code == 1
    assert told.inventory.digest.startswith("sha256:")


@pytest.mark.usefixtures("sealed")
def test_a_limit_without_hosts() -> None:
    done = cli(*_DOCTOR, "--limit", "nobody")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'nobody' matches no host" in done.stderr.replace('"', "'")


def test_control_characters_of_a_host_are_made_visible(make_fleet: MakeFleet) -> None:
    seed = nps("NPS-01")
    quirks = seed.quirks.model_copy(update={"unreadable": {"os_build": "no\x1b[2J"}})
    make_fleet(nps_01=seed.model_copy(update={"quirks": quirks}))
    done = cli(*_DOCTOR)
    assert "no<U+001B>[2J" in done.stdout


def test_on_a_terminal_in_colour_with_progress_and_ctrl_c(sealed: Fleet) -> None:
    with Terminal(*_DOCTOR, folder=sealed.folder) as terminal:
        assert terminal.end() == 1
        assert "\x1b[31mfailed" in terminal.raw
    sealed.lab.settings.run_seconds = 0.5
    with Terminal(*_DOCTOR, "--workers", "1", folder=sealed.folder) as terminal:
        terminal.wait_for("examining")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "2 hosts skipped, 1 host ok, interrupted." in terminal.shown
