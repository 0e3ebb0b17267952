"""A certificate in a store of the computer; read only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.certificate_data import (
    PARTS,
    Access,
    Parsed,
    follows_groups,
    parsed,
)
from aovpn_remediate.resources.declared import (
    DeclaredResource,
    HostAnswer,
    Told,
    unknown_account,
)
from aovpn_remediate.resources.rules import ACCOUNT, SHORT_TEXT, Fits, matches, one_of
from aovpn_remediate.resources.texts import listed

_MOST_SHOWN = 5
_INVALID = {
    "expired": "it has expired",
    "not yet valid": "its validity has not begun",
    "ends too soon": "it ends too soon",
}
_RENEWED = ("thumbprint", "ends")
_EXTENSIONS = {"sid": "the SID", "cdp": "a CRL distribution point"}
_STORE = matches(r"[A-Za-z][A-Za-z0-9]{0,63}", "should be the name of a store, such as My or Root")
_THUMBPRINT = matches(r"[0-9A-Fa-f]{40}", "should be 40 hexadecimal digits")
_DNS = matches(r"[A-Za-z0-9*][A-Za-z0-9._*-]{0,252}", "should be a DNS name")
_OID = matches(r"[0-2]([.][0-9]{1,20}){1,30}", "should be an OID such as 1.3.6.1.5.5.7.3.1")
_SUBJECT = Fits(
    lambda parts: any(text is not None for text in parts.values()) and set(parts) <= set(PARTS),
    f"should give parts of the subject: {', '.join(PARTS)}",
    {"minProperties": 1, "propertyNames": {"enum": list(PARTS)}},
)


class _Certificate(HostAnswer):
    raw: Annotated[str, Field(max_length=100_000)]
    begun: bool
    days: int
    key: bool
    access: Access | None


class _Found(HostAnswer):
    account: Told | None
    certificates: Annotated[list[_Certificate], Field(max_length=300)]


@dataclass(frozen=True)
class _Candidate:
    """A certificate that fits, with what the host says of it."""

    host: _Certificate
    data: Parsed


class Certificate(DeclaredResource):
    """A state is what is asked of the certificate; None where there is none.

    Of several that fit, the one counts that is valid, has a key, and is so for the longest time.
    """

    kind = "certificate"
    summary = "a certificate of the computer: validity, names, purposes, private key (read only)"
    read_only = True
    target_fields = ("store", "thumbprint", "subject")
    answer = _Found
    example: ClassVar[Mapping[str, Any]] = {
        "subject": {"CN": "vpn.example.net"},
        "ekus": ["1.3.6.1.5.5.7.3.1"],
        "days_left": 30,
        "readable_by": "S-1-5-20",
    }
    rules = (one_of("thumbprint", "subject"),)

    store: Annotated[str, _STORE] = "My"
    """The store of the computer: My, Root, CA..."""
    thumbprint: Annotated[str, _THUMBPRINT] | None = None
    """The SHA-1 of the certificate, as Windows names it."""
    subject: Annotated[Mapping[str, Annotated[str, SHORT_TEXT] | None], _SUBJECT] | None = None
    """Parts that the subject has, such as `{CN: vpn.example.net}`; null does not ask for one."""
    days_left: Annotated[int, Field(ge=0, le=3650)] = 0
    """The lowest number of days, by the clock of the host, for which it is valid from now on."""
    names: (
        Annotated[
            tuple[Annotated[str, _DNS], ...], Field(strict=False, min_length=1, max_length=50)
        ]
        | None
    ) = None
    """DNS names that its subject alternative name contains."""
    ekus: (
        Annotated[
            tuple[Annotated[str, _OID], ...], Field(strict=False, min_length=1, max_length=20)
        ]
        | None
    ) = None
    """The OIDs of purposes (enhanced key usage) that it names."""
    key: Literal[True] | None = None
    """The host has its private key."""
    readable_by: Annotated[str, ACCOUNT] | None = None
    """The account, by name or SID, that may read its private key: S-1-5-20 is NETWORK SERVICE."""
    sid: bool | None = None
    """True if it holds the SID of an account (strong mapping)."""
    cdp: bool | None = None
    """True if it says where its CRL is."""
    expired_siblings: Literal[False] | None = None
    """No other certificate that fits, or of the same subject, has expired."""

    def target(self) -> dict[str, Any]:
        """Return what the host has to find: the subject is looked for here."""
        return {
            "Store": self.store,
            "Thumbprint": self.thumbprint or "",
            "ReadableBy": self.readable_by or "",
        }

    def thing(self) -> str:
        """Return all that is declared: to ask for two things of one certificate is no conflict."""
        return f"{self.kind} {json.dumps(self.model_dump(mode='json'), sort_keys=True)}"

    def title(self) -> str:
        """`certificate CN=vpn.example.net in My`."""
        parts = ", ".join(f"{name}={text}" for name, text in self._parts.items())
        which = self.thumbprint or parts
        return f"certificate {which} in {self.store}"

    @property
    def _parts(self) -> dict[str, str]:
        """The parts of the subject that are asked for."""
        return {name: text for name, text in (self.subject or {}).items() if text is not None}

    def normalise(self, answer: Answer) -> State:
        """None where there is none. Raises `Unreadable`."""
        found = self.answered(answer)
        if self.readable_by is not None and found.account is None:
            raise Unreadable(unknown_account(self.readable_by))
        fitting = self._fitting(found)
        if not fitting:
            return None
        chosen = max(fitting, key=_rank)
        if self.thumbprint is not None:
            chosen = next(one for one in fitting if self._is_named(one))
        return dict(self._facts(chosen, fitting, found.account or ""))

    def _is_named(self, one: _Candidate) -> bool:
        return one.data.thumbprint == (self.thumbprint or "").upper()

    def _fitting(self, found: _Found) -> list[_Candidate]:
        """Return the certificates that fit. Raises `Unreadable` where it may be another one."""
        read = [(one, parsed(one.raw)) for one in found.certificates]
        fitting = [
            _Candidate(one, data)
            for one, data in read
            if data is not None and data.has(self._parts)
        ]
        if self.thumbprint is not None and not any(map(self._is_named, fitting)):
            fitting = []
        unknown = sum(data is None for _, data in read)
        if not fitting and unknown:
            raise Unreadable(f"{unknown} of the certificates in {self.store} cannot be understood")
        return fitting

    def _facts(
        self, one: _Candidate, fitting: list[_Candidate], account: str
    ) -> Iterator[tuple[str, Any]]:
        """Yield the parts of the state that are asked for."""
        data = one.data
        yield "thumbprint", data.thumbprint
        yield "ends", f"{data.ends:%Y-%m-%d}"
        yield "valid", self._validity(one.host)
        if self.names is not None:
            yield "names", list(data.names)
        if self.ekus is not None:
            yield "ekus", list(data.ekus)
        if self.key or self.readable_by is not None:
            yield "key", one.host.key
        if self.readable_by is not None:
            yield "readable", _is_readable(one.host.access, account)
        if self.sid is not None:
            yield "sid", data.sid
        if self.cdp is not None:
            yield "cdp", data.cdp
        if self.expired_siblings is not None:
            expired = {other.data.thumbprint for other in fitting if other.host.days < 0}
            yield "expired", sorted(expired - {data.thumbprint})

    def _validity(self, host: _Certificate) -> str:
        if host.days < 0:
            return "expired"
        if not host.begun:
            return "not yet valid"
        return "valid" if host.days >= self.days_left else "ends too soon"

    def wanted(self, actual: State) -> State:
        """Return the state with all that is asked for."""
        state = dict(actual or {})
        if state.get("valid") != "valid":
            # A new one has another thumbprint and another end.
            state = {key: value for key, value in state.items() if key not in _RENEWED}
        state["valid"] = "valid"
        for field, asked in (("names", self.names), ("ekus", self.ekus)):
            if asked is not None:
                there = list(state.get(field, ()))
                state[field] = there + [one for one in map(str.lower, asked) if one not in there]
        if self.key or self.readable_by is not None:
            state["key"] = True
        if self.readable_by is not None:
            state["readable"] = True
        asked_of = {"sid": self.sid, "cdp": self.cdp}
        state |= {field: asked for field, asked in asked_of.items() if asked is not None}
        if self.expired_siblings is not None:
            state["expired"] = []
        return state

    def show(self, state: State) -> str:
        """`valid (2027-03-02), no private key`: what is right is short."""
        if state is None:
            return "absent"
        days = f" for {self.days_left} days or more" if self.days_left else ""
        ends = f" ({state['ends']})" if "ends" in state else days
        goal = self.wanted(state)
        return ", ".join([f"{state['valid']}{ends}", *self._shown(state, goal or {})])

    def _shown(self, state: Mapping[str, Any], goal: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is not as it should be."""
        if lacking := _lacking(state, goal):
            yield f"without {lacking}"
        if unwanted := _unwanted(state, goal):
            yield f"with {unwanted}"
        if state.get("key") is False:
            yield "no private key"
        elif state.get("readable") is False:
            yield f"private key not readable by {self.readable_by}"
        if expired := state.get("expired"):
            yield f"{len(expired)} expired beside it"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Return what cannot be told of groups, and certificates that cannot be understood."""
        found = self.answered(answer)
        notes = []
        if found.account is not None and not follows_groups(found.account):
            notes.append(f"groups that {self.readable_by} is in are not looked at")
        if unknown := sum(parsed(one.raw) is None for one in found.certificates):
            notes.append(f"{unknown} of the certificates in {self.store} cannot be understood")
        return tuple(notes)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """All that a person has to do."""
        del answer
        if actual is None:
            return f"issue or import a certificate {self.title().partition(' ')[2]}"
        return "; ".join(self._actions(actual, self.wanted(actual) or {}))

    def _actions(self, state: Mapping[str, Any], goal: Mapping[str, Any]) -> Iterator[str]:
        if state["valid"] != "valid":
            yield f"renew it: {_INVALID[state['valid']]} ({state['ends']})"
        if lacking := _lacking(state, goal):
            yield f"issue it anew with {lacking}"
        if unwanted := _unwanted(state, goal):
            yield f"issue it anew without {unwanted}"
        if state.get("key") is False:
            yield "import it with its private key"
        elif state.get("readable") is False:
            yield f"let {self.readable_by} read its private key (certlm.msc, Manage Private Keys)"
        if expired := state.get("expired"):
            yield f"delete the expired ones: {listed(expired, _MOST_SHOWN)}"


def _lacking(state: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    """Return the names, purposes and extensions that it should have and has not."""
    lists = ("names", "ekus")
    items = [one for field in lists for one in goal.get(field, ()) if one not in state[field]]
    return ", ".join([*items, *_wrong_extensions(state, goal, has=False)])


def _unwanted(state: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    """Return the extensions that it has and should not have."""
    return ", ".join(_wrong_extensions(state, goal, has=True))


def _wrong_extensions(
    state: Mapping[str, Any], goal: Mapping[str, Any], *, has: bool
) -> Iterator[str]:
    for field, what in _EXTENSIONS.items():
        if field in goal and state[field] is has and goal[field] is not has:
            yield what


def _rank(one: _Candidate) -> tuple[bool, bool, int, str]:
    host = one.host
    return host.begun and host.days >= 0, host.key, host.days, one.data.thumbprint


def _is_readable(access: Access | None, sid: str) -> bool:
    """Return whether an account may read a private key. Raises `Unreadable`."""
    if access is None:
        return False
    if access.rules is None:
        reason = access.reason or "the host did not say"
        raise Unreadable(f"who may read its private key is not known: {reason}")
    return access.lets_read(sid)
