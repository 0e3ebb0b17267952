"""How a connection logs on: Basic, Negotiate (NTLM, Kerberos), CredSSP, a client certificate."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import spnego
from spnego.channel_bindings import GssChannelBindings

from aovpn_remediate.lab.accounts import Accounts, ntlm_file
from aovpn_remediate.lab.wire.http import Headers

SCHEMES = ("Negotiate", "Kerberos", "CredSSP", "Basic", "Certificate")
_MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"


@dataclass(frozen=True)
class LogonPolicy:
    """Who may come in, and by which schemes. `certificate_hash` is what NTLM is bound to."""

    accounts: Accounts
    schemes: tuple[str, ...]
    may_log_on: Callable[[str, str], bool]
    certificate_hash: bytes = b""

    @property
    def challenge(self) -> Headers:
        """The headers of a 401: the schemes on offer."""
        offers = (
            'Basic realm="WSMAN"' if scheme == "Basic" else scheme
            for scheme in self.schemes
            if scheme != "Certificate"
        )
        return tuple(("WWW-Authenticate", offer) for offer in offers)


@dataclass(frozen=True)
class Verdict:
    """Whether a request goes on, and the headers of its answer either way."""

    admitted: bool
    headers: Headers = ()
    finished_logon: bool = False
    """This request ended a logon: without a body, there is nothing else in it."""


class Logon:
    """The logon of one connection to one host."""

    def __init__(
        self, policy: LogonPolicy, host: str, peer_certificate: dict[str, Any] | None
    ) -> None:
        self._policy = policy
        self._host = host
        self._peer_certificate = peer_certificate
        self.user = ""
        self.context: spnego.ContextProxy | None = None
        """What seals messages, once it is complete."""

    def judge(self, authorization: str) -> Verdict:
        """What becomes of a request with this Authorization header ('' for none)."""
        scheme, _, token = authorization.partition(" ")
        offered = {name.lower() for name in self._policy.schemes}
        if authorization == _MUTUAL:
            return self._certificate("certificate" in offered)
        if not authorization:
            known = self.context is not None and self.context.complete
            return Verdict(admitted=True) if known else self._refuse()
        # A client that speaks NTLM alone says so, or answers an offer of Negotiate with it.
        accepted = "negotiate" if scheme.lower() == "ntlm" else scheme.lower()
        if accepted not in offered:
            return self._refuse()
        try:
            decoded = base64.b64decode(token, validate=True)
        except binascii.Error:
            return self._refuse()
        if accepted == "basic":
            return self._basic(decoded)
        return self._step(scheme, accepted, decoded)

    def _basic(self, decoded: bytes) -> Verdict:
        name, _, password = decoded.decode("utf-8", "replace").partition(":")
        if not self._policy.accounts.admits(name, password):
            return self._refuse()
        return self._admit(name, Verdict(admitted=True))

    def _certificate(self, offered: bool) -> Verdict:
        if not offered or not self._peer_certificate:
            return self._refuse()
        subject = dict(part[0] for part in self._peer_certificate["subject"])
        return self._admit(str(subject.get("commonName", "")), Verdict(admitted=True))

    def _step(self, scheme: str, protocol: str, token: bytes) -> Verdict:
        if self.context is not None and self.context.complete:
            self.context = None
        try:
            with ntlm_file.holding(self._policy.accounts):
                if self.context is None:
                    self.context = self._new_context(protocol)
                answer = self.context.step(token)
        except Exception:  # noqa: BLE001 - a token that makes no sense raises all sorts in spnego
            return self._refuse()
        headers: Headers = ()
        if answer:
            headers = (("WWW-Authenticate", f"{scheme} {base64.b64encode(answer).decode()}"),)
        if not self.context.complete:
            return Verdict(admitted=False, headers=headers)
        name = self.context.client_principal or ""
        return self._admit(name, Verdict(admitted=True, headers=headers, finished_logon=True))

    def _new_context(self, protocol: str) -> spnego.ContextProxy:
        bindings = None
        if self._policy.certificate_hash and protocol != "credssp":
            endpoint = b"tls-server-end-point:" + self._policy.certificate_hash
            bindings = GssChannelBindings(application_data=endpoint)
        return spnego.server(protocol=protocol, channel_bindings=bindings)

    def _admit(self, name: str, verdict: Verdict) -> Verdict:
        # A Kerberos principal is no user of the lab's own: the KDC has vouched for it.
        kerberos = self.context is not None and self.context.negotiated_protocol == "kerberos"
        user = name if kerberos else self._policy.accounts.named(name)
        if not user or not self._policy.may_log_on(self._host, user):
            return self._refuse()
        self.user = user
        return verdict

    def _refuse(self) -> Verdict:
        self.context, self.user = None, ""
        return Verdict(admitted=False, headers=self._policy.challenge)
