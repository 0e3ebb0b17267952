"""Plans of hosts, through the real wire."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.reports.vocabulary import PLANNED
from tests.engine.conftest import MakeSite, dword, one
from tests.engine.scenes import KEY, altered, host, service

_STEPS = {
    "right": dword(KEY, "right", 1),
    "absent": dword(KEY, "absent", 1),
    "wrong": dword(KEY, "wrong", 1),
    "number as text": dword(KEY, "text", 1),
    "too many": {"registry_value": {"key": KEY, "name": "right too", "absent": True}},
    "no key": dword(f"{KEY}\\Not", "there", 1),
    "a key to be made": dword(f"{KEY}\\New", "value", 1, create_key=True),
    "updates": {"os_build": {"at_least": "20348.9999"}},
    "service": {"service": {"name": "IAS", "status": "stopped", "startup": "disabled"}},
    "right of a user": {"user_right": {"right": "SeServiceLogonRight", "accounts": ["CORP\\svc"]}},
    "ports": {"vpn_server_ports": {"ikev2": 500}},
}
_SHOWN = """\
  dword 1 -> dword 1
+ absent -> dword 1
~ dword 7 -> dword 1
~ string "1" -> dword 1
- dword 5 -> absent
! absent (no key) -> dword 1
+ absent (no key) -> dword 1
! 20348.3453 -> 20348.9999
~ running, automatic -> stopped, disabled
~ not held -> held
~ ikev2 128 -> ikev2 500
"""


def _host() -> HostSeed:
    values = {"right": {"dword": 1}, "wrong": {"dword": 7}, "text": {"string": "1"}}
    return host(
        registry={KEY: {**values, "right too": {"dword": 5}}},
        services={"IAS": service(), "RemoteAccess": service()},
        accounts={"CORP\\svc": "S-1-5-21-1-1107"},
        vpn={},
    )


def _ids(steps: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": name.replace(" ", "-"), **step} for name, step in steps.items()]


def test_every_action_and_nothing_moves(make_site: MakeSite) -> None:
    site = make_site({"host": _host()})
    before = site.snapshots()
    plan = site.plan(site.playbook(steps=_ids(_STEPS)))
    steps = one(plan).steps
    shown = [f"{PLANNED[s.action].mark} {s.before_text} -> {s.after_text}\n" for s in steps]
    assert "".join(shown) == _SHOWN
    assert plan.exit_code == 3
    assert site.snapshots() == before
    assert not site.windows.sets


def test_what_a_change_needs(make_site: MakeSite) -> None:
    site = make_site({"host": _host()})
    steps = [
        {**dword(KEY, "right", 1), "then": "reboot"},
        {**dword(KEY, "wrong", 1), "then": {"restart": ["IAS"]}},
        {"vpn_server_ports": {"ikev2": 100}},
        {"vpn_server_ports": {"ikev2": 100, "sstp": 500}, "then": {"restart": ["IAS"]}},
    ]
    needs = [step.then for step in one(site.plan(site.playbook(steps=steps))).steps]
    assert [need.reboot for need in needs] == [False, False, False, True]
    assert [need.services for need in needs] == [(), ("IAS",), ("RemoteAccess",), ("IAS",)]


def test_a_compliant_host_is_exit_code_zero(make_site: MakeSite) -> None:
    site = make_site({"host": _host()})
    book = site.playbook(
        before=[{"service": {"name": "IAS", "exists": True}}],
        steps=[dword(KEY, "right", 1)],
        after=[{"service": {"name": "IAS", "status": "running"}}],
    )
    plan = site.plan(book)
    assert plan.exit_code == 0
    assert [check.ok for check in (*one(plan).before, *one(plan).after)] == [True, True]


_UNREADABLE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "access denied": (
        {"quirks": {"unreadable": {"registry_value": "Requested registry access is not allowed."}}},
        dword(KEY, "x", 1),
        "registry access is not allowed",
    ),
    "language mode": (
        {"quirks": {"language_mode": "ConstrainedLanguage"}},
        dword(KEY, "x", 1),
        "language mode",
    ),
    "no cmdlets": ({}, {"vpn_server_ports": {"ikev2": 5}}, "cmdlets are not installed"),
    "not configured": (
        {"vpn": "not configured"},
        {"vpn_server_ports": {"ikev2": 5}},
        "not configured",
    ),
    "account unknown": (
        {},
        {"user_right": {"right": "SeServiceLogonRight", "accounts": ["CORP\\nobody"]}},
        "does not know the account CORP\\nobody",
    ),
    "starting": (
        {"services": {"X": service()}, "quirks": {"starts_late": {"X": 60}}},
        {"service": {"name": "X", "status": "running"}},
        "in between",
    ),
}


@pytest.mark.parametrize(("parts", "step", "words"), _UNREADABLE.values(), ids=_UNREADABLE)
def test_what_cannot_be_read_is_neither_right_nor_absent(
    make_site: MakeSite, parts: dict[str, Any], step: dict[str, Any], words: str
) -> None:
    site = make_site({"host": host(**parts)})
    if "starts_late" in parts.get("quirks", {}):
        site.state().quirks.reboot_seconds = 0
        site.state().reboot()
    plan = site.plan(site.playbook(steps=[step, {"os_build": {"at_least": 1000}}]))
    found, readable = one(plan).steps
    assert not found.readable
    assert not found.changes
    assert words in found.reason
    assert "\n" not in found.reason
    assert readable.readable, "one that cannot be read does not hide the others"
    assert plan.exit_code == 1


_APPLIES: dict[str, tuple[dict[str, Any], dict[str, Any], str, int, str]] = {
    "another role": ({"role": "nps"}, {}, "not_applicable", 0, "not have the role nps"),
    "another product": ({"product_type": "client"}, {}, "not_applicable", 0, "is a server"),
    "too old": ({"os_build_at_least": 26100}, {}, "not_applicable", 0, "build 20348"),
    "it is": ({"role": "nps"}, {"services": {"IAS": service()}}, "applies", 3, ""),
    "a controller": (
        {"role": "domain_controller"},
        {"os": {"product_type": "LanmanNT"}},
        "applies",
        3,
        "",
    ),
    "build unknown": (
        {"os_build_at_least": 1},
        {"quirks": {"unreadable": {"os_build": "denied"}}},
        "unknown",
        1,
        "denied",
    ),
    "product unknown": (
        {"role": "client"},
        {"quirks": {"unreadable": {"product_type": "denied"}}},
        "unknown",
        1,
        "role client: denied",
    ),
}


@pytest.mark.parametrize(
    ("applies", "parts", "status", "exit_code", "words"), _APPLIES.values(), ids=_APPLIES
)
def test_the_applicability_to_a_host(
    make_site: MakeSite,
    *,
    applies: dict[str, Any],
    parts: dict[str, Any],
    status: str,
    exit_code: int,
    words: str,
) -> None:
    site = make_site({"host": host(**parts)})
    plan = site.plan(site.playbook(applies=applies, steps=[dword(KEY, "x", 1)]))
    [book] = one(plan).playbooks
    assert (book.status, plan.exit_code) == (status, exit_code)
    assert words in book.reason
    assert len(one(plan).steps) == (status == "applies")


def test_an_unknown_role_excludes_the_playbook(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    altered(site, lambda text: text.replace('"nps":{"value":true}', '"nps":{"reason":"denied"}'))
    plan = site.plan(site.playbook(applies={"role": "nps"}, steps=[dword(KEY, "x", 1)]))
    assert [(b.status, b.reason) for b in one(plan).playbooks] == [("unknown", "role nps: denied")]
    assert plan.exit_code == 1
    assert site.apply(plan).exit_code == 1
    assert not site.windows.sets


def test_a_failed_before_check_excludes_its_playbook_alone(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    kept_off = site.playbook(
        "off",
        before=[{"os_build": {"at_least": 1000}}, {"service": {"name": "IAS", "exists": True}}],
        steps=[dword(KEY, "off", 1)],
        after=[{"service": {"name": "IAS", "status": "running"}}],
    )
    other = site.playbook("on", steps=[dword(KEY, "on", 1)])
    plan = site.plan(kept_off, other)
    off, on = one(plan).playbooks
    assert (off.status, on.status) == ("blocked", "applies")
    assert off.reason == "service IAS: is absent, must be present"
    assert [step.id for step in one(plan).steps] == ["on/s0"]
    assert not one(plan).after
    assert plan.exit_code == 1
    run = site.apply(plan)
    assert [(step.id, step.status) for step in one(run).steps] == [("on/s0", "changed")]
    assert run.exit_code == 1


def test_a_before_check_that_cannot_be_read_keeps_it_off_too(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"unreadable": {"service": "Access is denied."}})})
    book = site.playbook(
        before=[{"service": {"name": "IAS", "exists": True}}], steps=[dword(KEY, "x", 1)]
    )
    plan = site.plan(book)
    [found] = one(plan).playbooks
    assert (found.status, plan.exit_code) == ("blocked", 1)
    assert "Access is denied." in found.reason


def test_an_after_check_that_does_not_hold_differs(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(status="stopped")})})
    book = site.playbook(
        steps=[{"os_build": {"at_least": 1000}}],
        after=[{"service": {"name": "IAS", "status": "running"}}],
    )
    plan = site.plan(book)
    [check] = one(plan).after
    assert (check.ok, check.found, check.wanted) == (False, "stopped", "running")
    assert plan.exit_code == 3


def test_an_after_check_that_cannot_be_read_is_a_failure(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"unreadable": {"service": "Access is denied."}})})
    book = site.playbook(
        steps=[{"os_build": {"at_least": 1000}}],
        after=[{"service": {"name": "IAS", "status": "running"}}],
    )
    plan = site.plan(book)
    [check] = one(plan).after
    assert check.ok is None
    assert plan.exit_code == 1


def test_hosts_that_cannot_be_read_are_in_the_plan_in_their_order(make_site: MakeSite) -> None:
    site = make_site(
        {
            "a-down": host(down=True),
            "b-good": host(),
            "c-refused": host(refuse_users=["lab"]),
            "d-last": host(),
        }
    )
    plan = site.plan(site.playbook(steps=[dword(KEY, "x", 1)]))
    assert [h.host for h in plan.hosts] == ["a-down", "b-good", "c-refused", "d-last"]
    down, good, refused, last = plan.hosts
    assert down.error
    assert refused.error_kind == "LogonFailed"
    assert all("\n" not in (h.error or "") for h in plan.hosts)
    assert good.error is last.error is None
    assert len(good.steps) == len(last.steps) == 1
    assert not down.steps
    assert plan.exit_code == 1


def test_what_is_worth_saying_beside_the_state(make_site: MakeSite) -> None:
    policy = {"rights": {"SeBatchLogonRight": {"name": "Servers", "accounts": ["Everyone"]}}}
    site = make_site(
        {
            "host": host(
                accounts={"svc": "S-1-5-21-1-1107"},
                rights={"SeServiceLogonRight": ("S-1-5-21-1-999",)},
                group_policy=policy,
            )
        }
    )
    rights = ("SeServiceLogonRight", "SeBatchLogonRight")
    plan = site.plan(
        site.playbook(
            steps=[{"user_right": {"right": right, "accounts": ["svc"]}} for right in rights]
        )
    )
    orphaned, decided = one(plan).steps
    assert any("S-1-5-21-1-999" in note for note in orphaned.notes)
    assert decided.action == "manual"
    assert "group policy 'Servers' decides this right" in decided.reason


def test_policy_that_cannot_be_asked_is_unknown_and_not_none(make_site: MakeSite) -> None:
    seed = host(accounts={"svc": "S-1-5-21-1-1107"}, group_policy={"unreadable": "no RSOP"})
    site = make_site({"host": seed})
    right = {"right": "SeServiceLogonRight", "accounts": ["svc"]}
    plan = site.plan(site.playbook(steps=[{"user_right": right}]))
    [step] = one(plan).steps
    assert step.changes
    assert any("group policy unknown (no RSOP)" in note for note in step.notes)


def test_who_would_lose_a_right_is_said_loudly(make_site: MakeSite) -> None:
    seed = host(accounts={"svc": "S-1-5-21-1-1107"}, rights={"SeServiceLogonRight": ["S-1-5-80-0"]})
    site = make_site({"host": seed})
    right = {"right": "SeServiceLogonRight", "exactly": ["svc"]}
    plan = site.plan(site.playbook(steps=[{"user_right": right}]))
    assert "EXACTLY: these lose the right: S-1-5-80-0" in one(plan).steps[0].notes


def test_the_facts_of_a_host(make_site: MakeSite) -> None:
    site = make_site(
        {"host": host(services={"RemoteAccess": service()}, vpn={}, sessions=41)},
    )
    step = {**dword(KEY, "x", 1), "then": {"restart": ["RemoteAccess"]}}
    facts = one(site.plan(site.playbook(steps=[step]))).facts
    assert facts.windows == "Windows Server 2022 Standard 20348.3453"
    assert (facts.product_type, facts.sessions, facts.pending_reboot) == ("server", 41, ())
    assert facts.roles["rras"]
    running = facts.services["RemoteAccess"]
    assert running is not None
    assert running.state == "Running"
    assert facts.boot == running.started


_MISTAKES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a playbook for no host": ({"hosts": "nobody"}, {}, "nobody"),
    "a limit that leaves none": ({}, {"limit": "nobody"}, "nobody"),
    "a variable that nobody reads": ({}, {"variables": {"colour": 1}}, "colour"),
}


@pytest.mark.parametrize(("parts", "more", "words"), _MISTAKES.values(), ids=_MISTAKES)
def test_mistakes_are_errors_before_any_connection(
    make_site: MakeSite, parts: dict[str, Any], more: dict[str, Any], words: str
) -> None:
    site = make_site({"host": host()})
    book = site.playbook(steps=[dword(KEY, "x", 1)], **parts)
    with pytest.raises(UsageError, match=words):
        site.plan(book, **more)
    assert site.lab.stats().connections == 0


def test_a_limit_chooses_hosts(make_site: MakeSite) -> None:
    site = make_site({"a-1": host(), "a-2": host(), "b-1": host()})
    book = site.playbook(steps=[dword(KEY, "x", 1)])
    assert [h.host for h in site.plan(book, limit="a-*,!a-1").hosts] == ["a-2"]
    run = site.apply(site.plan(book), limit="b*")
    assert [h.host for h in run.hosts] == ["b-1"]
    assert [site.requests(name) > 6 for name in ("a-1", "a-2", "b-1")] == [False, True, True]
