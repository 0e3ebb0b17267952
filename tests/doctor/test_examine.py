"""Hosts in the lab, each with a problem of its own."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from aovpn_remediate.engine.control import Control
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.windows.model import HostSeed, Quirks, ValueSeed
from aovpn_remediate.lab.windows.roles import nps
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.resources import KINDS
from aovpn_remediate.results.examination import Check, HostHealth, Level
from tests.doctor.conftest import ADDRESS, PASSWORD, ImpatientConnector, LabFleet, MakeLabFleet
from tests.lab.wire.visits import opened

_UPDATE = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"


def problems(found: HostHealth) -> dict[Check, Level]:
    return {f.check: f.level for f in found.findings if f.level in (Level.WARNING, Level.FAILED)}


def the_only_failure(found: HostHealth, check: Check) -> tuple[str, str]:
    """Return the text and the fix of the only failed check; the others passed or were skipped."""
    assert problems(found) == {check: Level.FAILED}
    return found[check].found, found[check].cure


def test_a_host_without_problems(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet(allow_unencrypted=False)
    found = fleet.one()
    assert found.level is Level.OK
    skipped = {f.check for f in found.findings if f.level is Level.SKIPPED}
    assert skipped == {Check.TLS}
    assert found[Check.LOGON].found == "NTLM (Kerberos needs a host name)"
    assert found[Check.ENCRYPTION].found == "encrypted messages"
    assert found[Check.POWERSHELL].found == "PowerShell 5.1"
    assert found[Check.SHELLS].value == 0
    assert 0 < (found[Check.OPENING].value or 0) < 15
    assert abs(found[Check.CLOCK].value or 0) < 5


def test_an_examination_only_reads_and_counts_its_requests(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet()
    found = fleet.one(auth="basic", encryption="never")
    actions = [request.action for request in fleet.lab.requests]
    assert actions == ["Create", "Receive", "Receive", "Command", "Receive", "Delete", "Enumerate"]
    assert found.requests == len(actions)


def test_unencrypted_messages(make_lab_fleet: MakeLabFleet) -> None:
    found = make_lab_fleet().one(auth="basic", encryption="never")
    assert problems(found) == {Check.ENCRYPTION: Level.WARNING}
    assert found[Check.LOGON].found == "Basic"
    assert "scheme: https" in found[Check.ENCRYPTION].cure


def test_a_host_that_refuses_unencrypted_messages(make_lab_fleet: MakeLabFleet) -> None:
    found = make_lab_fleet(allow_unencrypted=False).one(auth="basic", encryption="never")
    found_text, fix = the_only_failure(found, Check.ENCRYPTION)
    assert "AllowUnencrypted" in found_text
    assert "scheme: https" in fix


def test_a_wrong_password_is_not_tried_everywhere(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet(*(nps(f"nps-0{n}") for n in range(1, 5)))
    fleet.lab.users["lab"] = "another"
    hosts = [fleet.host(f"nps-0{n}", f"127.0.8.{n}") for n in range(1, 5)]
    found = fleet.examine(*hosts)
    assert [host.host for host in found] == ["nps-01", "nps-02", "nps-03", "nps-04"]
    texts = [the_only_failure(host, Check.LOGON) for host in found]
    assert all("401" in found_text and "LockedOut" in fix for found_text, fix in texts[:2])
    assert all(found_text.startswith("not tried") for found_text, _ in texts[2:])
    assert fleet.lab.host_stats("127.0.8.3").requests == 0


def test_a_logon_that_the_host_does_not_offer(make_lab_fleet: MakeLabFleet) -> None:
    found_text, fix = the_only_failure(
        make_lab_fleet(auth=("Basic",)).one(auth="ntlm"), Check.LOGON
    )
    assert "does not offer ntlm" in found_text
    assert "change `auth`" in fix


def test_ntlm_in_a_domain_instead_of_kerberos(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet(nps("nps-01"), bind="127.0.0.1")
    fleet.windows._hosts["127.0.0.1"] = fleet.windows.state(ADDRESS)
    found = fleet.one(address="localhost")
    assert problems(found) == {Check.LOGON: Level.WARNING}
    assert found[Check.LOGON].found == "NTLM, although the host is in the domain corp.example"
    assert "setspn -Q HOST/localhost" in found[Check.LOGON].cure
    assert "TrustedHosts" in found[Check.LOGON].cure


def test_a_missing_password(make_lab_fleet: MakeLabFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = make_lab_fleet()
    monkeypatch.delenv("AOVPN_LAB_PASSWORD")
    found_text, _ = the_only_failure(fleet.one(), Check.LOGON)
    assert "AOVPN_LAB_PASSWORD is not set" in found_text


def test_an_unknown_name(make_lab_fleet: MakeLabFleet) -> None:
    found_text, fix = the_only_failure(make_lab_fleet().one(address="nobody.invalid"), Check.NAME)
    assert found_text.startswith("the name nobody.invalid cannot be resolved")
    assert "set `address`" in fix


def test_a_port_that_refuses(make_lab_fleet: MakeLabFleet) -> None:
    with socket.socket() as taken:
        taken.bind((ADDRESS, 0))
        port = taken.getsockname()[1]
        found_text, fix = the_only_failure(make_lab_fleet().one(port=port), Check.PORT)
    assert found_text == f"{ADDRESS}:{port} refuses connections"
    assert "Enable-PSRemoting" in fix
    assert f"HTTP on port {port}" in fix


def test_a_host_that_is_down(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet(nps("nps-01").model_copy(update={"down": True}))
    found = fleet.one()
    assert problems(found) == {Check.PORT: Level.FAILED}
    assert found[Check.POWERSHELL].level is Level.SKIPPED


def test_something_else_on_the_port(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet()
    fleet.lab.faults.add(*(Fault("503", nth=n) for n in range(1, 4)))
    found_text, fix = the_only_failure(fleet.one(), Check.PORT)
    assert "503" in found_text
    assert "winrm/config/listener" in fix


def test_constrained_language(make_lab_fleet: MakeLabFleet) -> None:
    quirks = Quirks(language_mode="ConstrainedLanguage")
    found = make_lab_fleet(nps("nps-01").model_copy(update={"quirks": quirks})).one()
    assert problems(found) == {Check.LANGUAGE: Level.FAILED, Check.RIGHTS: Level.WARNING}
    assert found[Check.LANGUAGE].found == "ConstrainedLanguage"
    refused = [name for name, kind in KINDS.items() if not kind.constrained_language]
    work = [name for name, kind in KINDS.items() if kind.constrained_language]
    assert {"installed_program", "local_group_member"} < set(refused)
    assert found[Check.LANGUAGE].cure.startswith(
        f"{', '.join(refused)} cannot be read in this mode, and no automatic rollback can be"
        f" scheduled; {', '.join(work)} work: change the WDAC or AppLocker policy of the host"
    )


def test_a_user_who_is_not_an_administrator(make_lab_fleet: MakeLabFleet) -> None:
    found = make_lab_fleet(nps("nps-01").model_copy(update={"administrator": False})).one()
    found_text, fix = the_only_failure(found, Check.RIGHTS)
    assert found_text == "can read but not change: not an administrator"
    assert "LocalAccountTokenFilterPolicy" in fix


def test_a_registry_that_cannot_be_read(make_lab_fleet: MakeLabFleet) -> None:
    quirks = Quirks(unreadable={"os_build": "Requested registry access is not allowed."})
    found = make_lab_fleet(nps("nps-01").model_copy(update={"quirks": quirks})).one()
    found_text, _ = the_only_failure(found, Check.RIGHTS)
    assert found_text == "cannot read the registry: Requested registry access is not allowed."


@pytest.mark.parametrize(
    ("code", "check", "fix"),
    [
        (refusals.ACCESS_DENIED, Check.RIGHTS, "LocalAccountTokenFilterPolicy"),
        (refusals.NOT_FOUND, Check.PORT, "Get-WinEvent"),
    ],
)
def test_requests_that_the_host_refuses(
    make_lab_fleet: MakeLabFleet, code: int, check: Check, fix: str
) -> None:
    fleet = make_lab_fleet()
    fleet.lab.faults.add(*(Fault("fault", action="Create", code=code) for _ in range(2)))
    found = fleet.one()
    assert fix in the_only_failure(found, check)[1]


def test_the_logon_is_reported_when_only_a_right_is_missing(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet()
    fleet.lab.faults.add(Fault("fault", action="Create", code=refusals.ACCESS_DENIED))
    found = fleet.one()
    assert found[Check.RIGHTS].level is Level.FAILED
    assert found[Check.LOGON].found.startswith("NTLM")
    assert found[Check.ENCRYPTION].found == "encrypted messages"


def test_a_missing_endpoint(make_lab_fleet: MakeLabFleet) -> None:
    found_text, fix = the_only_failure(make_lab_fleet().one(endpoint="Ours"), Check.POWERSHELL)
    assert "no endpoint Ours" in found_text
    assert "Get-PSSessionConfiguration" in fix


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(30, Level.OK), (-90, Level.WARNING), (3600, Level.FAILED), (-3600, Level.FAILED)],
)
def test_clocks_that_differ(make_lab_fleet: MakeLabFleet, seconds: int, level: Level) -> None:
    found = make_lab_fleet(clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds)).one()
    finding = found[Check.CLOCK]
    assert finding.level is level
    assert finding.value == pytest.approx(seconds, abs=2)
    assert ("w32tm /resync" in finding.cure) == (level is not Level.OK)
    if seconds < 0:
        assert "behind the clock of this machine" in finding.found


def _hosts(fleet: LabFleet, names: str) -> list[Host]:
    """Names of the hosts of a lab, which have one address after the other."""
    return [fleet.host(name, f"127.0.8.{n}") for n, name in enumerate(names, 1)]


def test_two_names_of_one_server(make_lab_fleet: MakeLabFleet) -> None:
    server = nps("NPS-01").model_copy(update={"machine_guid": "its own"})
    fleet = make_lab_fleet(server, server, nps("NPS-02"))
    *twins, other = fleet.examine(*_hosts(fleet, "abc"))
    assert problems(other) == {}
    for found in twins:
        told, fix = the_only_failure(found, Check.IDENTITY)
        assert "each calls itself NPS-01" in told
        assert "remove all names but one" in fix


def test_a_clone(make_lab_fleet: MakeLabFleet) -> None:
    seeds = [nps(name).model_copy(update={"machine_guid": "same"}) for name in ("x", "y")]
    fleet = make_lab_fleet(*seeds)
    for found in fleet.examine(*_hosts(fleet, "ab")):
        assert problems(found) == {Check.IDENTITY: Level.WARNING}
        assert "it has the MachineGuid of" in found[Check.IDENTITY].found


def test_a_pending_reboot(make_lab_fleet: MakeLabFleet) -> None:
    seed = nps("nps-01")
    seed = HostSeed.model_validate(
        {**seed.model_dump(), "registry": {**seed.registry, _UPDATE: {"x": ValueSeed(dword=1)}}}
    )
    found = make_lab_fleet(seed).one()
    assert problems(found) == {Check.REBOOT: Level.WARNING}
    assert found[Check.REBOOT].found == "a reboot is pending: windows update"


def test_shells_left_open(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet()
    who = {"username": "lab", "password": PASSWORD}
    with opened(fleet.lab, ADDRESS, **who), opened(fleet.lab, ADDRESS, **who):
        found = fleet.one()
    assert found.level is Level.OK
    assert found[Check.SHELLS].value == 2
    assert found[Check.SHELLS].found == "2 shells of this user open, the oldest for 0 min"


def test_a_quota_of_shells(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet(max_shells=1)
    with opened(fleet.lab, ADDRESS, username="lab", password=PASSWORD):
        [found] = fleet.examine(
            fleet.host(), connector=ImpatientConnector([fleet.host()], Control(stop=fleet.stop))
        )
    found_text, fix = the_only_failure(found, Check.SHELLS)
    assert "too many shells" in found_text
    assert found_text.endswith("; 1 shell of this user open, the oldest for 0 min")
    assert "MaxShellsPerUser" in fix
    assert found[Check.LOGON].level is Level.OK


def test_a_host_that_lists_no_shells(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet()
    fleet.lab.faults.add(Fault("fault", nth=7, code=refusals.ACCESS_DENIED))
    found = fleet.one()
    assert found.level is Level.OK
    assert found[Check.SHELLS].level is Level.SKIPPED
    assert "access is denied" in found[Check.SHELLS].found


def test_through_a_command_shell(make_lab_fleet: MakeLabFleet) -> None:
    found = make_lab_fleet().one(transport="winrm")
    assert found.level is Level.OK
    assert found[Check.LOGON].found.startswith("NTLM")
    assert found[Check.ENCRYPTION].found == "encrypted messages"
    assert found[Check.SHELLS].level is Level.SKIPPED


def test_on_this_machine_without_powershell(
    make_lab_fleet: MakeLabFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    found_text, fix = the_only_failure(make_lab_fleet().one(transport="local"), Check.POWERSHELL)
    assert "not on PATH" in found_text
    assert "install PowerShell" in fix


def test_through_a_proxy_that_refuses(make_lab_fleet: MakeLabFleet) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{taken.getsockname()[1]}"
        found_text, fix = the_only_failure(make_lab_fleet().one(proxy=proxy), Check.PORT)
    assert "through the proxy" in found_text
    assert "check `proxy`" in fix


def test_after_ctrl_c_no_host_is_examined(make_lab_fleet: MakeLabFleet) -> None:
    fleet = make_lab_fleet()
    fleet.stop.request()
    found = fleet.one()
    assert found.level is Level.SKIPPED
    assert fleet.lab.requests == []
