"""Services, as Get- and Set-AovpnService read and set them."""

from __future__ import annotations

from typing import Literal

from pydantic import TypeAdapter

from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Parameters
from aovpn_remediate.lab.windows.model import Startup
from aovpn_remediate.lab.windows.services import Service
from aovpn_remediate.lab.windows.thrown import Thrown


class Target(Parameters):
    """The service, and which of its properties are asked for."""

    Name: str
    Properties: list[Literal["status", "startup"]]


class Desired(Parameters):
    """The declared state."""

    status: Literal["running", "stopped", "paused"] | None = None
    startup: Startup | None = None


def _get(host: Host, target: Target) -> Answer:
    service = host.services.look_up(target.Name)
    if service is None:
        return None
    now = {"status": host.services.status(service), "startup": host.services.startup(service.name)}
    return {"exists": True} | {name: now[name] for name in now if name in target.Properties}


def _acts(host: Host, target: Target, desired: Desired) -> list[Act]:
    service = host.services.look_up(target.Name)
    if service is None:
        raise Thrown(f"There is no service {target.Name}.")
    if desired.status == "stopped":
        _refuse_while_needed(host, service)
    acts: list[Act] = []
    startup = desired.startup
    if startup is not None and startup != host.services.startup(service.name):
        acts.append(lambda: host.services.set_startup(service.name, startup))
    if desired.status in ("running", "paused"):
        acts.append(lambda: host.start(service, paused=desired.status == "paused"))
    elif desired.status == "stopped" and service.started is not None:
        acts.append(lambda: host.services.stop(service))
    return acts


def _refuse_while_needed(host: Host, service: Service) -> None:
    needing = [each.name for each in host.services.with_dependents(service)[:-1]]
    if needing:
        names = ", ".join(needing)
        raise Thrown(
            f"{service.name} is not stopped, because these need it and run: {names}. "
            "Stop them first."
        )


SERVICE = Kind(
    name="service",
    calls_dotnet=False,
    target=Target,
    get=_get,
    subject=lambda target: target.Name,
    desired=TypeAdapter(Desired),
    acts=_acts,
)
