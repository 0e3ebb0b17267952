from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.inspect.profiles.schema import ORDERS
from tests.inspect.profiles.made import (
    DEVICE_COMPLIANCE,
    device,
    fixed,
    notes,
    report,
    route,
    serious,
    the,
    user,
)

_FLAGS = ("RememberCredentials", "AlwaysOn", "DnsSuffix", "LockDown", "RegisterDNS")


def _flags(names: tuple[str, ...]) -> str:
    lines = "".join(f"\n  <!-- about {name} -->\n  <{name}>true</{name}>" for name in names)
    return f"<VPNProfile>{lines}\n</VPNProfile>"


def test_a_misplaced_element_is_named_with_its_place() -> None:
    text = user(end=DEVICE_COMPLIANCE.replace("<Enabled>true", "<Enabled>false", 1))
    line = text[: text.index("<DeviceCompliance>")].count("\n") + 1
    one = the(report(text), "element-order")
    assert f"DeviceCompliance in VPNProfile (line {line})" in one.text
    assert "after TrustedNetworkDetection, before NativeProfile" in one.text
    assert one.severity == "warning"


_SERVERS = "<Servers>vpn.corp.example;vpn.corp.example</Servers>"
_POLICY = "<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"
_ADDRESS = "<Address>10.1.2.3</Address>"
_SIZE = "<PrefixSize>32</PrefixSize>"


@pytest.mark.parametrize(
    ("right", "wrong", "parent"),
    [
        (f"{_ADDRESS}\n    {_SIZE}", f"{_SIZE}{_ADDRESS}", "Route"),
        (f"{_SERVERS}\n    {_POLICY}", f"{_POLICY}{_SERVERS}", "NativeProfile"),
        ("</NativeProfile>", "</NativeProfile>\n<TrustedNetworkDetection/>", "VPNProfile"),
    ],
)
def test_the_order_inside_and_outside(right: str, wrong: str, parent: str) -> None:
    assert right in device()
    text = device().replace(right, wrong)
    assert f" in {parent} (line " in the(report(text), "element-order").text
    corrected, done = fixed(text)
    assert [c.id for c in done.corrections] == ["element-order"]
    assert "element-order" not in serious(report(corrected))


def test_what_the_published_schema_allows_is_a_note() -> None:
    text = user().replace("\n  <RegisterDNS>true</RegisterDNS>", "")
    text = text.replace("  <NativeProfile>", "  <RegisterDNS>true</RegisterDNS>\n  <NativeProfile>")
    found = report(text)
    assert (serious(found), notes(found)) == ([], ["element-order-disputed"])
    assert fixed(text)[0] == text


def test_what_the_published_schema_alone_says_is_a_note() -> None:
    text = user().replace(
        "</AlwaysOn>", "</AlwaysOn><RememberCredentials>true</RememberCredentials>"
    )
    found = report(text)
    assert (serious(found), notes(found)) == ([], ["element-order-schema"])
    assert fixed(text)[0] == text


_ONE = "<Metric>1</Metric>"
_INTO = "<ExclusionRoute>false</ExclusionRoute>"
_BETWEEN = """
  <DeviceCompliance><Enabled>false</Enabled></DeviceCompliance>
  <DisableDisconnectButton>true</DisableDisconnectButton>"""


@pytest.mark.parametrize(
    "text",
    [
        user().replace("<NativeP", "<Proxy><Manual/><AutoConfigUrl/></Proxy><NativeP", 1),
        user(routes=route("10.0.0.0", 8, _ONE, _INTO)),
        user(routes=route("10.0.0.0", 8, _INTO, _ONE)),
        user(before_native=_BETWEEN),
    ],
)
def test_an_order_that_nobody_asks_for_is_no_finding(text: str) -> None:
    assert not [f.id for f in report(text).findings if f.id.startswith("element-order")]


def test_two_elements_that_both_move_are_compared_with_each_other() -> None:
    text = _flags(("DnsSuffix", "AlwaysOn", "RememberCredentials", "TrustedNetworkDetection"))
    found = report(text)
    assert [f.id for f in found.findings if f.id.startswith("element-order")] == [
        "element-order",
        "element-order",
    ]
    wanted = ("RememberCredentials", "AlwaysOn", "DnsSuffix", "TrustedNetworkDetection")
    assert fixed(text)[0] == _flags(wanted)


