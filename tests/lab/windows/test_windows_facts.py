"""Facts of a simulated host."""

from __future__ import annotations

import pytest

from tests.lab.windows.batches import Bench
from tests.lab.windows.host_calls import RRAS, facts


def test_facts_of_a_server() -> None:
    bench = Bench(
        name="RRAS-01", domain="corp.example", services=RRAS, vpn={}, sessions=7, hours_up=2
    )
    found = facts(bench, "remoteaccess", "IAS", "Nothing")

    assert {name: fact["value"] for name, fact in found.items() if "value" in fact} == {
        "name": "RRAS-01",
        "time": "2026-11-21T02:03:04.5678900Z",
        "powershell": "5.1.20348.3453",
        "edition": "Desktop",
        "language_mode": "FullLanguage",
        "os_name": "Windows Server 2022 Standard",
        "os_edition": "ServerStandard",
        "os_build": 20348,
        "os_ubr": 3453,
        "product_type": "ServerNT",
        "boot": "2026-11-21T00:03:04.5678900Z",
        "machine_guid": "90a4792f-041e-5281-8f4e-84689aff48be",
        "boot_mark": "604 2026-11-21T00:03:04.5678900Z",
        "domain": "corp.example",
        "administrator": True,
        "pending_reboot": [],
        "sessions": 7,
    }
    assert found["roles"] == {
        "nps": {"value": True},
        "rras": {"value": True},
        "connector": {"value": False},
    }
    assert found["services"] == {
        "remoteaccess": {
            "value": {
                "state": "Running",
                "start_mode": "Auto",
                "account": "LocalSystem",
                "started": "2026-11-21T00:03:04.5678900Z",
                "alone": True,
            }
        },
        "IAS": {
            "value": {
                "state": "Running",
                "start_mode": "Auto",
                "account": "LocalSystem",
                "started": "2026-11-21T00:03:04.5678900Z",
                "alone": False,
            }
        },
        "Nothing": {"value": None},
    }


def test_facts_of_a_host_without_roles_on_powershell_7() -> None:
    off = {"RemoteAccess": {"status": "stopped", "startup": "disabled"}}
    found = facts(Bench(engine="7", services=off), "RemoteAccess")

    assert found["edition"] == {"value": "Core"}
    assert found["sessions"] == {"value": None}
    assert found["domain"] == {"value": None}
    assert [role["value"] for role in found["roles"].values()] == [False, False, False]
    assert found["services"]["RemoteAccess"]["value"]["started"] is None
    assert found["services"]["RemoteAccess"]["value"]["start_mode"] == "Disabled"


def test_sessions_are_unreadable_where_rras_is_not_configured() -> None:
    found = facts(Bench(services=RRAS, vpn="not configured"))

    assert found["sessions"] == {"reason": "RRAS is not configured for VPN."}


def test_an_unreadable_fact_has_a_reason() -> None:
    quirks = {"unreadable": {"boot": "Access denied"}, "language_mode": "ConstrainedLanguage"}
    found = facts(Bench(quirks=quirks))

    assert found["boot"] == {"reason": "Access denied"}
    assert "language mode" in found["administrator"]["reason"]


@pytest.mark.parametrize(
    ("names", "reasons"),
    [
        ([], []),
        ([r"\??\C:\Windows\Temp\left.tmp", ""], []),
        ([r"\??\C:\Windows\Temp\new.dll", r"!\??\C:\old.dll"], ["file rename"]),
    ],
)
def test_files_to_be_moved_are_a_pending_reboot(names: list[str], reasons: list[str]) -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"
    bench = Bench(registry={key: {"PendingFileRenameOperations": {"multi_string": names}}})
    assert facts(bench)["pending_reboot"]["value"] == reasons
