"""A backup comes before the first change of RRAS, or nothing is changed."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.windows.model import Quirks, ValueSeed
from aovpn_remediate.lab.windows.roles import nps, rras
from aovpn_remediate.results import BackupRun
from tests.engine.conftest import PATIENCE, MakeSite, Site, dword, one, statuses
from tests.engine.scenes import before, host

PORTS = "rras-port-counts"
BACKUP = "rras-backup"
SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\RemoteAccess"
CLASS = r"HKLM\SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}"
BACK_UP, SET = 2, 3
"""The pipelines of an apply on a host: the first one reads it."""


def vpn_site(make_site: MakeSite, **quirks: Any) -> Site:
    """One VPN server, with the id of a miniport in other letters."""
    seed = rras("RRAS-01")
    miniport = {"MatchingDeviceId": ValueSeed(string="MS_SstpMiniport")}
    made = seed.model_copy(
        update={
            "registry": {**seed.registry, f"{CLASS}\\0002": miniport},
            "quirks": Quirks(**quirks),
        }
    )
    return make_site({"rras-01": made}, groups={"rras": ["rras-01"]})


def ports_plan(site: Site) -> aovpn.Plan:
    return site.plan(PORTS, variables={"ikev2_ports": 200})


def options(**more: Any) -> aovpn.Options:
    return aovpn.Options(patience=PATIENCE, **more)


def the_backup(run: aovpn.Run) -> BackupRun:
    [found] = one(run).backups
    assert isinstance(found, BackupRun)
    return found


def files_in(backup: BackupRun) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(backup.folder).iterdir()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_plan_says_which_backup_apply_takes(make_site: MakeSite) -> None:
    plan = ports_plan(vpn_site(make_site))
    assert (one(plan).backups, one(plan).only_backed_up) == (("rras",), False)
    assert [step.backup for step in one(plan).steps] == ["rras"]


def test_the_files_lie_beside_the_journal_for_the_user_alone(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    run = site.apply(ports_plan(site))
    backup = the_backup(run)
    folder = site.folder / "runs" / run.id / "rras-01"
    assert (backup.status, Path(backup.folder)) == ("taken", folder)
    assert sorted(files_in(backup)) == [
        "Get-RemoteAccess.json",
        "Get-RemoteAccessAccounting.json",
        "Get-RemoteAccessRadius.json",
        "Get-VpnAuthProtocol.json",
        "Get-VpnServerConfiguration.json",
        "RemoteAccess.reg",
        "manifest.json",
        "miniport-agilevpn-0001.reg",
        "miniport-l2tp-0003.reg",
        "miniport-pppoe-0004.reg",
        "miniport-sstp-0002.reg",
        "netsh-ras-dump.txt",
    ]
    assert {mode(path) for path in folder.iterdir()} == {0o600}
    assert [mode(path) for path in (folder, *folder.parents[:2])] == [0o700] * 3


def test_the_journal_has_the_digest_of_each_file(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    run = site.apply(ports_plan(site))
    kept = the_backup(aovpn.show(run.id, journal=site.journal))
    assert kept == the_backup(run)
    assert {file.name: (file.size, file.sha256) for file in kept.files} == {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in files_in(kept).items()
    }


def test_the_backup_is_in_the_journal_before_anything_is_set(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    plan, seen = ports_plan(site), []

    def look() -> None:
        found = aovpn.show("last", journal=site.journal)
        ports = site.state().answers["vpn_server_ports"][0].answer["ikev2"]
        seen.append((the_backup(found).status, ports))

    before(site, SET, look)
    assert site.apply(plan).exit_code == 0
    assert seen == [("taken", 128)]


def test_the_manifest_tells_what_is_there_what_is_not_and_how_to_restore(
    make_site: MakeSite,
) -> None:
    site = make_site({"rras-01": rras("RRAS-01", year=2025)}, groups={"rras": ["rras-01"]})
    adapters = site.state().registry.find(CLASS)
    assert adapters is not None
    adapters.keys.clear()
    run = site.apply(ports_plan(site))
    backup = the_backup(run)
    missing = {
        "netsh-ras-dump.txt": "netsh ras does not work on this host (error 1702): "
        "The binding handle is invalid.",
        "miniport.reg": "No WAN miniport was found.",
    }
    assert {part.part: part.reason for part in backup.missing} == missing
    manifest = json.loads(files_in(backup)["manifest.json"])
    assert {part["part"]: part["reason"] for part in manifest["could_not_be_read"]} == missing
    assert [file["name"] for file in manifest["files"]] == [
        file.name for file in backup.files if file.name != "manifest.json"
    ]
    assert (manifest["run"], manifest["host"]) == (run.id, "rras-01")
    assert "the shared secrets of RADIUS servers" in manifest["not_included"]
    assert "reg.exe import" in manifest["how_to_restore"]["RemoteAccess.reg, miniport-*.reg"]


def test_what_is_backed_up_is_the_state_before(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    backup = the_backup(site.apply(ports_plan(site)))
    [said] = json.loads(files_in(backup)["Get-VpnServerConfiguration.json"])
    assert said["Ikev2Ports"] == 128
    assert site.state().answers["vpn_server_ports"][0].answer["ikev2"] == 200


def test_values_of_rras_in_the_registry_are_backed_up_and_others_are_not(
    make_site: MakeSite,
) -> None:
    site = vpn_site(make_site)
    site.state().registry.make(r"HKLM\SOFTWARE\Test")
    inside = site.playbook("inside", steps=[dword(rf"{SERVICE}\Parameters\Ikev2", "X", 1)])
    other = site.playbook("other", steps=[dword(r"HKLM\SOFTWARE\Test", "X", 1)])
    assert the_backup(site.apply(site.plan(inside))).status == "taken"
    assert one(site.apply(site.plan(other))).backups == ()


def test_nothing_is_backed_up_where_nothing_is_to_be_set(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    plan = ports_plan(site)
    assert site.apply(plan).exit_code == 0
    again = site.apply(plan)
    assert statuses(again) == {"rras-01": ["unchanged"]}
    assert one(again).backups == ()


def test_a_playbook_asks_for_a_backup_of_kinds_that_do_not(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    steps = [{"service": {"name": "IKEEXT", "startup": "manual"}}]
    plan = site.plan(site.playbook(steps=steps, backup="rras"))
    assert one(plan).backups == ("rras",)
    assert the_backup(site.apply(plan)).status == "taken"


def test_a_plan_of_an_older_version_is_backed_up_as_well(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    data = ports_plan(site).model_dump(mode="json")
    for step in data["hosts"][0]["steps"]:
        del step["backup"]
    for book in data["hosts"][0]["playbooks"]:
        del book["backup"]
    run = site.apply(aovpn.Plan.model_validate(data))
    assert the_backup(run).status == "taken"


def test_a_rollback_takes_a_backup_of_its_own(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    run = site.apply(ports_plan(site))
    back = site.rollback(run.id)
    backup = the_backup(back)
    assert Path(backup.folder) == site.folder / "runs" / back.id / "rras-01"
    [said] = json.loads(files_in(backup)["Get-VpnServerConfiguration.json"])
    assert said["Ikev2Ports"] == 200


# Left out, elsewhere


def test_a_run_without_backups_says_so(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    run = site.apply(ports_plan(site), options=options(no_backup=True))
    assert run.exit_code == 0
    backup = the_backup(run)
    assert (backup.status, backup.message) == ("left_out", "left out (--no-backup)")
    assert run.options["no_backup"] is True
    assert not (site.folder / "runs").exists()


def test_backups_go_to_another_folder(make_site: MakeSite, tmp_path: Path) -> None:
    site = vpn_site(make_site)
    there = tmp_path / "new" / "backups"
    run = site.apply(ports_plan(site), options=options(backup_dir=str(there)))
    assert Path(the_backup(run).folder) == there / "runs" / run.id / "rras-01"
    assert mode(there) == 0o700
    assert not (site.folder / "runs").exists()


# Failed


def refused_run(site: Site, **more: Any) -> aovpn.Run:
    """A run in which nothing may be set."""
    plan, was = ports_plan(site), site.snapshots()
    run = site.apply(plan, **more)
    assert site.snapshots() == was
    assert (run.exit_code, statuses(run)) == (1, {"rras-01": ["skipped"]})
    assert one(run).error_kind == "BackupFailed"
    assert not one(run).touched
    assert one(run).restarts == ()
    return run


REFUSED = "nothing was set, because no backup could be taken: "
GO_ON = " (to go on without one: --no-backup)"


def test_a_failed_backup_stops_the_changes(make_site: MakeSite) -> None:
    site = vpn_site(make_site, refuses_backup="Access to the path\r\n  is denied.")
    run = refused_run(site)
    assert one(run).error == f"{REFUSED}Access to the path is denied.{GO_ON}"
    assert the_backup(run) == BackupRun(
        of="rras", status="failed", message="Access to the path is denied."
    )
    assert [step.message for step in one(run).steps] == ["nothing is set on this host"]
    assert site.apply(ports_plan(site), options=options(no_backup=True)).exit_code == 0


def test_a_backup_that_is_not_whole_has_failed(make_site: MakeSite) -> None:
    run = refused_run(vpn_site(make_site, breaks_backup=True))
    assert the_backup(run).message == "the host sent Get-RemoteAccessAccounting.json in part only"


def test_a_backup_of_nothing_has_failed(make_site: MakeSite) -> None:
    site = make_site({"bare": host()})
    steps = [{**dword(SERVICE, "X", 1, create_key=True)}]
    run = site.apply(site.plan(site.playbook(steps=steps)))
    assert statuses(run) == {"bare": ["skipped"]}
    assert one(run).error == (
        f"{REFUSED}nothing could be read (netsh-ras-dump.txt: The RemoteAccess cmdlets are not "
        f"installed (Windows feature RSAT-RemoteAccess-PowerShell).){GO_ON}"
    )


def test_a_backup_that_cannot_be_kept_has_failed(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    (site.folder / "runs").write_text("in the way")
    run = refused_run(site)
    assert the_backup(run).message.startswith(f"{site.folder}/runs/{run.id}/rras-01 cannot be")


def test_a_host_that_goes_down_while_it_is_backed_up_is_left_as_it_is(
    make_site: MakeSite,
) -> None:
    site = vpn_site(make_site)
    plan = ports_plan(site)
    before(site, BACK_UP, lambda: site.state().reboot())
    run = site.apply(plan)
    assert statuses(run) == {"rras-01": ["skipped"]}
    assert str(one(run).error).startswith(REFUSED)
    assert site.state().answers["vpn_server_ports"][0].answer["ikev2"] == 128


def test_no_backup_in_constrained_language(make_site: MakeSite) -> None:
    run = refused_run(vpn_site(make_site, language_mode="ConstrainedLanguage"))
    assert the_backup(run).message == "In ConstrainedLanguage no backup can be taken."


def test_no_automatic_rollback_is_scheduled_after_a_failed_backup(make_site: MakeSite) -> None:
    site = vpn_site(make_site, refuses_backup="no")
    refused_run(site, options=options(confirm_within=600))
    assert not site.state().tasks.waiting


# The playbook without steps


def test_a_plan_of_the_backup_alone_differs_in_nothing(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    plan = site.plan(BACKUP)
    assert (plan.exit_code, one(plan).differs) == (0, False)
    assert (one(plan).backups, one(plan).only_backed_up) == (("rras",), True)


def test_each_apply_of_the_backup_alone_takes_one_and_changes_nothing(
    make_site: MakeSite,
) -> None:
    site = vpn_site(make_site)
    plan, was = site.plan(BACKUP), site.snapshots()
    folders = []
    for _ in range(2):
        run = site.apply(plan)
        assert (run.exit_code, one(run).touched) == (0, False)
        folders.append(the_backup(run).folder)
    assert len({*folders}) == 2
    assert site.snapshots() == was
    assert site.plan(BACKUP).exit_code == 0


def test_the_backup_alone_is_taken_once_with_changes(make_site: MakeSite) -> None:
    site = vpn_site(make_site)
    run = site.apply(site.plan(BACKUP, PORTS, variables={"ikev2_ports": 200}))
    assert the_backup(run).status == "taken"


def test_a_failed_backup_alone_fails_the_host(make_site: MakeSite) -> None:
    site = vpn_site(make_site, refuses_backup="denied")
    run = site.apply(site.plan(BACKUP))
    assert (run.exit_code, one(run).error) == (1, f"{REFUSED}denied{GO_ON}")


def test_a_host_without_the_role_is_not_backed_up(make_site: MakeSite) -> None:
    site = make_site({"nps-01": nps("NPS-01")}, groups={"rras": ["nps-01"]})
    plan = site.plan(BACKUP)
    assert one(plan).backups == ()
    assert one(site.apply(plan)).backups == ()


def test_a_playbook_that_a_check_excludes_takes_no_backup(make_site: MakeSite) -> None:
    site = make_site({"one": host(services={"RemoteAccess": {}}, vpn={})})
    book = site.playbook(
        backup="rras",
        before=[{"service": {"name": "RemoteAccess", "status": "running"}}],
    )
    plan = site.plan(book)
    assert one(plan).backups == ("rras",)
    stops = site.state().services
    before(site, 1, lambda: stops.stop(stops.find("RemoteAccess")))
    assert one(site.apply(plan)).backups == ()


# Names of hosts come from an inventory


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["..", "a:b", "con", "...x", "NUL.txt", "\u00fc" * 50])
def test_a_name_of_a_host_names_one_folder_below_its_run(make_site: MakeSite, name: str) -> None:
    site = make_site({name: rras("RRAS-01")}, groups={"rras": [name]})
    run = site.apply(ports_plan(site))
    folder = Path(the_backup(run).folder)
    assert folder.parent == site.folder / "runs" / run.id
    assert folder.resolve() == folder
    assert folder.name.startswith("host-")
    assert folder.name.isascii()
