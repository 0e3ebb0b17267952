"""One look at a fleet, and what the journal keeps of it."""

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

from .conftest import FLEET, Care, MakeCare, rule


def look(care: Care, **more: Any) -> aovpn.Plan:
    return check(load_inventory(care.site.inventory), FLEET, journal=care.journal, **more)


def test_it_is_a_plan_that_can_be_applied(make_care: MakeCare) -> None:
    care = make_care("a", "b", book={"hosts": "nobody"})
    plan = look(care)
    assert plan.exit_code == 3
    assert [host.host for host in plan.hosts] == ["a", "b"]
    assert [source.name for source in plan.playbooks] == ["book"]
    assert not care.site.windows.sets
    assert care.site.apply(plan).exit_code == 0
    assert look(care).exit_code == 0


def test_the_journal_keeps_it(make_care: MakeCare) -> None:
    care = make_care("a")
    before = datetime.now(UTC).timestamp()
    plan = look(care)
    [standing] = care.standings.values()
    assert standing.plan == plan.hosts[0]
    [episode] = care.memory.episodes()
    assert before <= episode.first_seen <= datetime.now(UTC).timestamp()
    assert episode.ended is None
    sets(care.site, "x", 1)()
    look(care)
    assert [e.how for e in care.memory.episodes()] == ["elsewhere"]


def test_a_part_of_a_fleet_leaves_the_rest_as_it_is(make_care: MakeCare) -> None:
    care = make_care("a", "b")
    look(care)
    sets(care.site, "x", 1, on="b")()
    look(care, limit="a")
    assert set(care.standings) == {"a", "b"}
    assert [e.host for e in care.memory.episodes() if e.ended is None] == ["a", "b"]


def test_a_service_begins_with_what_a_check_has_seen(make_care: MakeCare) -> None:
    care = make_care("a")
    look(care)
    assert set(care.tick(care.service())) == {"a"}, "due at once: no service has looked yet"
    [episode] = care.memory.episodes()
    assert episode.last_seen > episode.first_seen


def test_a_host_that_answers_again_is_not_waited_for(make_care: MakeCare) -> None:
    care = make_care("a", clean=False)
    state = care.site.state()
    service = care.service()
    state.down_until = datetime.max.replace(tzinfo=UTC)
    for _ in range(4):
        care.tick(service)
        care.clock.time = datetime.fromtimestamp(care.standings["a"].due, UTC)
    care.clock.goes_on(hours=-15)
    assert care.standings["a"].failures == 4
    state.down_until = state.lab_time
    look(care)
    assert care.standings["a"].failures == 0
    care.tick(service)
    assert care.standings["a"].due == care.clock.now().timestamp() + 3600


def test_interrupted_it_keeps_only_what_was_read(make_care: MakeCare) -> None:
    care = make_care("a", "b")
    control = Control()
    care.site.meddling.before[care.site.address("a"), 1] = control.stop.request
    plan = look(care, control=control, workers=1)
    assert plan.exit_code == 130
    assert [s.plan is not None for s in care.standings.values()] == [True, False]
    assert [e.host for e in care.memory.episodes()] == ["a"]


@pytest.mark.parametrize("verify", [True, False])
def test_how_long_certificates_last(
    make_site: MakeSite, tmp_path: Path, journal_url: str, *, verify: bool
) -> None:
    files = Authority(tmp_path / "authority").server("127.0.7.1")
    secured = {"scheme": "https", "encryption": "auto", "verify": verify, "ca_file": str(files.ca)}
    site = make_site({"a": host()}, connection=secured, tls=files)
    rule(site, all={"playbooks": [str(site.playbook("book", steps=dwords("x")))]})
    journal = aovpn.Journal(journal_url)
    care = Care(site, journal)
    assert look(care).exit_code == 3
    ends = care.standings["a"].certificate_ends
    assert ends is not None
    assert (ends - datetime.now(UTC).timestamp()) / 86_400 == pytest.approx(30, abs=1)
    journal.close()
