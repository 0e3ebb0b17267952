"""The order of certificates: who issued whom, by names, identifiers and the signature itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aovpn_remediate.inspect.certificates.given import Given
from aovpn_remediate.inspect.certificates.signatures import Signature, check_signature
from aovpn_remediate.results.certificates import CertificateFacts

_MOST_CANDIDATES = 20
"""The most certificates of one name whose keys are tried, those with the right identifier first."""


@dataclass
class Links:
    """The issuers that were found, by the names of certificates."""

    issuers: dict[str, Given] = field(default_factory=dict)
    """A root, and one whose issuer was not given, have none."""
    unchecked: set[str] = field(default_factory=set)
    """Certificates whose issuer is told by name and identifier alone."""
    of_other_keys: dict[str, Given] = field(default_factory=dict)
    """A certificate with the name of the issuer, whose key did not sign."""


def link(given: Sequence[Given]) -> Links:
    """Return who issued whom."""
    by_subject: dict[str, list[Given]] = defaultdict(list)
    for one in given:
        by_subject[one.facts.subject].append(one)
    links = Links()
    for one in given:
        if one.facts.issuer and not one.facts.self_signed:
            others = [other for other in by_subject[one.facts.issuer] if other is not one]
            _find_issuer(one, others, links)
    return links


def _find_issuer(one: Given, candidates: list[Given], links: Links) -> None:
    # One key may have several certificates: the one that is named first, then the latest.
    candidates.sort(key=lambda other: other.facts.not_after or "", reverse=True)
    candidates.sort(key=lambda other: not _identified(one.facts, other.facts))
    candidates = candidates[:_MOST_CANDIDATES]
    for other in candidates:
        signature = check_signature(one.certificate, other.certificate)
        if signature is Signature.RIGHT:
            links.issuers[one.name] = other
            return
    for other in candidates:
        identified = _identified(one.facts, other.facts)
        if identified and check_signature(one.certificate, other.certificate) is Signature.UNKNOWN:
            links.issuers[one.name] = other
            links.unchecked.add(one.name)
            return
    if candidates:
        links.of_other_keys[one.name] = candidates[0]


def _identified(one: CertificateFacts, issuer: CertificateFacts) -> bool:
    return bool(one.aki) and one.aki == issuer.ski


def is_root(one: Given) -> bool:
    """Return true for one that names itself as its issuer, unless its own key did not sign it."""
    if one.facts.self_signed:
        return True
    own = bool(one.facts.subject) and one.facts.subject == one.facts.issuer
    return own and check_signature(one.certificate, one.certificate) is not Signature.WRONG


def chains_of(given: Sequence[Given], links: Links) -> list[list[Given]]:
    """Return the chains from each leaf up; each certificate is in one at least."""
    issuing = {issuer.name for issuer in links.issuers.values()}
    leaves = [one for one in given if one.name not in issuing]
    chains = [list(upwards(leaf, links)) for leaf in leaves]
    seen = {one.name for chain in chains for one in chain}
    for one in given:  # those that have issued each other
        if one.name not in seen:
            chains.append(list(upwards(one, links)))
            seen |= {other.name for other in chains[-1]}
    return chains


def upwards(leaf: Given, links: Links) -> Iterator[Given]:
    """Return a certificate and those above it, each once."""
    seen: set[str] = set()
    one: Given | None = leaf
    while one is not None and one.name not in seen:
        seen.add(one.name)
        yield one
        one = links.issuers.get(one.name)
