"""`drift check`: the plan of a fleet, and its records in the journal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.drift.check import check
from aovpn_remediate.engine.control import Control
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.lab.certificates import Authority
from tests.engine.conftest import MakeSite
from tests.engine.scenes import dwords, host, sets

from .conftest import FLEET, DriftSite, MakeDrift, rule


def check_fleet(drift: DriftSite, **more: Any) -> aovpn.Plan:
    return check(load_inventory(drift.site.inventory), FLEET, journal=drift.journal, **more)


def test_a_check_gives_a_plan_that_can_be_applied(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b", book={"hosts": "nobody"})
    plan = check_fleet(drift)
    assert plan.exit_code == 3
    assert [host.host for host in plan.hosts] == ["a", "b"]
    assert [source.name for source in plan.playbooks] == ["book"]
    assert not drift.site.windows.sets
    assert drift.site.apply(plan).exit_code == 0
    assert check_fleet(drift).exit_code == 0


def test_a_check_is_recorded_in_the_journal(make_drift: MakeDrift) -> None:
    drift = make_drift("a")
    before = datetime.now(UTC).timestamp()
    plan = check_fleet(drift)
    [status] = drift.statuses.values()
    assert status.plan == plan.hosts[0]
    [episode] = drift.history.episodes()
    assert before <= episode.first_seen <= datetime.now(UTC).timestamp()
    assert episode.ended is None
    sets(drift.site, "x", 1)()
    check_fleet(drift)
    assert [e.how for e in drift.history.episodes()] == ["elsewhere"]


def test_a_check_of_some_hosts_leaves_the_others_as_they_are(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b")
    check_fleet(drift)
    sets(drift.site, "x", 1, on="b")()
    check_fleet(drift, limit="a")
    assert set(drift.statuses) == {"a", "b"}
    assert [e.host for e in drift.history.episodes() if e.ended is None] == ["a", "b"]


def test_a_service_continues_the_episodes_of_a_check(make_drift: MakeDrift) -> None:
    drift = make_drift("a")
    check_fleet(drift)
    assert set(drift.tick(drift.service())) == {"a"}, "due at once: no service has checked yet"
    [episode] = drift.history.episodes()
    assert episode.last_seen > episode.first_seen


def test_a_check_resets_the_failures_of_a_host_that_answers(make_drift: MakeDrift) -> None:
    drift = make_drift("a", clean=False)
    state = drift.site.state()
    service = drift.service()
    state.down_until = datetime.max.replace(tzinfo=UTC)
    for _ in range(4):
        drift.tick(service)
        drift.clock.time = datetime.fromtimestamp(drift.statuses["a"].due, UTC)
    drift.clock.advance_by(hours=-15)
    assert drift.statuses["a"].failures == 4
    state.down_until = state.lab_time
    check_fleet(drift)
    assert drift.statuses["a"].failures == 0
    drift.tick(service)
    assert drift.statuses["a"].due == drift.clock.now().timestamp() + 3600


def test_an_interrupted_check_records_only_the_hosts_read(make_drift: MakeDrift) -> None:
    drift = make_drift("a", "b")
    control = Control()
    drift.site.meddling.before[drift.site.address("a"), 1] = control.stop.request
    plan = check_fleet(drift, control=control, workers=1)
    assert plan.exit_code == 130
    assert [s.plan is not None for s in drift.statuses.values()] == [True, False]
    assert [e.host for e in drift.history.episodes()] == ["a"]


@pytest.mark.parametrize("verify", [True, False])
def test_the_end_dates_of_certificates_are_recorded(
    make_site: MakeSite, tmp_path: Path, journal_url: str, *, verify: bool
) -> None:
    files = Authority(tmp_path / "authority").server("127.0.7.1")
    secured = {"scheme": "https", "encryption": "auto", "verify": verify, "ca_file": str(files.ca)}
    site = make_site({"a": host()}, connection=secured, tls=files)
    rule(site, all={"playbooks": [str(site.playbook("book", steps=dwords("x")))]})
    journal = aovpn.Journal(journal_url)
    drift = DriftSite(site, journal)
    assert check_fleet(drift).exit_code == 3
    ends = drift.statuses["a"].certificate_ends
    assert ends is not None
    assert (ends - datetime.now(UTC).timestamp()) / 86_400 == pytest.approx(30, abs=1)
    journal.close()
