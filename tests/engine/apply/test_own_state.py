"""Steps on one thing, each guarded by its own part: in any order, also when they are undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.engine.conftest import MakeSite, Site, statuses
from tests.engine.scenes import NO_PERMIT, applied, before, host, service

RIGHT = "SeServiceLogonRight"
SVC, OTHER, ORPHAN, STAYS = "S-1-5-21-1-1107", "S-1-5-21-1-1108", "S-1-5-82-1-2-3", "S-1-5-80-0"
SET = 2
"""The pipeline of an apply that sets."""


def right(*accounts: str, **more: Any) -> dict[str, Any]:
    return {"user_right": {"right": RIGHT, "accounts": list(accounts), **more}}


def ports(**counts: int) -> dict[str, Any]:
    return {"vpn_server_ports": counts}


def fax(**fields: str) -> dict[str, Any]:
    return {"service": {"name": "Fax", **fields}}


_ONE_THING: dict[str, Sequence[dict[str, Any]]] = {
    "an orphan is taken off a right that an account gets": (
        right(ORPHAN, held=False),
        right("svc"),
    ),
    "two accounts get a right": (right("svc"), right("other")),
    "a right of two accounts, and of one of them": (right("svc", "other"), right("svc")),
    "a right that one account alone holds": (
        {"user_right": {"right": RIGHT, "exactly": ["svc"]}},
        right(ORPHAN, held=False),
    ),
    "ports of two protocols": (ports(ikev2=100), ports(sstp=90)),
    "ports of three protocols, one of them in both": (
        ports(ikev2=100, sstp=90),
        ports(sstp=90, l2tp=80),
    ),
    "the startup and the status of a service": (
        fax(startup="manual"),
        fax(startup="manual", status="stopped"),
    ),
}


def _site(make_site: MakeSite) -> Site:
    return make_site(
        {
            "host": host(
                accounts={"svc": SVC, "other": OTHER},
                rights={RIGHT: [STAYS, ORPHAN]},
                vpn={"ikev2": 5, "sstp": 6, "l2tp": 7},
                services={"RasMan": service(), "RemoteAccess": service(), "Fax": service()},
            )
        }
    )


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "the other way round"])
@pytest.mark.parametrize("steps", _ONE_THING.values(), ids=_ONE_THING)
def test_steps_on_one_thing_there_and_back(
    make_site: MakeSite, steps: Sequence[dict[str, Any]], *, turned: bool
) -> None:
    site = _site(make_site)
    original = site.snapshots()
    books = [site.playbook(f"p{n}", steps=[step]) for n, step in enumerate(steps)]
    plan = site.plan(*reversed(books) if turned else books)
    run = site.apply(plan, permit=NO_PERMIT)
    assert run.exit_code in (0, 3), statuses(run)
    assert set(statuses(run)["host"]) <= {"changed", "unchanged"}
    assert site.plan(*books).hosts[0].failed is False
    assert all(step.state == "as_wanted" for step in site.plan(*books).hosts[0].steps)

    back = site.rollback(run.id, permit=NO_PERMIT)
    assert set(statuses(back)["host"]) <= {"changed", "unchanged"}
    assert site.snapshots() == original


def test_an_order_of_two_needs_no_more_than_one_pipeline(make_site: MakeSite) -> None:
    """The guard itself looks at a step's own part: nothing has to be sent again."""
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=[right(ORPHAN, held=False), right("svc")]))
    begun = site.meddling.pipelines[site.address()]
    _, found = applied(site, plan)
    assert found == {"s0": "changed", "s1": "changed"}
    assert site.meddling.pipelines[site.address()] - begun == SET


def _gives_the_right(state: Any) -> None:
    state.rights[RIGHT].add(OTHER)


def _sets_ports(state: Any) -> None:
    [record] = state.answers["vpn_server_ports"]
    record.become({**record.answer, "sstp": 60})


def _sets_a_policy(state: Any) -> None:
    [record] = state.answers["vpn_server_ports"]
    record.become({**record.answer, "policy": {"CustomPolicy": "theirs"}})


@pytest.mark.parametrize(
    ("step", "act", "status"),
    [
        (right("svc"), _gives_the_right, "changed"),
        (right("svc", "other"), _gives_the_right, "changed"),
        (right("svc", OTHER, held=False), _gives_the_right, "stale"),
        (ports(ikev2=100), _sets_ports, "changed"),
        (ports(ikev2=100, sstp=90), _sets_ports, "stale"),
        (ports(ikev2=100), _sets_a_policy, "stale"),
    ],
)
def test_somebody_sets_another_part_or_this_one(
    make_site: MakeSite, step: dict[str, Any], act: Callable[[Any], None], status: str
) -> None:
    site = _site(make_site)
    site.state().rights[RIGHT] = {STAYS, ORPHAN, *({SVC} if "held" in str(step) else ())}
    plan = site.plan(site.playbook(steps=[step]))
    before(site, SET, lambda: act(site.state()))
    assert applied(site, plan, permit=NO_PERMIT)[1] == {"s0": status}


@pytest.mark.parametrize(
    ("one", "both"),
    [
        (right("svc"), right("svc", "other")),
        (ports(ikev2=100), ports(ikev2=100, sstp=90)),
        (fax(startup="manual"), fax(startup="manual", status="stopped")),
    ],
)
def test_a_part_that_another_run_has_set_is_no_matter(
    make_site: MakeSite, one: dict[str, Any], both: dict[str, Any]
) -> None:
    site = _site(make_site)
    original = site.snapshots()
    plans = [site.plan(site.playbook(f"p{n}", steps=[s])) for n, s in enumerate((one, both))]
    first, second = (site.apply(plan, permit=NO_PERMIT) for plan in plans)
    assert statuses(second) == {"host": ["changed"]}
    for run in (second, first):
        assert statuses(site.rollback(run.id, permit=NO_PERMIT)) == {"host": ["changed"]}
    assert site.snapshots() == original


def test_a_state_that_never_stays_is_stale_in_the_end(make_site: MakeSite) -> None:
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=[right("svc", "other")]))
    before(site, SET, lambda: site.state().rights[RIGHT].add(OTHER))
    before(site, SET + 1, lambda: site.state().rights[RIGHT].discard(OTHER))
    assert applied(site, plan, permit=NO_PERMIT)[1] == {"s0": "stale"}
