"""Two ways to speak TLS: as a careful client does, and with whatever a server still speaks."""

from __future__ import annotations

import functools
import ssl

from aovpn_remediate.errors import UsageError

_ANY_CIPHER = "ALL:!aNULL:!eNULL:@SECLEVEL=0"


@functools.cache
def careful(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that trusts the authorities of the system and of a file.

    Names are compared elsewhere: a chain has to be judged whatever its names are. Raises
    `UsageError`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_default_certs()
    if ca_file is not None:
        # A certificate in a file is trusted even if it is not a root.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(ca_file)
        except ssl.SSLError:
            raise UsageError(f"{ca_file} holds no certificate in PEM") from None
        except OSError as error:
            raise UsageError(f"cannot read {ca_file}: {error.strerror}") from None
    return context


@functools.cache
def lenient() -> ssl.SSLContext:
    """Return a context that verifies nothing and accepts old protocols, to see what is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(_ANY_CIPHER)
    return context
