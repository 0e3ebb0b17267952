"""What a VPN connection needs for Conditional Access of Entra ID; read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import HostAnswer, Told
from aovpn_remediate.resources.eap_config import chooses
from aovpn_remediate.resources.rules import matches
from aovpn_remediate.resources.texts import in_short, listed
from aovpn_remediate.resources.vpn_connection import ConnectionResource, Traces, owner_of

_TUNNEL = "1.3.6.1.4.1.311.87"
"""The purpose of the certificate that Entra issues for the tunnel."""
_SSO = "1.3.6.1.5.5.7.3.2"
"""Client authentication: the purpose of the certificate for single sign-on."""
_MOST_PLACES = 3
_Text = Annotated[str, Field(max_length=1000)] | None
_Thumbprint = Annotated[
    str, matches(r"[0-9A-Fa-f]{40}", "should be a thumbprint: 40 hexadecimal digits")
]


class _Place(HostAnswer):
    whose: Told
    enabled: _Text
    sso: _Text
    eku: _Text
    issuer: _Text
    eap: Annotated[str, Field(max_length=500_000)] | None


class _Places(HostAnswer):
    mdm: Traces | None
    places: Annotated[list[_Place], Field(min_length=1, max_length=1000)]
    unread: Annotated[list[Told], Field(max_length=1000)]


class VpnConnectionConditionalAccess(ConnectionResource):
    """A state is `{places}`: of each `{whose, enabled, sso, eku, issuer, tunnel}`.

    `tunnel` is True where the EAP settings take the certificate of Entra alone, and None where
    they are not told: those of another user's connection are read by that user alone.
    """

    kind = "vpn_connection_conditional_access"
    summary = "a VPN connection of a client has what Conditional Access of Entra needs (read only)"
    read_only = True
    constrained_language = True
    title_text = "Conditional Access of VPN connection {name}"
    answer = _Places | None
    example: ClassVar[Mapping[str, Any]] = {"name": "Always On VPN", "all_users": False}

    issuer: _Thumbprint | None = None
    """The thumbprint of the root CA of the certificates for single sign-on; without it, any."""

    def unreadable(self, found: Any) -> str | None:
        """All that a phone book says can be told."""
        del found
        return None

    def state_of(self, found: _Places) -> State:
        """What is asked of each phone book that has the connection."""
        return {"places": [_state(place) for place in found.places]}

    def wanted(self, actual: State) -> State:
        """The same with all that is needed; what is not told stays so."""
        if actual is None:
            return {"places": []}
        return {"places": [self._right(place) for place in actual["places"]]}

    def show_found(self, state: Mapping[str, Any]) -> str:
        """`all users: compliance on, SSO on, EKU 1.3.6.1.5.5.7.3.2, issuer 0f1e..., EAP ...`."""
        places = [_show(place) for place in state["places"]]
        return listed(places, _MOST_PLACES, "; ") or "a connection for Conditional Access"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """What could not be told."""
        found: _Places | None = self.answered(answer)
        if found is None:
            return ()
        notes = []
        if any(place.eap is None for place in found.places):
            notes.append(
                "the EAP settings of another user's connection are not told: that the tunnel takes "
                f"only certificates with {_TUNNEL} was not looked at (inspect profile does)"
            )
        if found.unread:
            notes.append(f"phone books that could not be read: {listed(found.unread, 3)}")
        return tuple(notes)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """What to write into the profile, and in which order to go."""
        if actual is None:
            return super().manual(answer, actual)
        found: _Places = self.answered(answer)
        missing = dict.fromkeys(text for place in actual["places"] for text in self._missing(place))
        owner = owner_of(self.name, found.mdm)
        source = f" ({owner})" if owner else ""
        return (
            f"change the profile at its source{source}: {'; '.join(missing)}. Begin with "
            "ad-publish-entra-vpn-root and nps-ignore-no-revocation-check, and end with "
            "nps-allowed-certificate-oid: it locks out clients whose profile is as before"
        )

    def _right(self, place: Mapping[str, Any]) -> Mapping[str, Any]:
        right = {**place, "enabled": True, "sso": True, "eku": _SSO}
        right["issuer"] = (self.issuer or place["issuer"] or "any").lower()
        return right if place["tunnel"] is None else {**right, "tunnel": True}

    def _missing(self, place: Mapping[str, Any]) -> Iterator[str]:
        right = self._right(place)
        texts = {
            "enabled": "DeviceCompliance with Enabled true, behind TrustedNetworkDetection",
            "sso": "DeviceCompliance/Sso with Enabled true",
            "eku": f"DeviceCompliance/Sso/Eku {_SSO}, which is not that of the tunnel",
            "issuer": "DeviceCompliance/Sso/IssuerHash with the thumbprint of the root CA of the "
            "certificates for single sign-on",
            "tunnel": f"TLSExtensions in EAP-TLS: an EKUMap with {_TUNNEL}, and an enabled "
            "ClientAuthEKUList with its name",
        }
        yield from (text for field, text in texts.items() if place[field] != right[field])


def _state(place: _Place) -> dict[str, Any]:
    return {
        "whose": place.whose,
        "enabled": place.enabled == "1",
        "sso": place.sso == "1",
        "eku": place.eku or None,
        "issuer": "".join((place.issuer or "").split()).lower() or None,
        "tunnel": None if place.eap is None else chooses(place.eap, _TUNNEL),
    }


def _show(place: Mapping[str, Any]) -> str:
    tunnel = {True: "the certificate of Entra", False: "any certificate", None: "not told"}
    return in_short(
        f"{place['whose']}: compliance {_on(place['enabled'])}, SSO {_on(place['sso'])} with EKU "
        f"{place['eku'] or 'none'} and issuer {place['issuer'] or 'none'}, EAP takes "
        f"{tunnel[place['tunnel']]}",
        "one phone book",
        longest=300,
    )


def _on(value: bool) -> str:
    return "on" if value else "off"
