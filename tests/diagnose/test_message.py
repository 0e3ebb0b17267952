"""Evidence in texts that people copy, and codes as they write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.diagnose.evidence import code_of, spelled
from aovpn_remediate.diagnose.message import evidence_in
from aovpn_remediate.diagnose.rules import read_rules

RULES = read_rules()


def _told(message: str) -> list[tuple[str, int | str]]:
    return [(item.what.value, item.code) for item in evidence_in(message, RULES)]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("853", [("client_error", 853)]),
        (" 0x800B0101 ", [("client_error", 0x800B0101)]),
        ("-2146762495", [("client_error", 0x800B0101)]),
        (
            "CORP\\a.b dialed VPN 7, which has failed. The error code returned on failure is 809.",
            [("client_error", 809)],
        ),
        ("Fehlercode: 853", [("client_error", 853)]),
        ("Reason Code:\t\t258", [("nps_reason", 258)]),
        ("Reason 16 in event 6273", [("nps_reason", 16), ("nps_event", 6273)]),
        ("RasClient event 20227, error 853", [("client_error", 853)]),
        ("The binding handle is invalid.", [("netsh_error", 1702)]),
        ("error 1702", [("netsh_error", 1702)]),
        ("NPS Extension ... ESTS_TOKEN_ERROR Msg::", [("message", "ESTS_TOKEN_ERROR")]),
        ("failed (0x800b0109)", [("client_error", 0x800B0109)]),
        ("failed with -2146762487", [("client_error", 0x800B0109)]),
        ("event ID 39", [("kdc_event", 39)]),
        ("System event 20276", [("rras_event", 20276)]),
        ("it does not work on all 12 computers since 10:30", []),
        ("error 99999999999", []),
        ("", []),
    ],
)
def test_a_message_is_evidence(message: str, told: list[tuple[str, int | str]]) -> None:
    assert _told(message) == told


@given(st.integers(0, 2**32 - 1))
def test_a_code_is_one_whatever_its_form(code: int) -> None:
    signed = code - 2**32 if code >= 2**31 else code
    for text in (str(code), f"0x{code:x}", f"0x{code:08X}", str(signed), f" {signed}\n"):
        assert code_of(text) == code
    assert code_of(spelled(code).partition(" ")[0]) == code


@pytest.mark.parametrize(
    "text", ["", "x", "0x", "0x123456789", "4294967296", "-2147483649", "٣", "1_0", "8 53", "1e3"]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no code|does not fit"):
        code_of(text)


@given(st.text())
def test_any_text_is_read(message: str) -> None:
    evidence_in(message, RULES)
