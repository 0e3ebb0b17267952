"""The inspection of the certificates in files: the bytes and the time in, a report out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from aovpn_remediate.errors import UsageError
from aovpn_remediate.inspect.about import About
from aovpn_remediate.inspect.certificates.chains import Links, chains_of, is_root, link
from aovpn_remediate.inspect.certificates.given import Given, gather
from aovpn_remediate.inspect.certificates.judging.chain import (
    judge_chain,
    judge_ends,
    judge_files,
    judge_issuer,
)
from aovpn_remediate.inspect.certificates.judging.form import judge_form
from aovpn_remediate.inspect.certificates.judging.mapping import SID, judge_mapping, sids_of
from aovpn_remediate.inspect.certificates.judging.purpose import judge_names, judge_purpose
from aovpn_remediate.inspect.certificates.judging.revocation import judge_revocation
from aovpn_remediate.inspect.certificates.judging.strength import judge_strength
from aovpn_remediate.inspect.certificates.judging.validity import judge_validity
from aovpn_remediate.results.certificates import CertificateReport, Chain, Role
from aovpn_remediate.results.inspection import Finding, Severity

MOST_DAYS = 36_500
"""The most days before the end of a certificate that may count as soon."""
_RANK = tuple(Severity)


def inspect_files(
    files: Sequence[tuple[str, bytes]],
    at: datetime,
    *,
    sid: str = "",
    expiring_days: int | None = None,
) -> CertificateReport:
    """Return the report on files, given as names and contents. Raises `UsageError`."""
    sid = sid.strip().upper()
    if sid and not SID.fullmatch(sid):
        raise UsageError(f"{sid!r} is not a SID (use its text, such as S-1-5-21-1-2-3-1105)")
    if expiring_days is not None and not 0 <= expiring_days <= MOST_DAYS:
        raise UsageError(f"{expiring_days} days before the end (use 0 to {MOST_DAYS})")
    at = at.astimezone(UTC)
    given, unread = gather(files)
    links = link(given)
    chains = chains_of(given, links)
    ordered = list({one.name: one for chain in chains for one in chain}.values())
    found = [
        *(finding for one in ordered for finding in _of_one(one, at, sid, expiring_days)),
        *_of_all(ordered, chains, links),
        *_not_compared(ordered, sid),
    ]
    place = {one.name: number for number, one in enumerate(ordered)}
    found.sort(key=lambda finding: _RANK.index(finding.severity))
    found.sort(key=lambda finding: place.get(finding.subject, len(place)))
    return CertificateReport(
        made_at=at.isoformat(timespec="seconds"),
        findings=tuple(dict.fromkeys(found)),
        unread=tuple(unread),
        certificates=tuple(one.inspected for one in ordered),
        chains=tuple(_chain(chain, links) for chain in chains),
        sid=sid,
    )


def _of_one(one: Given, at: datetime, sid: str, expiring_days: int | None) -> Iterator[Finding]:
    yield from judge_validity(one.inspected, at, expiring_days)
    yield from judge_revocation(one.inspected)
    yield from judge_mapping(one.inspected, sid)
    yield from judge_purpose(one.inspected)
    yield from judge_names(one.inspected)
    yield from judge_strength(one.inspected)
    yield from judge_form(one.inspected)


def _of_all(
    given: Sequence[Given], chains: Sequence[Sequence[Given]], links: Links
) -> Iterator[Finding]:
    yield from judge_files(given)
    yield from judge_ends(given, chains, links)
    for one in given:
        if one.name in links.issuers:
            issuer = links.issuers[one.name]
            yield from judge_issuer(one, issuer, checked=one.name not in links.unchecked)
    for chain in chains:
        yield from judge_chain(chain)


def _not_compared(given: Sequence[Given], sid: str) -> Iterator[Finding]:
    if not sid or not given or any(_is_of_an_account(one) for one in given):
        return
    yield About(sid).warning(
        "certificate-sid-not-compared",
        "No certificate of a user or a device was given to compare this SID with.",
        "Give the certificate of the account.",
    )


def _is_of_an_account(one: Given) -> bool:
    role = one.inspected.role
    return role in (Role.CLIENT, Role.EITHER) or (role is not Role.CA and bool(sids_of(one.facts)))


def _chain(chain: Sequence[Given], links: Links) -> Chain:
    last = chain[-1]
    complete = is_root(last)
    return Chain(
        certificates=tuple(one.name for one in chain),
        complete=complete,
        missing="" if complete or last.name in links.issuers else last.facts.issuer,
    )
