"""The judgement: which causes the evidence of one trouble tells, and how surely. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aovpn_remediate.diagnose.evidence import LOOKED_FOR, Evidence, What, describe
from aovpn_remediate.diagnose.rules import Condition, Rule, Rules
from aovpn_remediate.results.inspection import Severity
from aovpn_remediate.results.symptoms import Cause, Certainty, RuledOut, Trouble

_ORDER = tuple(Certainty)
_SEVERITY = {
    Certainty.PROVEN: Severity.PROBLEM,
    Certainty.LIKELY: Severity.PROBLEM,
    Certainty.POSSIBLE: Severity.WARNING,
}


@dataclass(frozen=True)
class Judgement:
    """The causes of one trouble, the most certain first, and the trouble itself."""

    trouble: Trouble
    causes: tuple[Cause, ...]


def judge(
    subject: str, own: Sequence[Evidence], rules: Rules, common: Sequence[Evidence] = ()
) -> Judgement:
    """Judge the evidence that belongs together; `subject` names the trouble.

    `common` was found about the profile or the server, whatever the connection.
    """
    evidence = (*own, *common)
    apart = _apart(evidence, rules)
    causes: list[Cause] = []
    ruled_out: list[RuledOut] = []
    explained: set[Evidence] = set()
    for rule in rules.rules:
        for_it = [item for item in evidence if any(need.holds(item) for need in rule.needs)]
        if not for_it:
            continue
        explained.update(for_it)
        if excluding := _excluding(rule, evidence, apart):
            why, item = excluding
            explained.add(item)
            if not rule.pointer:
                ruled_out.append(RuledOut(id=rule.id, text=rule.cause, why=why))
        else:
            causes.append(_cause(subject, rule, evidence, apart))
    told = _without_explained(_without_pointers(_without_general(causes, rules), rules))
    aside = {rule.id for rule in rules.rules if rule.apart}
    ranked = sorted(told, key=lambda cause: (_ORDER.index(cause.certainty), cause.id in aside))
    used = (item for item in common if item in explained)
    seen = tuple(dict.fromkeys(map(str, (*own, *used))))
    rest = (item for item in own if item not in explained)
    unexplained = tuple(dict.fromkeys(_unexplained(item, rules) for item in rest))
    trouble = Trouble(
        subject=subject, seen=seen, ruled_out=tuple(ruled_out), unexplained=unexplained
    )
    return Judgement(trouble, tuple(ranked))


def _apart(evidence: Sequence[Evidence], rules: Rules) -> frozenset[Evidence]:
    """Return what speaks against no cause: it may go on beside a failed connection."""
    needs = [need for rule in rules.rules if rule.apart for need in rule.needs]
    return frozenset(item for item in evidence if any(need.holds(item) for need in needs))


def _excluding(
    rule: Rule, evidence: Sequence[Evidence], apart: frozenset[Evidence]
) -> tuple[str, Evidence] | None:
    """Return what excludes a cause, in words and itself: something against it, another companion.

    Another code of the client excludes nothing: clients word one fault in several ways.
    """
    for condition in rule.not_with:
        for item in evidence:
            if condition.holds(item):
                return f"there is {item}", item
    for need in rule.needs:
        others = _others(need, evidence, apart)
        if others and need.what is not What.CLIENT_ERROR:
            return _instead(need, others[0]), others[0]
    return None


def _instead(need: Condition, other: Evidence) -> str:
    if need.what in LOOKED_FOR:
        return f"{_codes(need)} was looked for and is not there"
    return f"there is {other}"


def _others(
    need: Condition, evidence: Sequence[Evidence], apart: frozenset[Evidence]
) -> list[Evidence]:
    """Return evidence of the kind of a condition, if none of it is what is meant."""
    same = [item for item in evidence if item.what is need.what]
    if any(need.holds(item) for item in same):
        return []
    return [item for item in same if item not in apart]


def _codes(need: Condition) -> str:
    return describe(need.what, need.codes[0])


def _cause(
    subject: str, rule: Rule, evidence: Sequence[Evidence], apart: frozenset[Evidence]
) -> Cause:
    for_it = [item for item in evidence if any(need.holds(item) for need in rule.needs)]
    missing = [need for need in rule.needs if not any(need.holds(item) for item in evidence)]
    against = [
        f"{other}, where {_codes(need)} goes with it"
        for need in missing
        for other in _others(need, evidence, apart)
    ]
    certainty = _certainty(missing, against)
    return Cause(
        id=rule.id,
        severity=Severity.WARNING if rule.pointer else _SEVERITY[certainty],
        subject=subject,
        text=f"{certainty}: {rule.cause}",
        fix=rule.fix,
        playbook=rule.playbook,
        certainty=certainty,
        seen=tuple(dict.fromkeys(map(str, for_it))),
        missing=tuple(need.words for need in missing if not _others(need, evidence, apart)),
        against=tuple(dict.fromkeys(against)),
        explanation=rule.explanation,
        command=rule.command or _command(rule),
        source=rule.source,
    )


def _certainty(missing: Sequence[Condition], against: Sequence[str]) -> Certainty:
    if any(need.decides for need in missing):
        return Certainty.POSSIBLE
    return Certainty.LIKELY if missing or against else Certainty.PROVEN


def _command(rule: Rule) -> str:
    return f"aovpn-remediate plan {rule.playbook} -i fleet.yaml" if rule.playbook else ""


def _without_general(causes: Sequence[Cause], rules: Rules) -> list[Cause]:
    """Leave out general causes where a special one is proven or likely by the same evidence."""
    general = {rule.id for rule in rules.rules if rule.beside}
    told = {
        text
        for cause in causes
        if cause.id not in general and cause.certainty is not Certainty.POSSIBLE
        for text in cause.seen
    }
    return [c for c in causes if c.id not in general or not told.intersection(c.seen)]


def _without_pointers(causes: Sequence[Cause], rules: Rules) -> list[Cause]:
    """Leave out what says where a cause is told, once a cause is told."""
    pointers = {rule.id for rule in rules.rules if rule.pointer}
    aside = {rule.id for rule in rules.rules if rule.apart}
    if any(c.id not in pointers | aside and c.certainty is not Certainty.POSSIBLE for c in causes):
        return [cause for cause in causes if cause.id not in pointers]
    return list(causes)


def _without_explained(causes: Sequence[Cause]) -> list[Cause]:
    """Leave out what is only possible by evidence that a proven cause explains."""
    explained = {
        text for cause in causes if cause.certainty is Certainty.PROVEN for text in cause.seen
    }
    return [
        cause
        for cause in causes
        if cause.certainty is not Certainty.POSSIBLE or not explained.issuperset(cause.seen)
    ]


def _unexplained(item: Evidence, rules: Rules) -> str:
    meaning = rules.codes.get(item.code, "") if isinstance(item.code, int) else ""
    if item.what is What.CLIENT_ERROR and meaning:
        return f"{item}: {meaning}"
    return str(item)
