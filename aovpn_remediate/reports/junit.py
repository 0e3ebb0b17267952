"""A document as JUnit XML for build servers: a suite for each host, a test case for each step.

A failure is a step that is not compliant or a check that failed. An error is a thing that could not
be read or done; a host that could not be read has a case of its own. Steps that were not tried and
playbooks that do not apply to a host are skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.items import Item, items_of
from aovpn_remediate.reports.vocabulary import Outcome
from aovpn_remediate.results import HostPlan, HostRun, Run

_RESULTS: dict[Outcome, type[Failure | Error | Skipped] | None] = {
    "well": None,
    "differs": Failure,
    "failed": Failure,
    "error": Error,
    "left": Skipped,
}


def report(document: Document) -> str:
    """Return one XML document in ASCII."""
    when = document.started if isinstance(document, Run) else document.made_at
    hosts: tuple[HostPlan | HostRun, ...] = document.hosts
    found = [_suite(host, when) for host in hosts]
    suites = JUnitXml(f"aovpn-remediate {document.kind}")
    for suite in found:
        # add_testsuite compares with all others, and merges suites that look alike.
        suites.append(suite)  # type: ignore[no-untyped-call]
    suites.update_statistics()  # type: ignore[no-untyped-call]
    # No case has a time of its own: update_statistics would set the sums to zero.
    for suite, host in zip(found, hosts, strict=True):
        suite.time = round(host.seconds, 3)
    suites.time = round(sum(host.seconds for host in hosts), 3)
    xml: bytes = suites.tostring()  # type: ignore[no-untyped-call]
    ascii_ = xml.decode("utf-8").encode("ascii", "xmlcharrefreplace").decode("ascii")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ascii_


def _suite(host: HostPlan | HostRun, when: str) -> TestSuite:
    suite = TestSuite(visible(host.host))
    suite.hostname = visible(host.host)
    suite.timestamp = _without_zone(when)
    suite.add_testcases([_case(item) for item in items_of(host) if _is_test(item)])
    return suite


def _is_test(item: Item) -> bool:
    """Return False for a host that was read, and for a playbook that applies."""
    return item.what not in ("host", "playbook") or item.outcome != "well"


def _case(item: Item) -> TestCase:
    name = {"host": "(host)", "restart": f"restart {item.id}"}.get(item.what, item.id)
    case = TestCase(visible(name), visible(item.host), 0)
    result = _RESULTS[item.outcome]
    if result is not None:
        case.result = [result(one_line(item.sentence), item.state)]
    return case


def _without_zone(when: str) -> str:
    """Return a time in UTC as the schemas of JUnit require it, and any other text as it is."""
    try:
        found = datetime.fromisoformat(when)
    except ValueError:
        return visible(when)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
