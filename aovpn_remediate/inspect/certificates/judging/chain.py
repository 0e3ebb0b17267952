"""Rules for certificates together: issuers that are missing, wrong, or that forbid them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aovpn_remediate.inspect.certificates.chains import Links, upwards
from aovpn_remediate.inspect.certificates.given import Given
from aovpn_remediate.inspect.certificates.judging.finding import note, problem, warning
from aovpn_remediate.inspect.certificates.purposes import ANY, CLIENT, PURPOSES, SERVER
from aovpn_remediate.inspect.certificates.signatures import Signature, check_signature
from aovpn_remediate.resources.texts import in_short, listed
from aovpn_remediate.results.certificates import Role
from aovpn_remediate.results.inspection import Finding

_Chain = Sequence[Given]


def judge_files(given: Sequence[Given]) -> Iterator[Finding]:
    """Name the certificates that are there more than once."""
    for one in given:
        if one.repeated:
            again = listed(list(dict.fromkeys(one.repeated)), 4)
            yield note(one.inspected, "duplicate", f"It is there more than once: again in {again}.")


def judge_ends(given: Sequence[Given], chains: Sequence[_Chain], links: Links) -> Iterator[Finding]:
    """Judge where chains end below a root, and which CAs have nothing to do with the others."""
    told: set[str] = set()
    several_cas = any(one.inspected.role is Role.CA for one in given)
    for chain in chains:
        last = chain[-1]
        if not last.facts.self_signed and last.name not in told | set(links.issuers):
            told.add(last.name)
            yield _without_issuer(last, links, others=several_cas)
    yield from _unrelated(chains, links)


def _without_issuer(one: Given, links: Links, *, others: bool) -> Finding:
    issuer = in_short(one.facts.issuer, f"{len(one.facts.issuer)} characters")
    other = links.of_other_keys.get(one.name)
    if other is not None:
        return problem(
            one.inspected,
            "issuer-of-another-key",
            f"{other.name} has the name of its issuer, but its key did not sign it"
            f"{_identifiers(one, other)}: it is another generation of that CA, or another CA.",
            "Find the certificate of the CA with the key that signed it, and publish that one.",
        )
    if one.facts.issuer and one.facts.issuer == one.facts.subject:
        return _of_itself(one)
    text = f"Its issuer was not given: {issuer or 'it names none'}."
    if others and one.inspected.role is not Role.CA:
        return warning(
            one.inspected,
            "issuer-missing",
            f"{text} None of the CA certificates that were given is the one.",
            "Add the certificate of that CA to the chain, on the server too if it came from there.",
        )
    return note(
        one.inspected, "issuer-missing", f"{text} Give its certificate as well to have it judged."
    )


def _of_itself(one: Given) -> Finding:
    if check_signature(one.certificate, one.certificate) is Signature.UNKNOWN:
        return note(
            one.inspected,
            "signature-unchecked",
            "It names itself as its issuer; the signature is of a kind that could not be checked "
            "here.",
        )
    return problem(
        one.inspected,
        "signature-wrong",
        "It names itself as its issuer, but its own key did not sign it: it was changed, or it is "
        "the new certificate of a CA, signed with the former key of that CA.",
        "Compare its thumbprint with that of the original.",
    )


def _identifiers(one: Given, other: Given) -> str:
    if not one.facts.aki or not other.facts.ski or one.facts.aki == other.facts.ski:
        return ""
    return f" (key identifier {one.facts.aki[:40]}, not {other.facts.ski[:40]})"


def _unrelated(chains: Sequence[_Chain], links: Links) -> Iterator[Finding]:
    leaves = [chain for chain in chains if chain[0].inspected.role is not Role.CA]
    if not leaves:
        return
    related = {one.name for chain in leaves for one in chain}
    for other in links.of_other_keys.values():
        related |= {one.name for one in upwards(other, links)}
    for chain in chains:
        for one in chain:
            if one.name not in related:
                related.add(one.name)
                yield warning(
                    one.inspected,
                    "unrelated",
                    "This CA issued none of the other certificates, neither directly nor through "
                    "another CA.",
                    "Leave it out, or find the CA that is named as their issuer.",
                )


def judge_issuer(one: Given, issuer: Given, *, checked: bool) -> Iterator[Finding]:
    """Judge a certificate together with the one that issued it."""
    usage = issuer.facts.key_usage
    if issuer.inspected.role is not Role.CA or (usage and "keyCertSign" not in usage):
        yield problem(
            one.inspected,
            "issuer-not-a-ca",
            f"{issuer.name} signed it, but may not: it is no CA by its basic constraints or key "
            "usage (reason 280 in the log of NPS).",
            "Have it issued by a CA.",
        )
    if one.facts.not_after and (issuer.facts.not_after or "9") < one.facts.not_after:
        yield warning(
            one.inspected,
            "outlives-its-issuer",
            f"Its issuer, {issuer.name}, expires before it does, on {_day(issuer)}: from then on "
            "it is refused as well.",
            "Renew the certificate of the CA in time, and issue this one again.",
        )
    if one.facts.aki and issuer.facts.ski and one.facts.aki != issuer.facts.ski:
        yield warning(
            one.inspected,
            "identifiers-differ",
            f"{issuer.name} signed it, but it asks for an issuer with another key identifier"
            f"{_identifiers(one, issuer)}: Windows may not find the issuer.",
            "Issue it again, or renew the certificate of the CA with the identifier that it had.",
        )
    if not checked:
        yield note(
            one.inspected,
            "signature-unchecked",
            f"By name and key identifier {issuer.name} issued it; the signature is of a kind that "
            "could not be checked here.",
        )


def _day(issuer: Given) -> str:
    return (issuer.facts.not_after or "")[:10]


def judge_chain(chain: _Chain) -> Iterator[Finding]:
    """Judge the limits that a CA sets to those below it: how many, and for which purposes."""
    for place, authority in enumerate(chain):
        below = [
            one
            for one in chain[:place]
            if one.inspected.role is Role.CA and one.facts.subject != one.facts.issuer
        ]
        limit = authority.facts.path_length
        if limit is not None and len(below) > limit:
            yield problem(
                authority.inspected,
                "path-too-long",
                f"It allows at most {limit} other CAs below it, and {chain[0].name} has "
                f"{len(below)} (reason 281 in the log of NPS).",
                "Issue the lower CA from one that allows it, or renew this one without the limit.",
            )
    yield from _purposes(chain)


def _purposes(chain: _Chain) -> Iterator[Finding]:
    leaf = chain[0]
    if leaf.inspected.role is Role.CA:
        return
    needed = {one.oid for one in leaf.facts.ekus} & {CLIENT, SERVER}
    for authority in chain[1:]:
        allowed = {one.oid for one in authority.facts.ekus}
        missing = sorted(needed - allowed) if allowed and ANY not in allowed else []
        if missing:
            yield problem(
                authority.inspected,
                "forbids-purpose",
                f"Its own purposes leave out {' and '.join(PURPOSES[oid] for oid in missing)}, for "
                "which it issued others: Windows does not take them for it.",
                "Renew the certificate of the CA with these purposes, or without any.",
            )
