"""The way to a host before anybody logs on: its name, its port, its certificate."""

from __future__ import annotations

import socket
import ssl

from cryptography import x509
from cryptography.x509.oid import NameOID

from aovpn_remediate.doctor.observed import Certificate, Reason, Tls, Trouble
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.outcome import InvalidSetting
from aovpn_remediate.transports.tls import context_for

_DATES = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_NAMES = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


def where(host: Host) -> str:
    """Address and port, as people write them."""
    return f"{host.address}:{host.connection.resolved_port}"


def resolve(host: Host) -> tuple[str, ...] | Trouble:
    """The IP addresses of a host, in the order in which they would be tried."""
    try:
        found = socket.getaddrinfo(host.address, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return Trouble(Reason.NAME_UNKNOWN, f"the name {host.address} is not known ({why})")
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))


def reach(host: Host) -> Trouble | None:
    """Connect and leave again; None when the port is open."""
    try:
        _connect(host).close()
    except OSError as error:
        return _unreached(host, error)
    return None


def handshake(host: Host) -> Tls | Trouble:
    """A TLS handshake as a session makes it, but always verified; trouble where there is no TLS."""
    try:
        return Tls(_shown(host, verify=True))
    except ssl.SSLCertVerificationError as error:
        refused = _refused(error)
    except InvalidSetting as error:
        return Trouble(Reason.SETTING, str(error))
    except OSError as error:
        return Trouble(Reason.NO_TLS, f"no TLS with {where(host)}: {_why(error)}")
    try:
        return Tls(_shown(host, verify=False), refused)
    except OSError:
        return Tls(None, refused)


def _connect(host: Host) -> socket.socket:
    place = (host.address, host.connection.resolved_port)
    return socket.create_connection(place, timeout=host.connection.connect_timeout)


def _unreached(host: Host, error: OSError) -> Trouble:
    if isinstance(error, ConnectionRefusedError):
        return Trouble(Reason.REFUSED, f"{where(host)} refuses connections")
    if isinstance(error, TimeoutError):
        seconds = host.connection.connect_timeout
        return Trouble(Reason.SILENT, f"no connection to {where(host)} within {seconds} s")
    return Trouble(Reason.NO_ROUTE, f"no way to {where(host)}: {_why(error)}")


def _shown(host: Host, *, verify: bool) -> Certificate | None:
    """The certificate that a host shows; raises `OSError` as the handshake does."""
    context = context_for(host.connection.model_copy(update={"verify": verify}))
    with (
        _connect(host) as plain,
        context.wrap_socket(plain, server_hostname=host.address) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    return None if shown is None else _certificate(shown)


def _refused(error: ssl.SSLCertVerificationError) -> Trouble:
    reason = Reason.TLS_ISSUER
    if error.verify_code in _DATES:
        reason = Reason.TLS_DATES
    elif error.verify_code in _NAMES:
        reason = Reason.TLS_NAME
    return Trouble(reason, f"the certificate is refused: {error.verify_message}")


def _certificate(shown: bytes) -> Certificate | None:
    try:
        read = x509.load_der_x509_certificate(shown)
        return Certificate(
            subject=_common_name(read.subject),
            issuer=_common_name(read.issuer),
            names=_names(read),
            begins=read.not_valid_before_utc,
            ends=read.not_valid_after_utc,
        )
    except ValueError:
        # OpenSSL reads more than that: what it says of the certificate has been said.
        return None


def _common_name(name: x509.Name) -> str:
    parts = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(parts[0].value) if parts else name.rfc4514_string()


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*found.get_values_for_type(x509.DNSName), *map(str, addresses))


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return error.strerror or str(error)
