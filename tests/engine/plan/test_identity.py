"""One server under two names, and one account under two: told before anything is set."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.conftest import MakeSite, one
from tests.engine.scenes import dwords, host, needing, outages, ruled, service

GUID = "1c1d2c5f-0000-4000-8000-000000000001"
SID = "S-1-5-21-1-1-1-1001"
RIGHT = "SeServiceLogonRight"


def test_two_names_of_one_server_are_both_refused(make_site: MakeSite) -> None:
    twin = host(machine_guid=GUID)
    site = make_site({"a": twin, "b": twin, "c": host()})
    plan = site.plan(site.playbook(steps=dwords("x")))
    a, b, c = plan.hosts
    assert (a.error_kind, b.error_kind, c.error) == ("SameServer", "SameServer", None)
    assert "it is the same server as b: each calls itself HOST" in str(a.error)
    assert plan.exit_code == 1
    run = site.apply(plan)
    assert [len(site.windows.sets), run.exit_code] == [1, 1]


def test_a_clone_is_warned_of_and_planned(make_site: MakeSite) -> None:
    site = make_site({"a": host(machine_guid=GUID), "b": host(name="B", machine_guid=GUID)})
    plan = site.plan(site.playbook(steps=dwords("x")))
    assert [each.error for each in plan.hosts] == [None, None]
    assert all("MachineGuid" in " ".join(each.warnings) for each in plan.hosts)


def test_a_server_does_not_serve_in_its_own_place(make_site: MakeSite) -> None:
    """The other name is in the group, and not in the plan."""
    twin = host(machine_guid=GUID, services={"RemoteAccess": service()})
    site = ruled(make_site({"a": twin, "b": twin}), servers={"keep_serving": 1})
    plan = site.plan(site.playbook(steps=[needing(["RemoteAccess"], "x")]), limit="a")
    run = site.apply(plan)
    assert not outages(site)
    [restart] = one(run).restarts
    assert restart.status == "outstanding"
    assert "b: it is the same server as a" in restart.message


def right(account: str, **more: Any) -> dict[str, Any]:
    return {"user_right": {"right": RIGHT, "accounts": [account], **more}}


EXACTLY: dict[str, Any] = {"user_right": {"right": RIGHT, "exactly": [r"CORP\other"]}}


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        ([right(r"CORP\svc"), right(SID, held=False)], True),
        ([right(SID, held=False), right(r"CORP\svc")], True),
        ([EXACTLY, right(SID)], True),
        ([EXACTLY, right(SID, held=False)], False),
        ([right(r"CORP\svc"), right(SID)], False),
        ([right(r"CORP\svc"), right(r"CORP\other", held=False)], False),
    ],
)
def test_an_account_is_its_sid(
    make_site: MakeSite, steps: list[dict[str, Any]], *, refused: bool
) -> None:
    accounts = {r"CORP\svc": SID, r"CORP\other": "S-1-5-21-1-1-1-1002"}
    site = make_site({"host": host(accounts=accounts, rights={RIGHT: [SID]})})
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=steps))
    reasons = [step.reason for step in one(plan).steps if not step.readable]
    if not refused:
        assert reasons == []
        return
    assert reasons == [
        f"contradicts test/s1 on {SID}: decide for one of them",
        f"contradicts test/s0 on {SID}: decide for one of them",
    ]
    assert plan.exit_code == 1
    assert site.apply(plan).exit_code == 1
    assert site.snapshots() == original
