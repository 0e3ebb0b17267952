"""Each error of a library has a plain text."""

from __future__ import annotations

import pytest
import requests
import requests_credssp.exceptions  # type: ignore[import-untyped] # it has no types
import spnego.exceptions

from aovpn_remediate.errors import LogonFailed, NotAllowed, TimedOut, TransportError
from aovpn_remediate.transports.translate import translate, translated
from tests.transports.failing import host_at

KERBEROS_HOST = host_at(5986, scheme="https", auth="kerberos", encryption="auto")


def spnego_error(text: str) -> spnego.exceptions.SpnegoError:
    base = spnego.exceptions.NativeError(text, maj_code=851968)
    return spnego.exceptions.SpnegoError(base_error=base)


@pytest.mark.parametrize(
    ("cause", "kind", "text"),
    [
        ("Clock skew too great", NotAllowed, "the clocks"),
        ("Server HTTP/x@Y not found in Kerberos database", NotAllowed, "not an alias"),
        ("Cannot contact any KDC for realm 'CORP'", NotAllowed, "no domain controller"),
        ("No Kerberos credentials available", LogonFailed, "run kinit"),
        ("Preauthentication failed", LogonFailed, "cannot log on as CORP\\svc (kerberos)"),
    ],
)
def test_errors_of_kerberos(cause: str, kind: type[TransportError], text: str) -> None:
    error = translate(spnego_error(cause), KERBEROS_HOST)
    assert type(error) is kind
    assert text in str(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ImportError("GSSAPIProxy requires the Python gssapi library"), "[kerberos]"),
        (ImportError("Cannot use CredSSP auth as requests-credssp is not installed"), "[credssp]"),
        (
            spnego.exceptions.FeatureMissingError(spnego.NegotiateOptions.negotiate_kerberos),
            "[kerberos]",
        ),
    ],
)
def test_a_missing_extra(error: Exception, text: str) -> None:
    translated_error = translate(error, KERBEROS_HOST)
    assert isinstance(translated_error, NotAllowed)
    assert f"pip install 'aovpn-remediate{text}'" in str(translated_error)


def test_an_error_of_credssp() -> None:
    error = requests_credssp.exceptions.NTStatusException(0xC000006D, "logon failure")
    assert isinstance(translate(error, KERBEROS_HOST), LogonFailed)


def test_a_timeout_inside_another_error() -> None:
    error = requests.ConnectionError(requests.ReadTimeout("read timed out"))
    assert isinstance(translate(error, KERBEROS_HOST), TimedOut)


def test_a_bug_is_not_translated() -> None:
    assert translate(ZeroDivisionError(), KERBEROS_HOST) is None
    with pytest.raises(ZeroDivisionError), translated(KERBEROS_HOST):
        raise ZeroDivisionError


def test_a_transport_error_is_not_translated() -> None:
    error = LogonFailed("the-host", "as said")
    with pytest.raises(LogonFailed, match="as said") as caught, translated(KERBEROS_HOST):
        raise error
    assert caught.value is error
