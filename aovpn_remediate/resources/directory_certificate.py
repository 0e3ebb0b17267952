"""A CA certificate that Active Directory gives to the whole forest: NTAuth and trusted roots."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.certificate_data import thumbprint_of
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import matches
from aovpn_remediate.resources.texts import in_short

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_PLACES: Mapping[str, str] = {
    "ntauth": "NTAuthCertificates",
    "aia": "AIA",
    "authorities": "Certification Authorities",
}
_BASE64 = matches(
    r"[A-Za-z0-9+/]+={0,2}",
    "should be one certificate in base64: write '{{ certificate | certificate_file }}'",
)
# The console of Windows puts a mark of direction before a thumbprint that is copied from it.
_THUMBPRINT = matches(
    r"[\u200e\u200f]?([0-9A-Fa-f]{2}[ :]?){20}([0-9A-Fa-f]{2}[ :]?){0,12}",
    "should be the thumbprint: 40 hexadecimal digits (SHA-1), or 64 (SHA-256)",
)


class _Published(HostAnswer):
    ntauth: bool
    aia: bool
    authorities: bool
    cached: bool
    """True if it is in the NTAuth cache of the host itself."""
    writable: bool
    """False on a read-only domain controller."""


class DirectoryCertificate(DeclaredResource):
    """A state is `{ntauth, aia, authorities}`: whether each of them has this certificate.

    It is told by its DER, and taken away as one value: other certificates are not touched.
    """

    kind = "directory_certificate"
    summary = "a CA certificate is published in Active Directory: NTAuth, AIA, trusted roots"
    high_impact = "NTAuth decides which CAs issue logon certificates for the whole forest"
    target_fields = ("certificate", "thumbprint")
    answer = _Published
    independent = True
    example: ClassVar[Mapping[str, Any]] = {
        "certificate": (
            "MIHlMIGYoAMCAQICAQEwBQYDK2VwMBIxEDAOBgNVBAMMB0V4YW1wbGUwHhcNMjYwMTAxMDAwMDAwWhcN"
            "NDYwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdFeGFtcGxlMCowBQYDK2VwAyEAiojj3XQJ8ZX9UtstPLpd"
            "cspnCb8dlBIb83SIAbQPb1yjEzARMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EABG37Qsftc6zisIH4"
            "58ZZ98Z99iQUY+sx6Lcyt/GyOx9Oha3IDP2MevkZtTbySkZbW6OTbc6nRVepxEd75E2MBQ=="
        ),
        "thumbprint": "59BA4A4FA3CD3763FBC45B3A4B5C2CFBB504157B",
    }

    certificate: Annotated[str, Field(max_length=100_000), _BASE64]
    """`{{ path | certificate_file }}`: the file, PEM or DER, is read where the program runs."""
    thumbprint: Annotated[str, _THUMBPRINT]
    """The thumbprint that the certificate has to have, SHA-1 or SHA-256."""

    @model_validator(mode="after")
    def _is_the_one_meant(self) -> Self:
        if self._parsed is None:
            raise ValueError("certificate is not a certificate")
        digits = re.sub(r"[^0-9A-Fa-f]", "", self.thumbprint).upper()
        told = {40: self._sha1, 64: hashlib.sha256(self._der).hexdigest().upper()}
        if told.get(len(digits)) != digits:
            found = told.get(len(digits), self._sha1)
            raise ValueError(f"the thumbprint of the certificate is {found}, not {digits}")
        return self

    @property
    def _parsed(self) -> Certificate | None:
        return _parsed(self.certificate)

    @property
    def _der(self) -> bytes:
        return base64.b64decode(self.certificate)

    @property
    def _sha1(self) -> str:
        return thumbprint_of(self._der)

    def target(self) -> dict[str, Any]:
        """Certificate, in base64, and Thumbprint, by which Windows names it."""
        return {"Certificate": self.certificate, "Thumbprint": self._sha1}

    def thing(self) -> str:
        """Return one text for one certificate."""
        return f"{self.kind} {hashlib.sha256(self._der).hexdigest()}"

    def claims(self) -> Mapping[str, Any]:
        """It is published, or it is not."""
        return {self.thing(): True}

    def title(self) -> str:
        """`CN=Microsoft VPN root CA gen 1  3F2A...  in the directory`."""
        return f"{_subject(self._parsed)}  {self._sha1}  in the directory"

    def state_of(self, found: _Published) -> State:
        """The three places."""
        return {name: getattr(found, name) for name in _PLACES}

    def wanted(self, actual: State) -> State:
        """All three."""
        del actual
        return dict.fromkeys(_PLACES, True)

    def desired(self, state: State) -> State:
        """Return the state as it is."""
        return state

    def show(self, state: State) -> str:
        """`published`, `not published`, or the places that have it."""
        places = [words for name, words in _PLACES.items() if (state or {}).get(name)]
        if len(places) == len(_PLACES):
            return "published"
        return f"published in {', '.join(places)} alone" if places else "not published"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """The validity of the certificate, and what Group Policy has still to do."""
        found: _Published = self.answered(answer)
        notes = [*_remarks(self._parsed)]
        if not all(self.state_of(found).values()):  # type: ignore[union-attr]
            notes.append(
                "publish it on one domain controller alone (--limit): two at once make conflicting "
                "entries, and replication brings it to the others"
            )
        elif not found.cached:
            notes.append(
                "not yet in the NTAuth cache of this host: Group Policy brings it within 8 hours, "
                "or `gpupdate /force`"
            )
        return tuple(notes)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Nothing can be written on a read-only domain controller."""
        del actual
        if self.answered(answer).writable:
            return None
        return "this domain controller is read-only: publish it on another one"


@lru_cache(maxsize=64)
def _parsed(text: str) -> Certificate | None:
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    except ValueError:
        return None


def _subject(certificate: Certificate | None) -> str:
    name = certificate.subject.rfc4514_string() if certificate else ""
    return in_short(name, f"{len(name)} characters") or "a certificate without a subject"


def _remarks(certificate: Certificate | None) -> tuple[str, ...]:
    if certificate is None:
        return ()
    remarks = [f"valid until {certificate.not_valid_after_utc:%Y-%m-%d}"]
    if certificate.issuer != certificate.subject:
        remarks.append("not a root: another CA has signed it")
    if not _is_ca(certificate):
        remarks.append("its basic constraints do not say that it is a CA")
    return tuple(remarks)


def _is_ca(certificate: Certificate) -> bool:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return found.value.ca
