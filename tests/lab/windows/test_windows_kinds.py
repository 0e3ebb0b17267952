from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.lab.windows.registry import Value
from tests.lab.windows.batches import ADDRESS, Bench, setting, step

SID, OTHER, ORPHAN = "S-1-5-21-1-2-3-1107", "S-1-5-21-1-2-3-500", "S-1-5-21-9-9-9-9"
RIGHT = "SeServiceLogonRight"


def service(name: str = "IAS", *properties: str) -> dict[str, Any]:
    return {"Name": name, "Properties": list(properties)}


def right(*accounts: str, exactly: bool = False) -> dict[str, Any]:
    return {"Right": RIGHT, "Accounts": list(accounts), "Exactly": exactly}


def accounts_bench(**more: Any) -> Bench:
    return Bench(
        accounts={r"CORP\svc": SID, r"CORP\other": OTHER},
        rights={RIGHT: ["S-1-5-80-0", ORPHAN]},
        **more,
    )


# Services


def test_a_service_answers_only_the_requested_properties() -> None:
    bench = Bench(services={"IAS": {"startup": "automatic_delayed"}})

    assert bench.read("AovpnService", service("ias")) == {"exists": True}
    assert bench.read("AovpnService", service("IAS", "status")) == {
        "exists": True,
        "status": "running",
    }
    assert bench.read("AovpnService", service("IAS", "status", "startup")) == {
        "exists": True,
        "status": "running",
        "startup": "automatic_delayed",
    }
    assert bench.read("AovpnService", service("Nothing", "status")) is None


@pytest.mark.parametrize("before", ["automatic", "automatic_delayed", "manual", "disabled"])
@pytest.mark.parametrize("after", ["automatic", "automatic_delayed", "manual", "disabled"])
def test_every_start_type_is_set_and_rolled_back(before: str, after: str) -> None:
    bench = Bench(services={"IAS": {"startup": before}})
    first = bench.windows.snapshot(ADDRESS)
    target = service("IAS", "startup")

    record = bench.set("AovpnService", target, {"startup": after})
    assert bench.read("AovpnService", target)["startup"] == after
    assert record["ok"] == (before != after)

    bench.run(setting("AovpnService", target, {"startup": before}, record["after"]))
    assert bench.windows.snapshot(ADDRESS) == first


def test_a_service_is_stopped_and_started() -> None:
    bench = Bench(services={"IAS": {}})
    bench.clock.advance(60)
    target = service("IAS", "status")

    assert bench.set("AovpnService", target, {"status": "stopped"})["ok"]
    assert bench.read("AovpnService", target)["status"] == "stopped"
    assert bench.set("AovpnService", target, {"status": "running"})["ok"]
    found = bench.host.services.find("IAS")
    assert found is not None
    assert found.started == bench.clock.now


def test_a_service_with_running_dependents_is_not_stopped() -> None:
    bench = Bench(services={"RasMan": {}, "RemoteAccess": {}})

    both = service("RasMan", "status", "startup")
    record = bench.set("AovpnService", both, {"status": "stopped", "startup": "manual"})

    assert "these need it and run: RemoteAccess" in record["error"]["message"]
    assert record["after"] == record["before"]


def test_a_disabled_service_does_not_start() -> None:
    bench = Bench(services={"IAS": {"status": "stopped", "startup": "disabled"}})

    record = bench.set("AovpnService", service("IAS", "status"), {"status": "running"})

    assert "IAS was started, but has stopped again" in record["error"]["message"]


def test_starting_a_service_starts_its_dependencies() -> None:
    stopped = {"status": "stopped"}
    bench = Bench(services={"RasMan": stopped, "RemoteAccess": stopped})

    bench.set("AovpnService", service("RemoteAccess", "status"), {"status": "running"})

    assert bench.read("AovpnService", service("RasMan", "status"))["status"] == "running"


