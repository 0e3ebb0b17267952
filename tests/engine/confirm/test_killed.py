"""Kill -9 at any moment of a run: the hosts roll back without it."""

from __future__ import annotations

from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import UsageError
from tests.engine.conftest import PATIENCE
from tests.engine.killing import Deadline, calm, kill, observed, start
from tests.engine.scenes import KEY, dwords, host, value
from tests.lengths import some_now

from .conftest import MakeSite, Site, confirm_run, rollbacks_on, statuses_of

PATIENT = aovpn.Options(patience=PATIENCE)


def _killed(site: Site, *, record: int = 0, commit: int = 0) -> None:
    """A run that is dead when a host is about to send that record, or at that commit."""
    plan = site.plan(site.playbook(steps=dwords("a", "b", "c"), confirm_within="1m"))
    path = site.folder / "plan.json"
    plan_file.save(plan, path)
    hosts = observed(site)
    hosts.quiet.set()
    process = start(site, "apply", str(path), commit=commit)
    if record:
        hosts.deadline = Deadline(record, lambda: kill(process))
    process.join()
    assert process.exitcode == -9
    calm(site, hosts)


def _site(make_site: MakeSite) -> tuple[Site, Any]:
    site = make_site({"host": host(registry={KEY: {"b": {"dword": 5}}})}, clean=False)
    return site, site.snapshots()


# Records: the reading, the scheduling, three sets, the reading at the end.
@pytest.mark.parametrize("record", some_now(range(2, 7), 2, 4, 6))
def test_killed_when_a_record_is_sent(make_site: MakeSite, record: int) -> None:
    site, before = _site(make_site)
    _killed(site, record=record)
    assert [name.split()[0] for name in rollbacks_on(site)["host"]] == ["waiting"]
    assert (value(site, "a") is not None) == (record > 2)
    site.windows.let_time_pass(60)
    assert site.snapshots() == before
    [found] = confirm_run(site).hosts
    assert found.confirm.status == "undone"
    assert rollbacks_on(site) == {"host": []}


@pytest.mark.parametrize("commit", some_now(range(7, 19), 7, 10, 13, 16))
def test_killed_when_the_journal_is_written(make_site: MakeSite, commit: int) -> None:
    site, before = _site(make_site)
    _killed(site, commit=commit)
    site.windows.let_time_pass(60)
    assert site.snapshots() == before
    try:
        confirm_run(site)
    except UsageError as error:
        assert "has nothing to confirm" in str(error)  # noqa: PT017 - not scheduled yet is right as well
    assert rollbacks_on(site) == {"host": []}


def test_a_resumed_run_schedules_a_rollback_that_may_not_have_been_scheduled(
    make_site: MakeSite,
) -> None:
    site, before = _site(make_site)
    _killed(site, record=2)
    [first] = site.journal.runs()
    assert [each.status for each in site.journal.confirmations_of(first.id)] == ["arming"]
    run = aovpn.resume("last", site.inventory, journal=site.journal, options=PATIENT)
    assert rollbacks_on(site) == {"host": [f"waiting {run.id}"]}
    assert statuses_of(confirm_run(site, run.id)) == {"host": "confirmed"}
    assert site.snapshots() != before
