from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.lab.backend import HostGone
from aovpn_remediate.lab.windows.kinds import kind_of
from aovpn_remediate.lab.windows.registry import Value
from aovpn_remediate.resources import KINDS
from tests.lab.windows.batches import ADDRESS, Bench, Clock, setting, step

KIND = "AovpnRegistryValue"
KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Lab"
ONE = {"type": "DWord", "data": 1}


def target(name: str, key: str = KEY) -> dict[str, str]:
    return {"Key": key, "Name": name}


def bench(**quirks: Any) -> Bench:
    return Bench(registry={KEY: {}}, quirks=quirks)


def test_the_record_of_a_set_has_before_after_and_the_time_of_the_host() -> None:
    here = bench()
    record = here.set(KIND, target("A"), ONE)

    assert record == {
        "id": "pb/x",
        "ok": True,
        "before": "null",
        "after": '{"type":"DWord","data":1}',
        "time": "2026-11-21T02:03:04.5678900Z",
    }
    (done,) = here.windows.sets
    assert (done.address, done.step, done.kind) == (ADDRESS, "pb/x", "registry_value")
    assert (done.time, done.before, done.after) == (Clock().now, None, ONE)


def test_a_read_changes_nothing() -> None:
    here = bench()

    assert here.run(step(KIND, target("A"))) == [{"id": "pb/x", "ok": True, "before": "null"}]
    assert here.windows.sets == []


def test_after_a_stale_step_later_sets_are_skipped_but_reads_go_on() -> None:
    here = bench()
    here.host.registry.set(KEY, "A", Value("DWord", 7))

    stale, skipped, read = here.run(
        setting(KIND, target("A"), ONE, "null"),
        setting(KIND, target("B"), ONE, "null"),
        step(KIND, target("A")),
    )

    assert stale["error"]["id"] == "StalePlan"
    assert stale["before"] == '{"type":"DWord","data":7}'
    assert stale["error"]["at"].startswith("At line:")
    assert "after" not in stale
    assert skipped["error"]["id"] == "Skipped"
    assert "before" not in skipped
    assert read["ok"]
    assert here.windows.sets == []


def test_the_expected_state_is_compared_by_code_unit() -> None:
    here = bench()
    here.host.registry.set(KEY, "A", Value("String", "x\u00ad"))

    record = here.run(setting(KIND, target("A"), ONE, '{"type":"String","data":"x"}'))[0]

    assert record["error"]["id"] == "StalePlan"


def test_an_expected_missing_key_does_not_match_an_existing_value() -> None:
    here = bench()
    here.host.registry.set(KEY, "A", Value("DWord", 7))

    record = here.run(setting(KIND, target("A"), ONE, '{"missing":"HKEY_LOCAL_MACHINE\\\\X"}'))[0]

    assert record["error"]["id"] == "StalePlan"


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (r"HKEY_LOCAL_MACHINE\SOFTWARE", None),
        (r"HKEY_LOCAL_MACHINE\SOFTWARE\Lab\A", None),
        (r"HKEY_LOCAL_MACHINE\SOFTWARE\Lab\A\B", "StalePlan"),
        (r"HKEY_LOCAL_MACHINE\SOFTWARE\La", "StalePlan"),
    ],
)
def test_an_expected_missing_key_may_have_been_created_since(
    expected: str, error: str | None
) -> None:
    here = bench()
    deep = target("A", rf"{KEY}\A\B")
    guard = '{"missing":"' + expected.replace("\\", "\\\\") + '"}'

    (record,) = here.run(setting(KIND, deep, {**ONE, "create": True}, guard))

    assert record.get("error", {}).get("id") == error


def test_after_a_failure_a_session_skips_sets_until_the_prologue_runs_again() -> None:
    here = bench()
    wrong = setting(KIND, target("A"), ONE, "stale")
    right = setting(KIND, target("B"), ONE, "null")
    here.run(wrong)

    assert here.run(right, functions=False)[0]["error"]["id"] == "Skipped"
    assert here.run("$script:AovpnStopped = $false\n", right, functions=False)[0]["ok"]
    here.run(wrong)
    here.session = {}
    assert here.run(setting(KIND, target("C"), ONE, "null"))[0]["ok"]


@pytest.mark.parametrize("name", [rf"{KEY}\A", r"hklm\software\lab\a"])
def test_a_value_that_does_not_change_is_an_error(name: str) -> None:
    record = bench(does_not_hold=[name]).set(KIND, target("A"), ONE)

    assert record["error"]["id"] == "NotHeld"
    assert (record["before"], record["after"]) == ("null", "null")


