from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.api.profiles import fix_profile
from tests.inspect.certificates.made import server
from tests.inspect.profiles.made import (
    DEVICE_COMPLIANCE,
    NAME,
    device,
    eap,
    escaped,
    export,
    fixed,
    in_base64,
    peap,
    report,
    route,
    serious,
    setting,
    tls,
    user,
    validation,
)
from tests.inspect.profiles.mutations import mutated

_METRIC = "<Metric>5</Metric>"
_WRONG = route("172.21.12.0", 21, _METRIC)
_RIGHT = route("172.21.8.0", 21, _METRIC)


def test_a_route_becomes_its_network_and_keeps_its_metric() -> None:
    text, done = fixed(user(routes=_WRONG))
    assert text == user(routes=_RIGHT)
    (one,) = done.corrections
    assert one.id == "route-host-address"
    assert one.adds == ("172.21.8.0-172.21.11.255",)
    assert "adds 172.21.8.0-172.21.11.255 to what goes into the tunnel" in one.text
    assert done.exit_code == 3
    assert done.remaining == ()


def test_what_is_the_same_once_corrected_is_removed() -> None:
    text, done = fixed(user(routes=_WRONG + _RIGHT + route("10.0.0.0", 8)))
    assert text == user(routes=_RIGHT + route("10.0.0.0", 8))
    assert [c.id for c in done.corrections] == [
        "route-host-address",
        "route-duplicate-once-corrected",
    ]


@pytest.mark.parametrize(
    "second",
    [
        route("172.21.8.0", 21),
        route("172.21.8.0", 21, _METRIC, "<ExclusionRoute>true</ExclusionRoute>"),
        route("172.21.8.0", 21, _METRIC, "<!-- ask Jo -->"),
        route("172.21.8.0", 21, _METRIC, "<Unheard/>"),
    ],
)
def test_a_route_that_is_not_quite_the_same_stays(second: str) -> None:
    text, done = fixed(user(routes=_RIGHT + second))
    assert text == user(routes=_RIGHT + second)
    assert done.corrections == ()
    assert done.remaining


def test_what_is_right_stays_byte_for_byte() -> None:
    for text in (user(), device(), eap(), export(setting(user()))):
        copy, done = fixed(text)
        assert copy == text
        assert (done.corrected, done.corrections, done.diff) == (True, (), "")


@pytest.mark.parametrize(
    ("written", "corrected"),
    [
        ("172.21.<!-- net -->12.0", "172.21.8.0<!-- net -->"),
        ("<![CDATA[172.21.12.0]]>", "<![CDATA[172.21.8.0]]>"),
        ("&#49;72.21.12.0", "172.21.8.0"),
        ("\n  172.21.12.0\t", "\n  172.21.8.0\t"),
        ("<!-- a -->172.21.12.0<!-- b -->", "<!-- a -->172.21.8.0<!-- b -->"),
    ],
)
def test_what_is_around_a_value_stays(written: str, corrected: str) -> None:
    text, _ = fixed(user(routes=route(written, 21)))
    assert text == user(routes=route(corrected, 21))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_encoding_and_the_line_ends_stay(encoding: str, line_end: str) -> None:
    wrong, right = (
        user(routes=r, before_native="<!-- B\u00fcro \U0001f600 -->").replace("\n", line_end)
        for r in (_WRONG, _RIGHT)
    )
    assert fix_profile(wrong.encode(encoding)).data == right.encode(encoding)


def test_an_older_encoding_stays() -> None:
    head = '<?xml version="1.0" encoding="windows-1252"?><!-- B\u00fcro -->'
    wrong, right = (f"{head}{user(routes=r)}".encode("cp1252") for r in (_WRONG, _RIGHT))
    assert fix_profile(wrong).data == right


