"""The options that a run records for `resume`, those that it does not, and waivers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import yaml
from sqlalchemy import select, update

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from aovpn_remediate.journal import tables

from .fleets import (
    MakeSite,
    Site,
    asked,
    cli,
    does_not_hold,
    fleet,
    kept,
    options,
    planned,
    resumed,
    ruled,
)
from .test_resume import mend, stopped_at


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("serial", "1,x"),
        ("serial", ["1"]),
        ("workers", "many"),
        ("workers", 0),
        ("max_failures", "some"),
        ("drain_timeout", "soon"),
        ("poll", -1),
        ("max_sessions", "ten"),
        ("skip", "nps-01"),
        ("pause_after_canary", "perhaps"),
        ("confirm_within", "late"),
        ("force_restart", "no way"),
    ],
)
def test_a_recorded_option_that_was_edited_by_hand_is_one_clear_error(
    journal_of_a_stopped_run: Site, name: str, value: object
) -> None:
    site = journal_of_a_stopped_run
    with site.journal.begin() as connection:
        document = connection.execute(select(tables.runs.c.document)).scalar_one()
        document["options"][name] = value
        connection.execute(update(tables.runs).values(document=document))
    refused = cli(site, "resume", "last")
    assert refused.exit_code == 2, refused.output
    [line] = refused.stderr.splitlines()
    assert line.startswith("error: run 2")
    assert f" has recorded an option that cannot be used, {name}: " in line


@pytest.fixture
def journal_of_a_stopped_run(make_site: MakeSite) -> Site:
    site = fleet(make_site, {"nps": 2})
    site.journal.start(
        aovpn.Run.model_validate(
            {
                "id": "20261121-010203-abcd",
                "action": "apply",
                "started": "2026-11-21T01:02:03.000+00:00",
                "options": aovpn.Options().recorded(),
                "inventory": {"path": str(site.inventory), "digest": ""},
            }
        ),
        [],
    )
    return site


def test_the_override_of_windows_is_not_restored(make_site: MakeSite) -> None:
    """It was given for that hour. What it was given for is in the first run."""
    site = fleet(make_site, {"nps": 3})
    run = stopped_at(site, "nps-02", override_window="outage INC17")
    mend(site, "nps-02")
    closed = {"dates": ["2001-01-01"], "from": "00:00", "to": "01:00", "timezone": "UTC"}
    ruled(site, nps={"windows": [closed]})
    with pytest.raises(UsageError, match="outside the change windows of nps-02, nps-03"):
        resumed(site, run.id)
    refused = cli(site, "resume", run.id)
    assert refused.exit_code == 2
    given = cli(site, "resume", run.id, "--override-window", "INC17, second try", "--allow-reboot")
    assert given.exit_code == 0
    assert site.journal.load("last").options["override_window"] == "INC17, second try"


# Waivers


def test_a_waiver_that_expires_between_plan_and_apply_is_an_error(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = fleet(make_site, {"nps": 3})
    today = datetime.now(UTC).date()
    waiver = {
        "host": "nps-01",
        "step": "nps-ignore-no-revocation-check/*",
        "reason": "the appliance",
        "ticket": "CHG0041",
        "expires": today.isoformat(),
    }
    (site.folder / "waivers.yaml").write_text(yaml.safe_dump([waiver]))
    site.inventory.write_text(site.inventory.read_text() + "waivers: waivers.yaml\n")
    plan = planned(site)
    path = kept(site, plan)
    does_not_hold(site, "nps-02")
    run = site.apply(plan, options=options())
    assert run.stopped == "the canary failed: nps-02"  # a waived host is no canary
    mend(site, "nps-02")

    tomorrow = SimpleNamespace(now=lambda zone: datetime.now(zone) + timedelta(days=1))
    monkeypatch.setattr("aovpn_remediate.inventory.waivers.datetime", tomorrow)
    site.lab.reset_stats()
    words = f"the waiver CHG0041 expired on {today}: renew or remove it"
    for verb in (("apply", path), ("resume", run.id)):
        refused = cli(site, *verb)
        assert (refused.exit_code, asked(site)) == (2, set())
        assert words in refused.stderr


def test_all_hosts_waived_is_nothing_to_do(make_site: MakeSite) -> None:
    site = fleet(make_site, {"nps": 2})
    plan = planned(site)
    hosts = tuple(
        host.model_copy(
            update={"steps": tuple(s.model_copy(update={"waived": "CHG1"}) for s in host.steps)}
        )
        for host in plan.hosts
    )
    run = site.apply(plan.model_copy(update={"hosts": hosts}), options=options())
    assert (run.exit_code, run.stopped) == (0, "")
    assert {s.status for h in run.hosts for s in h.steps} == {"waived"}
