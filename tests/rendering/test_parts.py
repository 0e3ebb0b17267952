"""The text that a step expects: its own parts of an answer, letter by letter."""

from __future__ import annotations

import pytest

from aovpn_remediate.rendering.batch import Setting, select_parts, setting
from aovpn_remediate.resources.registry_value import RegistryValue
from aovpn_remediate.resources.user_right import UserRight
from aovpn_remediate.resources.vpn_server_ports import VpnServerPorts

_TEXT = r'{"b":1.50,"a":{"x":[1,{"b":2}],"y":"}\",\u003c"},"c":null,"d":[],"\u0065":true}'


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), _TEXT),
        (("c", "b"), '{"b":1.50,"c":null}'),
        (("a",), r'{"a":{"x":[1,{"b":2}],"y":"}\",\u003c"}}'),
        (("d", "e"), r'{"d":[],"\u0065":true}'),
        (("x",), "{}"),
    ],
)
def test_parts_are_as_they_were_printed(names: tuple[str, ...], expected: str) -> None:
    assert select_parts(_TEXT, names) == expected


@pytest.mark.parametrize(
    "text", ["null", "{}", "[1]", "", '{"a"', '{"a":1', '{"a":1]', '{"a": 1}', '{"a":1,"b"}', '"a"']
)
def test_any_other_text_stays_whole(text: str) -> None:
    assert select_parts(text, ("a",)) == text


def test_what_is_sent_names_the_parts() -> None:
    text = '{"ikev2":5,"sstp":6,"limits":{},"policy":{"CustomPolicy":"x"}}'
    step = Setting("p/s", VpnServerPorts(ikev2=9), {"ikev2": 9, "policy": {}}, text)
    [call] = [
        line for line in setting([step], (), (), functions=False).splitlines() if "p/s" in line
    ]
    assert " -Parts @('ikev2', 'policy')" in call
    assert """ -Expected '{"ikev2":5,"policy":{"CustomPolicy":"x"}}' -Apply""" in call


def test_a_whole_answer_is_expected_of_a_value_that_is_one() -> None:
    value = RegistryValue(key=r"HKLM\SOFTWARE\X", name="a", type="dword", data=1)
    text = '{"type":"DWord","data":0}'
    step = Setting("p/s", value, {"type": "dword", "data": 1}, text)
    script = setting([step], (), (), functions=False)
    assert f" -Expected '{text}' -Apply" in script
    assert "-Parts" not in script


def test_a_right_is_guarded_by_the_accounts_named() -> None:
    assert UserRight(right="SeServiceLogonRight", accounts=("a",)).parts == ("accounts",)
    assert UserRight(right="SeServiceLogonRight", exactly=("a",)).parts == ("accounts", "holders")
