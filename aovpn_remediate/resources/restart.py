"""The restart that a change needs before it takes effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

_OF_USERS = frozenset({"rasman", "remoteaccess"})


def _is_none(value: object) -> bool:
    return value is None


@dataclass(frozen=True)
class Restart:
    """A reboot, or services to restart, or (false in a condition) nothing; JSON in results."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    reboot: bool = False
    services: tuple[str, ...] = ()
    stable_for: Annotated[float | None, Field(ge=0, exclude_if=_is_none)] = None
    """Seconds after which services are looked at once more; None: as the run says."""

    def __bool__(self) -> bool:
        return self.reboot or bool(self.services)

    def __or__(self, other: Restart) -> Restart:
        """Both, coalesced: each service once."""
        asked = [t for t in (self.stable_for, other.stable_for) if t is not None]
        services = _once(self.services + other.services)
        return Restart(self.reboot or other.reboot, services, max(asked, default=None))

    def __str__(self) -> str:
        if self.reboot:
            return "reboot"
        return f"restart {', '.join(self.services)}" if self.services else ""

    @property
    def stops(self) -> tuple[str, ...]:
        """The services that go down for it: RemoteAccess depends on RasMan."""
        with_rasman = any(service.casefold() == "rasman" for service in self.services)
        return _once((*self.services, *(("RemoteAccess",) if with_rasman else ())))

    @property
    def cuts_users(self) -> bool:
        """True if it ends the VPN sessions of an RRAS server."""
        return self.reboot or any(service.casefold() in _OF_USERS for service in self.services)

    @property
    def coalesced(self) -> Restart:
        """The restart to be done: a reboot instead of all, RasMan instead of RemoteAccess with it.

        `Restart-Service RasMan -Force` restarts RemoteAccess, which depends on it.
        """
        if self.reboot:
            return replace(self, services=())
        folded = {service.casefold() for service in self.services}
        if "rasman" not in folded:
            return self
        others = tuple(s for s in self.services if s.casefold() != "remoteaccess")
        return replace(self, services=others)


def _once(services: tuple[str, ...]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for service in services:
        first.setdefault(service.casefold(), service)
    return tuple(first.values())


NOTHING = Restart()


REBOOT = "reboot"


def restart_for(need: str) -> Restart:
    """`reboot` or a service as a restart."""
    return Restart(reboot=True) if need == REBOOT else Restart(services=(need,))


def each_need(restart: Restart) -> tuple[str, ...]:
    """Return the names under which a restart is recorded: a reboot replaces those of services."""
    return (REBOOT,) if restart.reboot else restart.services
