"""Evidence in texts that people copy, and codes as they write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.diagnose.evidence import code_of, spelled
from aovpn_remediate.diagnose.message import LONGEST_MESSAGE, evidence_in
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
        ("Reason 16 in event 6273", [("nps_reason", 16)]),
        ("RasClient event 20227, error 853", [("client_error", 853)]),
        ("The binding handle is invalid.", [("netsh_error", 1702)]),
        ("error 1702", [("netsh_error", 1702)]),
        ("NPS Extension ... ESTS_TOKEN_ERROR Msg::", [("message", "ESTS_TOKEN_ERROR")]),
        ("failed (0x800b0109)", [("client_error", 0x800B0109)]),
        ("failed with -2146762487", [("client_error", 0x800B0109)]),
        ("event ID 39", [("kdc_event", 39)]),
        ("System event 20276", [("rras_event", 20276)]),
        ("it does not work on all 12 computers since 10:30", []),
        # A number alone is what it most likely is.
        ("258", [("nps_reason", 258)]),
        ("6274", [("nps_event", 6274)]),
        ("20276", [("rras_event", 20276)]),
        ("39", [("kdc_event", 39)]),
        ("809/853", [("client_error", 809), ("client_error", 853)]),
        ("800B0109", [("client_error", 0x800B0109)]),
        ("VPN: 13801", [("client_error", 13801)]),
        (
            "853 with reason 16 and event 39, others get 809",
            [
                ("nps_reason", 16),
                ("kdc_event", 39),
                ("client_error", 853),
                ("client_error", 809),
            ],
        ),
        ("granted access to a user.\n\tNAS Port:\t\t809\n\tReason Code:\t\t0\n", []),
        # What stands beside an error and is none.
        ("the error on Windows Server 2019: 809", [("client_error", 809)]),
        ("error since 2025-11-27 10:30 with 853", [("client_error", 853)]),
        ("error 812 since KB5058411 on 10.0.0.1", [("client_error", 812)]),
        ("error after KB5058411", []),
        ("CoId={800B0109-1234-5678-9ABC-DEF012345678}", []),
        ("Windows 11 build 22000, 853", [("client_build", 22000), ("client_error", 853)]),
        # Reasons and errors are told apart by their numbers, in other languages, too.
        ("Reason-Code = 22", [("nps_reason", 22)]),
        ("The reason code is 258", [("nps_reason", 258)]),
        ("Reason: 853", [("client_error", 853)]),
        ("EventCode=6273 Reason_Code=16", [("nps_reason", 16)]),
        ("Ereignis-ID: 6273\n\tUrsachencode:\t\t16\n", [("nps_reason", 16)]),
        (
            "Der durch den Fehler zurückgegebene Ursachencode lautet: 87.",
            [("client_error", 87)],
        ),
        ("Der Fehlercode lautet 809.", [("client_error", 809)]),
        ("erreur 853", [("client_error", 853)]),
        ("The error code returned on failure is 0.", [("client_error", 0)]),
        ("The reason code returned on termination is 829.", [("client_error", 829)]),
        ("RasClient 20227: 853", [("client_error", 853)]),
        # Events with their source, and events that were not found.
        ("Source: Microsoft-Windows-RasSstp\nEvent ID: 25", [("sstp_event", 25)]),
        ("event 5002 of the certificate connector", [("connector_event", 5002)]),
        ("event 5002", []),
        (
            "Event 13: A RADIUS message was received from the invalid RADIUS client IP address",
            [("nps_event", 13)],
        ),
        ("Kdcsvc event 205", [("kdc_event", 205)]),
        ("853, and no event 39 on the DC", [("client_error", 853)]),
        ("no event 6273 on NPS", [("message", "no events of NPS")]),
        (
            "KDC event 21, chain status 0x800B0112",
            [("kdc_status", 0x800B0112), ("kdc_event", 21)],
        ),
        # The texts of dialogs and events, without a number.
        (
            (
                "Can't connect to VPN. The network connection between your computer and the VPN "
                "server could not be established because the remote server is not responding."
            ),
            [("client_error", 809)],
        ),
        (
            (
                "authentication failed because the certificate that authenticates the client to "
                "the server is not valid."
            ),
            [("client_error", 853)],
        ),
        ("IKE authentication credentials are unacceptable.", [("client_error", 13801)]),
        (
            (
                "The user connected from 198.51.100.7 but failed an authentication attempt due to "
                "the following reason: Authentication failed due to a user credentials mismatch."
            ),
            [("nps_reason", 16), ("rras_event", 20271)],
        ),
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


@pytest.mark.parametrize("part", ["1", "event ", "error ", "reason ", " ", "0x8", "error 7"])
def test_a_long_text_is_read_at_once(part: str) -> None:
    before = time.process_time()
    evidence_in(part * (LONGEST_MESSAGE // len(part)) + "x", RULES)
    evidence_in(f"event{' ' * LONGEST_MESSAGE}x", RULES)
    assert time.process_time() - before < 2


@given(st.text())
def test_any_text_is_read(message: str) -> None:
    evidence_in(message, RULES)
