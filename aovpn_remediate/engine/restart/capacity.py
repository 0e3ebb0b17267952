"""The floor of a group: a host goes down only while enough of the others serve.

Who serves is not remembered but asked, each time, of the hosts themselves: another run, another
operator or a broken disk may have taken one away since. Runs on the same journal ask one after
another, and see by their leases which hosts the others have taken down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aovpn_remediate.engine.control import Stop
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.errors import LogonFailed, RemediateError
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.results import Facts

ROLE_SERVICES: Mapping[str, str] = {
    "nps": "IAS",
    "rras": "RemoteAccess",
    "connector": "PFXCertificateConnectorSvc",
}
"""The service that a role serves with; its name as in the facts about roles."""

_MOST_NAMES = 3


@dataclass(frozen=True)
class Leave:
    """Whether a host may be taken down now."""

    refusal: str = ""
    """Why not; empty where it may."""
    soon: bool = False
    """Whether it is worth asking again: somebody's restart is under way."""


@dataclass(frozen=True)
class _Missing:
    """A host that does not serve."""

    why: str
    soon: bool = False
    """Whether it is about to serve again."""


@dataclass
class Capacity:
    """The floors of one run's groups."""

    fleet: Inventory
    leases: Leases
    ask: Callable[[Host], Facts]
    """What a host says of itself and of `ROLE_SERVICES`. Raises `RemediateError`."""
    workers: int
    settle: float
    """Seconds after its boot in which the services of a host may still have to start."""
    _refused: dict[str, str] = field(default_factory=dict, init=False)
    """Hosts that refused the logon: asked again and again, the account would be locked out."""

    def concerns(self, host: Host) -> dict[str, int]:
        """The floors of its groups."""
        floors = self.fleet.floors
        return {group: floors[group] for group in sorted(host.groups) if group in floors}

    @contextmanager
    def taking(self, host: Host) -> Iterator[Leave]:
        """Leave to take a host down, which holds until the end of the block."""
        floors = self.concerns(host)
        if not floors:
            yield Leave()
            return
        leave = self._in_turn(host, floors)
        try:
            yield leave
        finally:
            if not leave.refusal:
                self.leases.release(_down(host.name))

    def is_up(self, host: Host) -> None:
        """A host was seen to serve: what a run that was killed has done to it is over."""
        if self.concerns(host) and self.leases.take(_down(host.name)) is None:
            self.leases.release(_down(host.name))

    def _in_turn(self, host: Host, floors: Mapping[str, int]) -> Leave:
        """Two runs that count at once would both take the last host that may be taken."""
        taken: list[str] = []
        try:
            for group in floors:
                owner = self.leases.take(f"count:{group}")
                if owner is not None:
                    return Leave(f"{owner} counts who serves in {group}", soon=True)
                taken.append(f"count:{group}")
            leave = self._leave(host, floors)
            if not leave.refusal and (owner := self.leases.take(_down(host.name))):
                return Leave(f"{owner} restarts this host", soon=True)
            return leave
        finally:
            for name in taken:
                self.leases.release(name)

    def _leave(self, host: Host, floors: Mapping[str, int]) -> Leave:
        names = {name for group in floors for name in self.fleet.groups[group]} - {host.name}
        # What a run that was killed has told to go down may answer a while longer.
        owners = {name: self.leases.owner_of(_down(name), or_dead=True) for name in names}
        taken = {name: owner for name, owner in owners.items() if owner is not None}
        asked = [self.fleet.hosts[name] for name in sorted(names - taken.keys())]
        answers = in_parallel(asked, self._why_not, workers=self.workers, stop=Stop())
        down = {one.name: why for one, why in zip(asked, answers, strict=True) if why}
        down |= {n: _Missing(f"{owner} restarts it", soon=True) for n, owner in taken.items()}
        for group, floor in floors.items():
            others = [name for name in self.fleet.groups[group] if name != host.name]
            missing = [name for name in others if name in down]
            if len(others) - len(missing) < floor:
                soon = any(down[name].soon for name in missing)
                words = _words(group, self.fleet.rules[group].keep_serving, missing, down)
                return Leave(words, soon)
        return Leave()

    def _why_not(self, host: Host) -> _Missing | None:
        if host.name in self._refused:
            return _Missing(self._refused[host.name])
        try:
            facts = self.ask(host)
        except LogonFailed as error:
            self._refused[host.name] = str(error)
            return _Missing(str(error))
        except RemediateError as error:
            return _Missing(str(error))
        why = not_serving(facts)
        return _Missing(why, soon=self._has_just_started(facts)) if why else None

    def _has_just_started(self, facts: Facts) -> bool:
        boot, now = instant(facts.boot), instant(facts.time)
        if boot is None or now is None:
            return False
        return now - boot < timedelta(seconds=self.settle)


def not_serving(facts: Facts) -> str:
    """Why a host that answers does not serve; empty where it does.

    A service that does not start by itself is none that its role serves with here. What cannot be
    told is no reason to take another host down.
    """
    for role, name in ROLE_SERVICES.items():
        if why := facts.unknown.get(f"roles.{role}"):
            return f"whether its role is {role} is unknown ({why})"
        if facts.roles.get(role) and (why := facts.unknown.get(f"services.{name}")):
            return f"whether {name} runs is unknown ({why})"
        service = facts.services.get(name)
        if not facts.roles.get(role) or service is None:
            continue
        if service.start_mode.casefold() == "auto" and service.state.casefold() != "running":
            return f"{name} is {service.state.casefold()}"
    return ""


def _down(host: str) -> str:
    return f"down:{host}"


def _words(group: str, floor: object, missing: Sequence[str], down: Mapping[str, _Missing]) -> str:
    words = f"{group} has to keep {floor} serving"
    if not missing:
        return words
    names = "; ".join(f"{name}: {down[name].why}" for name in missing[:_MOST_NAMES])
    more = f" and {len(missing) - _MOST_NAMES} more" if len(missing) > _MOST_NAMES else ""
    return f"{words}, and these do not: {names}{more}"
