from __future__ import annotations

import shlex

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import InputError, UsageError
from aovpn_remediate.lab.windows.registry import Value
from aovpn_remediate.reports import FORMATS
from tests.cli.conftest import JOURNAL, NPS, RRAS, SWIFT, Fleet, work

EAP = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13"


def applied(*playbooks: str) -> None:
    words = ("--yes", "--allow-reboot", "--allow-restart", *SWIFT)
    assert work("apply", *playbooks, "-i", "fleet.yaml", *words).exit_code == 0


def test_the_state_before_the_run_is_restored(fleet: Fleet) -> None:
    before = {name: fleet.snapshot(name) for name in fleet.addresses}
    applied(NPS, RRAS)
    done = work("rollback", "last", "--yes", "--allow-reboot", "--allow-restart", *SWIFT)
    assert done.exit_code == 0
    shown, ran = done.stdout.split("\nRun ")
    assert "dword 1 -> absent  then reboot" in shown
    assert shown.rstrip().endswith("Preview: 2 to restore on 2 hosts.")
    assert "Rollback: 2 changed on 2 hosts, 1 backup taken, 2 restarts done." in ran
    assert {name: fleet.snapshot(name) for name in fleet.addresses} == before


@pytest.mark.usefixtures("fleet")
def test_a_limit_excludes_other_hosts_from_a_rollback() -> None:
    applied(NPS, RRAS)
    done = work("rollback", "last", "--limit", "rras", "--yes", "--allow-restart", *SWIFT)
    assert done.exit_code == 0
    assert "nps-01" not in done.stdout
    assert work("verify", RRAS, "-i", "fleet.yaml").exit_code == 3
    assert work("verify", NPS, "-i", "fleet.yaml").exit_code == 0


@pytest.mark.usefixtures("fleet")
def test_verify_a_run() -> None:
    applied(NPS)
    assert work("verify", "last").exit_code == 0
    work("rollback", "last", "--yes", "--allow-reboot", *SWIFT)
    [run] = [line.split()[0] for line in work("runs").stdout.splitlines() if " apply " in line]
    done = work("verify", run)
    assert done.exit_code == 3
    assert "it has changed since the run" in done.stdout


def test_a_rollback_needs_approval(fleet: Fleet) -> None:
    applied(NPS)
    requests = fleet.lab.stats().requests
    done = work("rollback", "last")
    assert done.exit_code == 2
    assert "not interactive: use --yes" in done.stderr
    assert fleet.lab.stats().requests == requests


def test_there_is_nothing_to_roll_back(fleet: Fleet) -> None:
    applied(NPS)
    done = work("rollback", "last", "--limit", "nps-02", "--yes")
    assert done.exit_code == 2
    assert "nothing to roll back" in done.stderr
    assert "there is no run '2020'" in work("rollback", "2020", "--yes").stderr
    assert len(fleet.windows.sets) == 1


def ids(action: str) -> list[str]:
    lines = work("runs").stdout.splitlines()
    return [line.split()[0] for line in lines if f" {action} " in line]


def hinted(output: str, sentence: str) -> list[str]:
    """Return the arguments of the command after a sentence in the footer of a run."""
    [line] = [line for line in output.splitlines() if sentence in line]
    command = shlex.split(line.partition(sentence)[2])
    assert command[0] == "aovpn-remediate"
    return command[1:]


def test_last_is_the_newest_apply_also_after_a_rollback(fleet: Fleet) -> None:
    before = {name: fleet.snapshot(name) for name in fleet.addresses}
    applied(NPS)
    [run] = ids("apply")
    left = work("rollback", "last", "--yes", *SWIFT)
    assert left.exit_code == 3
    done = work("rollback", "last", "--yes", "--allow-reboot", *SWIFT)
    assert done.exit_code == 0, done.output
    assert "Rollback: 1 unchanged, 1 restart done." in done.stdout
    assert f"rollback of {run} by" in done.stdout
    assert {name: fleet.snapshot(name) for name in fleet.addresses} == before


def test_a_rollback_is_rolled_back_by_its_id(fleet: Fleet) -> None:
    applied(NPS)
    fixed = fleet.snapshot("nps-01")
    back = work("rollback", "last", "--yes", "--allow-reboot", *SWIFT)
    command = hinted(back.stdout, "To undo this rollback, and set again what it took back:")
    assert command == ["rollback", *ids("rollback")]
    assert work(*command, "--yes", "--allow-reboot", *SWIFT).exit_code == 0
    assert fleet.snapshot("nps-01") == fixed


