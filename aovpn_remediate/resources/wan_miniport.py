"""The uses of a WAN miniport of RRAS: by clients, for demand-dial routing, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import some_of
from aovpn_remediate.resources.texts import in_short

_SERVER_2025 = 26100
_USES = ("ras", "routing", "outbound")

_Key = Annotated[str, StringConstraints(pattern=r"^[^\\\x00-\x1f]{1,64}$")]
_Number = Annotated[int, Field(ge=0, le=2**32 - 1)]


class _Uses(HostAnswer):
    ras: _Number | None
    routing: _Number | None
    outbound: _Number | None


class _Miniports(HostAnswer):
    miniports: Annotated[dict[_Key, _Uses], Field(max_length=32)]
    endpoints: dict[_Key, dict[str, _Number | None]]
    exports: dict[_Key, Annotated[str, Field(max_length=65536)]]
    interfaces: Annotated[list[str], Field(max_length=1000)]
    build: int


class WanMiniport(DeclaredResource):
    """The three uses in the keys of a device's miniports, which are written with RasMan stopped.

    A state holds what is needed to put a key back by hand as well: the port counts, which are
    another kind's and never written here, and the key as a .reg file. None where no miniport of the
    device is there.
    """

    kind = "wan_miniport"
    summary = "the uses of a WAN miniport: clients (ras), demand-dial both ways or outbound"
    target_fields = ("device",)
    title_text = "WAN miniport {device}"
    scripts = ("services.ps1", "restart.ps1", "netsh.ps1")
    may_restart = ("RemoteAccess", "RasMan")
    stopped_by_set = ("RemoteAccess", "RasMan")
    answer = _Miniports
    example: ClassVar[Mapping[str, Any]] = {"device": "sstp", "ras": True, "routing": False}
    rules = (some_of(*_USES),)

    device: Literal["ikev2", "sstp", "l2tp", "pptp", "pppoe", "gre"]
    """The protocol of the miniport."""
    ras: bool | None = None
    """True if clients may connect through it."""
    routing: bool | None = None
    """True if demand-dial connections are made and taken through it."""
    outbound: bool | None = None
    """True if demand-dial connections are only made through it; not with `routing`."""

    @property
    def backup(self) -> Backup:
        """The class keys of the miniports are in it, and belong to the set-up of the devices."""
        return "rras"

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.routing and self.outbound:
            raise ValueError("outbound is for a miniport without routing: set routing to false")
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The uses, and the interfaces that forbid to change them; port counts are of others."""
        return ("miniports", "interfaces")

    def unreadable(self, found: _Miniports) -> str | None:
        """A key that is not told whole could not be put back."""
        keys = found.miniports.keys()
        if keys == found.endpoints.keys() == found.exports.keys():
            return None
        return "the host did not tell each miniport with its port counts and its key"

    def state_of(self, found: _Miniports) -> State:
        """All of each miniport; None where there is none."""
        if not found.miniports:
            return None
        return found.model_dump(include={"miniports", "endpoints", "exports"})

    def wanted(self, actual: State) -> State:
        """Return the state with the declared uses; no miniport has no use."""
        declared = {use: int(value) for use, value in self.given().items()}
        if actual is None:
            return {"miniports": {"": declared}} if any(declared.values()) else None
        found = actual["miniports"].items()
        return {**actual, "miniports": {key: {**uses, **declared} for key, uses in found}}

    def same(self, one: State, other: State) -> bool:
        """Return True if the uses are the same: port counts are another kind's."""
        return bool(_uses_of(one) == _uses_of(other))

    def desired(self, state: State) -> State:
        """Return the uses alone."""
        return None if state is None else {"miniports": state["miniports"]}

    def show(self, state: State) -> str:
        """`ras on, routing off`; each miniport by its key where they differ."""
        if state is None:
            return "no miniport"
        found = {key: self._show_uses(uses) for key, uses in state["miniports"].items()}
        if len(set(found.values())) == 1:
            return next(iter(found.values()))
        whole = "; ".join(f"{key}: {uses}" for key, uses in found.items())
        return in_short(whole, f"{len(found)} miniports")

    def _show_uses(self, uses: Mapping[str, Any]) -> str:
        words = {1: "on", 0: "off", None: "not set"}
        return ", ".join(f"{use} {words.get(uses[use], uses[use])}" for use in self.given())

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Say what setting it costs, and where it is not proven."""
        found = self.answered(answer)
        cost = "setting it stops RasMan and RemoteAccess for a moment and disconnects VPN users"
        if found.build < _SERVER_2025:
            return (cost,)
        return (cost, f"experimental on Windows build {found.build}: no such server was tried")

    def manual(self, answer: Answer, actual: State) -> str | None:
        """A miniport that is not there is not made, and one that interfaces may use is kept."""
        if actual is None:
            return f"there is no WAN miniport for {self.device}: repair its driver"
        found = self.answered(answer)
        is_cut = self.routing is False or self.outbound is False
        if not found.interfaces or not is_cut:
            return None
        names = in_short(", ".join(found.interfaces), f"{len(found.interfaces)} interfaces")
        return (
            "demand-dial or site-to-site interfaces may use it: remove them first, or accept its "
            f"use with a waiver ({names})"
        )


def _uses_of(state: State) -> Any:
    return state if state is None else state["miniports"]
