"""Hosts in the lab, each ill in its own way."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.windows.model import HostSeed, Quirks, ValueSeed
from aovpn_remediate.lab.windows.roles import nps
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.results.examination import Check, HostHealth, Level
from tests.doctor.conftest import ADDRESS, PASSWORD, Hasty, MakeWard
from tests.lab.wire.visits import opened

_UPDATE = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"


def ill(found: HostHealth) -> dict[Check, Level]:
    return {f.check: f.level for f in found.findings if f.level in (Level.WARNING, Level.FAILED)}


def the_only_failure(found: HostHealth, check: Check) -> tuple[str, str]:
    """What was found, and the cure; the others are well or were not asked."""
    assert ill(found) == {check: Level.FAILED}
    return found[check].found, found[check].cure


def test_all_is_well(make_ward: MakeWard) -> None:
    ward = make_ward(allow_unencrypted=False)
    found = ward.one()
    assert found.level is Level.OK
    skipped = {f.check for f in found.findings if f.level is Level.SKIPPED}
    assert skipped == {Check.TLS}
    assert found[Check.LOGON].found == "NTLM (Kerberos wants a name)"
    assert found[Check.ENCRYPTION].found == "encrypted messages"
    assert found[Check.POWERSHELL].found == "PowerShell 5.1"
    assert found[Check.SHELLS].value == 0
    assert 0 < (found[Check.OPENING].value or 0) < 15
    assert abs(found[Check.CLOCK].value or 0) < 5


def test_it_only_reads_and_says_what_it_costs(make_ward: MakeWard) -> None:
    ward = make_ward()
    found = ward.one(auth="basic", encryption="never")
    actions = [request.action for request in ward.lab.requests]
    assert actions == ["Create", "Receive", "Receive", "Command", "Receive", "Delete", "Enumerate"]
    assert found.requests == len(actions)


def test_messages_that_are_not_encrypted(make_ward: MakeWard) -> None:
    found = make_ward().one(auth="basic", encryption="never")
    assert ill(found) == {Check.ENCRYPTION: Level.WARNING}
    assert found[Check.LOGON].found == "Basic"
    assert "scheme: https" in found[Check.ENCRYPTION].cure


def test_a_host_that_takes_no_plain_messages(make_ward: MakeWard) -> None:
    found = make_ward(allow_unencrypted=False).one(auth="basic", encryption="never")
    what, cure = the_only_failure(found, Check.ENCRYPTION)
    assert "AllowUnencrypted" in what
    assert "scheme: https" in cure


def test_a_wrong_password_is_not_tried_everywhere(make_ward: MakeWard) -> None:
    ward = make_ward(*(nps(f"nps-0{n}") for n in range(1, 5)))
    ward.lab.users["lab"] = "another"
    hosts = [ward.host(f"nps-0{n}", f"127.0.8.{n}") for n in range(1, 5)]
    found = ward.examine(*hosts)
    assert [host.host for host in found] == ["nps-01", "nps-02", "nps-03", "nps-04"]
    texts = [the_only_failure(host, Check.LOGON) for host in found]
    assert all("401" in what and "LockedOut" in cure for what, cure in texts[:2])
    assert all(what.startswith("not tried") for what, _ in texts[2:])
    assert ward.lab.host_stats("127.0.8.3").requests == 0


def test_a_logon_that_the_host_does_not_offer(make_ward: MakeWard) -> None:
    what, cure = the_only_failure(make_ward(auth=("Basic",)).one(auth="ntlm"), Check.LOGON)
    assert "does not offer ntlm" in what
    assert "change `auth`" in cure


def test_ntlm_in_a_domain_where_kerberos_was_to_be(make_ward: MakeWard) -> None:
    ward = make_ward(nps("nps-01"), bind="127.0.0.1")
    ward.windows._hosts["127.0.0.1"] = ward.windows.state(ADDRESS)
    found = ward.one(address="localhost")
    assert ill(found) == {Check.LOGON: Level.WARNING}
    assert found[Check.LOGON].found == "NTLM, though the host is in the domain corp.example"
    assert "setspn -Q HOST/localhost" in found[Check.LOGON].cure
    assert "TrustedHosts" in found[Check.LOGON].cure


def test_a_password_that_is_not_there(make_ward: MakeWard, monkeypatch: pytest.MonkeyPatch) -> None:
    ward = make_ward()
    monkeypatch.delenv("AOVPN_LAB_PASSWORD")
    what, _ = the_only_failure(ward.one(), Check.LOGON)
    assert "AOVPN_LAB_PASSWORD is not set" in what


def test_a_name_that_nobody_knows(make_ward: MakeWard) -> None:
    what, cure = the_only_failure(make_ward().one(address="nobody.invalid"), Check.NAME)
    assert what.startswith("the name nobody.invalid is not known")
    assert "set `address`" in cure


def test_a_port_that_refuses(make_ward: MakeWard) -> None:
    with socket.socket() as taken:
        taken.bind((ADDRESS, 0))
        port = taken.getsockname()[1]
        what, cure = the_only_failure(make_ward().one(port=port), Check.PORT)
    assert what == f"{ADDRESS}:{port} refuses connections"
    assert "Enable-PSRemoting" in cure
    assert f"HTTP on port {port}" in cure


def test_a_host_that_is_down(make_ward: MakeWard) -> None:
    ward = make_ward(nps("nps-01").model_copy(update={"down": True}))
    found = ward.one()
    assert ill(found) == {Check.PORT: Level.FAILED}
    assert found[Check.POWERSHELL].level is Level.SKIPPED


def test_something_else_on_the_port(make_ward: MakeWard) -> None:
    ward = make_ward()
    ward.lab.faults.add(*(Fault("503", nth=n) for n in range(1, 4)))
    what, cure = the_only_failure(ward.one(), Check.PORT)
    assert "503" in what
    assert "winrm/config/listener" in cure


def test_constrained_language(make_ward: MakeWard) -> None:
    quirks = Quirks(language_mode="ConstrainedLanguage")
    found = make_ward(nps("nps-01").model_copy(update={"quirks": quirks})).one()
    assert ill(found) == {Check.LANGUAGE: Level.FAILED, Check.RIGHTS: Level.WARNING}
    assert found[Check.LANGUAGE].found == "ConstrainedLanguage"
    assert "WDAC" in found[Check.LANGUAGE].cure


def test_no_administrator(make_ward: MakeWard) -> None:
    found = make_ward(nps("nps-01").model_copy(update={"administrator": False})).one()
    what, cure = the_only_failure(found, Check.RIGHTS)
    assert what == "can read, cannot change: no administrator"
    assert "LocalAccountTokenFilterPolicy" in cure


def test_a_registry_that_cannot_be_read(make_ward: MakeWard) -> None:
    quirks = Quirks(unreadable={"os_build": "Requested registry access is not allowed."})
    found = make_ward(nps("nps-01").model_copy(update={"quirks": quirks})).one()
    what, _ = the_only_failure(found, Check.RIGHTS)
    assert what == "cannot read the registry: Requested registry access is not allowed."


@pytest.mark.parametrize(
    ("code", "check", "cure"),
    [
        (refusals.ACCESS_DENIED, Check.RIGHTS, "LocalAccountTokenFilterPolicy"),
        (refusals.NOT_FOUND, Check.PORT, "Get-WinEvent"),
    ],
)
def test_a_refusal_of_the_host(make_ward: MakeWard, code: int, check: Check, cure: str) -> None:
    ward = make_ward()
    ward.lab.faults.add(*(Fault("fault", action="Create", code=code) for _ in range(2)))
    found = ward.one()
    assert cure in the_only_failure(found, check)[1]


def test_a_logon_is_shown_where_only_the_right_is_missing(make_ward: MakeWard) -> None:
    ward = make_ward()
    ward.lab.faults.add(Fault("fault", action="Create", code=refusals.ACCESS_DENIED))
    found = ward.one()
    assert found[Check.RIGHTS].level is Level.FAILED
    assert found[Check.LOGON].found.startswith("NTLM")
    assert found[Check.ENCRYPTION].found == "encrypted messages"


def test_an_endpoint_that_is_not_there(make_ward: MakeWard) -> None:
    what, cure = the_only_failure(make_ward().one(endpoint="Ours"), Check.POWERSHELL)
    assert "no endpoint Ours" in what
    assert "Get-PSSessionConfiguration" in cure


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(30, Level.OK), (-90, Level.WARNING), (3600, Level.FAILED), (-3600, Level.FAILED)],
)
def test_clocks_that_differ(make_ward: MakeWard, seconds: int, level: Level) -> None:
    found = make_ward(clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds)).one()
    finding = found[Check.CLOCK]
    assert finding.level is level
    assert finding.value == pytest.approx(seconds, abs=2)
    assert ("w32tm /resync" in finding.cure) == (level is not Level.OK)
    if seconds < 0:
        assert "behind this machine's" in finding.found


def test_a_pending_reboot(make_ward: MakeWard) -> None:
    seed = nps("nps-01")
    seed = HostSeed.model_validate(
        {**seed.model_dump(), "registry": {**seed.registry, _UPDATE: {"x": ValueSeed(dword=1)}}}
    )
    found = make_ward(seed).one()
    assert ill(found) == {Check.REBOOT: Level.WARNING}
    assert found[Check.REBOOT].found == "a reboot is pending: windows update"


def test_shells_that_are_left_open(make_ward: MakeWard) -> None:
    ward = make_ward()
    who = {"username": "lab", "password": PASSWORD}
    with opened(ward.lab, ADDRESS, **who), opened(ward.lab, ADDRESS, **who):
        found = ward.one()
    assert found.level is Level.OK
    assert found[Check.SHELLS].value == 2
    assert found[Check.SHELLS].found == "2 shells of this user left, the oldest 0 min"


def test_a_quota_of_shells(make_ward: MakeWard) -> None:
    ward = make_ward(max_shells=1)
    with opened(ward.lab, ADDRESS, username="lab", password=PASSWORD):
        [found] = ward.examine(ward.host(), door=Hasty(ward))
    what, cure = the_only_failure(found, Check.SHELLS)
    assert "too many shells" in what
    assert what.endswith("; 1 shell of this user left, the oldest 0 min")
    assert "MaxShellsPerUser" in cure
    assert found[Check.LOGON].level is Level.OK


def test_a_host_that_lists_no_shells(make_ward: MakeWard) -> None:
    ward = make_ward()
    ward.lab.faults.add(Fault("fault", nth=7, code=refusals.ACCESS_DENIED))
    found = ward.one()
    assert found.level is Level.OK
    assert found[Check.SHELLS].level is Level.SKIPPED
    assert "access is denied" in found[Check.SHELLS].found


def test_through_a_command_shell(make_ward: MakeWard) -> None:
    found = make_ward().one(transport="winrm")
    assert found.level is Level.OK
    assert found[Check.LOGON].found.startswith("NTLM")
    assert found[Check.ENCRYPTION].found == "encrypted messages"
    assert found[Check.SHELLS].level is Level.SKIPPED


def test_on_this_machine_without_powershell(
    make_ward: MakeWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    what, cure = the_only_failure(make_ward().one(transport="local"), Check.POWERSHELL)
    assert "not on PATH" in what
    assert "install PowerShell" in cure


def test_through_a_proxy_that_is_not_there(make_ward: MakeWard) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{taken.getsockname()[1]}"
        what, cure = the_only_failure(make_ward().one(proxy=proxy), Check.PORT)
    assert "through the proxy" in what
    assert "check `proxy`" in cure


def test_after_ctrl_c_nothing_is_begun(make_ward: MakeWard) -> None:
    ward = make_ward()
    ward.stop.request()
    found = ward.one()
    assert found.level is Level.SKIPPED
    assert ward.lab.requests == []