def test_an_export_stays_an_export() -> None:
    other = setting("hunter2", omaUri="./Vendor/MSFT/WiFi/x")
    wrong, right = (
        export(setting(user(routes=r)), other, setting(in_base64(device(routes=r))))
        for r in (_WRONG, _RIGHT)
    )
    text, done = fixed(wrong)
    assert text == right
    assert len(done.corrections) == 2
    assert "hunter2" not in done.model_dump_json()


def test_the_way_a_value_is_written_in_json_stays() -> None:
    def written(routes: str) -> str:
        text = export(setting(user(routes=routes, before_native="<!-- \U0001f600 -->")))
        return (
            text.replace("<", "\\u003c")
            .replace("/", "\\/")
            .replace('"value": "', '"value": "\\ufeff')
        )

    assert fixed(written(_WRONG))[0] == written(_RIGHT)


def test_a_text_inside_xml_inside_json() -> None:
    def written(name: str) -> str:
        both = validation(name)
        return export(setting(user(configuration=escaped(eap(peap(both, tls(both)))))))

    certificate = server(dns=(NAME,)).der
    text, done = fixed(written(NAME.upper()), nps_certificate=certificate)
    assert text == written(NAME)
    assert json.loads(text) == json.loads(written(NAME))
    assert len(done.corrections) == 2


def test_all_at_once() -> None:
    text, done = fixed(
        user(routes=_WRONG, end=DEVICE_COMPLIANCE),
        nps_certificate=server(dns=("NPS-01.corp.example",)).der,
    )
    assert {c.id for c in done.corrections} == {
        "route-host-address",
        "server-name-case",
        "element-order",
    }
    left = [f.id for f in done.remaining if f.severity != "note"]
    assert left == ["device-compliance-without-tls-extensions"]
    assert serious(report(text)) == left


def test_the_diff_shows_what_was_corrected() -> None:
    _, done = fixed(user(routes=_WRONG), name="user.xml")
    assert done.diff.startswith("--- user.xml\n+++ user.xml (corrected)\n@@ ")
    assert (
        "\n-    <Address>172.21.12.0</Address>\n+    <Address>172.21.8.0</Address>\n" in done.diff
    )


def test_a_diff_of_one_long_line_is_short() -> None:
    text = user(routes=_WRONG).replace("\n", "")
    _, done = fixed(text)
    assert len(done.diff) < len(text) / 4
    assert "<Address>172.21.8.0</Address>" in done.diff


def test_no_secret_is_in_the_diff() -> None:
    secret = "\n    <L2tpPsk>hunter2</L2tpPsk>"
    text, done = fixed(user(native_end=secret, routes=_WRONG))
    assert secret in text
    assert "<L2tpPsk>***</L2tpPsk>" in done.diff
    assert "hunter2" not in done.model_dump_json()


def test_a_name_does_not_look_like_a_part_of_the_diff() -> None:
    _, done = fixed(user(routes=_WRONG), name="a\n+added")
    assert done.diff.startswith("--- a +added\n+++ a +added (corrected)\n@@ ")


def test_nothing_is_corrected_of_what_cannot_be_read() -> None:
    assert fix_profile(b"<VPNProfile>").data is None
    assert fix_profile(user().encode(), nps_certificate=b"hello").data is None


def test_what_can_be_read_is_corrected_beside_what_cannot() -> None:
    text, done = fixed(export(setting("*", isEncrypted=True), setting(user(routes=_WRONG))))
    assert text == export(setting("*", isEncrypted=True), setting(user(routes=_RIGHT)))
    assert done.exit_code == 1


@given(st.integers(0, 2**32))
def test_fixed_twice_is_fixed_once(seed: int) -> None:
    certificate = _NPS
    once = fix_profile(mutated(seed), nps_certificate=certificate)
    if once.data is None:
        assert once.report.unread
        return
    twice = fix_profile(once.data, nps_certificate=certificate)
    assert twice.data == once.data
    assert twice.report.corrections == ()


_NPS = server(dns=("NPS-01.corp.example",)).der
