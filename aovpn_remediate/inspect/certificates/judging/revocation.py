"""Rules for the check of revocation: NPS refuses what it cannot check."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.inspect.certificates import parts
from aovpn_remediate.inspect.certificates.judging.finding import note, problem, warning
from aovpn_remediate.inspect.certificates.parts import readable
from aovpn_remediate.results.certificates import InspectedCertificate, Role
from aovpn_remediate.results.inspection import Finding

_ID = "without-cdp"
_PLAYBOOK = "nps-ignore-no-revocation-check"
_REFUSED = (
    "NPS cannot check it for revocation and refuses the logon with reason 258, which a client "
    "shows as error 853"
)
_FIX = (
    "Have the CA issue it with a CRL distribution point that NPS can reach over HTTP. Where the CA "
    "names none (Intune Cloud PKI, Entra conditional access), set IgnoreNoRevocationCheck on each "
    "NPS and reboot it: NPS then also admits clients whose chain could not be checked for another "
    "reason."
)


def judge_revocation(one: InspectedCertificate) -> Iterator[Finding]:
    """Judge the CRL distribution points; a root is trusted by itself and needs none."""
    # A root whose signature cannot be checked here is still one by its name.
    names_itself = one.facts.subject and one.facts.subject == one.facts.issuer
    if one.facts.self_signed or names_itself:
        return
    if readable(one.facts, parts.CDP):
        yield from _points(one)
    if readable(one.facts, parts.AIA) and not one.facts.aia:
        yield note(
            one,
            "without-aia",
            "It does not say where the certificate of its issuer is (AIA): Windows finds the "
            "issuer only in its own stores, or where the other side sends it.",
        )


def _points(one: InspectedCertificate) -> Iterator[Finding]:
    if not one.facts.cdp:
        yield _missing(one)
    elif not any(place.lower().startswith(("http:", "https:")) for place in one.facts.cdp):
        kinds = ", ".join(sorted({place.partition(":")[0][:20] for place in one.facts.cdp}))
        yield warning(
            one,
            "cdp-not-http",
            f"Its CRL is published only at addresses of the kind {kinds}: machines outside the "
            "domain, such as a client before its tunnel is up, cannot read it there.",
            "Add an HTTP address to the CRL distribution points of the CA, and issue it again.",
        )


def _missing(one: InspectedCertificate) -> Finding:
    """Return the finding about a certificate without CRL distribution point."""
    if one.role is Role.SERVER:
        return _missing_of_server(one)
    if one.role is Role.EITHER and not one.facts.ocsp:
        return warning(
            one,
            _ID,
            f"It names no CRL distribution point (CDP). If it is a client's: {_REFUSED}.",
            _FIX,
            _PLAYBOOK,
        )
    what = "This CA certificate" if one.role is Role.CA else "It"
    if one.facts.ocsp:
        return warning(
            one,
            _ID,
            f"{what} names no CRL distribution point (CDP), only OCSP. As a rule Windows is "
            "content with that, but it is not confirmed for NPS, which refuses with reason 258 "
            "what it cannot check.",
            _FIX,
            _PLAYBOOK,
        )
    return problem(
        one, _ID, f"{what} names no CRL distribution point (CDP): {_REFUSED}.", _FIX, _PLAYBOOK
    )


def _missing_of_server(one: InspectedCertificate) -> Finding:
    text = "It names no CRL distribution point (CDP)"
    if one.facts.ocsp:
        return note(one, _ID, f"{text}; clients check it for revocation by OCSP.")
    return warning(
        one,
        _ID,
        f"{text}: a client that checks the certificate of the server for revocation, as SSTP is "
        "said to (not confirmed), cannot do so.",
        "Have the CA issue it with a CRL distribution point that clients outside can reach.",
    )
