"""Rules for the SID of the account, by which domain controllers map a certificate strongly."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aovpn_remediate.inspect.certificates import parts
from aovpn_remediate.inspect.certificates.judging.finding import note, problem, warning
from aovpn_remediate.inspect.certificates.parts import readable
from aovpn_remediate.resources.texts import in_short, listed
from aovpn_remediate.results.certificates import CertificateFacts, InspectedCertificate, Role
from aovpn_remediate.results.inspection import Finding

SID = re.compile(r"S-1-[0-9]{1,14}(-[0-9]{1,10}){1,15}")

_PLAYBOOK = "connector-sid-extension"
_FIX = (
    "For PKCS, let the Intune certificate connector write the SID; for SCEP, add the SAN attribute "
    "URI = {{OnPremisesSecurityIdentifier}} to the Intune profile; AD CS writes it for templates "
    "that take the subject from Active Directory. Then issue it again."
)
_REFUSED = (
    "Domain controllers ask for a strong mapping (by default since February 2025, without "
    "exception since September 2025)"
)
_MOST = 4
"""The most SIDs that are named; a certificate has one."""
_ENTRA = "S-1-12-1-"


def judge_mapping(one: InspectedCertificate, sid: str) -> Iterator[Finding]:
    """Judge the SIDs: absent, malformed, different from each other, or from the one expected."""
    if one.role is Role.CA:
        return
    sids = sids_of(one.facts)
    malformed = [(where, text) for where, text in sids if not SID.fullmatch(text)]
    for where, text in malformed[:_MOST]:
        yield _malformed(one, where, text)
    good = list(dict.fromkeys(text for _, text in sids if SID.fullmatch(text)))
    if len(good) > 1:
        yield problem(
            one,
            "sids-differ",
            f"It names different SIDs: {_listed(sids)}. A domain controller may refuse it, or "
            "take it for another account (which of them counts is not confirmed).",
            "Find which SID is the account's (Get-ADUser, objectSid), correct the profile or the "
            "connector that writes the other, and issue it again.",
        )
    yield from _compared(one, good, sid)
    if not sids and readable(one.facts, parts.SID) and readable(one.facts, parts.NAMES):
        yield from _absent(one, sid)


def sids_of(facts: CertificateFacts) -> list[tuple[str, str]]:
    """Return the places with the texts in them, of whatever form."""
    found = []
    if facts.sid_in_extension is not None and readable(facts, parts.SID):
        found.append(("the extension", facts.sid_in_extension))
    return found + [("a URI", text) for text in facts.sids_in_uris]


def _absent(one: InspectedCertificate, sid: str) -> Iterator[Finding]:
    text = "It names no SID, neither in the extension nor in a URI."
    if one.role is Role.CLIENT and (one.facts.upns or not one.facts.dns_names):
        yield problem(
            one,
            "without-sid",
            f"{text} {_REFUSED} and refuse it: reason 16 in the log of NPS, event 39 on the domain "
            "controller; unless the account names it in altSecurityIdentities.",
            _FIX,
            _PLAYBOOK,
        )
    elif one.role is Role.CLIENT or (sid and one.role is Role.EITHER):
        yield warning(
            one,
            "without-sid",
            f"{text} {_REFUSED} from a device that NPS lets in; a device tunnel, for which RRAS "
            "alone checks the certificate, should work without (not confirmed).",
            _FIX,
            _PLAYBOOK,
        )
    elif one.role is Role.EITHER:
        yield note(
            one,
            "without-sid",
            f"{text} As the certificate of a server it needs none; for a logon at NPS it does.",
        )


def _malformed(one: InspectedCertificate, where: str, text: str) -> Finding:
    shown = in_short(text, f"{len(text)} characters")
    if "{{" in text or not text:
        why = "the variable of the profile was not replaced" if text else "it is empty"
    else:
        why = "it is not the text of a SID"
    return problem(
        one,
        "sid-malformed",
        f"The SID in {where} is {shown!r}: {why}, so it maps no account.",
        _FIX,
    )


def _compared(one: InspectedCertificate, good: list[str], sid: str) -> Iterator[Finding]:
    if sid and good and good != [sid]:
        others = listed([text for text in good if text != sid], _MOST)
        yield problem(
            one,
            "sid-of-another-account",
            f"It names {others}, not {sid}: domain controllers refuse it for that account and log "
            "event 41.",
            "Check for whom it was issued, and whether the account was created again: a new "
            "account has a new SID, and its certificate has to be issued again.",
        )
    cloud = [text for text in good if text.startswith(_ENTRA)]
    if cloud:
        yield warning(
            one,
            "sid-of-entra",
            f"{cloud[0]} has the form of a SID of Entra ID, which Active Directory does not know "
            "(not confirmed for each kind of account).",
            "Issue it with the SID of the account in Active Directory "
            "({{OnPremisesSecurityIdentifier}} in Intune).",
        )


def _listed(sids: list[tuple[str, str]]) -> str:
    shown = [f"{in_short(text, f'{len(text)} characters')} in {where}" for where, text in sids]
    return listed(shown, _MOST)
