from __future__ import annotations

import re
from collections.abc import Callable

from aovpn_remediate.cli.terminal.interrupt import FIRST
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.windows.roles import nps, rras
from tests.cli.conftest import JOURNAL, NPS, RRAS, SWIFT, Fleet
from tests.cli.terminal.on_terminal import CTRL_C, Terminal

_PLAN = ("plan", NPS, "-i", "fleet.yaml", "--journal", JOURNAL)
_APPLY = ("apply", RRAS, "-i", "fleet.yaml", "--journal", JOURNAL, *SWIFT)


def test_colour_on_a_terminal_and_none_when_it_is_not_wanted(fleet: Fleet) -> None:
    with Terminal(*_PLAN, folder=fleet.folder) as terminal:
        assert terminal.end() == 3
        assert "\x1b[32mdword 1\x1b[0m" in terminal.raw
        assert r"HKLM\...\Services\RasMan\PPP\EAP\13  IgnoreNoRevocationCheck" in terminal.shown
    with Terminal(*_PLAN, folder=fleet.folder, environment={"NO_COLOR": "1"}) as terminal:
        assert terminal.end() == 3
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", terminal.raw)


def test_it_is_as_wide_as_the_terminal(fleet: Fleet) -> None:
    with Terminal(*_PLAN, folder=fleet.folder, columns=160) as terminal:
        terminal.end()
        path = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13"
        assert f"{path}  IgnoreNoRevocationCheck  absent -> dword 1" in terminal.shown


def test_progress_while_it_works_and_nothing_left_of_it(fleet: Fleet) -> None:
    fleet.lab.settings.run_seconds = 0.3
    with Terminal(*_PLAN, folder=fleet.folder) as terminal:
        terminal.wait_for("Planning")
        terminal.wait_for("nps-01")
        terminal.wait_for("reading")
        terminal.end()
        assert terminal.raw.count("\x1b[?25l") == terminal.raw.count("\x1b[?25h") == 1
    with Terminal(*_PLAN, "-q", folder=fleet.folder) as terminal:
        terminal.end()
        assert "Planning" not in terminal.shown


def test_nothing_is_applied_without_a_yes(fleet: Fleet) -> None:
    with Terminal(*_APPLY, folder=fleet.folder) as terminal:
        terminal.wait_for("Plan: 1 to change on 1 host")
        terminal.wait_for("Apply this to 1 host? [y/N] ")
        terminal.type(b"\n")
        assert terminal.end() == 3
        assert "Nothing was changed." in terminal.shown
    assert fleet.windows.sets == []


def test_ctrl_c_at_the_question_is_a_no(fleet: Fleet) -> None:
    with Terminal(*_APPLY, folder=fleet.folder) as terminal:
        terminal.wait_for("Apply this to 1 host? [y/N] ")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert fleet.windows.sets == []


def test_restarts_are_asked_for_once_with_the_sessions_that_they_cut(
    make_fleet: Callable[..., Fleet],
) -> None:
    fleet = make_fleet(nps_01=nps("A"), rras_01=rras("B", sessions=41), rras_02=rras("C"))
    with Terminal(*_APPLY, NPS, folder=fleet.folder) as terminal:
        terminal.wait_for("Apply this to 3 hosts? [y/N] ")
        terminal.type(b"y\n")
        terminal.wait_for("The changes need restarts, one host at a time in each group:")
        # The board has gone before that, or it would take it away.
        before = terminal.raw[: terminal.raw.index("The changes need")]
        assert before.rindex("\x1b[?25h") > before.rindex("\x1b[?25l")
        terminal.wait_for("  reboot: nps-01")
        terminal.wait_for("  restart RemoteAccess: rras-01 (41 VPN sessions), rras-02")
        terminal.wait_for("Restart services on 2 hosts? [y/N] ")
        terminal.type(b"y\n")
        terminal.wait_for("Reboot 1 host? [y/N] ")
        terminal.type(b"n\n")
        assert terminal.end() == 3
        assert "restarted   RemoteAccess in" in terminal.shown
        assert "pending     reboot" in terminal.shown
    assert {outage.what for outage in fleet.windows.history} == {"RemoteAccess"}


def test_ctrl_c_at_the_question_for_restarts_leaves_them_pending(fleet: Fleet) -> None:
    with Terminal(*_APPLY, "--yes", folder=fleet.folder) as terminal:
        assert terminal.end() == 3  # with --yes nothing is asked
    with Terminal(*_APPLY, folder=fleet.folder) as terminal:
        terminal.wait_for("Apply this to 1 host? [y/N] ")
        terminal.type(b"y\n")
        terminal.wait_for("Restart services on 1 host? [y/N] ")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "pending     restart of RemoteAccess" in terminal.shown
    assert fleet.windows.history == []


def test_a_password_is_asked_for_and_not_shown(fleet: Fleet) -> None:
    fleet.write_inventory({"prompt": True})
    with Terminal(*_PLAN, folder=fleet.folder) as terminal:
        terminal.wait_for("Password for lab: ")
        terminal.type(b"secret word\n")
        assert terminal.end() == 3
        assert terminal.shown.count("Password for lab") == 1
        assert "secret word" not in terminal.raw


def test_ctrl_c_at_the_password_ends_it(fleet: Fleet) -> None:
    fleet.write_inventory({"prompt": True})
    with Terminal(*_PLAN, folder=fleet.folder) as terminal:
        terminal.wait_for("Password for lab: ")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "no password was entered" in terminal.shown
    assert fleet.lab.stats().requests == 0


def test_for_a_program_the_person_sees_the_plan_beside_it(fleet: Fleet) -> None:
    with Terminal(*_APPLY, "--format", "json", folder=fleet.folder) as terminal:
        terminal.wait_for("Plan: 1 to change on 1 host")
        terminal.wait_for("Apply this to 1 host? [y/N] ")
        terminal.type(b"n\n")
        terminal.end()
        assert "{" not in terminal.shown


def test_without_a_terminal_a_password_cannot_be_asked_for(fleet: Fleet) -> None:
    from tests.cli.conftest import cli

    fleet.write_inventory({"prompt": True})
    done = cli(*_PLAN)
    assert done.exit_code == 1
    assert "not interactive: use env, file or keyring" in done.stdout


def test_the_first_ctrl_c_lets_those_under_way_finish(fleet: Fleet) -> None:
    fleet.lab.settings.run_seconds = 0.5
    with Terminal(*_PLAN, "--workers", "1", folder=fleet.folder) as terminal:
        terminal.wait_for("reading")
        terminal.type(CTRL_C)
        terminal.wait_for(FIRST)
        assert terminal.end() == 130
        assert "absent -> dword 1" in terminal.shown
        assert "nps-02  not read: interrupted" in terminal.shown
    fleet.lab.assert_clean()


def test_the_second_ctrl_c_ends_those_under_way(fleet: Fleet) -> None:
    fleet.lab.faults.add(Fault("hang", action="Receive", nth=2))
    with Terminal(*_PLAN, "--workers", "1", folder=fleet.folder) as terminal:
        terminal.wait_for("reading")
        terminal.type(CTRL_C)
        terminal.wait_for(FIRST)
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "nps-02  not read: interrupted" in terminal.shown
