"""How many ports RRAS has for each tunnel protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, Resource, State, checked
from aovpn_remediate.resources.restart import NOTHING, Restart

PROTOCOLS = ("ikev2", "sstp", "l2tp", "gre")
LARGEST_WITHOUT_REBOOT = 128
"""Above it a reboot is needed, not just a restart of RemoteAccess, whatever the limit says."""

# The documentation gives no meaning to 0, and public tools go no further than 30000.
Count = Annotated[int, Field(ge=1, le=30000)]


class _Limits(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    ikev2: int | None
    sstp: int | None
    l2tp: int | None
    gre: int | None


class _Ports(_Limits):
    limits: _Limits
    policy: dict[str, str]


_ANSWER: TypeAdapter[_Ports] = TypeAdapter(_Ports)


class VpnServerPorts(Resource):
    """Port counts, by Get- and Set-VpnServerConfiguration and never by netsh.

    A state holds the counts declared, and the IPsec policy as it is: whether a call with counts
    alone may disturb a custom policy is not documented, so a disturbance has to show.
    """

    kind: ClassVar[str] = "vpn_server_ports"
    summary: ClassVar[str] = "the port counts of RRAS: IKEv2, SSTP, L2TP, GRE"
    may_restart: ClassVar[tuple[str, ...]] = ("RemoteAccess",)

    ikev2: Count | None = None
    """The number of ports for IKEv2."""
    sstp: Count | None = None
    """The number of ports for SSTP."""
    l2tp: Count | None = None
    """The number of ports for L2TP."""
    gre: Count | None = None
    """The number of ports for PPTP, whose tunnel is GRE."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self._declared():
            raise ValueError(f"give one or more of: {', '.join(PROTOCOLS)}")
        return self

    def _declared(self) -> dict[str, int]:
        counts = {name: getattr(self, name) for name in PROTOCOLS}
        return {name: count for name, count in counts.items() if count is not None}

    def target(self) -> dict[str, Any]:
        """There is one configuration a host."""
        return {}

    def claims(self) -> Mapping[str, Any]:
        """One a protocol."""
        return {f"vpn_server_ports {name}": count for name, count in self._declared().items()}

    def title(self) -> str:
        """`VPN server ports`."""
        return "VPN server ports"

    def normalise(self, answer: Answer) -> State:
        """Raises `Unreadable` where RRAS is not configured."""
        ports = checked(_ANSWER, answer)
        counts = {name: getattr(ports, name) for name in self._declared()}
        if None in counts.values():
            raise Unreadable("RRAS is not configured: it has no port counts")
        return {**counts, "policy": ports.policy}

    def wanted(self, actual: State) -> State:
        """The counts declared, and the IPsec policy left as it is."""
        return {**(actual or {}), **self._declared()}

    def desired(self, state: State) -> State:
        """The counts: a policy cannot be put back with them."""
        return {name: (state or {})[name] for name in self._declared()}

    def show(self, state: State) -> str:
        """`ikev2 128, sstp 128`."""
        return ", ".join(f"{name} {(state or {})[name]}" for name in self._declared())

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """What these counts do not say."""
        del answer
        return ("these are the configured counts; those in effect cannot be read",)

    def consequence(self, answer: Answer, before: State, after: State) -> Restart:
        """A reboot above the miniport's limit, above 128, or where the limit is unknown.

        Source: ERROR_SUCCESS_REBOOT_REQUIRED of MPR_SERVER_2; MS-RRASM 3.1.4.48, 2.2.3.3.1.8.
        """
        limits = checked(_ANSWER, answer).limits
        changed = {
            name: (after or {})[name]
            for name in self._declared()
            if (before or {})[name] != (after or {})[name]
        }
        if not changed:
            return NOTHING
        for name, count in changed.items():
            limit = getattr(limits, name)
            if limit is None or count > limit or count > LARGEST_WITHOUT_REBOOT:
                return Restart(reboot=True)
        return Restart(services=("RemoteAccess",))