@pytest.mark.parametrize(
    ("quirk", "kind", "aim", "desired"),
    [
        ("IAS", "AovpnService", {"Name": "ias", "Properties": ["status"]}, {"status": "stopped"}),
        (
            "SeServiceLogonRight",
            "AovpnUserRight",
            {"Right": "SeServiceLogonRight", "Accounts": ["S-1-5-18"], "Exactly": False},
            {"accounts": [{"sid": "S-1-5-18", "held": True}]},
        ),
        ("vpn_server_ports", "AovpnVpnServerPorts", {}, {"ikev2": 64}),
    ],
)
def test_the_quirk_does_not_hold_applies_to_every_kind(
    quirk: str, kind: str, aim: dict[str, Any], desired: dict[str, Any]
) -> None:
    here = Bench(services={"IAS": {}}, vpn={}, quirks={"does_not_hold": [quirk]})

    assert here.set(kind, aim, desired)["error"]["id"] == "NotHeld"
    here.host.quirks.does_not_hold = ()
    here.session = {}
    assert here.set(kind, aim, desired)["ok"]


def test_group_policy_reverts_a_value_at_once() -> None:
    policy = {"registry": {KEY: {"A": {"dword": 0}}}}
    here = Bench(registry={KEY: {}}, group_policy=policy)

    record = here.set(KIND, target("A"), ONE)

    assert record["error"]["id"] == "NotHeld"
    assert here.read(KIND, target("A")) == {"type": "DWord", "data": 0}


def test_a_partial_set_reports_the_state_after_it() -> None:
    here = bench(half_done=[rf"{KEY}\New\A"])
    deep = target("A", rf"{KEY}\New")

    record = here.set(KIND, deep, {**ONE, "create": True})

    assert not record["ok"]
    assert record["error"]["id"] == "UnauthorizedAccessException"
    assert "missing" in record["before"]
    assert record["after"] == "null"
    assert "time" in record


def test_a_partial_set_of_a_service_and_of_a_right() -> None:
    right = "SeServiceLogonRight"
    here = Bench(services={"IAS": {}}, quirks={"half_done": ["IAS", right]})
    both = {"Name": "IAS", "Properties": ["status", "startup"]}
    sids = ["S-1-5-18", "S-1-5-19"]
    aim = {"Right": right, "Accounts": sids, "Exactly": False}
    held = [{"sid": sid, "held": True} for sid in sids]

    service = here.set("AovpnService", both, {"status": "stopped", "startup": "manual"})
    here.set("AovpnUserRight", aim, {"accounts": held})

    assert service["after"] == '{"exists":true,"status":"running","startup":"manual"}'
    assert here.host.rights[right] == {"S-1-5-18"}


def test_a_connection_lost_during_a_set_loses_the_record_but_not_the_change() -> None:
    here = bench(dies_after=2)
    calls = [setting(KIND, target(name), ONE, "null") for name in "ABC"]

    with pytest.raises(HostGone):
        here.run(*calls)

    assert [record.step for record in here.windows.sets] == ["pb/x", "pb/x"]
    assert here.host.registry.get(KEY, "B") is not None
    assert here.host.registry.get(KEY, "C") is None
    assert here.windows.up(ADDRESS)


def test_records_before_the_connection_is_lost_are_sent() -> None:
    here = bench(dies_after=2)
    calls = [setting(KIND, target(name), ONE, "null") for name in "AB"]
    here.run()
    outputs = here.windows.run(ADDRESS, "".join(calls), here.session)

    assert '"ok":true' in next(outputs).text
    with pytest.raises(HostGone):
        next(outputs)


def test_a_slow_host_delays_only_the_records_of_sets() -> None:
    here = bench(slow=1.5)
    here.run()
    text = step(KIND, target("A")) + setting(KIND, target("A"), ONE, "null")

    pauses = [output.pause for output in here.windows.run(ADDRESS, text, here.session)]

    assert pauses == [0.0, 1.5]


def test_an_unreadable_kind_has_a_reason() -> None:
    here = bench(unreadable={"registry_value": "Access is denied."})

    (record,) = here.run(step(KIND, target("A")))

    assert record["error"]["message"] == "Access is denied."
    assert "before" not in record


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_runs_in_constrained_language_is_not_blocked(kind: str) -> None:
    function = KINDS[kind].model_validate(KINDS[kind].example).function
    runs = KINDS[kind].constrained_language
    assert not (runs and kind_of(function).calls_dotnet)


@pytest.mark.parametrize("kind", ["InstalledProgram", "LocalGroupMember"])
def test_a_recorded_kind_that_uses_dotnet_is_blocked(kind: str) -> None:
    (record,) = bench(language_mode="ConstrainedLanguage").run(step(f"Aovpn{kind}", {"Name": "x"}))
    assert record["error"]["id"] == "MethodInvocationNotSupportedInConstrainedLanguage"


def test_constrained_language_mode_blocks_reads_that_use_dotnet() -> None:
    here = bench(language_mode="ConstrainedLanguage")
    aim = {"Right": "SeServiceLogonRight", "Accounts": ["S-1-5-18"], "Exactly": False}

    *dotnet, build = here.run(
        step(KIND, target("A")), step("AovpnUserRight", aim), step("AovpnOsBuild", {})
    )

    refused = "MethodInvocationNotSupportedInConstrainedLanguage"
    assert [record["error"]["id"] for record in dotnet] == [refused, refused]
    assert build["ok"]
