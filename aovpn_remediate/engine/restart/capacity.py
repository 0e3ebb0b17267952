"""Capacity of a group: a host is restarted only while enough of the others serve (`keep_serving`).

The hosts are read each time, because another run, another operator or a broken disk may have taken
one out of service since. Runs on the same journal count one after another, and see by their leases
which hosts the others are restarting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aovpn_remediate.engine.control import Stop
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.reading.identity import is_same_server
from aovpn_remediate.errors import LogonFailed, error_of_host
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.resources.roles import ROLE_SERVICES
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results import Facts

_MOST_NAMES = 3


@dataclass(frozen=True)
class Clearance:
    """Permission to restart a host now, as far as the other hosts of its groups serve."""

    refusal: str = ""
    """The reason against it; empty where it may be restarted."""
    temporary: bool = False
    """True if it is worth asking again: another restart is under way."""


@dataclass(frozen=True)
class _NotServing:
    """A host that does not serve."""

    why: str
    temporary: bool = False
    """True if it will serve again soon."""


@dataclass
class Capacity:
    """The capacity of one run's groups."""

    fleet: Inventory
    leases: Leases
    read_facts: Callable[[Host], Facts]
    """Reads a host and its `ROLE_SERVICES`. Raises `RemediateError`."""
    workers: int
    settle: float
    """Seconds after its boot in which the services of a host may still have to start."""
    _refused: dict[str, str] = field(default_factory=dict, init=False)
    """Hosts that refused the logon: tried again and again, the account would be locked out."""

    def floors_of(self, host: Host) -> dict[str, int]:
        """Return how many others have to serve in each of the host's groups that says so."""
        floors = self.fleet.floors
        return {group: floors[group] for group in sorted(host.groups) if group in floors}

    @contextmanager
    def clearance(self, host: Host, own: Facts) -> Iterator[Clearance]:
        """Ask if a host may be restarted now; the answer holds until the end of the block.

        `own` are its facts: a host that is the same server does not serve in its place.
        """
        floors = self.floors_of(host)
        if not floors:
            yield Clearance()
            return
        found = self._take(host, own, floors)
        try:
            yield found
        finally:
            if not found.refusal:
                self.leases.release(_lease(host.name))

    def serves_again(self, host: Host) -> None:
        """Clear the lease of a killed run on a host that was seen to serve."""
        if self.floors_of(host) and self.leases.take(_lease(host.name)) is None:
            self.leases.release(_lease(host.name))

    def _take(self, host: Host, own: Facts, floors: Mapping[str, int]) -> Clearance:
        """Count under a lease: two runs that count at once would both take the last host."""
        taken: list[str] = []
        try:
            for group in floors:
                owner = self.leases.take(f"count:{group}")
                if owner is not None:
                    words = f"{owner} is counting the hosts that serve in {group}"
                    return Clearance(words, temporary=True)
                taken.append(f"count:{group}")
            found = self._count(host, own, floors)
            if not found.refusal and (owner := self.leases.take(_lease(host.name))):
                return Clearance(f"{owner} is restarting this host", temporary=True)
            return found
        finally:
            for name in taken:
                self.leases.release(name)

    def _count(self, host: Host, own: Facts, floors: Mapping[str, int]) -> Clearance:
        names = {name for group in floors for name in self.fleet.groups[group]} - {host.name}
        # A host that a killed run has told to restart may answer a while longer.
        owners = {name: self.leases.owner_of(_lease(name), or_dead=True) for name in names}
        taken = {name: owner for name, owner in owners.items() if owner is not None}
        asked = [self.fleet.hosts[name] for name in sorted(names - taken.keys())]
        answers = in_parallel(asked, self._look, workers=self.workers, stop=Stop())
        down = _not_counted(host, own, zip(asked, answers, strict=True))
        down |= {
            name: _NotServing(f"{owner} is restarting it", temporary=True)
            for name, owner in taken.items()
        }
        for group, floor in floors.items():
            others = [name for name in self.fleet.groups[group] if name != host.name]
            missing = [name for name in others if name in down]
            if len(others) - len(missing) < floor:
                temporary = any(down[name].temporary for name in missing)
                minimum = self.fleet.rules[group].keep_serving
                return Clearance(_refusal(group, minimum, missing, down), temporary)
        return Clearance()

    def _look(self, host: Host) -> _NotServing | Facts:
        """Return the facts of a host that serves."""
        if host.name in self._refused:
            return _NotServing(self._refused[host.name])
        try:
            facts = self.read_facts(host)
        except LogonFailed as error:
            self._refused[host.name] = str(error)
            return _NotServing(str(error))
        except Exception as error:  # noqa: BLE001 - of one host
            return _NotServing(str(error_of_host(error)))
        why = why_not_serving(facts)
        return _NotServing(why, temporary=self._has_just_started(facts)) if why else facts

    def _has_just_started(self, facts: Facts) -> bool:
        boot, now = instant(facts.boot), instant(facts.time)
        if boot is None or now is None:
            return False
        return now - boot < timedelta(seconds=self.settle)


def _not_counted(
    host: Host, own: Facts, answers: Iterable[tuple[Host, _NotServing | Facts | None]]
) -> dict[str, _NotServing]:
    """Return the hosts that do not serve, or are a server that was counted under another name."""
    down: dict[str, _NotServing] = {}
    counted = {host.name: own}
    for other, answer in answers:
        if isinstance(answer, Facts):
            same = [name for name, facts in counted.items() if is_same_server(facts, answer)]
            counted[other.name] = answer
            if same:
                down[other.name] = _NotServing(f"it is the same server as {same[0]}")
        elif answer is not None:
            down[other.name] = answer
    return down


def why_not_serving(facts: Facts) -> str:
    """Return why a host that answers does not serve; empty where it does.

    A service that does not start automatically is not the one that its role serves with here. A
    fact that could not be read counts as not serving.
    """
    for role, name in ROLE_SERVICES.items():
        if why := facts.unknown.get(f"roles.{role}"):
            return f"its role {role} could not be read ({why})"
        if facts.roles.get(role) and (why := facts.unknown.get(f"services.{name}")):
            return f"its service {name} could not be read ({why})"
        service = facts.services.get(name)
        if not facts.roles.get(role) or service is None:
            continue
        if service.start_mode.casefold() == "auto" and service.state.casefold() != "running":
            return f"{name} is {service.state.casefold()}"
    return ""


def _lease(host: str) -> str:
    return f"down:{host}"


def _refusal(
    group: str, minimum: object, missing: Sequence[str], down: Mapping[str, _NotServing]
) -> str:
    words = f"{minimum} of {group} must keep serving"
    if not missing:
        return words
    hosts = listed([f"{name}: {down[name].why}" for name in missing], _MOST_NAMES, "; ")
    return f"{words}, and these do not serve: {hosts}"
