from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.reports.next_steps import next_steps
from aovpn_remediate.reports.text import rendered
from aovpn_remediate.results import Plan, Run
from tests.reports.documents import (
    EAP,
    NPS,
    a_plan_of_everything,
    a_run_of_everything,
    check,
    creating,
    done,
    plan,
    run,
    standing,
    step,
    the_plan_of_the_readme,
    verification,
)

EVERYTHING = [the_plan_of_the_readme(), a_plan_of_everything(), a_run_of_everything()]


def text(document: Document) -> str:
    return FORMATS["text"](document)


def lines(document: Document, about: str) -> list[str]:
    """Return the lines that contain a text, stripped."""
    return [line.strip() for line in text(document).splitlines() if about in line]


def test_a_plan_in_a_pipe() -> None:
    assert text(the_plan_of_the_readme()) == "\n".join(
        [
            "nps-01  Windows Server 2022 20348.3453",
            f"  + eap-13  {EAP}  absent -> dword 1  then reboot",
            "nps-02  Windows Server 2019 17763.7136",
            "    eap-13  compliant",
            r"nps-03  cannot log on as CORP\svc-vpn (negotiate): 401",
            "",
            "Risk of nps-ignore-no-revocation-check: Users drop.",
            "Plan: 2 of 3 hosts could be read, 1 to change on 1 host, 1 compliant.",
        ]
    )


def test_a_plan_on_a_terminal_of_80_columns() -> None:
    assert rendered(the_plan_of_the_readme(), 80).plain.splitlines()[:3] == [
        "nps-01  Windows Server 2022 20348.3453",
        r"  + eap-13  HKLM\...\Services\RasMan\PPP\EAP\13  IgnoreNoRevocationCheck",
        "            absent -> dword 1  then reboot",
    ]


def test_the_pending_restarts_of_a_host_are_one_line() -> None:
    """A host's clock may be ahead: its times are said to be its own."""
    need = {"since": "2199-01-01T00:00:00.1234567Z", "run": "20261121-1"}
    owed = [
        {**need, "need": what, "step": f"{NPS}/{name}"}
        for name, what in (("a", "IAS"), ("b", "IAS"), ("b", "RasMan"))
    ]
    [line] = lines(plan({"host": "a", "outstanding": owed}), "pending restart of")
    assert line == (
        "pending restart of IAS, restart of RasMan since 2199-01-01 00:00:00 UTC by the host's "
        f"clock: {NPS}/a, {NPS}/b of run 20261121-1"
    )
    [row] = [
        x
        for x in FORMATS["markdown"](plan({"host": "a", "outstanding": owed[:1]})).split("\n")
        if "IAS" in x
    ]
    assert "since 2199-01-01 00:00:00 UTC by the host's clock" in row
    assert "by the host's clock" in FORMATS["csv"](plan({"host": "a", "outstanding": owed[:1]}))


def test_a_service_that_a_run_left_stopped_is_told_in_every_format() -> None:
    """Its start needs no permission, unlike the restart beside it."""
    left = {"need": "IAS", "since": "", "run": "20261121-1", "step": "", "down": True}
    found = plan({"host": "a", "outstanding": [left]})
    why = "run 20261121-1 stopped it, and it is not running"
    assert lines(found, "pending start of") == [f"pending start of IAS: {why}"]
    assert lines(found, "Plan: ") == ["Plan: nothing to change, 1 service left stopped."]
    for name in ("markdown", "html", "csv", "junit", "sarif"):
        assert why in FORMATS[name](found), name
    assert "left stopped" in FORMATS["html"](found)
    [step] = next_steps(found)
    assert step.sentence.startswith("To apply exactly this")
    [pending] = [
        line
        for line in FORMATS["prometheus"](found).splitlines()
        if "restarts_outstanding{" in line and 'host="a"' in line
    ]
    assert pending.endswith(" 1.0")
    both = plan({"host": "a", "outstanding": [left, {**left, "step": NPS, "down": False}]})
    assert lines(both, "Plan: ") == [
        "Plan: nothing to change, pending restart on 1 host, 1 service left stopped."
    ]