def test_a_start_type_set_in_the_registry_is_that_of_the_service() -> None:
    bench = Bench(services={"IAS": {}})
    target = {"Key": r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\IAS", "Name": "Start"}

    bench.set("AovpnRegistryValue", target, {"type": "DWord", "data": 4})

    assert bench.read("AovpnService", service("IAS", "startup"))["startup"] == "disabled"


def test_a_missing_service_cannot_be_set() -> None:
    record = Bench().set("AovpnService", service("X", "status"), {"status": "running"})

    assert record["error"]["message"] == "There is no service X."


# User rights


def test_a_right_answers_holders_orphans_and_unknown_names() -> None:
    bench = accounts_bench()

    assert bench.read("AovpnUserRight", right(r"corp\SVC", "S-1-5-80-0", "nobody")) == {
        "accounts": [
            {"account": r"corp\SVC", "sid": SID, "held": False},
            {"account": "S-1-5-80-0", "sid": "S-1-5-80-0", "held": True},
            {"account": "nobody", "sid": None, "held": False},
        ],
        "holders": None,
        "orphans": [ORPHAN],
        "policy": None,
    }


def test_a_right_is_granted_and_removed_without_affecting_other_holders() -> None:
    bench = accounts_bench()
    before = bench.windows.snapshot(ADDRESS)
    target = right(r"CORP\svc", r"CORP\other")

    given = {"accounts": [{"sid": SID, "held": True}, {"sid": OTHER, "held": False}]}
    taken = {"accounts": [{"sid": SID, "held": False}, {"sid": OTHER, "held": False}]}
    assert bench.set("AovpnUserRight", target, given)["ok"]
    assert bench.host.rights[RIGHT] == {"S-1-5-80-0", ORPHAN, SID}
    assert bench.set("AovpnUserRight", target, taken)["ok"]
    assert bench.windows.snapshot(ADDRESS) == before


def test_exactly_replaces_all_holders_of_a_right() -> None:
    bench = accounts_bench()
    before = bench.windows.snapshot(ADDRESS)
    target = right(r"CORP\svc", exactly=True)
    holders = bench.read("AovpnUserRight", target)["holders"]

    assert holders == sorted(["S-1-5-80-0", ORPHAN])
    assert bench.set("AovpnUserRight", target, {"holders": [SID]})["ok"]
    assert bench.read("AovpnUserRight", target)["holders"] == [SID]
    assert bench.set("AovpnUserRight", target, {"holders": holders})["ok"]
    assert bench.windows.snapshot(ADDRESS) == before


def test_an_unknown_account_cannot_be_granted_a_right() -> None:
    bench = accounts_bench()
    record = bench.set(
        "AovpnUserRight", right("nobody"), {"accounts": [{"sid": None, "held": True}]}
    )

    assert (
        record["error"]["message"]
        == "An account that should hold the right is not known to this host."
    )


def test_a_right_needs_a_state_for_each_account() -> None:
    with pytest.raises(ScriptFailure, match="a state for each account"):
        accounts_bench().set("AovpnUserRight", right("a", "b"), {"accounts": []})


def test_a_right_set_by_group_policy_names_the_policy_or_the_reason_it_is_unknown() -> None:
    policy = {"rights": {RIGHT: {"name": "Servers", "accounts": [r"CORP\other"]}}}
    decided = accounts_bench(group_policy=policy)
    unknown = accounts_bench(group_policy={"unreadable": "Access denied"})

    assert decided.read("AovpnUserRight", right(r"CORP\svc"))["policy"] == {
        "name": "Servers",
        "accounts": [r"CORP\other"],
    }
    assert unknown.read("AovpnUserRight", right(r"CORP\svc"))["policy"] == {
        "unknown": "Access denied"
    }


def test_group_policy_reverts_a_right_that_was_set() -> None:
    policy = {"rights": {RIGHT: {"name": "Servers", "accounts": [r"CORP\other"]}}}
    bench = accounts_bench(group_policy=policy)

    given = {"accounts": [{"sid": SID, "held": True}]}
    record = bench.set("AovpnUserRight", right(r"CORP\svc"), given)

    assert record["error"]["id"] == "NotHeld"
    assert bench.host.rights[RIGHT] == {OTHER}


# Kinds with recorded answers


def clocks(*answers: dict[str, Any], **more: Any) -> Bench:
    return Bench(answers={"toy_clock": answers}, **more)


def test_the_first_recorded_answer_that_matches_the_target_applies() -> None:
    hall, other = {"minutes": 3}, {"minutes": 0}
    bench = clocks({"target": {"Name": "Hall"}, "answer": hall}, {"answer": other})

    assert bench.read("AovpnToyClock", {"Name": "HALL", "Face": 1}) == hall
    assert bench.read("AovpnToyClock", {"Name": "Roof"}) == other
    assert bench.read("AovpnToyClock", {}) == other


def test_a_recorded_error_and_a_missing_answer_fail_the_step() -> None:
    bench = clocks({"target": {"Name": "Hall"}, "throws": "It has stopped."})

    for name, message in {"Hall": "It has stopped.", "Roof": "no recorded answer"}.items():
        (record,) = bench.run(step("AovpnToyClock", {"Name": name}))
        assert not record["ok"]
        assert message in record["error"]["message"]
        assert "before" not in record


def test_a_set_changes_only_the_given_fields_of_an_answer_and_can_be_rolled_back() -> None:
    bench = clocks({"answer": {"minutes": 3, "chimes": True}})
    before = bench.windows.snapshot(ADDRESS)

    assert bench.set("AovpnToyClock", {}, {"minutes": 0})["ok"]
    assert bench.read("AovpnToyClock", {}) == {"minutes": 0, "chimes": True}
    assert bench.set("AovpnToyClock", {}, {"minutes": 3})["ok"]
    assert bench.windows.snapshot(ADDRESS) == before


def test_an_absent_object_is_created_and_removed_again() -> None:
    bench = clocks({"answer": None})

    assert bench.set("AovpnToyClock", {}, {"minutes": 0})["ok"]
    assert bench.read("AovpnToyClock", {}) == {"minutes": 0}
    assert bench.set("AovpnToyClock", {}, None)["ok"]
    assert bench.read("AovpnToyClock", {}) is None


def test_a_set_of_a_field_that_get_does_not_answer_is_refused() -> None:
    with pytest.raises(ScriptFailure, match="recorded answer of toy_clock has no minute"):
        clocks({"answer": {"minutes": 3}}).set("AovpnToyClock", {}, {"minute": 0})


def test_a_set_can_change_fields_beyond_the_given_ones() -> None:
    quirks = {"disturbs": {"toy_clock": {"chimes": False}}}
    bench = clocks({"answer": {"minutes": 3, "chimes": True}}, quirks=quirks)

    assert bench.set("AovpnToyClock", {}, {"minutes": 0})["ok"]
    assert bench.read("AovpnToyClock", {}) == {"minutes": 0, "chimes": False}


@pytest.mark.parametrize(
    ("target", "subject"), [({}, "toy_clock"), ({"Name": "Hall", "Face": 1}, r"hall\1")]
)
def test_a_quirk_names_a_setting_by_its_target_or_kind(
    target: dict[str, Any], subject: str
) -> None:
    bench = clocks({"answer": {"minutes": 3}}, quirks={"does_not_hold": [subject]})

    assert bench.set("AovpnToyClock", target, {"minutes": 0})["error"]["id"] == "NotHeld"


def test_default_answers_come_from_the_seed() -> None:
    bench = Bench(os={"build": 26100, "ubr": 3775}, vpn={"ikev2": 64, "limits": {"gre": None}})

    assert bench.read("AovpnOsBuild", {}) == {"build": 26100, "ubr": 3775}
    assert bench.read("AovpnInstalledProgram", {"Name": "Other"}) is None
    assert bench.read("AovpnVpnServerPorts", {}) == {
        "ikev2": 64,
        "sstp": 128,
        "l2tp": 128,
        "gre": 128,
        "limits": {"ikev2": 128, "sstp": 128, "l2tp": 128, "gre": None},
        "policy": {"EncryptionType": "4"},
    }


@pytest.mark.parametrize(
    ("vpn", "message"),
    [(None, "cmdlets are not installed"), ("not configured", "not configured")],
)
def test_ports_cannot_be_read_without_rras(vpn: Any, message: str) -> None:
    (record,) = Bench(vpn=vpn).run(step("AovpnVpnServerPorts", {}))

    assert message in record["error"]["message"]


def test_a_read_only_kind_cannot_be_set() -> None:
    (record,) = Bench().run(setting("AovpnOsBuild", {}, {"build": 1}, '{"build":20348,"ubr":3453}'))

    assert record["error"]["id"] == "CommandNotFoundException"


def test_tests_and_scripts_share_one_registry() -> None:
    bench = Bench()
    key = r"HKLM\SOFTWARE\X"
    bench.host.registry.set(key, "Y", Value("DWord", 5))
    target = {"Key": r"HKEY_LOCAL_MACHINE\SOFTWARE\X", "Name": "y"}

    assert bench.read("AovpnRegistryValue", target) == {"type": "DWord", "data": 5}
    bench.set("AovpnRegistryValue", target, None)
    assert bench.host.registry.get(key, "Y") is None
