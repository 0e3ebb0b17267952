"""The services of a simulated host, which start and stop, and the outages of a host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aovpn_remediate.lab.windows.model import Quirks, ServiceSeed
from aovpn_remediate.lab.windows.registry import Registry, Value, fold
from aovpn_remediate.lab.windows.text import time_text
from aovpn_remediate.lab.windows.thrown import Thrown

SERVICES = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"

_START = {"automatic": 2, "automatic_delayed": 2, "manual": 3, "disabled": 4}
_STARTUP = {0: "boot", 1: "system", 2: "automatic", 3: "manual", 4: "disabled"}

_STATES = {
    "running": "Running",
    "stopped": "Stopped",
    "startpending": "Start Pending",
    "paused": "Paused",
}
_START_MODES = {
    "automatic": "Auto",
    "automatic_delayed": "Auto",
    "manual": "Manual",
    "disabled": "Disabled",
}

# RemoteAccess depends on RasMan, so Restart-Service RasMan -Force restarts both.
_KNOWN_DEPENDENCIES = {"REMOTEACCESS": ("RasMan",)}


@dataclass
class Service:
    """A service. Its start type is in the registry."""

    name: str
    display_name: str
    account: str
    alone: bool
    depends_on: tuple[str, ...]
    started: datetime | None
    """Start time of the process; None while the service is stopped."""
    ready: datetime | None = None
    """Time until which the service is still starting, if set."""
    paused: bool = False


@dataclass
class Outage:
    """A time for which a host or service was down; `until` is None while it is still down."""

    address: str
    since: datetime
    until: datetime | None
    what: str
    """`reboot`, or the name of a restarted service."""


class Services:
    """The services of one host, by case-insensitive name.

    `on_change` is called with the name of a service and True if it has started.
    """

    def __init__(
        self,
        seeds: Mapping[str, ServiceSeed],
        *,
        registry: Registry,
        quirks: Quirks,
        clock: Callable[[], datetime],
        boot: datetime,
        on_change: Callable[[str, bool], None],
    ) -> None:
        self._registry = registry
        self._quirks = quirks
        self._clock = clock
        self._on_change = on_change
        self._services: dict[str, Service] = {}
        for name, seed in seeds.items():
            depends_on = seed.depends_on or _KNOWN_DEPENDENCIES.get(fold(name), ())
            started = None if seed.status == "stopped" else boot
            shown = seed.display_name or name
            service = Service(name, shown, seed.account, seed.alone, depends_on, started)
            service.paused = seed.status == "paused"
            self._services[fold(name)] = service
            registry.set(_key(name), "ObjectName", Value("String", seed.account))
            self.set_startup(name, seed.startup)

    def __iter__(self) -> Iterator[Service]:
        return iter(self._services.values())

    def find(self, name: str) -> Service | None:
        """Return the service, or None."""
        return self._services.get(fold(name))

    def look_up(self, name: str) -> Service | None:
        """Return the service, or None. Raises `Thrown` for a display name."""
        for service in self:
            if fold(service.display_name) == fold(name) and not self.find(name):
                said = f"{name} is a display name: the service is called {service.name}."
                raise Thrown(said)
        return self.find(name)

    def fact(self, name: str) -> dict[str, Any] | None:
        """Return what Get-AovpnServiceFact answers. Raises `Thrown` for a display name."""
        service = self.look_up(name)
        if service is None:
            return None
        startup = self.startup(service.name)
        return {
            "state": _STATES[self.status(service)],
            "start_mode": _START_MODES.get(startup, startup),
            "account": service.account,
            "started": time_text(service.started) if service.started else None,
            "alone": service.alone if service.started else None,
        }

    def startup(self, name: str) -> str:
        """Return the start type of a service from the registry."""
        start = self._registry.get(_key(name), "Start")
        number = start.data if start else None
        word = _STARTUP.get(number, f"start type {number}") if isinstance(number, int) else ""
        delayed = self._registry.get(_key(name), "DelayedAutostart")
        return "automatic_delayed" if word == "automatic" and delayed and delayed.data else word

    def set_startup(self, name: str, startup: str) -> None:
        """Set the start type of a service, as `sc.exe config` does."""
        self._registry.set(_key(name), "Start", Value("DWord", _START[startup]))
        if startup == "automatic_delayed":
            self._registry.set(_key(name), "DelayedAutostart", Value("DWord", 1))
        else:
            self._registry.remove(_key(name), "DelayedAutostart")

    def status(self, service: Service) -> str:
        """Return `running`, `stopped`, `paused` or `startpending`."""
        if service.started is None:
            return "stopped"
        if service.paused:
            return "paused"
        return "startpending" if service.ready and self._clock() < service.ready else "running"

    def start(self, service: Service, *, at: datetime | None = None) -> None:
        """Start a service after its dependencies. Raises `Thrown`."""
        if service.started is not None:
            return
        for name in service.depends_on:
            if needed := self.find(name):
                self.start(needed, at=at)
        if self.startup(service.name) == "disabled" or self._is_in(
            service, self._quirks.refuses_start
        ):
            raise _cannot_start(service)
        service.started, service.ready = at or self._clock(), None
        self._on_change(service.name, True)

    def stop(self, service: Service) -> None:
        """Stop a service."""
        service.started = service.ready = None
        service.paused = False
        self._on_change(service.name, False)

    def with_dependents(self, service: Service) -> list[Service]:
        """Return a service and its running dependents in the order in which they stop."""
        return [*self._running_dependents(service), service]

    def restart(self, service: Service) -> None:
        """Stop a service and its dependents and start them as they were.

        Raises `Thrown` for the first that does not start, after all have been tried.
        """
        stopped = {each.name: (each, each.paused) for each in self.with_dependents(service)}
        for each, _ in stopped.values():
            self.stop(each)
        back = self._clock() + timedelta(seconds=self._quirks.restart_seconds)
        faults: list[Thrown] = []
        for each, paused in reversed(stopped.values()):
            try:
                self._start_again(each, back)
            except Thrown as thrown:
                faults.append(thrown)
            else:
                each.paused = paused
        if faults:
            raise faults[0]

    def _start_again(self, service: Service, at: datetime) -> None:
        depends = [each for name in service.depends_on if (each := self.find(name))]
        if self._is_in(service, self._quirks.refuses_restart) or any(
            each.started is None for each in depends
        ):
            raise _cannot_start(service)
        self.start(service, at=at)

    def boot(self, at: datetime) -> None:
        """Start the automatic services at this time; all others are stopped."""
        for service in self:
            service.started = None
        for service in self:
            if self.startup(service.name) in ("automatic", "automatic_delayed"):
                try:
                    self.start(service, at=at)
                except Thrown:
                    continue
                late = self._quirks.starts_late.get(service.name)
                service.ready = at + timedelta(seconds=late) if late else None

    def _running_dependents(self, service: Service) -> list[Service]:
        """Return the running dependents; each comes before the services it depends on."""
        found: list[Service] = []
        for other in self:
            if other.started and self._is_in(service, other.depends_on):
                found += [s for s in [*self._running_dependents(other), other] if s not in found]
        return found

    def _is_in(self, service: Service, names: tuple[str, ...]) -> bool:
        return fold(service.name) in map(fold, names)


def _key(name: str) -> str:
    return f"{SERVICES}\\{name}"


def _cannot_start(service: Service) -> Thrown:
    # 1066 with 7: a number of the service's own, as a real one gives when it does not start.
    return Thrown(f"{service.name} was started, but has stopped again: it ended with 1066 (7).")
