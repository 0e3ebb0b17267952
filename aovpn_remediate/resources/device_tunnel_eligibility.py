"""That Windows connects a device tunnel by itself: edition, build, domain; read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from aovpn_remediate.resources.base import Answer, State, fold
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer, Told

_LOWEST_BUILD = 16299
"""Windows 10 1709."""
_WANTED = "Enterprise"
_CONNECT = ("ENTERPRISE", "EDUCATION", "IOTENTERPRISE")
"""The beginnings of EditionID, in upper case, of editions that connect a device tunnel."""
_DO_NOT = ("PROFESSIONAL", "PROFESSIONALN", "PROFESSIONALWORKSTATION", "PROFESSIONALWORKSTATIONN")
_DO_NOT_BEGIN = ("CORE",)
"""Those of the editions for homes."""


class _Eligibility(HostAnswer):
    edition: Told | None
    build: int
    joined: bool | None
    tunnel: bool


class DeviceTunnelEligibility(DeclaredResource):
    """A state is `{edition, build, joined}`.

    What is not known only counts where the rest would do: a Professional edition in no domain is
    not eligible, whatever else cannot be told. An edition that is not known here is never judged.
    """

    kind = "device_tunnel_eligibility"
    summary = "Windows connects a device tunnel automatically: edition, build, domain (read only)"
    read_only = True
    constrained_language = True
    title_text = "device tunnel eligibility"
    answer = _Eligibility
    example: ClassVar[Mapping[str, Any]] = {}

    def unreadable(self, found: _Eligibility) -> str | None:
        """Nothing stands against it, but not all is known."""
        if any(self._misses(found.model_dump())):
            return None
        if found.edition is None:
            return "Windows tells no EditionID: the edition is unknown"
        if not _is(found.edition, connects=True):
            return (
                f"the edition {found.edition} is not known here: Windows Enterprise and Education "
                "connect a device tunnel automatically, Pro and Home do not"
            )
        if found.joined is None:
            return "Windows does not tell if the computer is in a domain"
        return None

    def state_of(self, found: _Eligibility) -> State:
        """Return all but the device tunnel, which may be there or not."""
        return found.model_dump(exclude={"tunnel"})

    def wanted(self, actual: State) -> State:
        """Return the state with what a device tunnel needs in the place of what is missing."""
        state = dict(actual or {})
        needs = {"edition": _WANTED, "build": _LOWEST_BUILD, "joined": True}
        return {**state, **{name: needs[name] for name in self._misses(state)}}

    def _misses(self, state: Mapping[str, Any]) -> Iterator[str]:
        """Yield the fields that surely stand against it."""
        if state["edition"] is not None and _is(state["edition"], connects=False):
            yield "edition"
        if state["build"] < _LOWEST_BUILD:
            yield "build"
        if state["joined"] is False:
            yield "joined"

    def show(self, state: State) -> str:
        """`Professional, build 22631, in no domain`."""
        found = dict(state or {})
        domain = {True: "in a domain", False: "in no domain", None: "domain unknown"}
        edition = found["edition"] or "edition unknown"
        return f"{edition}, build {found['build']}, {domain[found['joined']]}"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Say where there is no device tunnel that it would be for."""
        if self.answered(answer).tunnel:
            return ()
        return ("no device tunnel is set up (RasMan has no key DeviceTunnel)",)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """An edition is a licence, and a domain is joined by a person."""
        del answer
        ways = {
            "edition": "upgrade the edition to Enterprise or Education (a licence)",
            "build": f"install Windows 10 1709 (build {_LOWEST_BUILD}) or later",
            "joined": "join the computer to a domain",
        }
        missed = ways if actual is None else tuple(self._misses(actual))
        return "; ".join(ways[name] for name in missed) + ", or use a user tunnel"


def _is(edition: str, *, connects: bool) -> bool:
    """Return True for an edition of which it is known that it does, or does not, connect."""
    name = fold(edition)
    if connects:
        return name.startswith(_CONNECT)
    return name in _DO_NOT or name.startswith(_DO_NOT_BEGIN)
