"""A run's statements, compared with the events on the simulated hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.lab.windows.runspace import SetRecord
from aovpn_remediate.results import HostRun, StepRun

from .conftest import Site

_NEVER_SET = {"unchanged", "manual", "not_done", "skipped", "stale", "unreadable"}


def since(site: Site, mark: int) -> list[SetRecord]:
    """Every Set that ran since there were so many."""
    return site.windows.sets[mark:]


def assert_set_once(sets: Sequence[SetRecord]) -> None:
    """No step of a host was set twice."""
    twice = [what for what, n in Counter((s.address, s.step) for s in sets).items() if n > 1]
    assert twice == []


def assert_true(run: aovpn.Run, sets: Sequence[SetRecord]) -> None:
    """No host of the run says anything that its Sets deny."""
    for host in run.hosts:
        mine = {s.step: s for s in sets if s.address == host.address}
        for step in host.steps:
            wrong = _lie(step, mine.get(step.id))
            assert not wrong, f"{host.host} {step.id}: {wrong}: {step!r}; {mine.get(step.id)}"


def _lie(step: StepRun, found: SetRecord | None) -> str:
    resource = resource_of(step.resource)
    if step.status == "changed":
        if found is None:
            return "it was never set"
        state = resource.normalise(found.after)
        return "" if resource.same(state, step.goal) else "it was not set to its goal"
    if step.status in _NEVER_SET:
        return "it was set" if found else ""
    if step.status == "unknown":
        return ""
    moved = found is not None and found.before != found.after
    said = bool(step.after_text) and not resource.restored(step.after, step.before)
    return "" if moved == said else f"it says that it moved: {said}; it is {moved}"


def assert_in_journal(site: Site, run: aovpn.Run) -> None:
    """The journal has the run as it was returned."""
    assert site.journal.load(run.id) == run


def host_of(run: aovpn.Run, name: str) -> HostRun:
    """One host of a run."""
    [found] = [host for host in run.hosts if host.host == name]
    return found


def assert_restarts_true(site: Site, run: aovpn.Run) -> None:
    """Every restart that the run reports as done was an outage of the host."""
    for host in run.hosts:
        down = {o.what for o in site.windows.history if o.address == host.address}
        done = {restart.what for restart in host.restarts if restart.status == "done"}
        assert done <= down, f"{host.host}: {host.restarts!r}"
