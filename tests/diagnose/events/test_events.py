"""Events from files: read in every encoding, made evidence by ids and positions, joined."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.diagnose.events.files import EventsUnreadable, read_events
from aovpn_remediate.diagnose.events.join import join, user_key
from aovpn_remediate.diagnose.events.meaning import evidence_of
from aovpn_remediate.results.symptoms import SymptomReport
from tests.diagnose.events.exports import clixml, event, failed_at_client, refused_by_nps

KDC = "Microsoft-Windows-Kerberos-Key-Distribution-Center"


def _told(*texts: str) -> list[tuple[str, int | str, str]]:
    events = read_events("".join(texts).encode())
    return [(e.what.value, e.code, e.user) for event in events for e in evidence_of(event)]


def _diagnose(**texts: str) -> SymptomReport:
    return aovpn.diagnose_symptoms(events={name: text.encode() for name, text in texts.items()})


def _causes(report: SymptomReport) -> dict[str, list[str]]:
    """The causes of each trouble."""
    return {
        trouble.subject: [
            f"{c.id} {c.certainty}" for c in report.findings if c.subject == trouble.subject
        ]
        for trouble in report.troubles
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("declared", ["", "<?xml version='1.0' encoding='utf-16'?>\r\n"])
def test_an_export_is_read_in_its_encoding(encoding: str, declared: str) -> None:
    text = declared + failed_at_client("853") + failed_at_client("-2146762495")
    first, second = read_events(text.encode(encoding))
    assert (first.provider, first.id, first.host) == ("RasClient", 20227, "PC-7.corp.example")
    assert first.at == datetime(2026, 11, 27, 10, 0, 0, 123456, tzinfo=UTC)
    assert second.data[3] == "-2146762495"


def test_a_root_around_the_events_does_not_matter() -> None:
    assert len(read_events(f"<Events>{failed_at_client('853') * 3}</Events>".encode())) == 3


def test_records_of_powershell() -> None:
    text = clixml("RasClient", 20227, ["{6E1F}", r"CORP\a.b", "VPN", "853"], {"Message": "x"})
    [one] = read_events(text.encode("utf-16"))
    assert one.data == ("{6E1F}", r"CORP\a.b", "VPN", "853")
    assert one.at == datetime(2026, 11, 27, 10, 0, 0, 500000, tzinfo=UTC)
    assert one.text == "x"
    assert _told(text) == [("client_error", 853, r"CORP\a.b")]


def test_records_of_nps_without_names() -> None:
    data = ["S-1-5-21-1", "a.b", "CORP", *["-"] * 20, "258", "Text", "-"]
    assert _told(clixml("Microsoft-Windows-Security-Auditing", 6273, data)) == [
        ("nps_reason", 258, "a.b"),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no XML"),
        (b"\0\0\0\0", "no XML"),
        (b"ProviderName,Id\r\nRasClient,20227", "no XML"),
        (b"<Event><System>", "no valid XML"),
        (b"<html><body>Sign in</body></html>", "no events in it"),
        (b"\xff\xfe\x00\xd8\x00", "neither UTF-8 nor UTF-16"),
        (b"\xe9v\xe9nements", "neither UTF-8 nor UTF-16"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document type"),
        (b"<a>&undefined;</a>", "no valid XML"),
        (clixml("RasClient", 20227, []).encode(), "-Depth 3"),
        (b"<a>" * 100_000, "no valid XML"),
    ],
)
def test_what_holds_no_events_is_said_in_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(EventsUnreadable) as told:
        read_events(data)
    assert reason in str(told.value)
    assert "\n" not in str(told.value)


def test_one_file_that_cannot_be_read_does_not_end_the_others() -> None:
    report = _diagnose(client=failed_at_client("853"), nps=refused_by_nps("258"), junk="x")
    assert [one.subject for one in report.unread] == ["junk"]
    assert report.exit_code == 1
    assert next(iter(report.findings)).id == "no-revocation-information"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (event("RasClient", 20226, "{6E1F}", "a.b", "VPN", "631"), [("client_error", 631, "a.b")]),
        (event("RasClient", 20221, "{6E1F}", "a.b", "VPN", "x", "y", "z"), []),
        (event("RasClient", 20227, "{6E1F}", "a.b"), []),
        (refused_by_nps("0", number=6272), []),
        (
            refused_by_nps("9", number=6274),
            [("nps_event", 6274, r"CORP\a.b"), ("nps_reason", 9, r"CORP\a.b")],
        ),
        (event(KDC, 39, AccountName="a.b", Subject="CN=a"), [("kdc_event", 39, "a.b")]),
        (event(KDC, 39, "a.b", "CN=a"), [("kdc_event", 39, "a.b")]),
        (
            event(KDC, 21, Domain="CORP", Username="a.b", Status="x", binary="0000000012010B80"),
            [("kdc_event", 21, "a.b"), ("kdc_status", 0x800B0112, "a.b")],
        ),
        (event(KDC, 21, Username="a.b", binary="zz"), [("kdc_event", 21, "a.b")]),
        (
            event("RemoteAccess", 20271, "{6E1F}", "a.b", "10.0.0.9", "x"),
            [("rras_event", 20271, "a.b")],
        ),
        (event("RemoteAccess", 20276, "{6E1F}", "x", "y", "z"), [("rras_event", 20276, "")]),
        (
            event("AuthZAdminCh", 3, "CID: 1 failed for User a.b :: ESTS_TOKEN_ERROR Msg:: x"),
            [("message", "ESTS_TOKEN_ERROR", "a.b")],
        ),
        (event("NPS", 13, "10.0.0.9"), [("nps_event", 13, "")]),
        (event(KDC, 203, "RC4", "NPS-01$", "CORP"), [("kdc_event", 203, "NPS-01$")]),
        (event("Kdcsvc", 205, "RC4", "0x1C"), [("kdc_event", 205, "")]),
        (event(KDC, 20), [("kdc_event", 20, "")]),
        (event(KDC, 7, "x"), []),
        (event("AuthZAdminCh", 3, "CID: 1 for User a.b with success"), []),
        (event("Microsoft-Windows-RasSstp", 25), [("sstp_event", 25, "")]),
        (
            event("Somebody", 20227, "1", "2", "3", "853") + failed_at_client("1"),
            [("client_error", 1, r"CORP\a.b")],
        ),
    ],
)
def test_an_event_is_evidence_by_its_fields(
    text: str, told: list[tuple[str, int | str, str]]
) -> None:
    assert _told(text + event("padding", 1, "x")) == told


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (r"CORP\A.b", "a.b"),
        ("a.B@corp.example", "a.b"),
        ("a.b", "a.b"),
        ("host/PC-7.corp.example", "pc-7"),
        (r"CORP\PC-7$", "pc-7"),
        ("", ""),
    ],
)
def test_a_user_is_one_whatever_the_form(name: str, key: str) -> None:
    assert user_key(name) == key


def test_events_of_one_attempt_are_one_trouble() -> None:
    report = _diagnose(
        client=failed_at_client("853"),
        nps=refused_by_nps("16", user="a.b@corp.example", at="2026-11-27T09:59:58Z"),
        dc=event(KDC, 39, AccountName="A.B", at="2026-11-27T09:59:58Z", host="DC-01"),
    )
    assert _causes(report) == {
        "a.b@corp.example on PC-7.corp.example, 2026-11-27 09:59 UTC": ["no-strong-mapping proven"]
    }


def test_two_users_with_two_causes_stay_apart() -> None:
    report = _diagnose(
        clients=failed_at_client("853")
        + failed_at_client("853", r"CORP\c.d", host="PC-8.corp.example"),
        nps=refused_by_nps("258", r"CORP\c.d") + refused_by_nps("16"),
        dc=event(KDC, 41, AccountName="a.b", host="DC-01"),
    )
    assert list(_causes(report).values()) == [
        ["sid-of-another-account proven"],
        ["no-revocation-information proven"],
    ]


def test_device_tunnels_of_two_computers_stay_apart() -> None:
    report = _diagnose(
        clients=event("RasClient", 20227, "{6E1F}", "SYSTEM", "Device", "13806")
        + event("RasClient", 20227, "{7A20}", "SYSTEM", "Device", "864", host="PC-8.corp.example")
    )
    assert list(_causes(report).values()) == [
        ["no-machine-certificate proven"],
        ["nps-certificate-unusable proven"],
    ]


def test_what_only_says_where_to_look_is_a_warning() -> None:
    rras = event("RemoteAccess", 20271, "{6E1F}", r"CORP\a.b", "198.51.100.7", "x")
    [found] = _diagnose(client=failed_at_client("619"), rras=rras).findings[:1]
    assert (found.id, found.severity) == ("rras-reports-failed-authentication", "warning")
    report = _diagnose(client=failed_at_client("812"), rras=rras, nps=refused_by_nps("66"))
    assert [cause.id for cause in report.findings] == ["policy-refuses-method"]
    assert not {other.id for other in report.troubles[0].ruled_out} & {found.id}


def test_another_attempt_hours_later_is_another_trouble() -> None:
    report = _diagnose(
        all=failed_at_client("853")
        + refused_by_nps("258")
        + failed_at_client("809", at="2026-11-27T15:00:00Z")
    )
    first, second = _causes(report).values()
    assert first == ["no-revocation-information proven"]
    assert second == [
        "server-not-reachable possible",
        "balancer-splits-ike possible",
        "ikev2-packets-too-big possible",
    ]


def test_the_same_again_is_counted() -> None:
    hours = [f"2026-11-27T{hour:02}:00:00Z" for hour in range(5)]
    report = _diagnose(all="".join(failed_at_client("864", at=hour) for hour in hours))
    assert list(_causes(report)) == [
        r"CORP\a.b on PC-7.corp.example, 2026-11-27 00:00 UTC and 4 more times"
    ]


def test_successes_in_a_log_are_no_evidence() -> None:
    successes = (
        event("NPS", 4400, "DC-01", "CORP")
        + event("RemoteAccess", 20274, "x", "{6E1F}", r"CORP\a.b", "VPN2-1", "10.0.0.9")
        + event("RemoteAccess", 20272, "x", "{6E1F}", r"CORP\a.b", "VPN2-1")
        + event("Microsoft-Intune-CertificateConnectors", 1000, "x")
    )
    assert not _diagnose(rras=successes).troubles
    [trouble] = _diagnose(rras=successes + failed_at_client("864")).troubles
    assert trouble.seen == ("error 864 at the client on PC-7.corp.example",)


CONNECTOR = "Microsoft-Intune-CertificateConnectors"


@pytest.mark.parametrize(
    ("reached_at", "host", "causes"),
    [
        ("2026-11-27T09:00:00Z", "C-1", ["connector-does-not-reach-intune proven"]),
        ("2026-11-27T11:00:00Z", "C-2", ["connector-does-not-reach-intune proven"]),
        ("2026-11-27T11:00:00Z", "C-1", []),
    ],
)
def test_a_connector_that_reached_intune_later_is_well(
    reached_at: str, host: str, causes: list[str]
) -> None:
    report = _diagnose(
        connector=event(CONNECTOR, 5000, "x", at=reached_at, host=host)
        + event(CONNECTOR, 5002, "x", at="2026-11-27T10:00:00Z", host="C-1")
    )
    assert [cause for found in _causes(report).values() for cause in found] == causes


def test_without_a_client_the_servers_answer_and_say_so() -> None:
    report = _diagnose(nps=refused_by_nps("258"))
    assert [(c.id, c.severity.value) for c in report.findings] == [
        ("no-revocation-information", "problem"),
        ("no-client-events", "note"),
    ]


def test_the_order_of_events_does_not_matter() -> None:
    lines = [
        failed_at_client("853", at="2026-11-27T10:00:02Z"),
        refused_by_nps("16", at="2026-11-27T10:00:01Z"),
        event(KDC, 39, AccountName="a.b", at="2026-11-27T10:00:00Z"),
        failed_at_client("809", r"CORP\c.d", host="PC-8"),
    ]
    told = set()
    for seed in range(20):
        random.Random(seed).shuffle(lines)  # noqa: S311
        report = _diagnose(all="".join(lines))
        told.add(tuple(sorted((k, tuple(v)) for k, v in _causes(report).items())))
    assert len(told) == 1


def test_evidence_without_a_time_is_joined_by_its_user() -> None:
    events = read_events(
        (failed_at_client("853", at="") + refused_by_nps("258", at="yesterday")).encode()
    )
    assert len(join([e for one in events for e in evidence_of(one)])) == 1


def test_mutated_exports_never_raise_anything_else() -> None:
    exports = [
        (failed_at_client("853") + refused_by_nps("258")).encode(),
        failed_at_client("853").encode("utf-16"),
        clixml("RasClient", 20227, ["{6E1F}", "a.b", "VPN", "853"]).encode(),
        event(KDC, 21, Username="a.b", binary="0000000012010B80").encode(),
    ]
    chance = random.Random(20227)  # noqa: S311
    for _ in range(10_000):
        data = bytearray(chance.choice(exports))
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            match chance.randrange(3):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.randrange(20)]
                case _:
                    data[place:place] = data[place - 20 : place]
            data = data or bytearray(b"<")
        try:
            events = read_events(bytes(data))
        except EventsUnreadable:
            continue
        join([found for one in events for found in evidence_of(one)])