@pytest.mark.usefixtures("fleet")
def test_the_command_that_makes_pending_restarts_is_whole() -> None:
    assert work("apply", NPS, RRAS, "-i", "fleet.yaml", "--yes", *SWIFT).exit_code == 3
    shown = work("show", "last").stdout
    command = hinted(shown, "Restarts are pending on nps-01, rras-01. To make them:")
    assert command == ["resume", *ids("apply"), "--allow-restart", "--allow-reboot"]
    assert work(*command, *SWIFT).exit_code == 0

    given = ("--limit", "nps-01,rras", "--yes", *SWIFT)
    first = ids("apply")[-1]
    back = work("rollback", first, *given)
    assert back.exit_code == 3
    command = hinted(back.stdout, "Restarts are pending on nps-01, rras-01. To make them:")
    assert command[:4] == ["rollback", first, "--limit", "nps-01,rras"]
    done = work(*command, "--yes", *SWIFT)
    assert done.exit_code == 0
    assert "2 unchanged, 2 restarts done" in done.stdout


@pytest.mark.usefixtures("fleet")
def test_without_an_apply_there_is_no_last_run_to_roll_back_or_to_confirm() -> None:
    for verb in (("rollback", "last", "--yes"), ("confirm", "last")):
        refused = work(*verb)
        assert refused.exit_code == 2
        assert "there is no run 'last' in the journal" in refused.stderr


def test_the_preview_is_read_from_the_hosts(fleet: Fleet) -> None:
    applied(NPS, RRAS)
    [run] = ids("apply")
    state = fleet.windows.state(fleet.addresses["rras-01"])
    state.sessions = 17
    eap = fleet.windows.state(fleet.addresses["nps-01"]).registry
    eap.set(EAP, "IgnoreNoRevocationCheck", Value("DWord", 7))
    sets = len(fleet.windows.sets)
    done = work("rollback", "last", "--yes", "--allow-restart", "--allow-reboot", *SWIFT)
    assert done.exit_code == 1
    shown, ran = done.stdout.split("\nRun ")
    preview = " ".join(shown.split())
    assert preview.startswith(f"Preview of the rollback of {run} nps-01 Windows Server 2022")
    assert "dword 7, should be absent it has changed since the run: it is left as it is" in preview
    assert "rras-01 Windows Server 2022 Standard 20348.3453 17 VPN sessions" in preview
    assert "dword 1 -> absent then restart RemoteAccess" in preview
    assert f"Undoes {RRAS}: " in preview
    assert f"Risk of {RRAS}: The restart of RemoteAccess disconnects every VPN user" in preview
    assert f"Risk of {NPS}" not in preview, "nothing of it would be restored"
    assert preview.endswith("Preview: 1 to restore on 1 host, 1 manual action needed.")
    assert "17 VPN sessions disconnected" in ran
    assert "Stale steps were left as they are: restore them manually" in ran
    assert len(fleet.windows.sets) == sets + 1


def test_a_preview_shows_what_is_restored_already_and_the_pending_restart(fleet: Fleet) -> None:
    applied(NPS)
    assert work("rollback", "last", "--yes", *SWIFT).exit_code == 3
    done = work("rollback", "last", "--yes", *SWIFT)
    shown, _ = done.stdout.split("\nRun ")
    assert "pending reboot since " in shown
    assert "Preview: nothing to restore, 1 compliant, pending restart on 1 host." in shown
    assert len(fleet.windows.sets) == 2


def test_hosts_that_cannot_be_read_are_not_rolled_back(fleet: Fleet) -> None:
    applied(NPS, RRAS)
    runs = ids("apply")
    fleet.lab.users["lab"] = "another"
    done = work("rollback", "last", "--yes", *SWIFT)
    assert done.exit_code == 1
    assert "Preview: 0 of 2 hosts could be read." in done.stdout
    assert done.stderr == "Nothing was changed.\n"
    assert ids("rollback") == []
    assert ids("apply") == runs


def test_a_preview_in_other_formats_is_called_one(fleet: Fleet) -> None:
    applied(NPS)
    [run] = ids("apply")
    preview = aovpn.preview_rollback([run], fleet.folder / "fleet.yaml", journal=JOURNAL)
    assert preview.of == (run,)
    title = f"Preview of the rollback of `{run}`"
    assert FORMATS["markdown"](preview).startswith(f"# {title}\n\n**Preview: 1 to restore")
    assert f"aovpn-remediate rollback {run}" in FORMATS["markdown"](preview)
    assert f"Preview of the rollback of {run}" in FORMATS["html"](preview)
    with pytest.raises(UsageError, match=f"a preview is not applied: use `rollback {run}`"):
        aovpn.apply(preview, fleet.folder / "fleet.yaml", journal=JOURNAL)
    path = fleet.folder / "preview.json"
    plan_file.save(preview, path)
    with pytest.raises(InputError):
        plan_file.load(path)
