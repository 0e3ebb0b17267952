"""One TLS context for all hosts with the same trust: loading the authorities costs 20 ms of CPU."""

from __future__ import annotations

import functools
import ssl
import threading
from typing import Any

from aovpn_remediate.inventory.model import Connection
from aovpn_remediate.transports.outcome import InvalidSetting
from aovpn_remediate.transports.sockets import TimedTlsSocket

_loading = threading.Lock()


class SharedContext(ssl.SSLContext):
    """A TLS context that threads share: it does not change once created."""

    sslsocket_class = TimedTlsSocket

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        """Do nothing: urllib3 calls this per connection, and OpenSSL would free a list in use."""


def context_for(connection: Connection) -> SharedContext:
    """Return the context for a host: authorities, verification and client certificate.

    Raises `InvalidSetting`.
    """
    certificate = connection.certificate if connection.auth == "certificate" else None
    with _loading:
        return _load(connection.ca_file, connection.verify, certificate, connection.certificate_key)


@functools.cache
def _load(
    ca_file: str | None, verify: bool, certificate: str | None, key: str | None
) -> SharedContext:
    context = SharedContext(ssl.PROTOCOL_TLS_CLIENT)
    # A certificate in `ca_file` is trusted even if it is not a root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file:
        _load_authorities(context, ca_file)
    else:
        context.load_default_certs()
    if certificate:
        _load_certificate(context, certificate, key)
    return context


def _load_authorities(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:
        raise InvalidSetting(f"ca_file {ca_file} cannot be used: {_detail(error)}") from error


def _load_certificate(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    try:
        # Without a callback OpenSSL would ask for a passphrase on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except OSError as error:
        files = f"certificate {certificate}" + (f" with certificate_key {key}" if key else "")
        raise InvalidSetting(f"{files} cannot be used: {_detail(error)}") from error


def _detail(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"not a valid PEM file ({error.reason or error})"
    return error.strerror or str(error)
