"""WAN miniports, as Set-AovpnWanMiniport sets them: a recorded answer, with RasMan stopped."""

from __future__ import annotations

from pydantic import TypeAdapter

from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Parameters
from aovpn_remediate.lab.windows.kinds.stored import Target as AnyTarget
from aovpn_remediate.lab.windows.kinds.stored import stored
from aovpn_remediate.lab.windows.thrown import Thrown

_RECORDED = stored("wan_miniport")


class Target(Parameters):
    """The device whose miniports are meant."""

    Device: str


class Desired(Parameters):
    """The uses of each miniport, by the name of its key."""

    miniports: dict[str, dict[str, int | None]]


def _get(host: Host, target: Target) -> Answer:
    return _RECORDED.get(host, AnyTarget.model_validate(target.model_dump()))


def _acts(host: Host, target: Target, desired: Desired) -> list[Act]:
    rasman = host.services.look_up("RasMan")
    if rasman is None:
        raise Thrown("There is no service RasMan: RRAS is not installed.")
    recorded = AnyTarget.model_validate(target.model_dump())
    before = {"miniports": _get(host, target)["miniports"]}

    def restart() -> None:
        try:
            if rasman.started is not None:
                host.services.restart(rasman)
        except Thrown as thrown:
            for act in _RECORDED.acts(host, recorded, before):
                act()
            said = thrown.message.rstrip(".")
            raise Thrown(f"{said}. The uses of the miniports are as before.") from thrown

    return [*_RECORDED.acts(host, recorded, desired.model_dump()), restart]


WAN_MINIPORT = Kind(
    name="wan_miniport",
    target=Target,
    get=_get,
    subject=lambda target: target.Device,
    desired=TypeAdapter(Desired),
    acts=_acts,
)
