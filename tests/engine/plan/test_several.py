"""Several playbooks in one run: equal steps are one step, and a contradiction is an error."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import UsageError
from tests.engine.conftest import MakeSite, dword, one, statuses
from tests.engine.scenes import KEY, NO_PERMIT, host, outages, restarts, service, value


def test_equal_steps_are_one_step_with_both_restarts(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"A": service(), "B": service()})})
    first = site.playbook("first", steps=[{**dword(KEY, "x", 1), "then": {"restart": ["A"]}}])
    again = dword(KEY.lower(), "X", 1)
    second = site.playbook("second", steps=[{**again, "then": {"restart": ["B"]}}])
    plan = site.plan(first, second)
    [step] = one(plan).steps
    assert (step.id, step.then.services) == ("first/s0", ("A", "B"))
    run = site.apply(plan)
    assert statuses(run) == {"host": ["changed"]}
    assert restarts(run) == {"A": "done", "B": "done"}
    assert len(site.windows.sets) == 1


def _rule(**rule: Any) -> dict[str, Any]:
    kind = "multi_string" if {"contains", "lacks"} & rule.keys() else "dword"
    return {"registry_value": {"key": KEY, "name": "x", "type": kind, **rule}}


_ABSENT = {"registry_value": {"key": KEY, "name": "x", "absent": True}}


@pytest.mark.parametrize(
    ("one_asks", "other_asks", "both"),
    [
        (_rule(contains=["a"]), _rule(contains=["b", "A"], lacks=["c"]), ("a", "b", "kept")),
        (_rule(bits_set=1), _rule(bits_set=2, bits_clear=4), 3),
        (_rule(at_least=5), _rule(at_least=9, at_most=20), 9),
        (_rule(at_least=5), _rule(data=7), 7),
        (_rule(data=7, create_key=True), _rule(data=7), 7),
        (_rule(bits_set=3), _rule(data=7), 7),
        (_ABSENT, _rule(at_most=5), None),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_rules_that_agree_are_one_step(
    make_site: MakeSite, one_asks: Any, other_asks: Any, both: Any, *, turned: bool
) -> None:
    kept = {"x": {"multi_string": ["c", "kept"]}} if isinstance(both, tuple) else {}
    site = make_site({"host": host(registry={KEY: kept or {"x": {"dword": 4}}})})
    asked = [one_asks, other_asks]
    books = [
        site.playbook(name, steps=[step])
        for name, step in zip(
            ("first", "second"), reversed(asked) if turned else asked, strict=True
        )
    ]
    was = site.snapshots()
    path = site.folder / "x.plan.json"
    plan_file.save(site.plan(*books), path)
    plan = plan_file.load(path)
    assert [step.id for step in one(plan).steps] == ["first/s0"]
    run = site.apply(plan)
    assert statuses(run) == {"host": ["changed"]}
    found = value(site, "x")
    if isinstance(both, tuple):
        assert found is not None
        assert {str(item).lower() for item in found.data} == set(both)  # type: ignore[union-attr]
    else:
        assert (None if found is None else found.data) == both
    assert site.plan(*books).exit_code == 0
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == was


@pytest.mark.parametrize(
    ("one_asks", "other_asks"),
    [
        (_rule(contains=["a"]), _rule(lacks=["A"])),
        (_rule(bits_set=1), _rule(bits_clear=1)),
        (_rule(at_least=5), _rule(at_most=4)),
        (_rule(at_least=5), _rule(data=4)),
        (_rule(at_least=5), _rule(bits_set=1)),
        (_rule(at_least=5), _rule(contains=["a"])),
        (_ABSENT, _rule(at_least=5)),
        (_ABSENT, _rule(data=5)),
    ],
)
def test_rules_that_do_not_agree_are_refused(
    make_site: MakeSite, one_asks: Any, other_asks: Any
) -> None:
    site = make_site({"host": host()})
    first = site.playbook("first", steps=[one_asks])
    second = site.playbook("second", steps=[other_asks])
    for books in ((first, second), (second, first)):
        with pytest.raises(UsageError, match="to different values"):
            site.plan(*books)


@pytest.mark.parametrize(
    ("kind", "one_asks", "other_asks", "wanted"),
    [
        ("installed_program", {"name": "X"}, {"name": "x", "version_at_least": "2"}, "version 2"),
        (
            "installed_program",
            {"name": "X", "version_at_least": "9.9"},
            {"name": "X", "version_at_least": "10"},
            "version 10",
        ),
        ("os_build", {"at_least": 99999}, {"at_least": "99999.7"}, "99999.7"),
    ],
)
def test_the_higher_floor_holds(
    make_site: MakeSite, kind: str, one_asks: Any, other_asks: Any, wanted: str
) -> None:
    program = {"target": {"Name": "X"}, "answer": {"name": "X", "version": "1"}}
    site = make_site({"host": host(answers={"installed_program": [program]})})
    first = site.playbook("first", steps=[{kind: one_asks}])
    second = site.playbook("second", steps=[{kind: other_asks}])
    for books in ((first, second), (second, first)):
        [step] = one(site.plan(*books)).steps
        assert step.after_text == wanted


def test_a_program_cannot_be_and_not_be(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = site.playbook("first", steps=[{"installed_program": {"name": "X"}}])
    gone = {"installed_program": {"name": "X", "exists": False}}
    with pytest.raises(UsageError, match="to different values"):
        site.plan(first, site.playbook("second", steps=[gone]))


def test_a_third_rule_is_compared_with_what_the_first_two_ask_for(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    rules = [_rule(at_least=5), _rule(at_most=20), _rule(data=30)]
    books = [site.playbook(f"p{n}", steps=[rule]) for n, rule in enumerate(rules)]
    with pytest.raises(UsageError, match="p2/s0 and p0/s0 set"):
        site.plan(*books)


@pytest.mark.parametrize("others", [{"hosts": "one,two"}, {"hosts": "two"}])
def test_a_contradiction_is_an_error_before_any_connection(
    make_site: MakeSite, others: dict[str, Any]
) -> None:
    """On host `both` alone, so only where both playbooks meet."""
    site = make_site(
        {"a": host(), "both": host(), "c": host()},
        groups={"one": ["a", "both"], "two": ["both", "c"]},
    )
    first = site.playbook("first", hosts="one", steps=[dword(KEY, "x", 1)])
    second = site.playbook("second", **others, steps=[dword(KEY, "X", 2)])
    with pytest.raises(UsageError, match="second/s0 and first/s0 set HKLM"):
        site.plan(first, second)
    assert site.lab.stats().requests == 0
    assert site.lab.stats().connections == 0


def test_playbooks_for_different_hosts_do_not_contradict(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()}, groups={"one": ["a"], "two": ["b"]})
    first = site.playbook("first", hosts="one", steps=[dword(KEY, "x", 1)])
    second = site.playbook("second", hosts="two", steps=[dword(KEY, "x", 2)])
    plan = site.plan(first, second)
    assert [[step.id for step in h.steps] for h in plan.hosts] == [["first/s0"], ["second/s0"]]


def test_the_same_step_ids_in_two_playbooks(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = site.playbook("first", steps=[dword(KEY, "x", 1)])
    second = site.playbook("second", steps=[dword(KEY, "y", 2)])
    run = site.apply(site.plan(first, second))
    assert [step.id for step in one(run).steps] == ["first/s0", "second/s0"]
    assert run.exit_code == 0


def test_an_excluded_playbook_takes_no_step_of_another_with_it(make_site: MakeSite) -> None:
    """A step of both playbooks is set for the one that applies."""
    site = make_site({"host": host()})
    step = dword(KEY, "x", 1)
    off = site.playbook("off", before=[{"service": {"name": "X", "exists": True}}], steps=[step])
    away = site.playbook("away", applies={"role": "nps"}, steps=[step])
    on = site.playbook("on", steps=[step])
    plan = site.plan(off, away, on)
    assert [step.id for step in one(plan).steps] == ["on/s0"]


def test_a_service_is_restarted_once_and_rasman_instead_of_remoteaccess(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host(services={"RasMan": service(), "RemoteAccess": service()})})
    books = [
        site.playbook(f"p{n}", steps=[{**dword(KEY, f"v{n}", 1), "then": {"restart": [name]}}])
        for n, name in enumerate(["RemoteAccess", "RasMan", "remoteaccess"])
    ]
    run = site.apply(site.plan(*books))
    assert restarts(run) == {"RasMan": "done"}
    assert outages(site) == [("host", "RemoteAccess"), ("host", "RasMan")]
    assert run.exit_code == 0


def test_a_playbook_named_twice_is_an_error(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    book = site.playbook(steps=[dword(KEY, "x", 1)])
    with pytest.raises(UsageError, match="given twice"):
        site.plan(book, book)


def test_pending_restarts_of_both_are_shown_once_each(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"A": service()})})
    books = [
        site.playbook(f"p{n}", steps=[{**dword(KEY, f"v{n}", 1), "then": {"restart": ["A"]}}])
        for n in range(2)
    ]
    run = site.apply(site.plan(*books), permit=NO_PERMIT)
    assert [(r.what, r.status) for r in one(run).restarts] == [("A", "outstanding")]
    assert [o.step for o in one(site.plan(*books)).outstanding] == ["p0/s0", "p1/s0"]
