"""Verification: hosts against playbooks, and the changes of a run that still hold."""

from __future__ import annotations

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from aovpn_remediate.results import HostPlan
from tests.engine.conftest import MakeSite, Site, dword
from tests.engine.scenes import KEY, NO_PERMIT, host, service, sets


def _verify(site: Site, run: aovpn.Run, limit: str | None = None) -> aovpn.Verification:
    return aovpn.verify_run(run.id, site.inventory, limit=limit, journal=site.journal)


def _one(verified: aovpn.Verification) -> HostPlan:
    [host] = verified.hosts
    return host


def _run(site: Site) -> aovpn.Run:
    steps = [{**dword(KEY, "a", 1), "then": {"restart": ["IAS"]}}, dword(KEY, "b", 1)]
    return site.apply(site.plan(site.playbook(steps=steps)))


def test_playbooks_are_verified_as_they_are_planned(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    book = site.playbook(
        steps=[dword(KEY, "a", 1)], after=[{"service": {"name": "IAS", "status": "running"}}]
    )
    found = aovpn.verify([book], site.inventory, journal=site.journal)
    assert (found.kind, found.of, found.exit_code) == ("verification", "test", 3)
    assert [step.action for step in _one(found).steps] == ["create"]
    sets(site, "a", 1)()
    assert aovpn.verify([book], site.inventory, journal=site.journal).exit_code == 0
    site.state().services.stop(site.state().services.find("IAS"))
    assert aovpn.verify([book], site.inventory, journal=site.journal).exit_code == 3
    site.state().quirks.unreadable = {"registry_value": "Access is denied."}
    assert aovpn.verify([book], site.inventory, journal=site.journal).exit_code == 1
    assert not site.windows.sets


def test_what_a_run_set_still_holds_or_not(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    run = _run(site)
    held = _verify(site, run)
    assert (held.of, held.exit_code) == (run.id, 0)
    assert [step.action for step in _one(held).steps] == ["none", "none"]
    sets(site, "b", 7)()
    moved = _verify(site, run)
    assert moved.exit_code == 3
    kept, lost = _one(moved).steps
    assert (kept.action, lost.action) == ("none", "update")
    assert (lost.before_text, lost.after_text) == ("dword 7", "dword 1")
    assert "changed since the run" in lost.reason
    assert _one(moved).requests == 6
    assert len(site.windows.sets) == 2


def test_steps_that_a_run_did_not_change_are_none_of_its_business(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"b": {"dword": 1}}})})
    run = _run(site)
    sets(site, "b", 7)()
    verified = _verify(site, run)
    assert [step.id for step in _one(verified).steps] == ["test/s0"]
    assert verified.exit_code == 0


def test_a_pending_restart_is_not_compliant(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    steps = [{**dword(KEY, "a", 1), "then": {"restart": ["IAS"]}}]
    run = site.apply(site.plan(site.playbook(steps=steps)), permit=NO_PERMIT)
    verified = _verify(site, run)
    assert [item.need for item in _one(verified).outstanding] == ["IAS"]
    assert verified.exit_code == 3
    site.state().restart(site.state().services.find("IAS"))
    assert _verify(site, run).exit_code == 0


def test_a_rollback_is_verified_like_any_run(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    back = site.rollback(_run(site).id)
    assert _verify(site, back).exit_code == 0
    sets(site, "a", 1)()
    verified = _verify(site, back)
    assert [step.action for step in _one(verified).steps] == ["none", "delete"]
    assert verified.exit_code == 3


def test_what_cannot_be_read_is_a_failure(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    run = _run(site)
    site.state("a").quirks.unreadable = {"registry_value": "Access is denied."}
    site.state("b").quirks.never_returns = True
    site.state("b").reboot()
    verified = _verify(site, run)
    assert verified.exit_code == 1
    assert all("Access is denied." in step.reason for step in verified.hosts[0].steps)
    assert verified.hosts[1].error
    assert _verify(site, run, limit="a").exit_code == 1


def test_a_limit_chooses_hosts(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    run = _run(site)
    sets(site, "a", 7, on="b")()
    assert _verify(site, run, limit="a").exit_code == 0
    assert _verify(site, run).exit_code == 3


def test_a_run_that_changed_nothing_has_nothing_to_verify(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    _run(site)
    with pytest.raises(UsageError, match="changed nothing on these hosts"):
        _verify(site, _run(site))


def test_a_host_that_is_gone_from_the_inventory_is_an_error(make_site: MakeSite) -> None:
    """To verify the others alone would look as if all held."""
    site = make_site({"a": host(), "b": host()})
    run = _run(site)
    site.inventory.write_text(site.inventory.read_text().replace("\n      b:", "\n      c:"))
    with pytest.raises(UsageError, match="has no host b"):
        _verify(site, run)
    assert _verify(site, run, limit="a").exit_code == 0