def test_a_path_is_whole_where_there_is_room() -> None:
    assert f"  + eap-13  {EAP}  absent -> dword 1" in rendered(the_plan_of_the_readme(), 140).plain


@pytest.mark.parametrize(
    "expected",
    [
        "+ fragmentation  HKLM",
        "ikev2 64, sstp 64 -> ikev2 128, sstp 128  then reboot",
        "note: these are the configured counts; those in effect cannot be read",
        "x after          service RemoteAccess  stopped, should be running",
        "pending reboot since 2026-11-20 22:03:04 UTC by the host's clock: rras-port-counts/ports",
        "restart of RasMan unproven since",
        "rras-ikev2-fragmentation  not applicable: build 14393 of Windows",
        "rras-port-counts  applicability unknown: role rras: access denied",
        "! eap-25  HKLM",
        "absent (no key), should be dword 1",
        "is missing and is not made: repair what it belongs to",
        "could not be read: access to the key is denied",
        "dword 1 -> absent",
        "nps-ignore-no-revocation-check  excluded by a failed check",
        "x before  service IAS  absent, should be present",
        "? before  service IAS  could not be read: access is denied",
        "41 VPN sessions  Windows has a pending reboot (Windows Update)",
        "Warning: the certificate of the host is not verified (verify: false), on rras-01",
        "pending restart on 1 host, 1 host unreachable.",
    ],
)
def test_a_plan_says(expected: str) -> None:
    assert expected in text(a_plan_of_everything())


@pytest.mark.parametrize(
    "expected",
    [
        "Run 20261121-020304-ab12  apply by anna@admin-01, 2026-11-21 02:03:04 UTC, 1 min 26 s",
        "changed     fragmentation  HKLM",
        "unchanged   eap-13  dword 1",
        "mismatch    ports  VPN server ports  ikev2 64 -> ikev2 128, reads ikev2 96",
        "manual      eap-43  HKLM",
        "skipped     eap-40  HKLM",
        "unknown     eap-41  HKLM",
        "unreadable  eap-42  HKLM",
        "not done    eap-44  HKLM",
        "access to the key is denied (line 12)",
        "passed      after          service RemoteAccess  running",
        "pending     after  service RemoteAccess  reboot is pending",
        "failed      after   service IAS  stopped, should be running",
        "restarted   RemoteAccess in 3.2 s, 41 VPN sessions disconnected",
        "restarted   the host in 1 min 35 s",
        "failed      restart of IAS after 2 min 0 s: it does not run any more",
        "unproven    restart of RasMan: its process hosts other services",
        "pending     reboot",
        "not needed  restart of PkcsCreateLegacyConnectorSvc: it does not run",
        "aovpn-remediate resume 20261121-020304-ab12",
        "plan and apply again with --allow-reboot.",
        "To roll it back: aovpn-remediate rollback 20261121-020304-ab12",
    ],
)
def test_a_run_says(expected: str) -> None:
    assert expected in text(a_run_of_everything())


def test_a_stale_step_shows_planned_found_and_required() -> None:
    stale = run({"host": "nps-01", "steps": [done(f"{NPS}/x", "stale", before_text="dword 0")]})
    shown = [line.split() for line in text(stale).splitlines()]
    assert shown[3:6] == [
        ["planned", "absent"],
        ["found", "dword", "0"],
        ["required", "dword", "1"],
    ]
    assert lines(stale, "plan again, and review what has changed since")


def test_one_playbook_needs_no_headings() -> None:
    one = plan({"host": "a", "playbooks": [standing(NPS)], "steps": [creating(f"{NPS}/x")]})
    assert text(one).splitlines()[1].startswith("  + x  HKLM")


def test_one_of_several_that_is_all_well_is_one_line() -> None:
    both = plan(
        {
            "host": "a",
            "playbooks": [standing("one"), standing("two")],
            "steps": [step("one/x"), step("one/y"), creating("two/x")],
        }
    )
    assert text(both).splitlines()[1:3] == ["  one  compliant", "  two"]


