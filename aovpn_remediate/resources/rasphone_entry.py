"""An entry of a phonebook of RAS: the settings of a VPN connection that its profile cannot have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer, Told
from aovpn_remediate.resources.rules import ACCOUNT, matches, some_of, without

_STRATEGIES = {
    "automatic": 0,
    "sstp_only": 5,
    "sstp_first": 6,
    "ikev2_only": 7,
    "ikev2_first": 8,
    "ikev2_then_sstp": 14,
}
_SETTINGS = (
    *("vpn_strategy", "disable_mobility", "network_outage_time", "ip_interface_metric"),
    *("ipv6_interface_metric", "use_ras_credentials", "cache_credentials", "ip_dns_flags"),
    "disable_class_based_default_route",
)
_IN_THE_PROFILE = {
    "network_outage_time": "NetworkOutageTime",
    "ip_interface_metric": "IPv4InterfaceMetric",
    "use_ras_credentials": "UseRasCredentials",
}
"""The elements that ProfileXML has for a setting from Windows 11 24H2 on."""
_WINDOWS_11_24H2 = 26100

# RAS takes no name that would be a path or a pattern.
_NAME = matches(
    r'[^\\/:*?"<>|\x00-\x20]([^\\/:*?"<>|\x00-\x1f]{0,254}[^\\/:*?"<>|\x00-\x20])?',
    'should be the name of a connection: without \\ / : * ? " < > | and blanks around it',
)
_Line = Annotated[str, Field(max_length=1000)]
_Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class _Entry(HostAnswer):
    vpn_strategy: _Line | None
    disable_mobility: _Line | None
    network_outage_time: _Line | None
    ip_interface_metric: _Line | None
    ipv6_interface_metric: _Line | None
    use_ras_credentials: _Line | None
    cache_credentials: _Line | None
    ip_dns_flags: _Line | None
    disable_class_based_default_route: _Line | None
    phonebook: Told
    section: Annotated[str, Field(max_length=1_000_000)]
    build: int


class RasphoneEntry(DeclaredResource):
    """A state holds the settings declared as their lines have them, None where there is no line.

    With them it keeps the path of the phonebook and the section as it was, to put back by hand.
    None where the phonebook has no such section, or is not there.
    """

    kind = "rasphone_entry"
    summary = "a connection in a phonebook of RAS (rasphone.pbk): its section alone is changed"
    scripts = ("registry.ps1", "files.ps1")
    target_fields = ("name", "user")
    answer = _Entry | None
    independent = True
    example: ClassVar[Mapping[str, Any]] = {"name": "Always On VPN", "vpn_strategy": "ikev2_only"}
    rules = (
        some_of("exists", *_SETTINGS),
        without(
            "exists", False, *_SETTINGS, why="a connection that is not there has no other settings"
        ),
    )

    name: Annotated[str, _NAME]
    """The name of the connection, in any case: a whole one, and never a pattern."""
    user: Annotated[str, Field(min_length=1), ACCOUNT] | None = None
    """The account whose own phonebook it is in; without it, the phonebook of all users."""
    exists: bool | None = None
    """True if the connection has to be there; one is never made or removed."""
    vpn_strategy: (
        Literal[
            "automatic", "sstp_only", "sstp_first", "ikev2_only", "ikev2_first", "ikev2_then_sstp"
        ]
        | None
    ) = None
    """VpnStrategy: which protocols are tried, and in which order."""
    disable_mobility: bool | None = None
    """DisableMobility: True if IKEv2 does not survive a change of the network (MOBIKE off)."""
    network_outage_time: _Number | None = None
    """NetworkOutageTime: how many seconds IKEv2 waits for the network to come back."""
    ip_interface_metric: _Number | None = None
    """IpInterfaceMetric: the metric of the IPv4 interface; 0 is automatic."""
    ipv6_interface_metric: _Number | None = None
    """Ipv6InterfaceMetric: the metric of the IPv6 interface; 0 is automatic."""
    use_ras_credentials: bool | None = None
    """UseRasCredentials: True if servers behind the VPN get the credentials of the VPN."""
    cache_credentials: bool | None = None
    """CacheCredentials: True if the credentials are kept."""
    ip_dns_flags: _Number | None = None
    """IpDnsFlags: how addresses of the connection are registered in DNS."""
    disable_class_based_default_route: bool | None = None
    """DisableClassBasedDefaultRoute: True if no route is made from the class of the address."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.disable_mobility and self.network_outage_time:
            raise ValueError("network_outage_time is for mobility: set disable_mobility to false")
        return self

    def given(self) -> dict[str, Any]:
        """The settings declared, as the lines have them."""
        words: dict[str, Any] = {name: getattr(self, name) for name in _SETTINGS}
        if self.vpn_strategy is not None:
            words["vpn_strategy"] = _STRATEGIES[self.vpn_strategy]
        return {name: str(int(word)) for name, word in words.items() if word is not None}

    def target(self) -> dict[str, Any]:
        """Name, and User, which is empty for the phonebook of all users."""
        return {"Name": self.name, "User": self.user or ""}

    def title(self) -> str:
        """`connection Always On VPN of all users`."""
        return f"connection {self.name} of {self.user or 'all users'}"

    def claims(self) -> Mapping[str, Any]:
        """One a setting, and that the connection is there."""
        thing = self.thing()
        declared = {**self.given(), "exists": self.exists is not False}
        return {f"{thing} {what}": how for what, how in declared.items()}

    @property
    def parts(self) -> tuple[str, ...]:
        """The settings declared: the rest of the section is of others."""
        return tuple(self.given())

    def unreadable(self, found: _Entry) -> str | None:
        """A setting without a line is one that is not set."""
        del found
        return None

    def state_of(self, found: _Entry) -> State:
        """Return the settings declared with the section that they are in."""
        return found.model_dump(include={*self.given(), "phonebook", "section"})

    def wanted(self, actual: State) -> State:
        """Return the state with the settings declared; a number that is right stays as written."""
        if self.exists is False:
            return None
        state = dict(actual or {})
        wrong = {
            name: text
            for name, text in self.given().items()
            if _number(state.get(name)) != _number(text)
        }
        return {**state, **wrong}

    def same(self, one: State, other: State) -> bool:
        """Return True if the settings declared are the same numbers."""
        if one is None or other is None:
            return one is other
        return all(_number(one[name]) == _number(other[name]) for name in self.given())

    def is_between(self, state: State, before: State, goal: State) -> bool:
        """Return True if each setting is as before or as the goal."""
        return super().is_between(self._own(state), self._own(before), self._own(goal))

    def is_held(self, state: State, before: State, goal: State) -> bool:
        """Return True if each setting that was changed is as the goal."""
        return super().is_held(self._own(state), self._own(before), self._own(goal))

    def _own(self, state: State) -> State:
        return None if state is None else {name: state[name] for name in self.given()}

    def show(self, state: State) -> str:
        """`vpn_strategy ikev2_only, disable_mobility 0`; `absent`."""
        if state is None:
            return "absent"
        return ", ".join(f"{name} {_word(name, state[name])}" for name in self.given()) or "present"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Say where it is, when it counts, and where the profile itself has the setting."""
        found = self.answered(answer)
        if found is None or not self.given():
            return ()
        said = [f"in {found.phonebook}; it counts from the next connect on"]
        elements = [_IN_THE_PROFILE[name] for name in self.given() if name in _IN_THE_PROFILE]
        if elements and found.build >= _WINDOWS_11_24H2:
            said.append(
                f"from Windows 11 24H2 on ProfileXML has {', '.join(elements)}: set it there, or "
                "the next deployment of the profile undoes it"
            )
        return tuple(said)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Connections are not made or removed here."""
        del answer
        whose = f"of {self.user}" if self.user else "of all users"
        if actual is None:
            return (
                f"there is no connection {self.name} in the phonebook {whose}: check its name, and "
                "whose it is, or deploy its profile"
            )
        if self.exists is False:
            return f"the connection {self.name} {whose} is there: take its profile away"
        return None


def _number(text: str | None) -> int | str | None:
    """The number in a line; the text of one that has none."""
    if text is None:
        return None
    return int(text) if text.isascii() and text.strip().isdecimal() else text


def _word(name: str, text: str | None) -> str:
    if text is None:
        return "not set"
    words = {number: word for word, number in _STRATEGIES.items() if name == "vpn_strategy"}
    number = _number(text)
    return words.get(number, text) if isinstance(number, int) else text
