"""Probes of the network before the logon: name, port, certificate."""

from __future__ import annotations

import socket
import ssl

from cryptography import x509
from cryptography.x509.oid import NameOID

from aovpn_remediate.doctor.observed import Certificate, Failure, Reason, Tls
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.probe.names import NoAddress, addresses_of
from aovpn_remediate.transports.outcome import InvalidSetting
from aovpn_remediate.transports.tls import context_for

_DATES = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_NAMES = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


def target(host: Host) -> str:
    """Return the address and port of a host as one text."""
    return f"{host.address}:{host.connection.resolved_port}"


def resolve(host: Host) -> tuple[str, ...] | Failure:
    """Return the IP addresses of a host, in the order of connection attempts."""
    try:
        return addresses_of(host.address)
    except NoAddress as why:
        return Failure(Reason.NAME_UNKNOWN, f"the name {host.address} cannot be resolved ({why})")


def reach(host: Host) -> Failure | None:
    """Connect to the port and close; return None if the port is open."""
    try:
        _connect(host).close()
    except OSError as error:
        return _connect_failure(host, error)
    return None


def handshake(host: Host) -> Tls | Failure:
    """Make a TLS handshake as a session does, but always verified; fails without TLS."""
    try:
        return Tls(_presented_certificate(host, verify=True))
    except ssl.SSLCertVerificationError as error:
        refused = _verification_failure(error)
    except InvalidSetting as error:
        return Failure(Reason.SETTING, str(error))
    except OSError as error:
        return Failure(
            Reason.NO_TLS, f"the TLS handshake with {target(host)} failed: {_detail(error)}"
        )
    try:
        return Tls(_presented_certificate(host, verify=False), refused)
    except OSError:
        return Tls(None, refused)


def _connect(host: Host) -> socket.socket:
    place = (host.address, host.connection.resolved_port)
    return socket.create_connection(place, timeout=host.connection.connect_timeout)


def _connect_failure(host: Host, error: OSError) -> Failure:
    if isinstance(error, ConnectionRefusedError):
        return Failure(Reason.REFUSED, f"{target(host)} refuses connections")
    if isinstance(error, TimeoutError):
        seconds = host.connection.connect_timeout
        return Failure(Reason.SILENT, f"cannot connect to {target(host)} within {seconds} s")
    return Failure(Reason.NO_ROUTE, f"cannot reach {target(host)}: {_detail(error)}")


def _presented_certificate(host: Host, *, verify: bool) -> Certificate | None:
    """Return the certificate that a host presents; raises `OSError` as the handshake does."""
    context = context_for(host.connection.model_copy(update={"verify": verify}))
    with (
        _connect(host) as plain,
        context.wrap_socket(plain, server_hostname=host.address) as secured,
    ):
        presented = secured.getpeercert(binary_form=True)
    return None if presented is None else _certificate(presented)


def _verification_failure(error: ssl.SSLCertVerificationError) -> Failure:
    reason = Reason.TLS_ISSUER
    if error.verify_code in _DATES:
        reason = Reason.TLS_DATES
    elif error.verify_code in _NAMES:
        reason = Reason.TLS_NAME
    return Failure(reason, f"the certificate is not accepted: {error.verify_message}")


def _certificate(presented: bytes) -> Certificate | None:
    try:
        read = x509.load_der_x509_certificate(presented)
        return Certificate(
            subject=_common_name(read.subject),
            issuer=_common_name(read.issuer),
            names=_names(read),
            begins=read.not_valid_before_utc,
            ends=read.not_valid_after_utc,
        )
    except ValueError:
        # OpenSSL accepts certificates that cannot be parsed here; its verdict is reported already.
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


def _detail(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return error.strerror or str(error)
