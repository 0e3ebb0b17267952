"""The purposes that a machine certificate must have for a VPN connection to choose it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import Told
from aovpn_remediate.resources.rules import matches
from aovpn_remediate.resources.texts import in_short
from aovpn_remediate.resources.vpn_connection import ConnectionAnswer, ConnectionResource

_OID = matches(
    r"[0-2]([.](0|[1-9][0-9]{0,29})){2,30}", "should be an OID such as 1.3.6.1.5.5.7.3.2"
)


class _Filter(ConnectionAnswer):
    oids: Annotated[list[Told], Field(max_length=100)]


class VpnConnectionEkuFilter(ConnectionResource):
    """A state is `{oids}`, sorted: Windows chooses a certificate that has them, or any of none."""

    kind = "vpn_connection_eku_filter"
    summary = "the purposes (EKU) of the machine certificate that a VPN connection of a client uses"
    constrained_language = True
    title_text = "machine certificate of VPN connection {name}"
    answer = _Filter | None
    example: ClassVar[Mapping[str, Any]] = {
        "name": "Always On VPN Device Tunnel",
        "oids": ["1.3.6.1.4.1.55555.1.1"],
    }

    oids: Annotated[
        tuple[Annotated[str, _OID], ...], Field(strict=False, min_length=1, max_length=50)
    ]
    """All purposes of the filter, as OIDs; those that it has besides are taken away."""
    even_if_managed: bool = False
    """True for a change on the client even of a profile that device management (MDM) owns."""

    def state_of(self, found: _Filter) -> State:
        """All purposes: their order means nothing."""
        return {"oids": sorted(set(found.oids))}

    def wanted(self, actual: State) -> State:
        """The purposes that are declared, and no other."""
        del actual
        return {"oids": sorted(set(self.oids))}

    def desired(self, state: State) -> State:
        """Return all purposes."""
        return state

    def show_found(self, state: Mapping[str, Any]) -> str:
        """`EKU 1.3.6.1.5.5.7.3.2`, or `any EKU`."""
        oids = state["oids"]
        return f"EKU {in_short(', '.join(oids), f'{len(oids)} purposes')}" if oids else "any EKU"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """When it takes effect, and what it asks of certificates."""
        found: _Filter | None = self.answered(answer)
        if found is None or self.state_of(found) == self.wanted(None):
            return ()
        return (
            "a client without a machine certificate for it cannot connect afterwards",
            "takes effect when the connection is next made; nothing is disconnected",
        )
