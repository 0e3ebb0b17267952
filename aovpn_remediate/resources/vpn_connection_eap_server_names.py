"""The names of NPS servers in the EAP configuration of a VPN connection: in the right case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from aovpn_remediate.resources.base import Answer, State, fold
from aovpn_remediate.resources.eap_config import Place, canonical, is_plain, places, renamed
from aovpn_remediate.resources.rules import matches
from aovpn_remediate.resources.texts import in_short, listed
from aovpn_remediate.resources.vpn_connection import ConnectionAnswer, ConnectionResource

_FIRST, _END = 22000, 22621
"""The builds of Windows that compare names letter by letter: 21H2 alone."""
_MOST_NAMES = 5
_Name = Annotated[
    str, matches(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", "should be a name as the certificate has it")
]


class _Eap(ConnectionAnswer):
    build: int
    eap: Annotated[str, Field(max_length=500_000)] | None


class VpnConnectionEapServerNames(ConnectionResource):
    """A state is `{eap, build}`: the whole EAP configuration, and the build that compares names.

    A name is written as a certificate has it where only its case differs. No other one is touched,
    and none is taken away: without names a client would trust any server of the root.
    """

    kind = "vpn_connection_eap_server_names"
    summary = "the NPS names in the EAP settings of a VPN connection have the certificate's case"
    constrained_language = True
    title_text = "NPS names of VPN connection {name}"
    answer = _Eap | None
    example: ClassVar[Mapping[str, Any]] = {
        "name": "Always On VPN",
        "server_names": ["nps01.corp.example.com"],
    }

    server_names: Annotated[tuple[_Name, ...], Field(strict=False, min_length=1, max_length=100)]
    """The names that the certificates of NPS have: those of the SAN, or else of the subject."""
    even_if_managed: bool = False
    """True for a change on the client even of a profile that device management (MDM) owns."""

    @model_validator(mode="after")
    def _means_one_case(self) -> Self:
        if len({fold(name) for name in self.server_names}) < len({*self.server_names}):
            raise ValueError("server_names has a name in two cases: give the certificate's")
        return self

    def unreadable(self, found: Any) -> str | None:
        """What is no XML could not be put back."""
        if found.eap is not None:
            places(found.eap)
        return super().unreadable(found)

    def state_of(self, found: _Eap) -> State:
        """The EAP configuration, whole, and the build."""
        return {"eap": found.eap, "build": found.build}

    def wanted(self, actual: State) -> State:
        """The same with each name as declared, where only its case differs and case counts."""
        if actual is None:
            return {"eap": None, "build": 0}
        eap = actual["eap"]
        if eap is None or not _compares_case(actual["build"]) or not self._differing(eap):
            return actual
        return {**actual, "eap": renamed(eap, self._right)}

    def same(self, one: State, other: State) -> bool:
        """Return True if the whole configurations mean the same, however they are written."""
        if one is None or other is None:
            return one is other
        return _meaning(one["eap"]) == _meaning(other["eap"])

    def desired(self, state: State) -> State:
        """Return the EAP configuration: no build is set."""
        return None if state is None else {"eap": state["eap"]}

    def show_found(self, state: Mapping[str, Any]) -> str:
        """`PEAP nps01.corp.example.com, EAP-TLS nps01.corp.example.com`."""
        if state["eap"] is None:
            return "no EAP"
        found = [f"{place.method} {'; '.join(place.names)}" for place in places(state["eap"])]
        return in_short(", ".join(found), f"{len(found)} places") or "no ServerNames"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """What is left as it is, and why; when a change takes effect."""
        found: _Eap | None = self.answered(answer)
        if found is None or found.eap is None:
            return ()
        notes = [note for place in places(found.eap) for note in self._left(place)]
        differing = self._differing(found.eap)
        if differing and not _compares_case(found.build):
            notes.append(
                f"{listed(differing, _MOST_NAMES)} differ in case alone, which Windows build "
                f"{found.build} ignores: only Windows 11 21H2 ({_FIRST}) compares case"
            )
        elif differing:
            notes.append("takes effect when the connection is next made; nothing is disconnected")
        return tuple(dict.fromkeys(notes))

    def _right(self, names: tuple[str, ...], name: str) -> str:
        """Return a name as it is to be written among all names of its place."""
        if not is_plain(name) or name in self.server_names:
            return name
        right = next((each for each in self.server_names if fold(each) == fold(name)), name)
        return name if right in names else right

    def _differing(self, eap: str) -> list[str]:
        each = ((place.names, name) for place in places(eap) for name in place.names)
        return list(dict.fromkeys(name for names, name in each if self._right(names, name) != name))

    def _left(self, place: Place) -> list[str]:
        """What is said of names that are not touched, and of none."""
        if not place.names:
            return [f"{place.method} has no ServerNames: it trusts any server of its roots"]
        patterns = [name for name in place.names if not is_plain(name)]
        known = {fold(name) for name in self.server_names}
        others = [name for name in place.names if is_plain(name) and fold(name) not in known]
        notes = []
        if patterns:
            shown = in_short(listed(patterns, _MOST_NAMES), f"{len(patterns)} names")
            notes.append(f"{shown} of {place.method} is a regular expression, which is left alone")
        if others:
            shown = in_short(listed(others, _MOST_NAMES), f"{len(others)} names")
            notes.append(f"{shown} of {place.method} is none of the names given, and is left alone")
        return notes


def _compares_case(build: int) -> bool:
    return _FIRST <= build < _END


def _meaning(eap: str | None) -> str | None:
    return None if eap is None else canonical(eap)
