"""A VPN connection of a client: whose it is, and where it has to be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State, fold
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer, Told
from aovpn_remediate.resources.rules import ONE_LINE
from aovpn_remediate.resources.texts import listed

_MOST_NAMES = 3


class Traces(HostAnswer):
    """The services that manage a Windows, and the VPN profiles that they track."""

    providers: Annotated[list[Told], Field(max_length=100)]
    profiles: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=1000)]


class ConnectionAnswer(HostAnswer):
    """The beginning of each answer about a connection."""

    name: Told
    mdm: Traces | None
    """None where it could not be told."""


class ConnectionResource(DeclaredResource):
    """A kind that is about one connection.

    One of all users that is not there is None; a user's own that is not seen is unreadable.
    Where management of the device owns the profile, or may own it, a change is for the source:
    a person makes it, unless `even_if_managed` says that it be made on the client all the same.
    """

    target_fields = ("name", "all_users")
    scripts = ("vpn_connection.ps1",)

    name: Annotated[str, Field(min_length=1, max_length=255), ONE_LINE]
    """The name of the connection, in any case."""
    all_users: bool = True
    """True for a connection of all users, False for one of the account that logs on."""

    def given(self) -> dict[str, Any]:
        """The fields that say how the connection must be; leave to change it is none."""
        return {name: value for name, value in super().given().items() if name != "even_if_managed"}

    def unreadable(self, found: Any) -> str | None:
        """The host answered for another connection."""
        if fold(found.name) != fold(self.name):
            return "the host answered for another VPN connection than the one asked for"
        return None

    def show(self, state: State) -> str:
        """Return the state in words."""
        return "no such connection" if state is None else self.show_found(state)

    def show_found(self, state: Mapping[str, Any]) -> str:
        """The state of a connection that is there, in words."""
        raise NotImplementedError

    def manual(self, answer: Answer, actual: State) -> str | None:
        """A connection that is not there, and one whose profile has its source elsewhere."""
        if actual is None:
            return (
                f"there is no VPN connection {self.name} of all users; one that a user has alone "
                "is not seen from here: check its name, or deploy its profile"
            )
        return self.at_source(self.answered(answer))

    def at_source(self, found: ConnectionAnswer) -> str | None:
        """Say who owns or may own the profile, unless it is to be changed all the same."""
        if getattr(self, "even_if_managed", False) or (owner := self.owner(found)) is None:
            return None
        return (
            f"fix at source: {owner}, and its next sync may undo a change on the client; correct "
            "the profile there (inspect profile --fix writes a corrected copy), or set "
            "even_if_managed for a change on this client"
        )

    def owner(self, found: ConnectionAnswer) -> str | None:
        """Return who owns or may own the profile; None where nobody manages the client."""
        return owner_of(found.name, found.mdm)


def owner_of(name: str, mdm: Traces | None) -> str | None:
    """Return who owns or may own the profile of a name; None where nobody manages the client."""
    if mdm is None:
        return "it cannot be told if device management (MDM) owns the profile"
    if fold(name) in {fold(unquote(each)) for each in mdm.profiles}:
        return "device management (MDM) owns the profile"
    if mdm.providers:
        names = listed(mdm.providers, _MOST_NAMES)
        return f"this client is managed ({names}), which may own the profile"
    return None