def test_a_verification_says_how_it_should_be() -> None:
    found = verification(
        {"host": "a", "steps": [creating(f"{NPS}/x", then={"reboot": True}), step(f"{NPS}/y")]}
    )
    [line] = lines(found, EAP)
    assert line == f"+ x  {EAP}  absent, should be dword 1"
    assert text(found).endswith("Verify: 1 not compliant on 1 host, 1 compliant.")


_LOST = {"host": "lost", "error": "no answer", "error_kind": "Unreachable"}
_REFUSED = {"host": "refused", "error": "401", "error_kind": "LogonFailed"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (plan({"host": "a", "steps": [step(f"{NPS}/x")]}), "Plan: nothing to change, 1 compliant."),
        (verification({"host": "a", "steps": [step(f"{NPS}/x")]}), "all compliant, 1 compliant."),
        (plan(interrupted=True), "Plan: nothing to change, interrupted."),
        (
            plan({"host": "a", "after": [check(f"{NPS}/after[0]", ok=None, reason="x")]}),
            "Plan: 1 check could not be read.",
        ),
        (plan(_LOST, _REFUSED), "Plan: 0 of 2 hosts could be read, 1 host unreachable."),
        (verification(_REFUSED), "Verify: 0 of 1 host could be read."),
        (plan(_REFUSED, {"host": "a"}), "Plan: 1 of 2 hosts could be read."),
        (
            verification(_LOST, {"host": "a", "steps": [step(f"{NPS}/x")]}),
            "Verify: 1 of 2 hosts could be read, 1 compliant, 1 host unreachable.",
        ),
        (
            plan({"host": "a", "steps": [step(f"{NPS}/x"), step(f"{NPS}/y", readable=False)]}),
            "Plan: 1 compliant, 1 step could not be read.",
        ),
        (run({"host": "a", "steps": [done(f"{NPS}/x", "changed")]}), "Apply: 1 changed on 1 host."),
        (run({"host": "a"}), "Apply: nothing to do."),
        (run({"host": "a"}, action="rollback"), "Rollback: nothing to do."),
    ],
)
def test_the_summary(document: Document, expected: str) -> None:
    assert any(line.endswith(expected) for line in text(document).splitlines())


def test_a_waived_step_is_shown_and_not_counted_as_a_change() -> None:
    borne = creating(
        f"{NPS}/x", waived="CHG-77: old client, until 2026-12-31", then={"reboot": True}
    )
    found = plan({"host": "a", "steps": [borne]}, unused_waivers=["CHG-1 of b: it is compliant"])
    assert text(found).splitlines()[1:] == [
        f"  = x  {EAP}  absent, should be dword 1",
        "       waived: CHG-77: old client, until 2026-12-31",
        "",
        "Unused waiver: CHG-1 of b: it is compliant",
        "Plan: nothing to change, 1 waived.",
    ]
    did = run({"host": "a", "steps": [done(f"{NPS}/x", "waived", message="CHG-77")]})
    assert lines(did, "waived ") == [f"waived      x  {EAP}  absent, should be dword 1"]
    assert "Apply: nothing to do." not in text(did)


def test_a_host_that_was_not_begun_says_why() -> None:
    late = run({"host": "a", "left": "outside its change window"})
    assert text(late).splitlines()[1] == "a  not started: outside its change window"
    assert "1 host not started" in text(late)


def test_a_run_that_was_killed_says_so() -> None:
    killed = run({"host": "a", "steps": [done(f"{NPS}/x", "unknown")]}, finished=None)
    assert "not finished" in text(killed).splitlines()[0]
    assert lines(killed, "The run is at work, or was killed. If it was killed, finish it with:")


def test_a_warning_of_many_hosts_is_said_once() -> None:
    warned = [{"host": f"h-{n}", "warnings": ["not encrypted"]} for n in range(9)]
    assert lines(plan(*warned), "Warning") == [
        "Warning: not encrypted, on h-0, h-1, h-2, h-3 and 5 more"
    ]


# Whatever a host or a playbook says

