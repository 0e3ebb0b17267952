"""Ten thousand damaged inputs: a report, or one line that says why there is none."""

from __future__ import annotations

import json

import pytest

from aovpn_remediate.api.profiles import fix_profile, inspect_profile
from aovpn_remediate.reports.inspections.html import sheet_page
from aovpn_remediate.reports.inspections.profiles import profile_sheet
from aovpn_remediate.reports.inspections.text import sheet_lines
from aovpn_remediate.results.files import as_json
from aovpn_remediate.results.inspection import Severity
from aovpn_remediate.results.profiles import ProfileReport
from tests.inspect.profiles.mutations import mutated_inputs
from tests.lengths import some_now

_AT_ONCE = 500


@pytest.mark.parametrize("first", some_now(range(0, 10_000, _AT_ONCE), 0))
def test_a_damaged_input_has_a_report(first: int) -> None:
    read = 0
    for data in mutated_inputs(first, _AT_ONCE):
        found = inspect_profile(data)
        _check(found)
        read += not found.unread
    assert read > _AT_ONCE / 3, "too few of them are still profiles"


@pytest.mark.parametrize("first", some_now(range(0, 10_000, _AT_ONCE), 500))
def test_a_damaged_input_is_corrected_once(first: int) -> None:
    for data in mutated_inputs(first, _AT_ONCE // 5):
        done = fix_profile(data)
        _check(done.report)
        if done.data is not None:
            again = fix_profile(done.data)
            assert again.data == done.data
            ids = [finding.id for finding in again.report.findings]
            kept = [finding.id for finding in done.report.remaining]
            assert ids == kept


def _check(found: ProfileReport) -> None:
    assert found.exit_code in (0, 1, 3)
    assert bool(found.unread) == (found.exit_code == 1)
    for unread in found.unread:
        assert "\n" not in unread.reason
    for finding in found.findings:
        assert finding.fix or finding.severity is Severity.NOTE
    sheet = profile_sheet(found)
    assert all("\n" not in line.plain for line in sheet_lines(sheet, None))
    assert sheet_page(sheet).isascii()
    assert json.loads(as_json(found))["profiles"] is not None
