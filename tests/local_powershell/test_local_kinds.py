"""Other kinds and facts on a real PowerShell, with tables as stand-ins for Windows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.local_powershell.real import (
    CLEAR_STOP,
    after,
    before,
    by_id,
    needs_pwsh,
    product_text,
    read_step,
    run,
    set_step,
    stand_in_text,
)

pytestmark = needs_pwsh

_PORTS = (
    "$script:Ports = [pscustomobject] @{ Ikev2Ports = [uint32] 128; SstpPorts = [uint32] 128; "
    "L2tpPorts = [uint32] 5; EncryptionType = [uint32] 3 }"
)
_RIGHTS_ACTIONS = (
    "ConvertTo-AovpnText ([ordered]@{ id = 'said'; "
    "said = [string[]] @([AovpnRemediate.Lsa]::Said) })"
)
_ACTIONS = "ConvertTo-AovpnText ([ordered]@{ id = 'said'; said = [string[]] $script:Said })"


def test_ports(tmp_path: Path) -> None:
    kind = "AovpnVpnServerPorts"
    counts = {"ikev2": 128, "sstp": 128, "l2tp": 5, "gre": None}
    limits = {"ikev2": None, "sstp": 128, "l2tp": None, "gre": None}
    answer = {**counts, "limits": limits, "policy": {"EncryptionType": "3"}}
    calls = [
        read_step("not configured", kind, {}),
        _PORTS,
        read_step("configured", kind, {}),
        set_step("set", kind, {}, {"ikev2": 300, "sstp": 128}, answer),
        _ACTIONS,
    ]
    texts = (product_text("kinds/vpn_server_ports.ps1"), stand_in_text("fake_windows.ps1"))
    records = by_id(run(tmp_path, *texts, *calls))
    message = records["not configured"]["error"]["message"]
    assert message.startswith("RRAS is not configured for VPN")
    assert "\n" not in message
    assert before(records["configured"]) == answer
    assert records["set"]["ok"], records["set"]
    assert after(records["set"]) == {**answer, "ikev2": 300}
    assert records["said"]["said"] == ["ikev2ports 300"]


def test_rights(tmp_path: Path) -> None:
    kind = "AovpnUserRight"
    base = {"Right": "SeServiceLogonRight", "Accounts": ["svc", "nobody"]}
    some, exact = {**base, "Exactly": False}, {**base, "Exactly": True}

    def answer(*, held: bool, holders: list[str] | None, orphans: list[str]) -> dict[str, Any]:
        accounts = [
            {"account": "svc", "sid": "S-1-5-21-1", "held": held},
            {"account": "nobody", "sid": None, "held": False},
        ]
        parts = {"accounts": accounts, "holders": holders, "orphans": orphans}
        return {**parts, "policy": None}

    nobody = answer(held=False, holders=None, orphans=[])
    others = ["S-1-5-21-9", "S-1-5-80-0"]
    give = [{"sid": "S-1-5-21-1", "held": True}, {"sid": None, "held": False}]
    unknown = [{"sid": "S-1-5-21-1", "held": False}, {"sid": None, "held": True}]
    alone = answer(held=True, holders=["S-1-5-21-1"], orphans=[])
    calls = [
        set_step("give", kind, some, {"accounts": give}, nobody),
        set_step("exactly", kind, exact, {"holders": others}, alone),
        set_step(
            "unknown",
            kind,
            some,
            {"accounts": unknown},
            answer(held=False, holders=None, orphans=["S-1-5-21-9"]),
        ),
        CLEAR_STOP,
        set_step(
            "nobody at all",
            kind,
            exact,
            {"holders": []},
            answer(held=False, holders=others, orphans=["S-1-5-21-9"]),
        ),
        _RIGHTS_ACTIONS,
    ]
    texts = (product_text("kinds/user_right.ps1"), stand_in_text("fake_rights.ps1"))
    records = by_id(run(tmp_path, *texts, *calls))
    assert after(records["give"]) == answer(held=True, holders=None, orphans=[])
    assert records["exactly"]["ok"], records["exactly"]
    assert "not known to this host" in records["unknown"]["error"]["message"]
    assert after(records["nobody at all"]) == answer(held=False, holders=[], orphans=[])
    assert records["said"]["said"] == [
        "give S-1-5-21-1",
        "give S-1-5-21-9",
        "give S-1-5-80-0",
        "take S-1-5-21-1",
        "take S-1-5-21-9",
        "take S-1-5-80-0",
    ]


def test_the_lsa_calls_compile(tmp_path: Path) -> None:
    call = "ConvertTo-AovpnText ([ordered]@{ there = $null -ne ('AovpnRemediate.Lsa' -as [type]) })"
    text = product_text("kinds/user_right.ps1")
    assert run(tmp_path, text, "Add-AovpnLsaType", call) == [{"there": True}]


def test_facts_are_values_or_reasons(tmp_path: Path) -> None:
    """Most facts are reasons outside Windows; none may end the batch."""
    [line] = run(tmp_path, product_text("facts.ps1"), "Get-AovpnFacts -Services @('IAS', 'it''s')")
    facts = line["facts"]
    roles, services = facts.pop("roles"), facts.pop("services")
    assert set(roles) == {"nps", "rras", "connector"}
    assert set(services) == {"IAS", "it's"}
    for fact in (*facts.values(), *roles.values(), *services.values()):
        assert set(fact) in ({"value"}, {"reason"})
    assert facts["time"]["value"].endswith("Z")
    assert facts["edition"] == {"value": "Core"}
    assert set(facts) == {
        *("name", "time", "powershell", "edition", "language_mode", "os_name", "os_edition"),
        *("os_build", "os_ubr", "product_type", "boot", "domain", "administrator"),
        *("pending_reboot", "sessions"),
    }