HOSTILE = (
    "\x00\x07\x08\x1b[31m\x1b]0;x\x07\r\n\t\x7f\x85\x9b\u00ad\u200b\u202e\u2028\u2066\ud800\ufffe"
)
hostile = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=60)
_LEFT_ALONE = {"kind", "status", "action", "started", "finished", "product_type"}


def poisoned(value: Any, texts: Iterator[str], name: str = "") -> Any:
    """A document in which every free text comes from a host."""
    match value:
        case dict():
            return {key: poisoned(item, texts, key) for key, item in value.items()}
        case list() | tuple():
            return [poisoned(item, texts, name) for item in value]
        case str() if name not in _LEFT_ALONE:
            return next(texts)
    return value


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(hostile, min_size=1, max_size=3),
    st.integers(1, 200),
    st.sampled_from([a_plan_of_everything, a_run_of_everything]),
)
def test_nothing_of_a_host_reaches_the_terminal_as_a_control(
    texts: list[str], width: int, make: Callable[[], Plan | Run]
) -> None:
    document = make()
    spoofed = type(document).model_validate(poisoned(document.model_dump(), cycle(texts)))
    assert all(line.isprintable() for line in text(spoofed).split("\n"))
    shown = rendered(spoofed, width).plain.split("\n")
    assert all(line.isprintable() for line in shown)
    assert max(map(cell_len, shown)) <= max(width, 40)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
@pytest.mark.parametrize("document", EVERYTHING)
def test_lines_fit_the_terminal(document: Document, width: int) -> None:
    assert max(map(cell_len, rendered(document, width).plain.splitlines())) <= width


def test_a_hidden_character_is_shown_by_its_number() -> None:
    spoofed = plan({"host": "a", "steps": [creating(f"{NPS}/x", title="HKLM\\a\u202eb\x1b[2J")]})
    assert r"HKLM\a<U+202E>b<U+001B>[2J" in text(spoofed)


def test_a_message_of_several_lines_is_one() -> None:
    failed = plan({"host": "a", "error": "first\r\n  second"})
    assert text(failed).splitlines()[0] == "a  first second"


@pytest.mark.parametrize("document", EVERYTHING)
def test_colours_change_no_letter(document: Document) -> None:
    out = io.StringIO()
    Console(file=out, width=80, color_system=None).print(rendered(document, 80), soft_wrap=True)
    assert out.getvalue().rstrip("\n") == rendered(document, 80).plain.rstrip("\n")
    in_colour = io.StringIO()
    console = Console(file=in_colour, width=80, force_terminal=True, color_system="standard")
    console.print(rendered(document, 80), soft_wrap=True)
    assert "\x1b[31m" in in_colour.getvalue()  # red: something could not be read


def _stopped(**more: Any) -> Run:
    why = "the canary failed: nps-01"
    steps = [done(f"{NPS}/eap", "not_done")]
    left = {"left": f"not tried: {why}", "steps": steps}
    return run(
        {"host": "nps-01", "steps": [done(f"{NPS}/eap", "not_held")], "finished": True},
        {"host": "nps-02", **left},
        {"host": "nps\x1b[2J-03", **left},
        stopped=why,
        **more,
    )


def test_a_run_that_stopped_names_the_hosts_that_it_did_not_come_to() -> None:
    found = _stopped()
    assert found.not_tried == ("nps-02", "nps\x1b[2J-03")
    assert lines(
        found, "Stopped: the canary failed: nps-01; not started: nps-02, nps<U+001B>[2J-03"
    )
    assert lines(found, "To continue with the hosts that are not done: aovpn-remediate resume 2026")
    assert len(lines(found, "nps-02")) == 1
    assert "Stopped" in FORMATS["markdown"](found)
    assert "not tried: the canary failed: nps-01" in FORMATS["csv"](found)
    assert "Not started" in FORMATS["html"](found)
    back = _stopped(action="rollback", of=["20261121-010203-cd34"])
    assert lines(
        back,
        "To continue, with restored steps left unchanged: "
        "aovpn-remediate rollback 20261121-010203-cd34",
    )
