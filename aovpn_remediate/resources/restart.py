"""The restart that a change needs before it takes effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

_OF_USERS = frozenset({"rasman", "remoteaccess"})


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: Any) -> bool:
    return not value


@dataclass(frozen=True)
class Restart:
    """A reboot, or services to restart, or (false in a condition) nothing; JSON in results."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    reboot: bool = False
    services: tuple[str, ...] = ()
    stable_for: Annotated[float | None, Field(ge=0, exclude_if=_is_none)] = None
    """Seconds after which services are looked at once more; None: as the run says."""
    below: Annotated[tuple[str, ...], Field(exclude_if=_is_empty)] = ()
    r"""Values of the registry, `KEY\NAME`, that name a folder: services whose programs lie in it.

    A plan has the names of those that the host has there instead.
    """

    def __bool__(self) -> bool:
        return self.reboot or bool(self.services or self.below)

    def __or__(self, other: Restart) -> Restart:
        """Both, coalesced: each service once."""
        asked = [t for t in (self.stable_for, other.stable_for) if t is not None]
        services = _once(self.services + other.services)
        below = _once(self.below + other.below)
        return Restart(self.reboot or other.reboot, services, max(asked, default=None), below)

    def __str__(self) -> str:
        if self.reboot:
            return "reboot"
        return f"restart {self.in_words}" if self.services or self.below else ""

    @property
    def in_words(self) -> str:
        r"""`A, B and the services in the folder HKEY_LOCAL_MACHINE\...`."""
        words = [", ".join(self.services), *(f"the services in the folder {p}" for p in self.below)]
        return " and ".join(part for part in words if part)

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
