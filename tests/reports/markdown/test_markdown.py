from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.markdown.escape import code, link, prose
from aovpn_remediate.reports.vocabulary import UNPROVEN
from tests.reports.documents import (
    NPS,
    a_plan_of_everything,
    a_run_of_everything,
    check,
    creating,
    done,
    plan,
    run,
    the_plan_of_the_readme,
    verification,
)
from tests.reports.hostile import NASTY, hostile_plan, hostile_run, texts

# HTML is on, as in the dialects of trackers: what comes through would be seen here.
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_BECOMES_A_LINK = re.compile(r"https?:|www\.[^ ]|[^ ]@[^ ]|mailto:", re.IGNORECASE)


def _blocks(text: str) -> list[Token]:
    return _PARSER.parse(text)


def _inlines(text: str) -> list[Token]:
    return [child for token in _blocks(text) for child in token.children or ()]


def _plain(text: str) -> str:
    """Return the text that a reader sees."""
    return "".join(token.content for token in _inlines(text))


def _section(document: Document, title: str) -> list[str]:
    """Return the lines below a heading, up to the next one."""
    _, _, rest = FORMATS["markdown"](document).partition(f"{title}\n\n")
    return rest.partition("\n\n#")[0].splitlines()


def test_a_plan_for_a_ticket() -> None:
    told = FORMATS["markdown"](the_plan_of_the_readme())
    assert told.startswith(
        "# Plan\n\n**Plan: 2 of 3 hosts could be read, 1 to change on 1 host, 1 compliant.**\n"
    )
    assert "- **Made**: 2026-11-21 02:00:00 UTC\n" in told
    assert _section(the_plan_of_the_readme(), f"### `{NPS}`") == [
        "- **Risk**: Users drop.",
        f"- **File**: `{NPS}.yaml`",
    ]
    assert "- **Could not be read**: cannot log on as `CORP\\svc-vpn` (negotiate): 401\n" in told
    assert _section(the_plan_of_the_readme(), "## Restarts") == [
        "| Host | Restart | State |",
        "| --- | --- | --- |",
        "| `nps-01` | `reboot` | needed by the changes |",
    ]
    assert told.endswith("`aovpn-remediate rollback RUN`")


def test_a_table_a_host() -> None:
    header, _, row = _section(a_run_of_everything(), "### `nps-02`")[2:]
    assert header == "| Step | State | What | Found | Required | Now |"
    assert row.startswith(f"| `{NPS}/eap-13` | changed | `HKLM\\SYSTEM\\CurrentControlSet\\")
    assert row.endswith("| `absent` | `dword 1` | `dword 1` |")


def test_a_before_check_has_a_row_where_it_keeps_a_playbook_off() -> None:
    checks = [check(f"{NPS}/before[0]", ok=True), check(f"{NPS}/before[1]", ok=False)]
    told = FORMATS["markdown"](plan({"host": "a", "before": checks}))
    assert f"| `{NPS}/before[1]` | failed |" in told
    assert "before[0]" not in told


def test_restarts_and_whom_they_cut() -> None:
    assert "| `rras-01` | `RemoteAccess` | restarted | 41 disconnected | 3.2 s |  |" in _section(
        a_run_of_everything(), "## Restarts"
    )
    assert "| `rras-01` | `reboot` | needed by the changes | 41 now |" in _section(
        a_plan_of_everything(), "## Restarts"
    )


def test_pending_restarts_have_a_table() -> None:
    lines = _section(a_plan_of_everything(), "## Pending restarts")
    assert lines[2].startswith("| `rras-01` | `reboot` | pending | since 2026-11-20 22:03:04")
    assert "| `rras-01` | `RasMan` | unproven | " in lines[3]
    assert _section(a_run_of_everything(), "## Pending restarts")[2:] == [
        f"| `rras-01` | `RasMan` | unproven | {UNPROVEN} |",
        "| `rras-01` | `reboot` | pending |  |",
    ]


