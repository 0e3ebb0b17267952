"""A document as SARIF 2.1.0: a rule for each playbook, a result for each difference.

The logical location is the host and the step on it. A host that could not be read gives a
notification instead of a result, because nothing was found out about it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.html.links import is_web_address
from aovpn_remediate.reports.items import Item, items
from aovpn_remediate.reports.vocabulary import Outcome
from aovpn_remediate.results import Audit, Plan, PlaybookSource, Run, Verification

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: dict[Outcome, str] = {
    "differs": "warning",
    "failed": "error",
    "error": "error",
    "left": "note",
}
_RESTART = "restart"
"""The rule of a restart without a playbook: several may have needed it."""


def report(document: Document) -> str:
    """Return one JSON object in ASCII."""
    found = [item for item in items(document) if _is_result(item)]
    rules = _rules(document, found)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    driver = {"name": "aovpn-remediate", "rules": rules}
    if isinstance(document, Plan | Audit) and document.made_by:
        driver["version"] = visible(document.made_by)
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{document.kind}/{visible(_name(document))}"},
        "invocations": [_invocation(document)],
        "results": [_result(item, places) for item in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _name(document: Document) -> str:
    return document.id if isinstance(document, Run) else document.made_at


def _is_result(item: Item) -> bool:
    """Return False for what is compliant, and for a playbook that does not apply to a host."""
    if item.what == "host" or item.outcome == "well":
        return False
    return not (item.what == "playbook" and item.outcome == "left")


def _rules(document: Document, found: list[Item]) -> list[dict[str, Any]]:
    """List the playbooks, first those of which the document has more than the name."""
    sources = () if isinstance(document, Verification) else document.playbooks
    rules = {visible(source.name): _rule(source) for source in sources}
    for item in found:
        name = _rule_id(item)
        rules.setdefault(name, {"id": name})
    return list(rules.values())


def _rule(source: PlaybookSource) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": visible(source.name)}
    if source.summary:
        rule["shortDescription"] = {"text": _text(source.summary)}
    if source.risk:
        rule["fullDescription"] = {"text": _text(source.risk)}
    if is_web_address(source.source):
        rule["helpUri"] = source.source
    return rule


def _rule_id(item: Item) -> str:
    return visible(item.playbook) or _RESTART


def _result(item: Item, places: dict[str, int]) -> dict[str, Any]:
    rule = _rule_id(item)
    waived = [{"kind": "external", "justification": _text(item.reason)}]
    return {
        "ruleId": rule,
        "ruleIndex": places[rule],
        "level": _LEVELS[item.outcome],
        "message": {"text": _text(item.sentence)},
        "locations": [_location(item)],
        "partialFingerprints": {"hostAndItem/v1": _fingerprint(item)},
        **({"suppressions": waived} if item.state == "waived" else {}),
    }


def _location(item: Item) -> dict[str, Any]:
    host = visible(item.host)
    whole = "/".join(part for part in (host, visible(item.id)) if part)
    return {"logicalLocations": [{"name": host, "fullyQualifiedName": whole, "kind": "resource"}]}


def _fingerprint(item: Item) -> str:
    """Return the same text for the same thing in each report, so that a viewer can track it."""
    whole = f"{item.host}\0{item.what}\0{item.id}"
    return hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()


def _invocation(document: Document) -> dict[str, Any]:
    unread = [item for item in items(document) if item.what == "host" and item.outcome != "well"]
    return {
        "executionSuccessful": not unread and not document.interrupted,
        "exitCode": document.exit_code,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": _text(item.sentence)},
                "locations": [_location(item)],
            }
            for item in unread
        ],
    }


def _text(text: str) -> str:
    """Return a message without `[..](..)` and `{0}`: links and arguments for a viewer."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", one_line(text).replace("](", "] ("))
