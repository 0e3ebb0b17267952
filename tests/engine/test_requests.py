"""Requests of a plan and an apply, counted by the server."""

from __future__ import annotations

import pytest

from aovpn_remediate.lab.windows.model import HostSeed

from .conftest import MakeSite, dword, one

KEY = r"HKLM\SOFTWARE\Test"


@pytest.mark.parametrize("steps", [1, 200])
def test_a_plan_is_six_requests_however_many_steps(make_site: MakeSite, steps: int) -> None:
    site = make_site({"host": HostSeed(name="HOST", registry={KEY: {}})})
    playbook = site.playbook(steps=[dword(KEY, f"v{n}", n) for n in range(steps)])
    plan = site.plan(playbook)
    assert len(one(plan).steps) == steps
    assert plan.exit_code == 3
    assert site.requests() == 6 == one(plan).requests


@pytest.mark.parametrize("changed", [0, 1, 20])
def test_an_apply_is_eight_and_at_most_one_a_changed_step(
    make_site: MakeSite, changed: int
) -> None:
    there = {f"v{n}": {"dword": n} for n in range(changed, 30)}
    site = make_site({"host": HostSeed(name="HOST", registry={KEY: there})})
    plan = site.plan(site.playbook(steps=[dword(KEY, f"v{n}", n) for n in range(30)]))
    before = site.requests()
    run = site.apply(plan)
    assert run.exit_code == 0
    assert [step.status for step in one(run).steps].count("changed") == changed
    assert site.requests() - before <= 8 + changed


def test_a_plan_changes_nothing(make_site: MakeSite) -> None:
    site = make_site({"host": HostSeed(name="HOST", registry={KEY: {}})})
    before = site.snapshots()
    site.plan(site.playbook(steps=[dword(KEY, "v", 1), dword(f"{KEY}\\new", "v", 1)]))
    assert site.snapshots() == before
    assert site.windows.sets == []
