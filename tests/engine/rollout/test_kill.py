"""Kill -9 at any moment of an apply: the journal knows, and the next apply finishes the work."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from sqlalchemy import Connection, delete, event

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import JournalError
from aovpn_remediate.journal import tables
from aovpn_remediate.lab.windows.model import HostSeed
from tests.engine.conftest import ALL_RESTARTS, MakeSite, Site, dword, statuses
from tests.engine.killing import (
    IN_BATCHES,
    AtRequest,
    Deadline,
    Observed,
    Verb,
    calm,
    kill,
    observed,
    start,
)
from tests.engine.scenes import before, sets
from tests.engine.truth import assert_set_once, assert_true
from tests.lengths import some_now

KEY = r"HKLM\SOFTWARE\Test"
LONG_KEY = r"hkey_local_machine\software\test"
ACCOUNT = r"CORP\svc"
THENS: Mapping[str, Any] = {
    "nps": {"then": {"restart": ["IAS"]}},
    "rras": {"then": "reboot"},
    "ca": {},
}
GROUPS = {
    "nps": [f"nps-{n}" for n in range(4)],
    "rras": [f"rras-{n}" for n in range(4)],
    "ca": [f"ca-{n}" for n in range(12)],
}
Moment = Literal["request", "record", "commit"]
# Somewhat fewer than there are in a whole apply, and in one that finds the work done.
WHOLE: Mapping[Moment, int] = {"request": 260, "record": 110, "commit": 320}
AGAIN: Mapping[Moment, int] = {"request": 100, "record": 18, "commit": 100}


def _seed(number: int) -> HostSeed:
    return HostSeed.model_validate(
        {
            "name": f"HOST-{number}",
            "registry": {KEY: {}},
            "services": {"IAS": {}, "RasMan": {"startup": "manual", "status": "stopped"}},
            "accounts": {ACCOUNT: "S-1-5-21-1-1-1-1001"},
            # On every other host a killed run leaves a script that goes on by itself.
            "quirks": {
                "slow": 0.02 * (number % 2),
                "restart_seconds": 0.01,
                "reboot_seconds": 0.05,
            },
        }
    )


def _playbook(site: Site, group: str, then: Any) -> Any:
    return site.playbook(
        group,
        hosts=group,
        steps=[
            {**dword(rf"{KEY}\new\below", "value", 2, create_key=True), **then},
            {"service": {"name": "RasMan", "startup": "automatic", "status": "running"}},
            {"user_right": {"right": "SeServiceLogonRight", "accounts": [ACCOUNT]}},
        ],
        after=[{"service": {"name": "IAS", "status": "running"}}],
    )


@dataclass
class Scene:
    site: Site
    hosts: Observed
    plan: aovpn.Plan
    path: str


@pytest.fixture
def scene(make_site: MakeSite) -> Scene:
    """20 hosts that need everything; some restart a service, some reboot."""
    names = [name for members in GROUPS.values() for name in members]
    site = make_site(
        {name: _seed(number) for number, name in enumerate(names)}, groups=GROUPS, clean=False
    )
    plan = site.plan(*(_playbook(site, group, then) for group, then in THENS.items()))
    path = site.folder / "plan.json"
    plan_file.save(plan, path)
    return Scene(site, observed(site), plan, str(path))


def _kill_at(
    scene: Scene, verb: Verb, what: str, kind: Moment, number: int, *, serial: Any = ()
) -> None:
    """Work in a process, which is dead at its n-th request, record, or commit."""
    commit = number if kind == "commit" else 0
    process = start(scene.site, verb, what, commit=commit, serial=serial)
    deadline = Deadline(number, lambda: kill(process))
    if kind == "record":
        scene.hosts.deadline = deadline
    elif kind == "request":
        scene.site.lab.faults.add(AtRequest("reset", deadline=deadline))
    process.join()
    scene.site.lab.faults.clear()
    scene.hosts.deadline = Deadline(0, lambda: None)
    assert process.exitcode == -9, (deadline.count, kind)


@pytest.mark.parametrize("seed", some_now(range(4), 0))
def test_a_killed_apply_is_finished_by_the_next_one(scene: Scene, seed: int) -> None:
    """Five kills: one apply that is killed, and twice one whose second attempt is killed too."""
    moments = random.Random(seed)  # noqa: S311 - no secrets
    original = scene.site.snapshots()
    for attempts in ([WHOLE], [WHOLE, AGAIN], [WHOLE, AGAIN]):
        mark = len(scene.site.windows.sets)
        killed: list[str] = []
        for most in attempts:
            if killed:
                calm(scene.site, scene.hosts)  # to tell which of the two has set what
            killed += _killed_somewhere(scene, moments, most)
        _finish(scene, killed, mark)
        assert scene.site.snapshots() == original


@pytest.mark.parametrize("seed", some_now(range(2), 0))
def test_a_killed_run_in_batches_is_resumed(scene: Scene, seed: int) -> None:
    """Killed, and killed again while it goes on: in the end all is done, and nothing twice."""
    site, moments = scene.site, random.Random(100 + seed)  # noqa: S311 - no secrets
    original = site.snapshots()
    kind = moments.choice(tuple(WHOLE))
    number = moments.randrange(20, WHOLE[kind])
    _kill_at(scene, "apply", scene.path, kind, number, serial=IN_BATCHES)
    calm(site, scene.hosts)
    first = aovpn.show("last", site.journal)
    kind = moments.choice(tuple(AGAIN))
    _kill_at(scene, "resume", "last", kind, moments.randrange(4, 16), serial=IN_BATCHES)
    calm(site, scene.hosts)
    last = aovpn.resume(first.id, site.inventory, journal=site.journal, permit=ALL_RESTARTS)
    assert last.exit_code == 0, [host for host in last.hosts if host.failed or host.differs]
    assert_set_once(site.windows.sets)
    for name in site.addresses:
        _assert_in_effect(site, name)
    done = [run.id for run in aovpn.runs(site.journal)]
    assert last.of[-1] == first.id
    site.rollback(*done, permit=aovpn.Restart())
    assert scene.hosts.unread == []
    assert site.snapshots() == original


def _killed_somewhere(
    scene: Scene, moments: random.Random, most: Mapping[Moment, int]
) -> list[str]:
    """Apply until it is killed; gives the run, unless it was dead before it began one."""
    site = scene.site
    runs, mark = len(aovpn.runs(site.journal)), len(site.windows.sets)
    kind = moments.choice(tuple(most))
    _kill_at(scene, "apply", scene.path, kind, moments.randrange(1, most[kind]))
    if len(aovpn.runs(site.journal)) == runs:
        assert len(site.windows.sets) == mark
        return []
    killed = aovpn.show("last", site.journal)
    assert killed.finished is None
    assert killed.exit_code == 1
    assert_true(killed, site.windows.sets[mark:])
    return [killed.id]


def _finish(scene: Scene, killed: list[str], mark: int) -> None:
    """Every host as wanted, nothing set twice or unread, and all of it can be taken back."""
    site = scene.site
    last = site.apply(scene.plan)
    assert last.exit_code == 0, [host for host in last.hosts if host.failed or host.differs]
    assert {s for host in statuses(last).values() for s in host} <= {"changed", "unchanged"}
    assert_set_once(site.windows.sets[mark:])
    for name in site.addresses:
        _assert_in_effect(site, name)

    back = site.rollback(*killed, last.id, permit=aovpn.Restart())
    assert {s for host in statuses(back).values() for s in host} <= {"changed", "unchanged"}
    assert scene.hosts.unread == []


def _assert_in_effect(site: Site, name: str) -> None:
    """What needs a restart was there when the service, or Windows, started."""
    state = site.state(name)
    group = name.partition("-")[0]
    if group != "ca":
        found = state.in_effect["IAS" if group == "nps" else "boot"]["registry"]
        assert found[rf"{LONG_KEY}\new\below"]["value"] == ("DWord", 2), name


@pytest.mark.parametrize("seed", some_now(range(3), 1))
def test_a_killed_rollback_is_finished_by_the_next_one(scene: Scene, seed: int) -> None:
    site, moments = scene.site, random.Random(seed)  # noqa: S311 - no secrets
    original = site.snapshots()
    done = site.apply(scene.plan)
    kind = moments.choice(tuple(WHOLE))
    mark = len(site.windows.sets)
    _kill_at(scene, "rollback", done.id, kind, moments.randrange(4, WHOLE[kind]))
    killed = aovpn.show("last", site.journal)
    assert killed.action == "rollback"
    assert_true(killed, site.windows.sets[mark:])
    back = site.rollback(done.id)
    assert {s for host in statuses(back).values() for s in host} <= {"changed", "unchanged"}
    assert back.exit_code == 0, [host for host in back.hosts if host.failed or host.differs]
    assert_set_once(site.windows.sets[mark:])
    assert scene.hosts.unread == []
    assert site.snapshots() == original


def test_a_service_that_a_killed_run_left_stopped_is_started_and_reported(
    make_site: MakeSite,
) -> None:
    quirks = {"refuses_restart": ["IAS"]}
    seed = HostSeed.model_validate(
        {"name": "HOST", "registry": {KEY: {}}, "services": {"IAS": {}}, "quirks": quirks}
    )
    site = make_site({"host": seed}, clean=False)
    path = site.folder / "plan.json"
    plan = site.plan(site.playbook(steps=[{**dword(KEY, "v", 1), "then": {"restart": ["IAS"]}}]))
    plan_file.save(plan, path)
    process = start(site, "apply", str(path))
    # A reading, a set and its reading, and then the restart: stopped, and never started again.
    observed(site).deadline = Deadline(4, lambda: kill(process))
    process.join()
    assert site.state().services.find("IAS").started is None
    assert site.journal.stopped_services("host") == ["IAS"]

    second = site.apply(plan)
    [restart] = second.hosts[0].restarts
    assert (restart.what, restart.status) == ("IAS", "failed")
    assert "this run started it" in restart.message
    assert second.exit_code == 1
    assert site.state().services.find("IAS").started is not None
    assert site.journal.stopped_services("host") == []
    assert site.apply(plan).exit_code == 0


@pytest.mark.parametrize("commits", [12, 20, 28, 36])
def test_a_journal_that_fails_ends_the_run_before_it_sets_more(
    make_site: MakeSite, commits: int
) -> None:
    """A full disk, a database that is gone: nothing is set that could not be written."""
    seed = HostSeed.model_validate({"name": "HOST", "registry": {KEY: {}}})
    site = make_site(dict.fromkeys("abcd", seed))
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=[dword(KEY, f"v{n}", n) for n in range(3)]))
    broken = aovpn.Journal(site.journal.url)
    deadline = Deadline(commits, lambda: None)

    @event.listens_for(broken._engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if deadline.passes() or deadline.count > commits:
            connection.exec_driver_sql("PRAGMA query_only=ON")

    with pytest.raises(JournalError, match="readonly"):
        replace(site, journal=broken).apply(plan, options=aovpn.Options(workers=2))
    broken.close()
    site.lab.assert_clean()
    first = site.journal.load("last")
    assert_true(first, site.windows.sets)
    assert first.exit_code == 1

    with site.journal.begin() as connection:  # as if its process had ended
        connection.execute(delete(tables.leases))
    second = site.apply(plan)
    assert second.exit_code == 0
    assert_set_once(site.windows.sets)
    site.rollback(first.id, second.id)
    assert site.snapshots() == original


def test_a_script_that_outlives_its_run_is_not_forgotten(make_site: MakeSite) -> None:
    """What it sets after the next apply has looked is its own, and is taken back."""
    seed = HostSeed(name="HOST", registry={KEY: {}}, services={"IAS": {}})
    site = make_site({"host": seed}, clean=False)
    original = site.snapshots()
    steps = [{**dword(KEY, f"v{n}", n), "then": {"restart": ["IAS"]}} for n in range(4)]
    path = site.folder / "plan.json"
    plan = site.plan(site.playbook(steps=steps))
    plan_file.save(plan, path)
    process = start(site, "apply", str(path))
    second_command = Deadline(2, lambda: kill(process))
    site.lab.faults.add(AtRequest("reset", "Command", deadline=second_command, spoils=True))
    process.join()
    killed = aovpn.show("last", site.journal)
    assert statuses(killed) == {"host": ["unknown"] * 4}

    before(site, 2, sets(site, "v0", 0))
    second = site.apply(plan)
    assert second.exit_code == 0
    assert statuses(second) == {"host": ["unchanged", "changed", "changed", "changed"]}
    assert [(r.what, r.status) for r in second.hosts[0].restarts] == [("IAS", "done")]
    settled = site.journal.load(killed.id)
    assert statuses(settled) == {"host": ["changed", "failed", "failed", "failed"]}
    assert site.rollback(killed.id, second.id).exit_code == 0
    assert site.snapshots() == original
