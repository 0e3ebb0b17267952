"""Rollback of several runs, on chosen hosts, with its restarts."""

from __future__ import annotations

from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import MakeSite, Site, dword, one, statuses
from tests.engine.scenes import KEY, NO_PERMIT, apply_three, host, restarts, service, sets, value

# Several runs


def _set(site: Site, data: int, name: str = "x", book: str = "test") -> aovpn.Run:
    return site.apply(site.plan(site.playbook(book, steps=[dword(KEY, name, data)])))


def test_several_runs_over_one_thing_go_back_to_what_the_first_found(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"x": {"string": "first"}}})})
    original = site.snapshots()
    runs = [_set(site, data) for data in (1, 2, 3)]
    back = site.rollback(*[run.id for run in runs])
    assert statuses(back) == {"host": ["changed"]}
    assert site.snapshots() == original
    assert len(back.of) == 3


def test_the_last_of_several_goes_back_one_step(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    _set(site, 1)
    _set(site, 2)
    site.rollback("last")
    assert value(site, "x") == Value("DWord", 1)


def test_the_first_of_several_is_not_as_it_was_left(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = _set(site, 1)
    _set(site, 2)
    back = site.rollback(first.id)
    assert statuses(back) == {"host": ["stale"]}
    assert value(site, "x") == Value("DWord", 2)


def test_what_somebody_changed_between_two_runs_is_not_lost(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = _set(site, 1)
    sets(site, "x", 7)()
    second = _set(site, 2)
    back = site.rollback(first.id, second.id)
    assert statuses(back) == {"host": ["changed", "stale"]}
    assert value(site, "x") == Value("DWord", 7)
    assert "between" in one(back).steps[1].message
    assert back.exit_code == 1


def test_one_step_that_meant_other_things_in_other_runs(make_site: MakeSite) -> None:
    """The playbook, or a variable of it, was changed between the runs."""
    site = make_site({"host": host()})
    original = site.snapshots()
    runs = [_set(site, 1, name) for name in ("x", "y")]
    back = site.rollback(*[run.id for run in runs])
    assert statuses(back) == {"host": ["changed", "changed"]}
    assert site.snapshots() == original


def test_a_run_that_is_named_twice_goes_back_once(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    original = site.snapshots()
    run = _set(site, 1)
    back = site.rollback("last", run.id)
    assert statuses(back) == {"host": ["changed"]}
    assert back.of == (run.id,)
    assert site.snapshots() == original


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_run_and_its_rollback_together_are_nothing(
    make_site: MakeSite, *, newest_first: bool
) -> None:
    site = make_site({"host": host()})
    run = _set(site, 1)
    back = site.rollback(run.id)
    original = site.snapshots()
    both = [back.id, run.id]
    nothing = site.rollback(*(both if newest_first else reversed(both)))
    assert statuses(nothing) == {"host": ["unchanged"]}
    assert site.snapshots() == original


def test_parts_of_a_service_set_by_two_runs(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"Fax": service()})})
    original = site.snapshots()
    wanted: list[dict[str, Any]] = [
        {"startup": "manual"},
        {"startup": "disabled", "status": "stopped"},
    ]
    runs = [
        site.apply(site.plan(site.playbook(steps=[{"service": {"name": "Fax", **fields}}])))
        for fields in wanted
    ]
    newest_first = [run.id for run in reversed(runs)]
    for run in newest_first:
        assert site.rollback(run).exit_code == 0
    assert site.snapshots() == original


# Where, and what then


def test_a_limit_leaves_other_hosts_alone(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    original = site.snapshots()
    run = apply_three(site)
    back = site.rollback(run.id, limit="b")
    assert [h.host for h in back.hosts] == ["b"]
    assert site.snapshots()["b"] == original["b"]
    assert value(site, "a", on="a") == Value("DWord", 1)
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


def test_a_rollback_has_the_restarts_of_its_steps(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    run = apply_three(site, then={"restart": ["IAS"]})
    back = site.rollback(run.id, permit=NO_PERMIT)
    assert restarts(back) == {"IAS": "outstanding"}
    assert back.exit_code == 3
    book = site.folder / "test.yaml"
    assert [(o.need, o.run) for o in one(site.plan(book)).outstanding] == [("IAS", back.id)] * 3
    finished = site.rollback(run.id)
    assert [step.status for step in one(finished).steps] == ["unchanged"] * 3
    assert restarts(finished) == {"IAS": "done"}
    assert finished.exit_code == 0
    assert not one(site.plan(book)).outstanding


def test_a_rollback_of_ports_has_the_consequences_of_its_own_change(make_site: MakeSite) -> None:
    site = make_site({"host": host(vpn={"ikev2": 500}, services={"RemoteAccess": service()})})
    book = site.playbook(steps=[{"vpn_server_ports": {"ikev2": 100}}])
    run = site.apply(site.plan(book))
    assert restarts(run) == {"RemoteAccess": "done"}
    assert restarts(site.rollback(run.id)) == {"reboot": "done"}, "above the limit it is a reboot"


def test_runs_that_changed_nothing_have_nothing_to_roll_back(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    apply_three(site)
    run = apply_three(site)
    site.lab.reset_stats()
    with pytest.raises(UsageError, match="nothing to roll back"):
        site.rollback(run.id)
    assert site.lab.stats().connections == 0


def test_a_host_that_is_gone_from_the_inventory(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    run = apply_three(site)
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace("\n      b:", "\n      c:"))
    with pytest.raises(UsageError, match="has no host b"):
        site.rollback(run.id)


def test_an_unknown_run(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    with pytest.raises(UsageError, match="there is no run 'x'"):
        site.rollback("x")
