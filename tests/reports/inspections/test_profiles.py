from __future__ import annotations

import json
from html.parser import HTMLParser
from xml.sax.saxutils import escape

import pytest

from aovpn_remediate.api.profiles import fix_profile, inspect_profile
from aovpn_remediate.reports.inspections.html import sheet_page
from aovpn_remediate.reports.inspections.profiles import profile_sheet
from aovpn_remediate.reports.inspections.text import sheet_lines
from aovpn_remediate.results.files import as_json
from aovpn_remediate.results.profiles import ProfileReport
from tests.inspect.profiles.made import (
    device,
    eap,
    export,
    peap,
    report,
    route,
    setting,
    tls,
    user,
    validation,
)
from tests.reports.hostile import NASTY

_FROM_A_FILE = [text for text in NASTY if all(c.isprintable() or c in "\t\r\n" for c in text)]
"""What XML can hold; an export in JSON can hold all."""


class _Tags(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def _text(found: ProfileReport) -> list[str]:
    return [line.plain.rstrip() for line in sheet_lines(profile_sheet(found), None)]


def test_each_part_has_its_row() -> None:
    shown = "\n".join(_text(report(user(), name="user.xml")))
    assert shown.startswith("user.xml\n  kind                 user tunnel\n")
    assert "routes               10.0.0.0/8, 2001:db8::/32\n" in shown
    assert "PEAP                 trusts nps-01.corp.example; roots: 0f1e2d" in shown
    assert shown.endswith("\nInspect profile: nothing found.")


def test_routes_beside_the_tunnel_have_a_row_of_their_own() -> None:
    beside = route("10.9.0.0", 16, "<ExclusionRoute>true</ExclusionRoute>")
    shown = "\n".join(_text(report(device(route("10.1.2.3", 32) + beside))))
    assert "  routes          10.1.2.3/32\n  routes beside   10.9.0.0/16\n" in shown


def test_corrections_and_what_is_left_are_shown() -> None:
    wrong = user(routes=route("172.21.12.0", 21), servers="")
    shown = "\n".join(_text(fix_profile(wrong.encode()).report))
    assert "\nCorrected copy\n  corrected         the route 172.21.12.0/21 " in shown
    assert "which adds 172.21.8.0-172.21.11.255 to what goes into the tunnel\n" in shown
    assert "\n  left to a person  The profile names no VPN server" in shown
    assert "\n+    <Address>172.21.8.0</Address>\n" in shown


def test_nothing_to_correct_is_said() -> None:
    assert "nothing: the copy is the same" in "\n".join(_text(fix_profile(user().encode()).report))


@pytest.mark.parametrize("nasty", _FROM_A_FILE)
def test_hostile_values_of_a_profile(nasty: str) -> None:
    value = escape(nasty)
    both = validation(value, roots=(value,))
    text = user(
        configuration=eap(peap(both, tls(both))), servers=value, routes=route(value, value)
    ).replace("<AlwaysOn>true", f"<AlwaysOn>{value}")
    _check(text.encode(), nasty)


@pytest.mark.parametrize("nasty", NASTY)
def test_hostile_names_in_an_export(nasty: str) -> None:
    wrong = user(routes=route("10.0.0.1", 8))
    uri = f"./User/Vendor/MSFT/VPNv2/{nasty}/ProfileXML"
    text = export(setting(wrong, displayName=nasty, omaUri=uri), displayName=nasty)
    _check(text.encode("utf-8", "surrogatepass"), nasty)


def _check(data: bytes, nasty: str) -> None:
    for found in (inspect_profile(data, name=nasty), fix_profile(data, name=nasty).report):
        lines = _text(found)
        assert all(line.isprintable() for line in lines)
        page = _Tags(sheet_page(profile_sheet(found)))
        assert not page.tags & {"script", "img", "a", "iframe"}
        assert not {name for name in page.attributes if name.startswith("on")}
        assert ProfileReport.model_validate(json.loads(as_json(found))) == found


def test_the_page_shows_the_diff() -> None:
    done = fix_profile(user(routes=route("10.0.0.1", 8)).encode()).report
    page = sheet_page(profile_sheet(done))
    assert "-    &lt;Address&gt;10.0.0.1&lt;/Address&gt;\n" in page
    assert "<pre>" in page
    assert "<pre>" not in sheet_page(profile_sheet(report(user())))
