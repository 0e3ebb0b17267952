"""TLS on one address: verified as a client does, and looked at all the same if that fails."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from aovpn_remediate.inspect.certificates.facts import certificate_facts
from aovpn_remediate.inspect.certificates.files import CertificateError, read_certificates
from aovpn_remediate.probe.tls.contexts import careful, lenient
from aovpn_remediate.probe.tls.sstp import ask_sstp
from aovpn_remediate.results.certificates import CertificateFacts
from aovpn_remediate.results.probes import ChainProblem, SstpProbe, TlsOutcome, TlsProbe

_MOST_CERTIFICATES = 20
_PROBLEMS = {
    # OpenSSL's X509_V_ERR_...
    **dict.fromkeys((9, 10), ChainProblem.DATES),
    18: ChainProblem.SELF_SIGNED,
    19: ChainProblem.UNTRUSTED_ROOT,
    **dict.fromkeys((2, 20, 21), ChainProblem.ISSUER_MISSING),
}


@dataclass(frozen=True)
class TlsTarget:
    """A place to speak TLS with, and the name to ask for."""

    address: str
    port: int
    host: str
    """A name, or the address again."""
    seconds: float
    """The longest wait for each step."""


@dataclass(frozen=True)
class _Session:
    """What one connection has shown."""

    protocol: str
    chain: tuple[bytes, ...]
    chain_is_whole: bool
    sstp: SstpProbe


def look_at_tls(target: TlsTarget, ca_file: str | None) -> TlsProbe:
    """Return what TCP, TLS and SSTP answer; a chain that is not trusted ends nothing."""
    problem: ChainProblem | None = None
    detail = ""
    try:
        try:
            seen = _session(target, careful(ca_file))
        except ssl.SSLError as error:
            problem, detail = _chain_problem(error)
            seen = _session(target, lenient())
    except _NotConnected as error:
        return TlsProbe(port=target.port, outcome=error.outcome, detail=str(error))
    except OSError as error:
        return TlsProbe(port=target.port, outcome=TlsOutcome.NO_TLS, detail=_words(error, target))
    chain, unread = _facts(seen.chain)
    return TlsProbe(
        port=target.port,
        outcome=TlsOutcome.ANSWERED,
        protocol=seen.protocol,
        chain=chain,
        chain_is_whole=seen.chain_is_whole,
        chain_problem=problem,
        chain_detail=detail,
        certificates_unread=unread,
        sstp=seen.sstp,
    )


class _NotConnected(Exception):  # noqa: N818 - never leaves this module
    """The port could not be reached."""

    def __init__(self, outcome: TlsOutcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome


def _session(target: TlsTarget, context: ssl.SSLContext) -> _Session:
    with (
        _connect(target) as plain,
        context.wrap_socket(plain, server_hostname=target.host) as tls,
    ):
        chain, whole = _sent_chain(tls)
        sstp = ask_sstp(tls, target.host, target.seconds)
        return _Session(tls.version() or "", chain, whole, sstp)


def _connect(target: TlsTarget) -> socket.socket:
    try:
        return socket.create_connection((target.address, target.port), timeout=target.seconds)
    except ConnectionRefusedError:
        raise _NotConnected(TlsOutcome.CLOSED, "the connection is refused") from None
    except TimeoutError:
        detail = f"no answer within {target.seconds:g} s"
        raise _NotConnected(TlsOutcome.SILENT, detail) from None
    except OSError as error:
        raise _NotConnected(TlsOutcome.UNREACHABLE, error.strerror or str(error)) from None


def _sent_chain(tls: ssl.SSLSocket) -> tuple[tuple[bytes, ...], bool]:
    """Return the certificates that the server sent, and whether these are all of them."""
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return tuple(public() or ())[:_MOST_CERTIFICATES], True
    # Before Python 3.13 the same is there one level below, and nowhere else.
    inner = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)
    if inner is not None:
        sent = [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in inner() or ()]
        return tuple(sent[:_MOST_CERTIFICATES]), True
    leaf = tls.getpeercert(binary_form=True)
    return ((leaf,) if leaf else ()), False


def _facts(chain: Sequence[bytes]) -> tuple[tuple[CertificateFacts, ...], str]:
    """Return the certificates in words up to one that cannot be read, with the reason."""
    found = []
    for place, der in enumerate(chain, 1):
        try:
            found.append(certificate_facts(read_certificates(der)[0]))
        except CertificateError as error:
            return tuple(found), f"certificate {place} of the chain: {error}"
    return tuple(found), ""


def _chain_problem(error: ssl.SSLError) -> tuple[ChainProblem | None, str]:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return None, f"not verified: {(error.reason or str(error)).replace('_', ' ').lower()}"
    problem = _PROBLEMS.get(error.verify_code, ChainProblem.OTHER)
    return problem, error.verify_message


def _words(error: OSError, target: TlsTarget) -> str:
    if isinstance(error, TimeoutError):
        return f"the TLS handshake was not finished within {target.seconds:g} s"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        return f"the TLS handshake failed ({reason})"
    return f"the connection was closed during the TLS handshake ({error.strerror or error})"
