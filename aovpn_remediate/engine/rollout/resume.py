"""What a stopped or killed run, and those that went on with it, have left to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.journal.pending_confirmations import Arm
from aovpn_remediate.results import HostRun, Run


def chain(run: Run, runs: Iterable[Run]) -> list[Run]:
    """Every apply that went on with this one or that it went on with, itself included."""
    applies = [run, *(each for each in runs if each.action == "apply" and each.id != run.id)]
    found: list[Run] = []
    ids = {run.id}
    while new := [each for each in applies if each not in found and not ids.isdisjoint(_ids(each))]:
        found += new
        ids.update(*map(_ids, new))
    return sorted(found, key=lambda each: each.started)


def _ids(run: Run) -> tuple[str, ...]:
    return (run.id, *run.of)


def done_hosts(runs: Iterable[Run]) -> frozenset[str]:
    """The hosts where nothing is left to do for a chain of runs.

    Rollbacks of them are given as well: what was taken back is not done.
    """
    last: dict[str, HostRun] = {}
    for run in sorted(runs, key=lambda run: run.started):
        if run.action == "apply":
            last |= {host.host: host for host in run.hosts if host.touched or host.finished}
        for host in run.hosts if run.action == "rollback" else ():
            if _is_begun(host):
                last.pop(host.host, None)
    return frozenset(name for name, host in last.items() if _is_done(host))


def _is_begun(host: HostRun) -> bool:
    """Also by a run that was killed there."""
    return host.touched or host.finished or any(step.status != "not_done" for step in host.steps)


def _is_done(host: HostRun) -> bool:
    """What only a person can do is no reason to come back."""
    waits = any(restart.status == "outstanding" for restart in host.restarts)
    begun = all(step.status != "not_done" for step in host.steps)
    return host.finished and not host.failed and not waits and begun


def set_back(arms: Iterable[Arm], now: datetime) -> frozenset[str]:
    """The hosts that nobody has confirmed in time: they are as they were, or may be by now."""
    last: Mapping[str, Arm] = {arm.host: arm for arm in sorted(arms, key=lambda arm: arm.since)}
    return frozenset(host for host, arm in last.items() if _is_over(arm, now))


def _is_over(arm: Arm, now: datetime) -> bool:
    if arm.status not in ("arming", "armed"):
        return arm.status == "undone"
    until = instant(arm.until)
    return until is None or until <= now
