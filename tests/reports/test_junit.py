from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given, settings
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from aovpn_remediate.reports import FORMATS, Document
from tests.reports.documents import (
    NPS,
    PORTS,
    RRAS,
    a_plan_of_everything,
    a_run_of_everything,
    done,
    run,
    the_plan_of_the_readme,
    verification,
)
from tests.reports.hostile import hostile_plan, hostile_run, texts

Seen = dict[tuple[str, str], tuple[type, str] | None]


def _read(document: Document) -> Seen:
    """Return each case with its result, as a build server reads them."""
    suites = JUnitXml.fromstring(FORMATS["junit"](document).encode())
    cases = [case for suite in suites for case in suite]
    return {(case.classname, case.name): _result(case) for case in cases}


def _result(case: TestCase) -> tuple[type, str] | None:
    found = case.result
    assert len(found) <= 1
    return (type(found[0]), found[0].type) if found else None


def test_a_test_case_a_host_and_step() -> None:
    assert _read(the_plan_of_the_readme()) == {
        ("nps-01", f"{NPS}/eap-13"): (Failure, "differs"),
        ("nps-02", f"{NPS}/eap-13"): None,
        ("nps-03", "(host)"): (Error, "not_read"),
    }


def test_each_step_has_its_result() -> None:
    seen = _read(a_run_of_everything())
    assert seen["rras-01", f"{RRAS}/fragmentation"] is None
    assert seen["rras-01", f"{PORTS}/ports"] == (Failure, "not_held")
    assert seen["rras-01", f"{PORTS}/after[0]"] == (Skipped, "not_yet")
    assert seen["rras-01", "restart reboot"] == (Failure, "outstanding")
    assert seen["rras-01", "restart IAS"] == (Error, "failed")
    steps = {
        name.partition("/")[2]: found for (host, name), found in seen.items() if host == "nps-01"
    }
    assert steps == {
        "eap-13": None,
        "eap-25": (Failure, "stale"),
        "eap-26": (Error, "failed"),
        "eap-40": (Skipped, "skipped"),
        "eap-41": (Error, "unknown"),
        "eap-42": (Error, "unreadable"),
        "eap-43": (Failure, "manual"),
        "eap-44": (Skipped, "not_done"),
        "after[0]": (Failure, "fails"),
    }


def test_the_message_says_what_was_found() -> None:
    suites = ET.fromstring(FORMATS["junit"](a_run_of_everything()))  # noqa: S314 - our own
    [failure] = suites.findall(".//failure[@type='not_held']")
    assert failure.get("message") == (
        "VPN server ports: mismatch: ikev2 64 -> ikev2 96, should be ikev2 128: "
        "it reads back as something else"
    )


_CASE = {"name", "classname", "time"}
_COUNTS = {"tests", "failures", "errors", "skipped", "time", "name"}


def _check_structure(text: str) -> None:
    """Check elements, attributes and counts on which the schemas in use agree."""
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert root.tag == "testsuites"
    assert set(root.keys()) == _COUNTS
    for suite in root:
        assert suite.tag == "testsuite"
        assert set(suite.keys()) == _COUNTS | {"hostname", "timestamp"}
        cases = list(suite)
        assert {case.tag for case in cases} <= {"testcase"}
        assert all(set(case.keys()) == _CASE and len(case) <= 1 for case in cases)
        kinds = [result.tag for case in cases for result in case]
        assert set(kinds) <= {"failure", "error", "skipped"}
        assert suite.get("tests") == str(len(cases))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(name) == str(kinds.count(tag))
    for name in ("tests", "failures", "errors", "skipped"):
        assert root.get(name) == str(sum(int(suite.get(name, "")) for suite in root))


def test_its_structure() -> None:
    for document in (a_plan_of_everything(), a_run_of_everything(), verification()):
        _check_structure(FORMATS["junit"](document))


def test_seconds_and_the_time_in_utc() -> None:
    host = {"host": "a", "seconds": 2.3456, "steps": [done(f"{NPS}/x", "changed")]}
    made = run(host, started="2026-11-21T03:03:04+01:00")
    [suite] = ET.fromstring(FORMATS["junit"](made))  # noqa: S314 - our own
    assert (suite.get("time"), suite.get("timestamp")) == ("2.346", "2026-11-21T02:03:04")


@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_texts_of_a_host_stay_xml(text: str) -> None:
    for document in (hostile_plan(text), hostile_run(text)):
        told = FORMATS["junit"](document)
        assert told.isascii()
        assert "<script" not in told
        _check_structure(told)
        assert len(_read(document)) > 1
