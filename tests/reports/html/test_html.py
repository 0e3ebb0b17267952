from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.results import Run
from tests.reports.documents import (
    NPS,
    PORTS,
    RRAS,
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
from tests.reports.poisoned import CANNOT_BE_SEEN, MARKUP, poisoned

_EMPTY = {"meta", "input"}


class Page(HTMLParser):
    """A report as an HTML parser reads it."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.html = FORMATS["html"](document)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inlined: dict[str, str] = {}
        self.text = ""
        self._inside = ""
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag
        self.text += " "

    def handle_data(self, data: str) -> None:
        if self._inside in ("style", "script"):
            self.inlined[self._inside] = self.inlined.get(self._inside, "") + data
            return
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    @property
    def words(self) -> str:
        """The text of the page, with single spaces."""
        return " ".join(self.text.split())

    def with_attribute(self, name: str) -> list[str]:
        """Return the values of an attribute in order."""
        return [found[name] for _, found in self.tags if name in found]


@pytest.mark.parametrize(
    "expected",
    [
        "Plan for 5 hosts \N{MULTIPLICATION SIGN} not everything could be read",
        "3 to change on 2 hosts, 1 compliant",
        "Made 2026-11-21 02:00:00 UTC Inventory fleet.yaml Exit code 1",
        "41 VPN sessions that a restart disconnects",
        "rras-01 Windows Server 2022 20348.3453 \N{MIDDLE DOT} 41 VPN sessions",
        "+ to create fragmentation HKLM",
        "absent \N{RIGHTWARDS ARROW} dword 1 then restart RemoteAccess",
        "ikev2 64, sstp 64 \N{RIGHTWARDS ARROW} ikev2 128, sstp 128 then reboot",
        "these are the configured counts; those in effect cannot be read",
        "check failed check after service RemoteAccess stopped should be running",
        "! pending restart reboot Since 2026-11-20 22:03:04 UTC, by the host's clock",
        "? restart unproven restart of RasMan its process hosts other services",
        "not applicable playbook rras-ikev2-fragmentation build 14393 of Windows",
        "applicability unknown playbook rras-port-counts role rras: access denied",
        "! manual action eap-25 HKLM",
        "absent (no key) should be dword 1 the key",
        "? unreadable eap-26 HKLM",
        "excluded by a failed check playbook nps-ignore-no-revocation-check service IAS: is absent",
        "unreachable Unreachable cannot connect to nps-03 port 5986: Connection refused",
        "the certificate of the host is not verified (verify: false) on rras-01",
        "Risk Users drop.",
        "Pending reboot Windows Update",
        "aovpn-remediate apply FILE",
        "unless they are allowed: --allow-restart --allow-reboot.",
        "Manual action is needed for 1 step",
    ],
)
def test_a_plan_says(expected: str) -> None:
    assert expected in Page(a_plan_of_everything()).words


@pytest.mark.parametrize(
    "expected",
    [
        "aovpn-remediate apply Run 20261121-020304-ab12",
        "By anna@admin-01 Started 2026-11-21 02:03:04 UTC Duration 1 min 26 s",
        "changed fragmentation HKLM",
        "mismatch ports VPN server ports ikev2 64 \N{RIGHTWARDS ARROW} ikev2 128 reads ikev2 96",
        "unchanged eap-13 HKLM",
        "stale eap-25 HKLM",
        "Planned absent Found dword 0 Goal dword 1",
        "The plan not as predicted: the plan saw absent, but dword 0 was found",
        "access to the key is denied (line 12)",
        "check pending check after service RemoteAccess reboot is pending",
        "restarted restart of RemoteAccess in 3.2 s, 41 VPN sessions disconnected",
        "restart failed restart of IAS after 2 min 0 s it does not run any more",
        "restarted reboot in 1 min 35 s",
        "41 VPN sessions disconnected",
        "Plan accuracy 4 of 12 steps as predicted",
        "nps-01 nps-ignore-no-revocation-check/eap-26 absent -> dword 1 failed access to the key",
        "1 step on nps-03: cannot connect to nps-03 port 5986",
        "aovpn-remediate resume 20261121-020304-ab12",
        "Restarts are pending on rras-01: plan and apply again with --allow-reboot.",
        "To roll it back: aovpn-remediate rollback 20261121-020304-ab12",
    ],
)
def test_a_run_says(expected: str) -> None:
    assert expected in Page(a_run_of_everything()).words


def test_a_step_carries_its_evidence() -> None:
    declared = {"registry_value": {"key": r"HKLM\SOFTWARE\X", "data": 1, "create_key": False}}
    changed = done(
        f"{NPS}/x",
        "changed",
        resource=declared,
        after_text="dword 1",
        time="2026-11-21T02:03:04.5678901Z",
        declared={"services": ["IAS"]},
    )
    words = Page(run({"host": "a", "steps": [changed]})).words
    assert "Set at 2026-11-21 02:03:04 UTC, by the host's clock" in words
    assert "A change needs restart IAS" in words
    assert r"registry_value: key: HKLM\SOFTWARE\X data: 1 create_key: false" in words


def test_a_note_of_what_is_as_wanted_is_evidence() -> None:
    noted = plan({"host": "a", "steps": [step(f"{NPS}/x", notes=["it is so by policy"])]})
    assert "Note it is so by policy" in Page(noted).words


def test_a_verification_says_what_differs_and_offers_no_change() -> None:
    page = Page(verification({"host": "a", "steps": [creating(f"{NPS}/x")]}))
    assert f"Verification of {NPS} ! not compliant" in page.words
    assert "not compliant x HKLM" in page.words
    assert "absent should be dword 1" in page.words
    assert "plan, then apply the plan." in page.words
    assert "Playbooks" not in page.words


def test_a_rollback_says_what_it_undid() -> None:
    back = run(
        {"host": "a", "steps": [done(f"{NPS}/x", "changed", after_text="dword 1")]},
        action="rollback",
        of=["20261120-1"],
        options={"workers": 8},
    )
    words = Page(back).words
    assert "Rolls back 20261120-1 Options workers 8" in words
    assert "Accuracy of the rollback 1 of 1 step as predicted." in words


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"finished": None}, "not finished"),
        ({"interrupted": True}, "interrupted"),
        ({}, "all compliant"),
    ],
)
def test_the_outcome_of_a_run(more: dict[str, Any], word: str) -> None:
    assert f"Run 20261121-020304-ab12 {word}" in _plain(Page(run({"host": "a"}, **more)).words)


def test_a_plan_of_hosts_that_could_not_be_read() -> None:
    lost = {"host": "a", "error": "401", "error_kind": "LogonFailed"}
    assert "Plan for 1 host no host could be read" in _plain(Page(plan(lost)).words)
    both = _plain(Page(plan(lost, {"host": "b"})).words)
    assert "Plan for 2 hosts not everything could be read" in both


def _plain(words: str) -> str:
    return " ".join("".join(c if c.isascii() else " " for c in words).replace("!", " ").split())


def test_compliant_hosts_are_folded_and_others_are_open() -> None:
    page = Page(the_plan_of_the_readme())
    hosts = [found for tag, found in page.tags if found.get("class") == "host"]
    names = [found["data-find"].strip() for found in hosts]
    assert names == ["nps-01", "nps-02", "nps-03"]
    assert ["open" in found for found in hosts] == [True, False, True]


def test_the_filter_offers_each_state_with_its_number() -> None:
    page = Page(the_plan_of_the_readme())
    assert page.with_attribute("value") == [
        "",
        "*",
        "host could not be read",
        "to create",
        "compliant",
    ]
    assert (
        "Needs attention (2) host could not be read (1) to create (1) compliant (1)" in page.words
    )


def test_playbooks_are_told_apart_where_there_are_several() -> None:
    steps = [creating(f"{RRAS}/x"), creating(f"{PORTS}/y")]
    assert Page(plan({"host": "a", "steps": steps})).html.count("<h4>") == 2
    assert Page(plan({"host": "a", "steps": steps[:1]})).html.count("<h4>") == 0


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("https://learn.microsoft.com/x?a=1&b=2", True),
        ("http://plain.example", False),
        ("javascript:alert(1)", False),
        ("https://a.example/ javascript:x", False),
        ("https:", False),
        ("a book, page 7", False),
    ],
)
def test_a_source_is_a_link_only_where_it_is_https(source: str, link: bool) -> None:
    book = {"name": NPS, "path": "x.yaml", "digest": "", "source": source}
    page = Page(run({"host": "a"}, playbooks=[book]))
    assert page.with_attribute("href")[1:] == ([source] if link else [])
    assert source in page.words


@pytest.mark.parametrize("document", [a_plan_of_everything(), a_run_of_everything()])
def test_hostile_values_stay_text(document: Document) -> None:
    clean, page = Page(document), Page(poisoned(document))
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in clean.tags} | {"p", "dl", "dt", "dd"}
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert page.inlined == clean.inlined
    attributes = {name for _, found in page.tags for name in found}
    assert attributes == {name for _, found in clean.tags for name in found}
    assert page.text.count(MARKUP) > 50
    assert page.text.count("<U+202E><U+001B><U+0000>") > 50


@pytest.mark.parametrize("document", [a_plan_of_everything(), a_run_of_everything()])
def test_invisible_characters_are_nowhere(document: Document) -> None:
    page = Page(poisoned(document))
    values = "".join(value for _, found in page.tags for value in found.values())
    assert not set(CANNOT_BE_SEEN) & set(page.text + values)


def test_the_page_is_whole_and_ascii() -> None:
    other = plan({"host": "a", "steps": [creating(f"{NPS}/x", title="Gerät 設定")]})
    page = Page(other)
    assert page.html.isascii()
    assert "Gerät 設定" in page.text
    for tag, _ in page.tags:
        if tag not in _EMPTY | {"dt", "dd"}:
            assert page.html.count(f"<{tag}>") + page.html.count(f"<{tag} ") == page.html.count(
                f"</{tag}>"
            ), tag


def test_the_page_loads_nothing() -> None:
    page = Page(a_run_of_everything())
    assert not {"link", "img", "iframe", "base", "object"} & {tag for tag, _ in page.tags}
    assert not page.with_attribute("src")
    assert not page.with_attribute("style")
    assert "url(" not in page.inlined["style"]
    assert "@import" not in page.inlined["style"]


def test_the_policy_lets_only_what_is_inlined_run() -> None:
    page = Page(a_run_of_everything())
    [policy] = (f["content"] for _, f in page.tags if "http-equiv" in f)
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed == {
        "default-src": "'none'",
        "style-src": f"'sha256-{_digest(page.inlined['style'])}'",
        "script-src": f"'sha256-{_digest(page.inlined['script'])}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_a_command_is_one_word_of_a_shell() -> None:
    changed = {"host": "a", "steps": [done(f"{NPS}/x", "changed")]}
    assert "rollback 'x; rm -rf ~'" in Page(run(changed, id="x; rm -rf ~")).words


def test_a_waived_difference_is_shown_as_such() -> None:
    waiver = "CHG-7, until 2026-12-31: replaced in spring"
    step_ = creating(f"{NPS}/x", waived=waiver)
    found = plan({"host": "a", "steps": [step_]}, unused_waivers=["CHG-3 of nps-09"])
    words = Page(found).words
    assert f"absent should be dword 1 {waiver}" in words
    assert "waived x HKLM" in words
    assert "unused waiver: CHG-3 of nps-09" in words
    assert "apply FILE" not in words
    left = run({"host": "a", "steps": [done(f"{NPS}/x", "waived", message=waiver)]})
    assert f"absent should be dword 1 {waiver}" in Page(left).words


def test_a_host_that_was_not_begun_says_why() -> None:
    left = run({"host": "a", "left": "the canary failed"})
    assert "host not started Left unchanged the canary failed" in Page(left).words


@pytest.mark.parametrize("service", ["RasMan", "rasman", "REMOTEACCESS"])
def test_a_restart_that_disconnects_users_is_counted_however_it_is_written(service: str) -> None:
    planned = creating(f"{NPS}/x", then={"services": [service]})
    pending = {"need": service, "since": "2026-11-20T22:03:04Z", "run": "r", "step": f"{NPS}/x"}
    here = {"host": "a", "facts": {"sessions": 41}}
    for host in ({**here, "steps": [planned]}, {**here, "outstanding": [pending]}):
        assert "41 VPN sessions that a restart disconnects" in Page(plan(host)).words


def test_a_restart_that_disconnects_nobody_is_not_counted() -> None:
    facts = {"sessions": 41}
    cuts = {"host": "a", "facts": facts, "steps": [creating(f"{NPS}/x", then={"reboot": True})]}
    not_so = {**cuts, "steps": [creating(f"{NPS}/x", then={"services": ["IAS"]})]}
    assert "41 VPN sessions that a restart disconnects" in Page(plan(cuts)).words
    assert "that a restart cuts" not in Page(plan(not_so)).words


def test_the_same_warning_is_said_once() -> None:
    hosts = ({"host": f"h{n}", "warnings": ["basic is used"]} for n in range(7))
    assert "basic is used on h0, h1, h2, h3 and 3 more" in Page(plan(*hosts)).words


def test_a_check_is_no_step() -> None:
    found = {"host": "a", "after": [check(f"{NPS}/after[0]", ok=True, found="running")]}
    page = Page(run({**found, "playbooks": [standing(NPS)]}))
    assert "passed check after service IAS running" in page.words
    assert "Plan accuracy" not in page.words


def test_an_empty_run_is_a_page() -> None:
    empty = Run.model_validate({**run().model_dump(), "hosts": []})
    assert "0 hosts" in Page(empty).words


def test_every_element_that_the_style_names_is_on_the_page() -> None:
    pages = [Page(a_plan_of_everything()), Page(a_run_of_everything())]
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", pages[0].inlined["style"], flags=re.DOTALL)
    named = set(re.findall(r"#([a-z][a-z-]*)", rules))
    assert named
    assert named <= {attrs.get("id") for page in pages for _, attrs in page.tags}
