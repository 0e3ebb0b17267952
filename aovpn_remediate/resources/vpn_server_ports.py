"""The number of ports of RRAS for each tunnel protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.resources.rules import some_of

LARGEST_WITHOUT_REBOOT = 128
"""Above it a reboot is needed, not just a restart of RemoteAccess, whatever the limit says."""

# The documentation gives no meaning to 0, and public tools go no further than 30000.
Count = Annotated[int, Field(ge=1, le=30000)]


class _Limits(HostAnswer):
    ikev2: int | None
    sstp: int | None
    l2tp: int | None
    gre: int | None


class _Ports(_Limits):
    limits: _Limits
    policy: dict[str, str]


class VpnServerPorts(DeclaredResource):
    """Port counts, by Get- and Set-VpnServerConfiguration and never by netsh.

    A state holds the counts declared, and the IPsec policy as it is: whether a call with counts
    alone may disturb a custom policy is not documented, so a disturbance has to show.
    """

    kind = "vpn_server_ports"
    summary = "the port counts of RRAS: IKEv2, SSTP, L2TP, GRE"
    may_restart = ("RemoteAccess",)
    may_reboot = True
    constrained_language = True
    title_text = "VPN server ports"
    answer = _Ports
    watched = ("policy",)
    independent = True
    untold = "RRAS is not configured: it has no port counts"
    example: ClassVar[Mapping[str, Any]] = {"ikev2": 128, "sstp": 128}
    rules = (some_of("ikev2", "sstp", "l2tp", "gre"),)

    ikev2: Count | None = None
    """The number of ports for IKEv2."""
    sstp: Count | None = None
    """The number of ports for SSTP."""
    l2tp: Count | None = None
    """The number of ports for L2TP."""
    gre: Count | None = None
    """The number of ports for PPTP, whose tunnel is GRE."""

    @property
    def backup(self) -> Backup:
        """A call with counts alone may disturb a custom IPsec policy."""
        return "rras"

    def thing(self) -> str:
        """Return the counts: those of two protocols are two things."""
        return f"{self.kind} {' '.join(self.given())}"

    @property
    def parts(self) -> tuple[str, ...]:
        """The counts declared and the policy: the limits and the other counts are of others."""
        return (*self.given(), *self.watched)

    def claims(self) -> Mapping[str, Any]:
        """One a protocol."""
        return {f"vpn_server_ports {name}": count for name, count in self.given().items()}

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Return the limits of these counts."""
        del answer
        return ("these are the configured counts; those in effect cannot be read",)

    def consequence(self, answer: Answer, before: State, after: State) -> Restart:
        """A reboot above the miniport's limit, above 128, or where the limit is unknown.

        Source: ERROR_SUCCESS_REBOOT_REQUIRED of MPR_SERVER_2; MS-RRASM 3.1.4.48, 2.2.3.3.1.8.
        """
        old, new = self.desired(before) or {}, self.desired(after) or {}
        changed = {name: count for name, count in new.items() if old[name] != count}
        if not changed:
            return NOTHING
        limits = self.answered(answer).limits
        for name, count in changed.items():
            limit = getattr(limits, name)
            if limit is None or count > limit or count > LARGEST_WITHOUT_REBOOT:
                return Restart(reboot=True)
        return Restart(services=("RemoteAccess",))
