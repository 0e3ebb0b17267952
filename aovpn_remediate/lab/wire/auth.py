"""Logon of a connection: Basic, Negotiate (NTLM, Kerberos), CredSSP, client certificate."""

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
    """The accepted accounts and schemes. `certificate_hash` is the channel binding of a logon."""

    accounts: Accounts
    schemes: tuple[str, ...]
    may_log_on: Callable[[str, str], bool]
    certificate_hash: bytes = b""

    @property
    def challenge(self) -> Headers:
        """The headers of a 401, which offer the schemes."""
        offers = (
            'Basic realm="WSMAN"' if scheme == "Basic" else scheme
            for scheme in self.schemes
            if scheme != "Certificate"
        )
        return tuple(("WWW-Authenticate", offer) for offer in offers)


@dataclass(frozen=True)
class LogonResult:
    """The outcome of a logon attempt, and the headers of the answer in either case."""

    admitted: bool
    headers: Headers = ()
    finished_logon: bool = False
    """True if this request ended a logon; without a body it asks for nothing else."""


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
        """The security context, which encrypts messages once it is complete."""

    def authenticate(self, authorization: str) -> LogonResult:
        """Check the Authorization header of a request ('' for none)."""
        scheme, _, token = authorization.partition(" ")
        offered = {name.lower() for name in self._policy.schemes}
        if authorization == _MUTUAL:
            return self._certificate("certificate" in offered)
        if not authorization:
            known = self.context is not None and self.context.complete
            return LogonResult(admitted=True) if known else self._refuse()
        # A client without Kerberos may name NTLM, even in answer to an offer of Negotiate.
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

    def _basic(self, decoded: bytes) -> LogonResult:
        name, _, password = decoded.decode("utf-8", "replace").partition(":")
        if not self._policy.accounts.admits(name, password):
            return self._refuse()
        return self._admit(name, LogonResult(admitted=True))

    def _certificate(self, offered: bool) -> LogonResult:
        if not offered or not self._peer_certificate:
            return self._refuse()
        subject = dict(part[0] for part in self._peer_certificate["subject"])
        return self._admit(str(subject.get("commonName", "")), LogonResult(admitted=True))

    def _step(self, scheme: str, protocol: str, token: bytes) -> LogonResult:
        if self.context is not None and self.context.complete:
            self.context = None
        try:
            with ntlm_file.containing(self._policy.accounts):
                if self.context is None:
                    self.context = self._new_context(protocol)
                answer = self.context.step(token)
        except Exception:  # noqa: BLE001 - spnego raises many types for invalid tokens
            return self._refuse()
        headers: Headers = ()
        if answer:
            headers = (("WWW-Authenticate", f"{scheme} {base64.b64encode(answer).decode()}"),)
        if not self.context.complete:
            return LogonResult(admitted=False, headers=headers)
        name = self.context.client_principal or ""
        return self._admit(name, LogonResult(admitted=True, headers=headers, finished_logon=True))

    def _new_context(self, protocol: str) -> spnego.ContextProxy:
        bindings = None
        if self._policy.certificate_hash and protocol != "credssp":
            endpoint = b"tls-server-end-point:" + self._policy.certificate_hash
            bindings = GssChannelBindings(application_data=endpoint)
        return spnego.server(protocol=protocol, channel_bindings=bindings)

    def _admit(self, name: str, result: LogonResult) -> LogonResult:
        # A Kerberos principal need not be an account of the lab: the KDC has authenticated it.
        kerberos = self.context is not None and self.context.negotiated_protocol == "kerberos"
        user = name if kerberos else self._policy.accounts.spelling(name)
        if not user or not self._policy.may_log_on(self._host, user):
            return self._refuse()
        self.user = user
        return result

    def _refuse(self) -> LogonResult:
        self.context, self.user = None, ""
        return LogonResult(admitted=False, headers=self._policy.challenge)
