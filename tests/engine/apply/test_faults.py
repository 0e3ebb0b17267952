"""Whatever goes wrong at whichever request: what a run says is true, and the next one ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.inventory.model import Connection
from aovpn_remediate.lab.faults import Action, Fault
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.transports.deadlines import Timeouts
from tests.engine.conftest import MakeSite, Site, dword
from tests.engine.truth import assert_in_journal, assert_restarts_true, assert_set_once, assert_true
from tests.lengths import some_now

KEY = r"HKLM\SOFTWARE\Test"
ACCOUNT = r"CORP\svc"
IMPATIENT = aovpn.Options(
    workers=8, patience=aovpn.Patience(settle=1, reboot=1, poll=0.02, stable=0.01)
)

QUICK = Timeouts(operation=0.3, poll=0.2, grace=0.4, opening=3, stop=0.3, close=1, retries=1)
"""For hosts that hang. On a busy machine others may be taken for such."""
LONGEST = 60
"""Seconds; far below the deadline of a script, which is what a hang would last."""
UNHURRIED = Timeouts(connect=5, operation=5, poll=0.5, backoff=0.01, quota_pause=0.02)

KINDS: Mapping[str, Mapping[str, Any]] = {
    "refuse": {"kind": "refuse"},
    "reset": {"kind": "reset"},
    "reset_after": {"kind": "reset_after"},
    "close": {"kind": "close"},
    "hang": {"kind": "hang"},
    "503": {"kind": "503"},
    "garbage": {"kind": "garbage"},
    "wrong_relates_to": {"kind": "wrong_relates_to"},
    "truncated_fragment": {"kind": "truncated_fragment"},
    "duplicated_fragment": {"kind": "duplicated_fragment"},
    "slow": {"kind": "slow", "seconds": 0.05},
    "too_slow": {"kind": "slow", "seconds": 1.5},
    "access_denied": {"kind": "fault", "code": refusals.ACCESS_DENIED},
    "timed_out": {"kind": "fault", "code": refusals.TIMED_OUT},
    "not_found": {"kind": "fault", "code": refusals.NOT_FOUND},
    "shell_quota": {"kind": "fault", "code": refusals.SHELL_QUOTA},
    "command_quota": {"kind": "fault", "code": refusals.COMMAND_QUOTA},
}
each_kind = pytest.mark.parametrize("kind", KINDS)
IN_AN_APPLY = ("refuse", "reset_after", "hang", "truncated_fragment", "access_denied")
"""One of each sort; the others are tried by `make test-long`."""
IN_A_RESTART = ("reset", "reset_after", "hang", "garbage", "access_denied")
HANGING = {"hang", "too_slow"}
OF_OUTPUT = {"truncated_fragment", "duplicated_fragment"}

Requests = Mapping[Action, Iterable[int]]
OF_A_PLAN: Requests = {"Create": [1], "Receive": [1, 2, 3], "Command": [1], "Delete": [1]}
OF_AN_APPLY: Requests = {"Create": [1], "Receive": range(1, 8), "Command": [1, 2], "Delete": [1]}
OF_A_RESTART: Requests = {
    "Create": [2, 3],
    "Receive": range(8, 15),
    "Command": [3, 4],
    "Delete": [2, 3],
}


@dataclass
class Waiting:
    """The timeouts of sessions now."""

    timeouts: Timeouts = UNHURRIED


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """Shorter than an inventory can say."""
    waiting = Waiting()

    def of(cls: type[Timeouts], connection: Connection) -> Timeouts:
        del cls, connection
        return waiting.timeouts

    monkeypatch.setattr(Timeouts, "of", classmethod(of))
    return waiting


def _misfortunes(kind: str, requests: Requests) -> dict[str, Fault]:
    """A host for each request, with the fault that it meets there."""
    if kind == "refuse":
        return {f"connection-{n}": Fault("refuse", nth=n) for n in (1, 2, 3)}
    return {
        f"{action.lower()}-{n}": Fault(action=action, nth=n, **KINDS[kind])
        for action, places in requests.items()
        for n in places
        if kind not in OF_OUTPUT or action == "Receive"
        # Whoever hears that the shell is gone does not end it.
        if (kind, action) != ("not_found", "Delete")
    }


@dataclass
class Scene:
    """A site where every host but one has its own misfortune to come."""

    site: Site
    waiting: Waiting
    kind: str
    misfortunes: Mapping[str, Fault]

    def playbook(self, **then: Any) -> Path:
        """Several kinds, a key to be made, one that is right, one that `then` needs something."""
        return self.site.playbook(
            steps=[
                dword(rf"{KEY}\new\below", "create", 1, create_key=True),
                {**dword(KEY, "update", 2), **then},
                dword(KEY, "right", 3),
                {"service": {"name": "RasMan", "startup": "automatic"}},
                {"user_right": {"right": "SeServiceLogonRight", "accounts": [ACCOUNT]}},
            ],
            after=[{"service": {"name": "IAS", "status": "running"}}],
        )

    def strike(self) -> None:
        """From now on."""
        if self.kind in HANGING:
            self.waiting.timeouts = QUICK
        for name, fault in self.misfortunes.items():
            fault.host = self.site.address(name)
            self.site.lab.faults.add(fault)

    def relent(self) -> None:
        """Nothing is left on the hosts, and all goes well from now on."""
        self.waiting.timeouts = UNHURRIED
        self.site.lab.faults.clear()
        assert self.site.lab.stats().shells == 0
        if KINDS[self.kind]["kind"] != "fault":
            # The lab takes a refused request for output as none.
            self.site.lab.assert_clean()


MakeScene = Callable[[str, Requests], Scene]


@pytest.fixture
def scene(make_site: MakeSite, waiting: Waiting) -> MakeScene:
    """Make a scene for a kind of fault and the requests of a visit."""

    def make(kind: str, requests: Requests) -> Scene:
        misfortunes = _misfortunes(kind, requests)
        hosts = ["well", *misfortunes]
        site = make_site(
            dict.fromkeys(hosts, SEED),
            groups={f"of-{name}": [name] for name in hosts},
            clean=False,
        )
        return Scene(site, waiting, kind, misfortunes)

    return make


SEED = HostSeed.model_validate(
    {
        "name": "HOST",
        "registry": {KEY: {"update": {"dword": 1}, "right": {"dword": 3}}},
        "services": {"IAS": {}, "RasMan": {"startup": "manual"}},
        "accounts": {ACCOUNT: "S-1-5-21-1-1-1-1001"},
        # One record a request.
        "quirks": {"slow": 0.005, "restart_seconds": 0.01},
    }
)


@each_kind
def test_a_plan_is_right_or_says_that_it_could_not_read(scene: MakeScene, kind: str) -> None:
    here = scene(kind, OF_A_PLAN)
    here.strike()
    plan = here.site.plan(here.playbook(), workers=8)
    here.relent()
    right = here.site.plan(here.playbook()).hosts[0]
    assert right.error is None
    for host in plan.hosts:
        found = (host.steps, host.after)
        assert found == ((right.steps, right.after) if host.error is None else ((), ()))
        assert host.seconds < LONGEST
    assert here.site.windows.sets == []


@pytest.mark.parametrize("kind", some_now(KINDS, *IN_AN_APPLY))
def test_an_apply_says_what_is_true_and_the_next_one_ends_it(scene: MakeScene, kind: str) -> None:
    here = scene(kind, OF_AN_APPLY)
    site: Site = here.site
    original = site.snapshots()
    plan = site.plan(here.playbook())
    here.strike()
    first = site.apply(plan, options=IMPATIENT)
    here.relent()
    assert_in_journal(site, first)
    assert_true(first, site.windows.sets)
    assert [host.host for host in first.hosts if host.seconds > LONGEST] == []

    mark = len(site.windows.sets)
    second = site.apply(plan)
    assert_in_journal(site, second)
    assert_true(second, site.windows.sets[mark:])
    assert_set_once(site.windows.sets)
    assert second.exit_code == 0
    assert site.plan(here.playbook()).exit_code == 0

    assert site.rollback(first.id, second.id).exit_code == 0
    assert site.snapshots() == original


def test_a_script_too_long_for_one_request_runs_whole_or_not_at_all(
    make_site: MakeSite, waiting: Waiting
) -> None:
    """A host for each kind of fault, which spoils the sending of the rest of the script."""
    kinds = ["reset", "reset_after", "hang", "garbage", "wrong_relates_to", "access_denied"]
    site = make_site(dict.fromkeys(kinds, SEED), clean=False)
    original = site.snapshots()
    long = {"key": KEY, "name": "long", "type": "string", "data": "x" * 400_000}
    plan = site.plan(site.playbook(steps=[{"registry_value": long}, dword(KEY, "update", 2)]))
    waiting.timeouts = QUICK
    for kind in kinds:
        site.lab.faults.add(Fault(action="Send", host=site.address(kind), **KINDS[kind]))
    first = site.apply(plan, options=IMPATIENT)
    waiting.timeouts = UNHURRIED
    assert_true(first, site.windows.sets)
    assert site.lab.stats().shells == 0
    assert sum(site.lab.stats().faults.values()) == len(kinds)

    assert site.apply(plan).exit_code == 0
    assert_set_once(site.windows.sets)
    assert site.rollback(first.id, site.journal.load("last").id).exit_code == 0
    assert site.snapshots() == original


@pytest.mark.parametrize("kind", some_now(IN_A_RESTART, "reset_after"))
def test_a_restart_is_done_or_outstanding_but_never_lost(scene: MakeScene, kind: str) -> None:
    here = scene(kind, OF_A_RESTART)
    site: Site = here.site
    plan = site.plan(here.playbook(then={"restart": ["IAS"]}))
    here.strike()
    first = site.apply(plan, options=IMPATIENT)
    here.relent()
    assert_in_journal(site, first)
    assert_true(first, site.windows.sets)
    assert_restarts_true(site, first)

    second = site.apply(plan)
    assert_in_journal(site, second)
    assert_set_once(site.windows.sets)
    for name in site.addresses:
        state = site.state(name)
        assert state.in_effect["IAS"]["registry"] == state.snapshot()["registry"], name
    assert site.plan(here.playbook(then={"restart": ["IAS"]})).exit_code == 0
