"""Which hosts a stopped or killed run has brought to their end. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from aovpn_remediate.engine.results import HostRun, Run


def done_hosts(runs: Iterable[Run]) -> frozenset[str]:
    """Of a run and those that went on with it: the hosts where nothing is left to do for it."""
    last: dict[str, HostRun] = {}
    for run in sorted(runs, key=lambda run: run.started):
        last |= {host.host: host for host in run.hosts if host.touched or host.finished}
    return frozenset(name for name, host in last.items() if _is_done(host))


def _is_done(host: HostRun) -> bool:
    """What only a person can do is no reason to come back."""
    waits = any(restart.status == "outstanding" for restart in host.restarts)
    begun = all(step.status != "not_done" for step in host.steps)
    return host.finished and not host.failed and not waits and begun


def chain(run: Run, later: Iterable[Run]) -> list[Run]:
    """A run, and those that went on with it or with one of these."""
    found = [run]
    for other in sorted(later, key=lambda run: run.started):
        ids = {item.id for item in found}
        if other.action == "apply" and ids.intersection(other.of) and other.id not in ids:
            found.append(other)
    return found
