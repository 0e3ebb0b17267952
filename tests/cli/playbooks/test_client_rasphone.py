"""client-rasphone: planned, applied, verified and rolled back; clients without the connection."""

from __future__ import annotations

from collections.abc import Callable

from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed
from aovpn_remediate.lab.windows.roles import client
from tests.cli.conftest import SWIFT, Fleet, document, work

_PLAYBOOK = "client-rasphone"
_PROFILE = ("-i", "fleet.yaml", "-e", "vpn_connection=Always On VPN Device Tunnel")
_HOW = ("--yes", "--format", "json", *SWIFT)


def _with(answer: AnswerSeed) -> HostSeed:
    return client("PC").model_copy(update={"answers": {"rasphone_entry": (answer,)}})


def test_it_goes_there_and_back(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(client_1=client("PC-1", strategy=6), client_2=client("PC-2"))
    before = fleet.snapshot("client-1")
    metric = ("-e", "ip_interface_metric:=3")
    planned = work("plan", _PLAYBOOK, *_PROFILE, *metric, "--limit", "client-1").stdout
    old = "vpn_strategy sstp_first, ip_interface_metric 0"
    assert f"{old} -> vpn_strategy ikev2_then_sstp, ip_interface_metric 3" in planned
    assert "it counts from the next connect on" in planned
    assert "from Windows 11 24H2 on ProfileXML has IPv4InterfaceMetric" in planned

    done = work("apply", _PLAYBOOK, *_PROFILE, *_HOW)
    assert done.exit_code == 0, done.output
    run = document(done)
    [changed, right] = [host["steps"][0] for host in run["hosts"]]
    assert (changed["status"], right["status"]) == ("changed", "unchanged")
    assert changed["before"]["section"].startswith("[Always On VPN Device Tunnel]\r\n"), (
        "a copy is kept"
    )
    assert run["hosts"][0]["restarts"] == []
    assert work("verify", _PLAYBOOK, *_PROFILE).exit_code == 0
    back = work("rollback", run["id"], "-i", "fleet.yaml", *_HOW)
    assert back.exit_code == 0, back.output
    assert fleet.snapshot("client-1") == before


def test_a_setting_that_another_run_made_stays(make_fleet: Callable[..., Fleet]) -> None:
    """The copy of the section is for a person: a rollback writes the lines of its own run."""
    fleet = make_fleet(client_1=client("PC-1", strategy=6))
    first = document(work("apply", _PLAYBOOK, *_PROFILE, *_HOW))
    metric = ("-e", "vpn_strategy:=null", "-e", "ip_interface_metric:=3")
    assert work("apply", _PLAYBOOK, *_PROFILE, *metric, *_HOW).exit_code == 0
    assert work("rollback", first["id"], "-i", "fleet.yaml", *_HOW).exit_code == 0
    [entry, _] = fleet.windows.state(fleet.addresses["client-1"]).answers["rasphone_entry"]
    assert (entry.answer["vpn_strategy"], entry.answer["ip_interface_metric"]) == ("6", "3")


def test_what_is_not_there_is_not_applicable_and_what_is_not_read_is_told(
    make_fleet: Callable[..., Fleet],
) -> None:
    denied = r"C:\x\rasphone.pbk cannot be read: Access to the path is denied."
    make_fleet(
        client_1=_with(AnswerSeed(answer=None)),
        client_2=_with(AnswerSeed(throws=denied)),
    )

    plan = document(work("plan", _PLAYBOOK, *_PROFILE, "--format", "json"))
    hosts = {host["host"]: host["playbooks"][0] for host in plan["hosts"]}
    assert hosts["client-1"]["status"] == "not_applicable"
    assert hosts["client-2"]["status"] == "unknown"
    assert denied in hosts["client-2"]["reason"]
