"""Kill -9 at any moment of an apply: the journal knows, and the next apply finishes the work."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate import plan_file
from aovpn_remediate.lab.windows.model import HostSeed

from .conftest import MakeSite, Site, dword, statuses
from .killing import AtRequest, Deadline, Observed, kill, observed, start_apply
from .truth import assert_set_once, assert_true

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
KILLS = 5
Moment = Literal["request", "record", "commit"]
# Somewhat fewer than there are in a whole apply.
MOST: Mapping[Moment, int] = {"request": 250, "record": 110, "commit": 180}


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


def _kill_at(scene: Scene, kind: Moment, number: int) -> None:
    """Apply in a process, which is dead at its n-th request, record, or commit."""
    process = start_apply(scene.site, scene.path, commit=number if kind == "commit" else 0)
    deadline = Deadline(number, lambda: kill(process))
    if kind == "record":
        scene.hosts.deadline = deadline
    elif kind == "request":
        scene.site.lab.faults.add(AtRequest("reset", deadline=deadline))
    process.join()
    scene.site.lab.faults.clear()
    scene.hosts.deadline = Deadline(0, lambda: None)
    assert process.exitcode == -9, (deadline.count, kind)


@pytest.mark.parametrize("seed", range(10))
def test_a_killed_apply_is_finished_by_the_next_one(scene: Scene, seed: int) -> None:
    moments = random.Random(seed)
    original = scene.site.snapshots()
    for _ in range(KILLS):
        kind = moments.choice(tuple(MOST))
        _check(scene, kind, moments.randrange(1, MOST[kind]), original)


def _check(scene: Scene, kind: Moment, number: int, original: Any) -> None:
    site = scene.site
    mark, runs = len(site.windows.sets), len(aovpn.runs(site.journal))
    _kill_at(scene, kind, number)
    killed = aovpn.show("last", site.journal) if len(aovpn.runs(site.journal)) > runs else None
    if killed is not None:
        assert killed.finished is None
        assert_true(killed, site.windows.sets[mark:])

    second = site.apply(scene.plan)
    sets = site.windows.sets[mark:]
    assert_set_once(sets)
    assert scene.hosts.unread == []
    assert second.exit_code == 0, [h for h in second.hosts if h.failed or h.differs]
    assert {s for host in statuses(second).values() for s in host} <= {"changed", "unchanged"}
    for name in site.addresses:
        _assert_in_effect(site, name)

    first = [] if killed is None else [killed.id]
    back = site.rollback(*first, second.id, permit=aovpn.Restart())
    assert {s for host in statuses(back).values() for s in host} <= {"changed", "unchanged"}
    assert site.snapshots() == original


def _assert_in_effect(site: Site, name: str) -> None:
    """What needs a restart was there when the service, or Windows, started."""
    state = site.state(name)
    group = name.partition("-")[0]
    if group != "ca":
        found = state.in_effect["IAS" if group == "nps" else "boot"]["registry"]
        assert found[rf"{LONG_KEY}\new\below"]["value"] == ("DWord", 2), name
