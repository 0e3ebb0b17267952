"""Restarts that changes still need, as far as a host's own times prove it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.journal.leftovers import Need, Stopped
from aovpn_remediate.resources.restart import REBOOT, Restart, restart_for
from aovpn_remediate.results import Facts, Outstanding, ServiceFact

# A boot time is computed from an uptime: it drifts when the clock is adjusted.
_BOOT_DRIFT = timedelta(seconds=30)

Proof = Literal["outstanding", "unproven", "done"]


def marks_of(facts: Facts) -> dict[str, str]:
    """Return what tells this boot, and this start of each service, from any other.

    By `reboot` and by the names of services, in lower case. The start of a process is noted when it
    starts: unlike the time of a boot it does not move with the clock (`Win32_Process.CreationDate`
    against `Win32_OperatingSystem.LastBootUpTime`).
    """
    if facts.boot_mark is None:
        return {}
    found = {
        name.casefold(): f"{facts.boot_mark}/{fact.started}"
        for name, fact in facts.services.items()
        if fact and fact.started
    }
    return {**found, REBOOT: facts.boot_mark}


def proof(need: Need, facts: Facts) -> Proof:
    """Return the proof, from the host's boot and process times, that a restart has happened."""
    since = instant(need.since)
    if need.need == REBOOT:
        return _proof_of_boot(need, facts, since)
    mark, _, start = (need.mark or "").partition("/")
    if booted_after(facts, since) if not mark else facts.boot_mark not in (None, mark):
        return "done"
    name = next((name for name in facts.services if _same(name, need.need)), None)
    if name is None:
        return "outstanding"
    service = facts.services[name]
    if service is None or is_stopped(facts, name):
        # A service reads its settings when it is started.
        return "done"
    if not _has_started(service, start, since):
        return "outstanding"
    return "done" if service.alone else "unproven"


def _proof_of_boot(need: Need, facts: Facts, since: datetime | None) -> Proof:
    if need.mark is not None and facts.boot_mark is not None:
        return "outstanding" if need.mark == facts.boot_mark else "done"
    if not booted_after(facts, since):
        return "outstanding"
    # The clock alone says so, and a clock may be set.
    return "done" if need.mark is None else "unproven"


def _has_started(service: ServiceFact, before: str, since: datetime | None) -> bool:
    """Return true if the process is another one than that which saw the change."""
    if before:
        return service.started not in (None, before)
    started = instant(service.started)
    return since is not None and started is not None and started > since


def booted_after(facts: Facts, moment: datetime | None) -> bool:
    """Return true where the host's boot time proves that it has booted since a moment."""
    boot = instant(facts.boot)
    return moment is not None and boot is not None and boot - moment > _BOOT_DRIFT


def open_needs(needs: Iterable[Need], facts: Facts) -> tuple[Outstanding, ...]:
    """Return the restarts that are still pending or unproven."""
    found = []
    for need in needs:
        state = proof(need, facts)
        if state != "done":
            found.append(
                Outstanding(
                    need=need.need,
                    since=need.since or "unknown",
                    run=need.run,
                    step=need.step,
                    proven=state == "outstanding",
                )
            )
    return tuple(found)


def left_stopped(stopped: Iterable[Stopped], facts: Facts) -> tuple[Outstanding, ...]:
    """Return the services that an earlier run stopped and that do not run now."""
    return tuple(
        Outstanding(need=item.service, since="", run=item.run, step="", down=True)
        for item in stopped
        if not (runs(facts, item.service) or is_gone(facts, item.service))
    )


def to_do(outstanding: Iterable[Outstanding]) -> Restart:
    """Return the restarts to make; an unproven restart is not made, and a start is none."""
    result = Restart()
    for item in outstanding:
        if item.proven and not item.down:
            result |= restart_for(item.need)
    return result


def runs(facts: Facts, service: str) -> bool:
    """Return true if the host reports that a service runs."""
    return _is(facts, service, "running")


def is_stopped(facts: Facts, service: str) -> bool:
    """Return true if the host reports that a service exists and has stopped."""
    return _is(facts, service, "stopped")


def came_back(before: Facts, now: Facts, service: str) -> bool:
    """Return true if a service runs, or is paused where it was paused before."""
    was_paused = _is(before, service, "paused")
    return runs(now, service) or (was_paused and _is(now, service, "paused"))


def is_active(facts: Facts, service: str) -> bool:
    """Return true if the host reports that a service exists and has not stopped."""
    return _fact(facts, service) is not None and not is_stopped(facts, service)


def is_idle(facts: Facts, service: str) -> bool:
    """Return true if the host reports that a service has stopped or does not exist."""
    return is_gone(facts, service) or is_stopped(facts, service)


def is_gone(facts: Facts, service: str) -> bool:
    """Return true if the host reports that a service does not exist."""
    is_reported = any(_same(name, service) for name in facts.services)
    return is_reported and _fact(facts, service) is None


def started_since(before: Facts, now: Facts, service: str) -> bool:
    """Return true if the process of a service has started since the facts before."""
    old, new = _fact(before, service), _fact(now, service)
    one, other = instant(old.started if old else None), instant(new.started if new else None)
    return one is not None and other is not None and other != one


def _is(facts: Facts, service: str, state: str) -> bool:
    found = _fact(facts, service)
    return found is not None and found.state.casefold() == state


def _fact(facts: Facts, service: str) -> ServiceFact | None:
    return next((fact for name, fact in facts.services.items() if _same(name, service)), None)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