def test_plan_accuracy_has_a_table() -> None:
    first, _, header, _, *rows = _section(a_run_of_everything(), "## Plan accuracy")
    assert first.startswith("4 of 12 steps as predicted")
    assert header == "| Host | Step | Predicted | Happened | Verdict | Reason |"
    assert len(rows) == 8
    assert rows[0].endswith(
        "| `absent -> ikev2 128` | set, but it reads back as something else | not as predicted "
        "| it reads ikev2 96, not ikev2 128: it reads back as something else |"
    )
    true = run({"host": "a", "steps": [done(f"{NPS}/x", "changed")]})
    assert _section(true, "## Plan accuracy") == ["1 of 1 step as predicted."]


def test_next_steps_and_the_rollback() -> None:
    assert "- To roll it back: `aovpn-remediate rollback 20261121-020304-ab12`" in _section(
        a_run_of_everything(), "## Next steps"
    )


def test_a_run_says_who_and_when() -> None:
    told = FORMATS["markdown"](a_run_of_everything())
    assert told.startswith("# Apply: run `20261121-020304-ab12`\n")
    for line in (
        "- **By**: `anna@admin-01`",
        "- **Started**: 2026-11-21 02:03:04 UTC",
        "- **Duration**: 1 min 26 s",
    ):
        assert f"{line}\n" in told
    assert "- **Finished**: no" in FORMATS["markdown"](run({"host": "a"}, finished=None))


def test_a_verification() -> None:
    made = verification({"host": "a", "steps": [creating(f"{NPS}/x")]})
    assert FORMATS["markdown"](made).startswith(f"# Verification of `{NPS}`\n")
    assert "## Restarts" not in FORMATS["markdown"](made)


def test_a_waived_step_names_its_waiver() -> None:
    waived = creating(f"{NPS}/x", waived="CHG-1: legacy until 2026-12-31")
    made = plan({"host": "a", "steps": [waived]}, unused_waivers=("CHG-2: all compliant",))
    assert "| waived |" in FORMATS["markdown"](made)
    assert "- **Unused waivers**: CHG-2: all compliant\n" in FORMATS["markdown"](made)


@pytest.mark.parametrize("value", NASTY)
def test_a_value_is_shown_exactly(value: str) -> None:
    assert _plain(f"Value: {code(value)}, so") == f"Value: {visible(value)}, so"
    cell = f"| a | b |\n| - | - |\n| {code(value)} | x |"
    assert _plain(cell) == f"ab{visible(value)}x"


@settings(max_examples=200)
@given(value=texts)
def test_any_value_is_shown_exactly_in_a_cell(value: str) -> None:
    assert _plain(f"| a | b |\n| - | - |\n| {code(value)} | x |") == f"ab{visible(value)}x"


@settings(max_examples=200)
@given(message=texts)
def test_any_message_is_shown_word_by_word(message: str) -> None:
    assert _plain(f"Said: {prose(message)}") == f"Said: {one_line(message)}".rstrip()


def test_a_message_stays_readable() -> None:
    words = "the key HKLM\\X\\13 (of nps-01) is missing: see 10.0.0.1, or 'ask'."
    assert prose(words) == ("the key `HKLM\\X\\13` (of nps-01) is missing: see 10.0.0.1, or 'ask'.")


def test_a_link_is_one_to_the_web_and_nothing_else() -> None:
    assert link("https://example.org/a?b=c") == "<https://example.org/a?b=c>"
    for other in ("javascript:alert(1)", "https://a.example/ x", "https://a.example/>x", "file:/x"):
        assert link(other) == code(other)


def _structure(document: Document) -> list[str]:
    return [token.type for token in _blocks(FORMATS["markdown"](document))]


@settings(max_examples=60, deadline=None)
@given(text=texts)
@example(text="|")
@example(text="`")
def test_texts_of_a_host_stay_text(text: str) -> None:
    for make in (hostile_plan, hostile_run):
        told = FORMATS["markdown"](make(text))
        assert all(char.isprintable() for char in told.replace("\n", ""))
        for token in _inlines(told):
            assert token.type in ("text", "code_inline", "softbreak", "strong_open", "strong_close")
            assert token.type != "text" or not _BECOMES_A_LINK.search(token.content)


@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_texts_of_a_host_leave_the_tables_whole(text: str) -> None:
    assume(text.strip())
    for make in (hostile_plan, hostile_run):
        assert _structure(make(text)) == _structure(make("x"))
