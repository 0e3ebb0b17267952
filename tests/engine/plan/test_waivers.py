"""A waived difference is shown, not changed, and no failure; the rest is as without the waiver."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.inventory.waivers import Waiver
from aovpn_remediate.results import (
    Action,
    HostPlan,
    InventorySource,
    Plan,
    PlannedStep,
    Verification,
)
from tests.engine.conftest import MakeSite, dword, one, statuses
from tests.engine.scenes import KEY, host, outages, restarts, service, sets, value


def waiver(step: str, ticket: str = "CHG1", **of: str) -> Waiver:
    return Waiver(step, "the vendor says so", ticket, date(2026, 12, 31), **of)


WORDS = "CHG1: the vendor says so (until 2026-12-31)"


def _steps(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"id": name, **dword(KEY, name, 1), **more} for name in names]


# In the lab


def test_a_waived_difference_is_left_and_the_others_are_set(make_site: MakeSite) -> None:
    site = make_site({"a": host(services={"A": service()})})
    book = site.playbook(steps=[*_steps("x", then="reboot"), *_steps("y", then={"restart": ["A"]})])

    plan = waive(site.plan(book), [waiver("test/x", host="a")])
    assert [step.waived for step in one(plan).steps] == [WORDS, ""]
    assert plan.exit_code == 3, "y is to be set"

    run = site.apply(plan)
    assert statuses(run) == {"a": ["waived", "changed"]}
    assert one(run).steps[0].message == WORDS
    assert value(site, "x") is None
    assert restarts(run) == {"A": "done"}
    assert outages(site) == [("a", "A")], "what is waived needs no reboot"
    assert run.exit_code == 0

    again = waive(site.plan(book), [waiver("test/x", host="a")])
    assert again.exit_code == 0
    assert site.rollback(run.id).exit_code == 0


def test_the_waivers_of_a_plan_are_in_its_file(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    plan = waive(site.plan(site.playbook(steps=_steps("x"))), [waiver("test/*", host="a")])
    file = site.folder / "change.plan.json"
    plan_file.save(plan, file)

    run = aovpn.apply(file, site.inventory, journal=site.journal)

    assert statuses(run) == {"a": ["waived"]}
    assert (run.exit_code, value(site, "x")) == (0, None)


def test_what_is_right_meanwhile_is_unchanged_and_what_moves_on_stays_waived(
    make_site: MakeSite,
) -> None:
    site = make_site({"a": host()})
    plan = waive(site.plan(site.playbook(steps=_steps("x", "y"))), [waiver("test/*", host="a")])
    sets(site, "x", 1)()
    sets(site, "y", 7)()

    run = site.apply(plan)

    assert statuses(run) == {"a": ["unchanged", "waived"]}
    assert one(run).steps[1].before_text == "dword 7"


def test_what_cannot_be_read_is_not_waived(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    book = site.playbook(
        steps=[{"id": "m", "local_group_member": {"group": "Nobody", "account": "x"}}]
    )

    plan = waive(site.plan(book), [waiver("test/m", host="a")])

    [step] = one(plan).steps
    assert (step.readable, step.waived) == (False, "")
    assert plan.unused_waivers == ()
    assert plan.exit_code == 1


# Without a lab


def _host(name: str, *steps: str, groups: tuple[str, ...] = (), **more: Any) -> HostPlan:
    """Steps that differ; with a = before them they are as wanted, with a ! for a person."""
    signs = {"=": Action.NONE, "!": Action.MANUAL}
    made = tuple(
        PlannedStep(
            id=step.lstrip("=!"),
            title="",
            resource={},
            action=signs.get(step[0], Action.UPDATE),
        )
        for step in steps
    )
    return HostPlan(host=name, groups=groups, steps=made, **more)


def _plan(*hosts: HostPlan) -> Plan:
    source = InventorySource(path="fleet.yaml", digest="")
    return Plan(made_at="2026-11-21T12:00:00+00:00", inventory=source, playbooks=(), hosts=hosts)


def _waived(plan: Plan | Verification) -> list[str]:
    return [f"{host.host} {step.id}" for host in plan.hosts for step in host.steps if step.waived]


@pytest.mark.parametrize(
    ("of", "step", "waived_ids"),
    [
        ({"host": "A"}, "book/x", ["a book/x"]),
        ({"host": "a"}, "book/*", ["a book/x", "a book/y-1"]),
        ({"host": "a"}, "b*/y-?", ["a book/y-1"]),
        ({"host": "a"}, "*/x", ["a book/x"]),
        ({"group": "Nps"}, "book/x", ["a book/x"]),
        ({"group": "all"}, "book/x", ["a book/x", "b book/x"]),
        ({"host": "a"}, "boo/x", []),
        ({"host": "a"}, "book/X", []),
    ],
)
def test_the_hosts_and_steps_that_a_waiver_covers(
    of: dict[str, str], step: str, waived_ids: list[str]
) -> None:
    plan = _plan(_host("a", "book/x", "book/y-1", groups=("vpn", "nps")), _host("b", "book/x"))

    assert _waived(waive(plan, [waiver(step, **of)])) == waived_ids


def test_a_manual_action_can_be_waived_and_the_first_waiver_is_named() -> None:
    plan = _plan(_host("a", "!book/x"))

    found = waive(plan, [waiver("book/x", host="a"), waiver("*/*", "CHG2", host="a")])

    assert found.hosts[0].steps[0].waived == WORDS
    assert (plan.exit_code, found.exit_code) == (3, 0)
    assert found.unused_waivers == (), "both are about it"


def test_a_verification_is_waived_alike() -> None:
    plan = _plan(_host("a", "book/x"))
    found = Verification(made_at=plan.made_at, of="book", hosts=plan.hosts)

    assert found.exit_code == 3
    assert waive(found, [waiver("book/x", host="a")]).exit_code == 0


def test_what_a_plan_has_waived_stays_waived() -> None:
    plan = waive(_plan(_host("a", "book/x")), [waiver("book/x", host="a")])

    assert _waived(waive(plan, [])) == ["a book/x"]


@pytest.mark.parametrize(
    ("step", "of", "said"),
    [
        ("book/x", {"host": "right"}, ["CHG1: nothing differs on right in book/x"]),
        ("book/xx", {"group": "all"}, ["CHG1: nothing differs on all in book/xx"]),
        ("book/y", {"host": "differs"}, ["CHG1: nothing differs on differs in book/y"]),
        ("book/x", {"host": "differs"}, []),
        ("book/x", {"group": "all"}, []),
        ("other/x", {"host": "right"}, []),  # not planned here
        ("book/x", {"host": "elsewhere"}, []),
        ("book/x", {"host": "unread"}, []),
        ("book/x", {"group": "both"}, []),  # one of which was not read
    ],
)
def test_a_waiver_without_use_is_listed(step: str, of: dict[str, str], said: list[str]) -> None:
    plan = _plan(
        _host("right", "=book/x", groups=("both",)),
        _host("differs", "book/x", "=book/y"),
    )
    if "all" not in of.values():
        plan = plan.model_copy(
            update={"hosts": (*plan.hosts, _host("unread", error="down", groups=("both",)))}
        )

    assert list(waive(plan, [waiver(step, **of)]).unused_waivers) == said