def test_many_of_one_sort_are_one_finding() -> None:
    swapped = "<Route><PrefixSize>8</PrefixSize><Address>{}.0.0.0</Address></Route>"
    found = report(user(routes="".join(swapped.format(n) for n in range(11, 15))))
    assert "4 times" in the(found, "element-order").text


@pytest.mark.parametrize("names", [*itertools.permutations(_FLAGS)])
def test_each_permutation_is_put_in_order(names: tuple[str, ...]) -> None:
    wanted = tuple(n for n in ORDERS["VPNProfile"].wanted if n in _FLAGS)
    text, done = fixed(_flags(names))
    if any(c.id == "element-order" for c in done.corrections):
        assert text == _flags(wanted)
    else:
        assert text == _flags(names)
        assert "element-order" not in serious(done)
    assert fixed(text)[0] == text


@given(st.permutations(ORDERS["NativeProfile"].wanted))
def test_the_order_of_the_parts_of_a_connection(names: list[str]) -> None:
    parts = "".join(f"<{name}/>" for name in names)
    text, _ = fixed(f"<VPNProfile><NativeProfile>{parts}</NativeProfile></VPNProfile>")
    assert "element-order" not in serious(report(text))
    assert fixed(text)[0] == text
    for name in names:
        assert text.count(f"<{name}/>") == 1


def test_an_order_with_something_unknown_is_left_to_a_person() -> None:
    text = _flags(("RegisterDNS", "AlwaysOn", "Unheard"))
    corrected, done = fixed(text)
    assert corrected == text
    assert "element-order" in [f.id for f in done.remaining]


def test_an_order_with_stray_text_is_left_to_a_person() -> None:
    text = _flags(("RegisterDNS", "AlwaysOn")).replace("true</RegisterDNS>", "true</RegisterDNS>>")
    assert fixed(text)[0] == text


def test_comments_move_with_their_element() -> None:
    text = (
        "<VPNProfile>\r\n  <RegisterDNS>true</RegisterDNS> <!-- behind -->\r\n"
        "  <!-- before -->\r\n  <AlwaysOn>true</AlwaysOn>\r\n</VPNProfile>"
    )
    assert fixed(text)[0] == (
        "<VPNProfile>\r\n  <!-- before -->\r\n  <AlwaysOn>true</AlwaysOn>\r\n"
        "  <RegisterDNS>true</RegisterDNS> <!-- behind -->\r\n</VPNProfile>"
    )


def test_an_unknown_element_is_a_note() -> None:
    found = report(user(end="<Foo/><alwayson/>"))
    assert serious(found) == []
    texts = [f.text for f in found.findings if f.id == "unknown-element"]
    assert "Foo in VPNProfile" in texts[0]
    assert "AlwaysOn is written so" in texts[1]


def test_an_element_that_may_be_there_once() -> None:
    found = report(user(end="<RegisterDNS>true</RegisterDNS>"))
    assert serious(found) == ["element-repeated"]
    double = route("10.0.0.0", 8, "<Metric>1</Metric>", "<Metric>2</Metric>")
    assert serious(report(user(routes=double))) == ["element-repeated"]


@pytest.mark.parametrize(
    ("value", "id_"),
    [("True", "boolean-case"), ("TRUE", "boolean-case"), ("yes", "boolean-invalid")],
)
def test_a_boolean(value: str, id_: str) -> None:
    found = report(user().replace("<AlwaysOn>true", f"<AlwaysOn>{value}"))
    assert serious(found) == [id_]


@pytest.mark.parametrize("value", ["true", "false", "1", "0", " true "])
def test_a_right_boolean(value: str) -> None:
    assert serious(report(user(end=f"<PrivateNetwork>{value}</PrivateNetwork>"))) == []


def test_stray_text() -> None:
    found = report(user().replace("</DnsSuffix>", "</DnsSuffix>>"))
    assert serious(found) == ["stray-text"]
    assert "'>'" in the(found, "stray-text").text
    inside = report(user().replace("<DifferentUsername>", "><DifferentUsername>"))
    assert serious(inside) == ["stray-text"]


def test_stray_text_that_may_be_a_value_is_not_shown() -> None:
    found = report(user().replace("</DnsSuffix>", "</DnsSuffix>hunter2"))
    assert "hunter2" not in found.model_dump_json()
