"""User rights: the C# of the kind is compiled and calls an LSA that checks what it is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import store
from tests.powershell.host import EngineHost

_KIND = "AovpnUserRight"
_RIGHT = "SeServiceLogonRight"
_SVC, _SVC_SID = "CORP\\svc-vpn", "S-1-5-21-1-2-3-1104"
_TWO, _TWO_SID = "CORP\\svc-two", "S-1-5-21-1-2-3-1105"
_ORPHAN = "S-1-5-21-9-9-9-500"
_RSOP = "root/rsop/computer"
_ADMINISTRATORS = "S-1-5-32-544"
_UNDECIDED = {"unknown": "Invalid namespace "}


@pytest.fixture(autouse=True)
def _accounts(stand_ins: EngineHost) -> None:
    stand_ins.run(store("Accounts", _SVC, _SVC_SID))
    stand_ins.run(store("Accounts", _TWO, _TWO_SID))


def target(*accounts: str, exactly: bool = False, right: str = _RIGHT) -> dict[str, Any]:
    return {"Right": right, "Accounts": list(accounts or (_SVC,)), "Exactly": exactly}


def hold(host: EngineHost, *sids: str, right: str = _RIGHT) -> None:
    host.run(store("UserRights", right, list(sids)))


def held(host: EngineHost, right: str = _RIGHT) -> Sequence[str]:
    path = r"HKLM:\SOFTWARE\AovpnStandIn\UserRights"
    return host.run(f"(Get-ItemProperty {path} -Name {right} -ErrorAction Ignore).{right}")


def failed(host: EngineHost, script: str) -> str:
    record = host.record(script)
    assert not record["ok"], record
    return str(record["error"]["message"])


def read_of(right: str) -> str:
    whole = literal(target(right=right))
    return f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target {whole}"


def test_who_holds_a_right_is_told(windows: EngineHost) -> None:
    hold(windows, _SVC_SID, _ADMINISTRATORS)
    assert windows.read(_KIND, target(_SVC, _TWO, "CORP\\none", _ORPHAN)) == {
        "accounts": [
            {"account": _SVC, "sid": _SVC_SID, "held": True},
            {"account": _TWO, "sid": _TWO_SID, "held": False},
            {"account": "CORP\\none", "sid": None, "held": False},
            {"account": _ORPHAN, "sid": _ORPHAN, "held": False},
        ],
        "holders": None,
        "orphans": [],
        "policy": _UNDECIDED,
    }


def test_with_exactly_all_holders_are_told_in_order(windows: EngineHost) -> None:
    hold(windows, _ADMINISTRATORS, _ORPHAN, _SVC_SID)
    assert windows.read(_KIND, target(exactly=True)) == {
        "accounts": [{"account": _SVC, "sid": _SVC_SID, "held": True}],
        "holders": [_SVC_SID, _ORPHAN, _ADMINISTRATORS],
        "orphans": [_ORPHAN],
        "policy": _UNDECIDED,
    }


def test_a_right_that_nobody_holds(windows: EngineHost) -> None:
    assert windows.read(_KIND, target(exactly=True)) == {
        "accounts": [{"account": _SVC, "sid": _SVC_SID, "held": False}],
        "holders": [],
        "orphans": [],
        "policy": _UNDECIDED,
    }


def test_a_right_that_nobody_may_hold(windows: EngineHost) -> None:
    hold(windows, _SVC_SID, _ORPHAN)
    nobody = {"Right": _RIGHT, "Accounts": [], "Exactly": True}
    done = windows.set(_KIND, nobody, {"holders": []})
    assert done["ok"], done
    assert held(windows) == []
    state = windows.read(_KIND, nobody)
    assert (state["accounts"], state["holders"], state["orphans"]) == ([], [], [])
    assert windows.set(_KIND, nobody, {"holders": [_SVC_SID, _ORPHAN]})["ok"]
    assert sorted(held(windows)) == sorted([_SVC_SID, _ORPHAN])


def test_many_holders_are_read_in_full(windows: EngineHost) -> None:
    sids = [f"S-1-5-21-1-2-3-{number}" for number in range(2000, 2300)]
    hold(windows, *sids)
    state = windows.read(_KIND, target(exactly=True))
    assert state["holders"] == sids
    assert state["orphans"] == sids


def test_a_holder_whose_domain_does_not_answer_is_no_orphan(windows: EngineHost) -> None:
    windows.run(store("Accounts", "1789\\away", _TWO_SID))
    hold(windows, _ORPHAN, _SVC_SID, _TWO_SID)
    state = windows.read(_KIND, target(exactly=True))
    assert state["orphans"] == [_ORPHAN]
    [unasked] = state["unasked"]
    assert unasked.startswith(f"{_TWO_SID}: ")
    assert "relationship" in unasked


def test_the_reason_of_an_unasked_holder_is_one_line(windows: EngineHost) -> None:
    hold(windows, _TWO_SID)
    away = 'function Test-AovpnHasName { param($Sid) throw "no`r`n answer" }'
    state = windows.read(_KIND, target(), arrange=away)
    assert state["unasked"] == [f"{_TWO_SID}: no answer"]


_OSCONFIG = r"HKLM:\SOFTWARE\Microsoft\OSConfig"
_MDM = r"HKLM:\SOFTWARE\Microsoft\PolicyManager\current\device\UserRights"


def _by_mdm(name: str) -> str:
    return f"$null = New-Item '{_MDM}' -Force; Set-ItemProperty '{_MDM}' -Name {name} -Value 'x'"


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        ("", {"osconfig": False, "mdm": False}),
        (f"$null = New-Item '{_OSCONFIG}' -Force", {"osconfig": True, "mdm": False}),
        (_by_mdm("DenyLogOnAsService"), {"osconfig": False, "mdm": True}),
        (_by_mdm("AccessFromNetwork"), {"osconfig": False, "mdm": False}),
    ],
    ids=["by hand", "OSConfig", "MDM", "another policy of MDM"],
)
def test_who_is_denied_the_logon_is_told_with_what_may_decide_it(
    windows: EngineHost, arrange: str, expected: dict[str, bool]
) -> None:
    hold(windows, _ORPHAN, _SVC_SID, right="SeDenyServiceLogonRight")
    try:
        state = windows.read(_KIND, target(), arrange=arrange)
    finally:
        windows.run(f"Remove-Item '{_OSCONFIG}', '{_MDM}' -ErrorAction Ignore")
    assert state["denied"] == {"holders": [_SVC_SID, _ORPHAN], **expected}


def test_a_denied_logon_concerns_no_other_right(windows: EngineHost) -> None:
    hold(windows, _SVC_SID, right="SeDenyServiceLogonRight")
    assert "denied" not in windows.read(_KIND, target(right="SeBatchLogonRight"))
    hold(windows, right="SeDenyServiceLogonRight")
    assert "denied" not in windows.read(_KIND, target())


def test_a_right_that_windows_does_not_know(windows: EngineHost) -> None:
    said = failed(windows, read_of("SeNoSuchRight"))
    assert said == "Windows knows no user right SeNoSuchRight."


@pytest.mark.parametrize("mask", [0x1, 0x800])
def test_reading_that_is_denied_says_so(windows: EngineHost, mask: int) -> None:
    windows.run(store("UserRights", "DeniedAccess", mask))
    assert failed(windows, read_of(_RIGHT)) == "Access denied."


def test_reading_asks_for_no_more_than_it_needs(windows: EngineHost) -> None:
    """An account that may not write reads."""
    windows.run(store("UserRights", "DeniedAccess", 0x7FF - 0x1))
    assert windows.read(_KIND, target())["accounts"][0]["held"] is False


def test_setting_that_is_denied_says_so(windows: EngineHost) -> None:
    windows.run(store("UserRights", "DeniedAccess", 0x10))
    before = windows.read(_KIND, target())
    desired = {"accounts": [{"account": _SVC, "sid": _SVC_SID, "held": True}]}
    done = windows.set(_KIND, target(), desired)
    assert (done["ok"], done["error"]["message"]) == (False, "Access denied.")
    assert json.loads(done["after"]) == before


def test_setting_asks_for_no_more_than_it_needs(windows: EngineHost) -> None:
    windows.run(store("UserRights", "DeniedAccess", 0x7FF - 0x11))
    desired = {"accounts": [{"account": _SVC, "sid": _SVC_SID, "held": True}]}
    assert windows.set(_KIND, target(), desired)["ok"]


def test_only_what_is_declared_is_given_and_taken(windows: EngineHost) -> None:
    hold(windows, _ADMINISTRATORS, _TWO_SID)
    desired = {
        "accounts": [
            {"account": _SVC, "sid": _SVC_SID, "held": True},
            {"account": _TWO, "sid": _TWO_SID, "held": False},
            {"account": "CORP\\none", "sid": None, "held": False},
        ]
    }
    done = windows.set(_KIND, target(_SVC, _TWO, "CORP\\none"), desired)
    assert done["ok"], done
    assert held(windows) == [_ADMINISTRATORS, _SVC_SID]
    state = windows.read(_KIND, target(_SVC, _TWO))
    assert [one["held"] for one in state["accounts"]] == [True, False]


def test_what_is_held_as_it_should_is_not_set(windows: EngineHost) -> None:
    hold(windows, _SVC_SID)
    windows.run(store("UserRights", "DeniedAccess", 0x10))
    desired = literal([{"account": _SVC, "sid": _SVC_SID, "held": True}])
    call = f"Set-AovpnUserRight -Right {_RIGHT} -Accounts @('x') -Exactly $false"
    assert windows.run(f"{call} -Desired @{{ accounts = {desired} }}") == []
    assert held(windows) == [_SVC_SID]


def test_an_account_that_is_not_known_cannot_hold_a_right(windows: EngineHost) -> None:
    desired = {"accounts": [{"account": "CORP\\none", "sid": None, "held": True}]}
    done = windows.set(_KIND, target("CORP\\none"), desired)
    expected = "An account that should hold the right is not known to this host."
    assert done["error"]["message"] == expected


def test_with_exactly_all_others_lose_the_right(windows: EngineHost) -> None:
    hold(windows, _ADMINISTRATORS, _ORPHAN, _TWO_SID)
    done = windows.set(_KIND, target(exactly=True), {"holders": [_SVC_SID, _TWO_SID]})
    assert done["ok"], done
    assert held(windows) == [_TWO_SID, _SVC_SID]
    before = {"holders": [_TWO_SID, _ORPHAN, _ADMINISTRATORS]}
    assert windows.set(_KIND, target(exactly=True), before)["ok"]
    assert sorted(held(windows)) == sorted(before["holders"])


def test_with_exactly_nobody_is_taken_before_all_are_given(windows: EngineHost) -> None:
    """An account that cannot be given the right leaves the others with it."""
    hold(windows, _ADMINISTRATORS)
    done = windows.set(_KIND, target(exactly=True), {"holders": ["S-1-no", _SVC_SID]})
    assert not done["ok"]
    assert held(windows) == [_ADMINISTRATORS]


def test_other_rights_of_an_account_stay(windows: EngineHost) -> None:
    hold(windows, _SVC_SID)
    hold(windows, _SVC_SID, right="SeBatchLogonRight")
    desired = {"accounts": [{"account": _SVC, "sid": _SVC_SID, "held": False}]}
    assert windows.set(_KIND, target(), desired)["ok"]
    assert held(windows) == []
    assert held(windows, "SeBatchLogonRight") == [_SVC_SID]


def test_the_calls_are_compiled_once_a_session(windows: EngineHost) -> None:
    said = windows.run(
        "Add-AovpnLsaType\n"
        "function Add-Type { throw 'compiled again' }\nAdd-AovpnLsaType\n'not again'"
    )
    assert said == ["not again"]


def rsop(host: EngineHost, rows: list[dict[str, Any]], policies: list[dict[str, Any]]) -> None:
    host.run(store("Cim", f"{_RSOP}:RSOP_UserPrivilegeRight", json.dumps(rows)))
    host.run(store("Cim", f"{_RSOP}:RSOP_GPO", json.dumps(policies)))


def row(**changed: Any) -> dict[str, Any]:
    whole = {"UserRight": _RIGHT, "Precedence": 1, "GPOID": "cn={6AC1}", "AccountList": [_SVC]}
    return {**whole, **changed}


def policy(host: EngineHost) -> Any:
    return host.read(_KIND, target())["policy"]


def test_the_policy_that_decides_is_named(windows: EngineHost) -> None:
    rows = [
        row(Precedence=2, AccountList=["other"], GPOID="other"),
        row(AccountList=[_SVC, None, "", "NT SERVICE\\ALL SERVICES"]),
        row(UserRight="SeBatchLogonRight", AccountList=["none"]),
    ]
    rsop(windows, rows, [{"id": "other", "name": "No"}, {"id": "cn={6AC1}", "name": "Default"}])
    assert policy(windows) == {
        "name": "Default",
        "accounts": [_SVC, "NT SERVICE\\ALL SERVICES"],
    }


def test_a_policy_without_a_name_is_called_by_its_id(windows: EngineHost) -> None:
    rsop(windows, [row(AccountList=[])], [{"id": "other", "name": "No"}])
    assert policy(windows) == {"name": "cn={6AC1}", "accounts": []}


def test_where_no_policy_decides_there_is_none(windows: EngineHost) -> None:
    rsop(windows, [row(Precedence=2)], [])
    assert policy(windows) is None


@pytest.mark.parametrize(
    "key",
    [
        r"HKLM:\SOFTWARE\Policies\Microsoft\Windows\System",
        r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon",
    ],
)
@pytest.mark.parametrize(("logging", "is_known"), [(0, False), (1, True)])
def test_without_logging_nothing_is_known(
    windows: EngineHost, key: str, logging: int, is_known: bool
) -> None:
    rsop(windows, [row(UserRight="SeBatchLogonRight")], [])
    made = f"if (-not (Test-Path '{key}')) {{ $null = New-Item '{key}' -Force }}\n"
    windows.run(f"{made}Set-ItemProperty '{key}' -Name RSoPLogging -Value {logging}")
    try:
        said = policy(windows)
    finally:
        windows.run(f"Remove-ItemProperty '{key}' -Name RSoPLogging")
    off = {"unknown": "the logging of the resultant set of policy is turned off"}
    assert said == (None if is_known else off)


def test_a_refusal_is_told_in_one_line(windows: EngineHost) -> None:
    windows.run(
        store("Cim", f"{_RSOP}:RSOP_UserPrivilegeRight", json.dumps({"error": "Access\r\n denied"}))
    )
    assert policy(windows) == {"unknown": "Access denied"}


def test_only_a_name_of_a_right_goes_into_the_query(windows: EngineHost) -> None:
    script = "try { Get-AovpnRightPolicy -Right \"Se' OR '1\" } catch { $_.FullyQualifiedErrorId }"
    assert windows.run(script) == ["ParameterArgumentValidationError,Get-AovpnRightPolicy"]
