"""A network policy of NPS: the certificates that it admits; read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State, fold
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import ONE_LINE, matches

ENTRA_CONDITIONAL_ACCESS = "1.3.6.1.4.1.311.87"
"""The OID in the certificates that Entra issues when Conditional Access admits a VPN user."""

_OID = matches(
    r"[0-2]([.][0-9]{1,30}){4,30}",
    f"should be an OID such as {ENTRA_CONDITIONAL_ACCESS}",
)


class _Policy(HostAnswer):
    policy: Annotated[str, Field(max_length=1000)]
    oids: Annotated[list[Annotated[str, _OID]], Field(max_length=100)]
    source: Literal["netsh", "export"]


class NpsPolicy(DeclaredResource):
    """A state is `{oids}`: those a certificate must have; None where there is no such policy."""

    kind = "nps_policy"
    summary = "a network policy of NPS admits only certificates with an OID (read only)"
    read_only = True
    target_fields = ("policy",)
    title_text = "network policy {policy}"
    answer = _Policy | None
    example: ClassVar[Mapping[str, Any]] = {
        "policy": "VPN users",
        "certificate_oid": ENTRA_CONDITIONAL_ACCESS,
    }

    policy: Annotated[str, Field(min_length=1, max_length=255), ONE_LINE]
    """The name of the network policy, as the NPS console shows it."""
    certificate_oid: Annotated[str, _OID]
    """An OID that Allowed-Certificate-OID has; 1.3.6.1.4.1.311.87 is Entra Conditional Access."""

    def claims(self) -> Mapping[str, Any]:
        """One an OID: a policy may ask for several."""
        return {f"{self.thing()} {self.certificate_oid}": True}

    def unreadable(self, found: _Policy) -> str | None:
        """The host answered for another policy."""
        if fold(found.policy) != fold(self.policy):
            return "the host answered for another network policy than the one asked for"
        return None

    def state_of(self, found: _Policy) -> State:
        """All OIDs, sorted."""
        return {"oids": sorted(set(found.oids))}

    def wanted(self, actual: State) -> State:
        """The OID besides those that are there."""
        return {"oids": sorted({*(actual or {"oids": []})["oids"], self.certificate_oid})}

    def show(self, state: State) -> str:
        """`Allowed-Certificate-OID 1.3.6.1.4.1.311.87`."""
        if state is None:
            return "absent"
        return f"Allowed-Certificate-OID {', '.join(state['oids'])}" if state["oids"] else "any OID"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """An export was needed."""
        found: _Policy | None = self.answered(answer)
        if found is None or found.source == "netsh":
            return ()
        return ("read from an export of NPS on the host, which was deleted: netsh did not tell it",)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """The steps in the console: netsh would rewrite the whole profile."""
        del answer
        first = "" if actual else f"there is no network policy {self.policy}: check its name, then "
        return (
            f"{first}in the NPS console (nps.msc) open Policies > Network Policies > {self.policy} "
            "> Properties > Settings > Vendor Specific > Add > Allowed-Certificate-OID > Add, "
            f"enter {self.certificate_oid}, then OK and Apply; from then on clients whose "
            "certificate lacks it cannot connect"
        )
