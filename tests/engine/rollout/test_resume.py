"""Going on with runs: of a resume's resume, after a rollback, with another inventory."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from sqlalchemy import delete

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from aovpn_remediate.journal import tables

from .fleets import (
    ALLOWED,
    SWIFT,
    MakeSite,
    Site,
    asked,
    changed,
    cli,
    does_not_hold,
    fleet,
    in_effect,
    options,
    planned,
    resumed,
    ruled,
    unreachable,
)

ONE_BY_ONE = (aovpn.Share(count=1),)


def stopped_at(site: Site, *names: str, **more: Any) -> aovpn.Run:
    """A run, host by host, that one of them has stopped."""
    does_not_hold(site, *names)
    run = site.apply(planned(site), options=options(serial=ONE_BY_ONE, **more))
    assert run.stopped
    return run


def mend(site: Site, *names: str) -> None:
    for name in names:
        site.state(name).quirks.does_not_hold = ()


def test_what_the_first_of_three_runs_has_done_is_left_alone(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 6})
    stopped_at(site, "nps-03")
    mend(site, "nps-03")
    does_not_hold(site, "nps-05")
    assert resumed(site, "last").stopped == "the batch failed: nps-05"
    mend(site, "nps-05")
    site.lab.reset_stats()
    last = resumed(site, "last")
    assert last.exit_code == 0
    assert asked(site) == {"nps-05", "nps-06"}
    for run in aovpn.runs(site.journal):
        with pytest.raises(
            UsageError, match=f"nothing to resume: all hosts of run {run.id} are done"
        ):
            resumed(site, run.id)


def test_any_run_of_the_chain_may_be_named(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 4})
    first = stopped_at(site, "nps-02")
    second = resumed(site, first.id)
    third = resumed(site, first.id)
    assert set(third.of) == {first.id, second.id}
    mend(site, "nps-02")
    fourth = resumed(site, second.id)
    assert fourth.exit_code == 0
    assert {host.host for host in fourth.hosts} == {"nps-02", "nps-03", "nps-04"}


def test_a_run_is_not_resumed_while_another_resumes_it(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 3})
    first = stopped_at(site, "nps-02")
    mend(site, "nps-02")
    refused: list[str] = []

    def watch(_: str, what: str) -> None:
        if what == "reading" and not refused:
            with pytest.raises(UsageError) as error:
                resumed(site, first.id)
            refused.append(str(error.value))

    assert resumed(site, first.id, control=aovpn.Control(watch=watch)).exit_code == 0
    second = site.journal.load("last")
    assert refused == [f"run {second.id} by {second.operator} is still running"]


def test_a_run_is_not_resumed_while_it_is_rolled_back(make_site: MakeSite) -> None:
    site = fleet(make_site, {"connector": 3})
    first = stopped_at(site, "connector-02")
    refused: list[str] = []

    def watch(_: str, what: str) -> None:
        if what == "reading" and not refused:
            with pytest.raises(UsageError) as error:
                resumed(site, first.id)
            refused.append(str(error.value))

    back = site.rollback(first.id, control=aovpn.Control(watch=watch))
    assert refused == [f"run {back.id} by {back.operator} is still running"]


def test_what_was_rolled_back_meanwhile_is_not_done(make_site: MakeSite) -> None:
    site = fleet(make_site, {"connector": 4})
    first = stopped_at(site, "connector-03")
    as_it_is = site.snapshots()
    assert site.rollback(first.id, limit="connector-01").exit_code == 0
    assert changed(site, as_it_is) == {"connector-01"}
    mend(site, "connector-03")
    last = resumed(site, first.id)
    assert last.exit_code == 0
    assert {h.host for h in last.hosts} == {"connector-01", "connector-03", "connector-04"}
    assert in_effect(site) == set(site.addresses)


def test_a_run_of_an_older_version_kept_no_plan(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 2})
    run = stopped_at(site, "nps-01")
    with site.journal.begin() as connection:
        connection.execute(delete(tables.plans))
    refused = cli(site, "resume", run.id)
    assert refused.exit_code == 2
    assert (
        refused.stderr
        == f"error: the journal has no plan of run {run.id}: apply its plan file again\n"
    )


def test_a_rollback_goes_in_batches_too(make_site: MakeSite) -> None:
    site = fleet(make_site, {"connector": 4})
    as_it_was = site.snapshots()
    run = site.apply(planned(site), options=options(serial=()))
    does_not_hold(site, "connector-01")
    words = ("rollback", run.id, "-i", str(site.inventory), "--yes", "--serial", "1,100%")
    stopped = cli(site, *words, *ALLOWED, *SWIFT)
    assert stopped.exit_code == 1
    assert changed(site, as_it_was) == set(site.addresses)
    assert "Stopped: the canary failed: connector-01; not started: connector-02" in stopped.stdout
    again = f"To continue, with restored steps left unchanged: aovpn-remediate rollback {run.id}"
    assert again in stopped.stdout
    mend(site, "connector-01")
    assert cli(site, *words, *ALLOWED, *SWIFT).exit_code == 0
    assert changed(site, as_it_was) == set()


# Another inventory


def without(site: Site, *names: str) -> None:
    inventory = yaml.safe_load(site.inventory.read_text())
    for group in inventory["groups"].values():
        for name in names:
            group["hosts"].pop(name, None)
    site.inventory.write_text(yaml.safe_dump(inventory))


def test_a_host_that_is_done_may_leave_the_inventory(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 4})
    run = stopped_at(site, "nps-02")
    mend(site, "nps-02")
    without(site, "nps-01")
    assert resumed(site, run.id).exit_code == 0
    assert in_effect(site) == set(site.addresses)


def test_a_removed_host_that_is_not_done_is_added_again_or_skipped(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 4})
    run = stopped_at(site, "nps-02")
    without(site, "nps-02")
    refused = cli(site, "resume", run.id)
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"error: the inventory {site.inventory} has no host nps-02: "
        "add it again, or skip it with --skip nps-02\n"
    )
    last = resumed(site, run.id, options=options(skip=("nps-02",)))
    assert last.exit_code == 0
    assert {host.host for host in last.hosts} == {"nps-03", "nps-04"}


def test_a_skipped_host_may_be_removed(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 4})
    run = stopped_at(site, "nps-02", skip=("nps-03",))
    mend(site, "nps-02")
    without(site, "nps-03")
    assert resumed(site, run.id).exit_code == 0
    assert in_effect(site) == {"nps-01", "nps-02", "nps-04"}


def test_the_current_floor_counts(make_site: MakeSite) -> None:
    site = ruled(fleet(make_site, {"nps": 3}), nps={"keep_serving": 1})
    run = stopped_at(site, "nps-01")
    mend(site, "nps-01")
    ruled(site, nps={"keep_serving": 2})
    unreachable(site, ["nps-03"])
    last = resumed(site, run.id, options=options(serial=()))
    assert {r.status for h in last.hosts[:2] for r in h.restarts} == {"outstanding"}
    assert site.windows.history == []
