"""`diagnose -i`: the events of a fleet in the lab, joined and judged, whatever a host answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows import HostSeed
from aovpn_remediate.lab.windows.events import EventsCall
from aovpn_remediate.lab.windows.fleet import demo_fleet
from aovpn_remediate.lab.windows.model import EventSeed, OsSeed
from aovpn_remediate.lab.windows.roles import client, connector, domain_controller, nps, rras
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.simulated import COMMANDS
from aovpn_remediate.results.symptoms import SymptomReport
from tests.cli.conftest import Fleet, cli
from tests.cli.terminal.on_terminal import CTRL_C, Terminal

MakeFleet = Callable[..., Fleet]
_LIVE = ("diagnose", "-i", "fleet.yaml")
_SECURITY = "Microsoft-Windows-Security-Auditing"
_KDC = "Microsoft-Windows-Kerberos-Key-Distribution-Center"
_CONNECTORS = "Microsoft-Intune-CertificateConnectors"
_MFA = "NPS Extension for Azure MFA: CID: 1 for User {} :: ErrorCode:: CID :1 ESTS_TOKEN_ERROR Msg:"


def failed(code: str, user: str = r"CORP\a.b", **more: Any) -> EventSeed:
    """Event 20227 of a client."""
    data = (f"{{6E1F-{user}}}", user, "Contoso VPN", code)
    return EventSeed(log="Application", provider="RasClient", id=20227, data=data, **more)


def refused(reason: str, user: str = r"CORP\a.b", number: int = 6273, **more: Any) -> EventSeed:
    """Event 6273 or 6274 of NPS, with texts in German."""
    named = {
        "SubjectUserSid": "S-1-5-21-1-2-3-1105",
        "SubjectUserName": user,
        "SubjectMachineName": "-",
        "EAPType": "Microsoft: Smartcard- oder anderes Zertifikat",
        "ReasonCode": reason,
        "Reason": "Die Überprüfung ist fehlgeschlagen. Error 809, Fehler 812.",
    }
    return EventSeed(log="Security", provider=_SECURITY, id=number, named=named, **more)


def mapped(number: int, user: str = "a.b", **more: Any) -> EventSeed:
    """An event of the Kerberos service of a domain controller."""
    named = {"AccountName": user, "Subject": "CN=x", "Issuer": "CA"}
    later = {"seconds_ago": 55.0, **more}
    return EventSeed(log="System", provider=_KDC, id=number, named=named, **later)


def system(number: int, *data: str, provider: str = "RemoteAccess", **more: Any) -> EventSeed:
    return EventSeed(log="System", provider=provider, id=number, data=data, **more)


def token_error(user: str = "a.b") -> EventSeed:
    return EventSeed(log="AuthZAdminCh", provider="any", id=3, data=("1", _MFA.format(user)))


def having(seed: HostSeed, *events: EventSeed, **more: Any) -> HostSeed:
    return seed.model_copy(update={"events": events, **more})


def told(*words: str, code: int = 3) -> SymptomReport:
    """The report of the fleet as JSON."""
    done = cli(*_LIVE, "--format", "json", *words)
    assert done.exit_code == code, done.output
    assert done.stderr == ""
    return SymptomReport.model_validate(json.loads(done.stdout))


def causes(report: SymptomReport) -> dict[str, list[str]]:
    """The causes of each trouble by who it concerns; those that are only possible left out."""
    return {
        trouble.subject.partition(",")[0]: [
            cause.id
            for cause in report.findings
            if cause.subject == trouble.subject and cause.certainty != "possible"
        ]
        for trouble in report.troubles
    }


@pytest.mark.parametrize(
    ("client_events", "nps_events", "dc_events", "expected"),
    [
        ([failed("853")], [refused("258")], [], "no-revocation-information"),
        ([failed("853")], [refused("259")], [], "revocation-list-unreachable"),
        ([failed("853")], [refused("16")], [mapped(39)], "no-strong-mapping"),
        ([failed("853")], [refused("16")], [mapped(41)], "sid-of-another-account"),
        ([failed("-2146762495")], [], [], "sstp-certificate-expired"),
        ([failed("13806")], [], [], "no-machine-certificate"),
        ([failed("619")], [refused("9", number=6274), token_error()], [], "mfa-token-refused"),
    ],
)
def test_events_of_three_hosts_are_one_trouble(
    make_fleet: MakeFleet,
    client_events: list[EventSeed],
    nps_events: list[EventSeed],
    dc_events: list[EventSeed],
    expected: str,
) -> None:
    fleet = make_fleet(
        pc_7=having(client("PC-7"), *client_events),
        nps_01=having(nps("NPS-01"), *nps_events, refused("0", "x", 6272)),
        dc_01=having(domain_controller("DC-01"), *dc_events),
    )
    report = told()
    assert causes(report) == {r"CORP\a.b on PC-7": [expected]}
    [cause] = [one for one in report.findings if one.id == expected]
    assert cause.certainty == "proven"
    assert fleet.windows.sets == []
    fleet.lab.assert_clean()


def test_servers_tell_of_themselves(make_fleet: MakeFleet) -> None:
    make_fleet(
        rras_01=having(
            rras("RRAS-01"),
            system(20285),
            system(25, provider="Microsoft-Windows-RasSstp", seconds_ago=30),
            system(25, provider="Somebody"),
        ),
        connector_01=having(
            connector("CONNECTOR-01"),
            EventSeed(log=f"{_CONNECTORS}/Admin", provider=_CONNECTORS, id=1001),
            EventSeed(log=f"{_CONNECTORS}/Operational", provider=_CONNECTORS, id=5002),
        ),
    )
    assert causes(told()) == {
        "RRAS-01": ["ikev2-certificate-of-rras-missing", "sstp-certificate-missing"],
        "CONNECTOR-01": ["connector-does-not-reach-intune", "connector-request-failed"],
    }


def test_a_failure_that_a_later_success_has_made_good_is_over(make_fleet: MakeFleet) -> None:
    def of_connector(number: int, ago: float) -> EventSeed:
        log = f"{_CONNECTORS}/{'Admin' if number == 1000 else 'Operational'}"
        return EventSeed(log=log, provider=_CONNECTORS, id=number, seconds_ago=ago)

    make_fleet(
        connector_01=having(
            connector("CONNECTOR-01"),
            *(of_connector(5002, 90), of_connector(5000, 60), of_connector(1000, 60)),
        ),
        connector_02=having(
            connector("CONNECTOR-02"),
            *(of_connector(5000, 90), of_connector(5002, 60), of_connector(1000, 60)),
        ),
    )
    assert causes(told()) == {"CONNECTOR-02": ["connector-does-not-reach-intune"]}


def test_without_a_client_the_servers_answer_and_say_so(make_fleet: MakeFleet) -> None:
    make_fleet(nps_01=having(nps("NPS-01"), refused("258")))
    done = cli(*_LIVE)
    assert done.exit_code == 3
    assert "likely: NPS finds no revocation information" in done.stdout
    assert "no event of a client (RasClient 20227) is among these" in done.stdout
    # What a person knows of the user's connection makes it sure.
    [cause] = told("--user", "a.b", "--client-error", "853").findings[:1]
    assert (cause.id, cause.certainty) == ("no-revocation-information", "proven")
    assert list(causes(told("--client-error", "853"))) == ["what was given", r"CORP\a.b"]
    # A user whom no event names: what was given is a trouble of its own.
    assert list(causes(told("--user", "c.d", "--client-error", "864"))) == ["what was given"]


def test_an_nps_that_logs_nothing_is_a_finding(make_fleet: MakeFleet) -> None:
    make_fleet(nps_01=nps("NPS-01"), nps_02=having(nps("NPS-02"), refused("0", number=6272)))
    report = told()
    assert causes(report) == {"nps-01": ["nps-logs-nothing"]}
    [cause] = report.findings[:1]
    assert "{0CCE9243-69AE-11D9-BED3-505054503030} /success:enable" in cause.fix
    where = "auditpol /get /subcategory:{0CCE9243-69AE-11D9-BED3-505054503030} on the server"
    assert cause.missing == (f"auditing of NPS is turned off ({where})",)


@pytest.fixture
def mixed(make_fleet: MakeFleet) -> Fleet:
    """Two users with two causes at the same time."""
    return make_fleet(
        pc_7=having(client("PC-7"), failed("853")),
        pc_8=having(client("PC-8"), failed("853", r"CORP\c.d")),
        nps_01=having(nps("NPS-01"), refused("258", "c.d@corp.example"), refused("16")),
        dc_01=having(domain_controller("DC-01"), mapped(39)),
        rras_01=having(
            rras("RRAS-01"), system(20271, r"{6E1F-CORP\c.d}", r"CORP\c.d", "192.0.2.1", "Grund")
        ),
    )


@pytest.mark.usefixtures("mixed")
def test_two_users_stay_apart() -> None:
    both = causes(told())
    assert sorted(both.values()) == [["no-revocation-information"], ["no-strong-mapping"]]
    assert sorted(who.rpartition(" ")[2] for who in both) == ["PC-7", "PC-8"]


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize(
    ("words", "who", "cause"),
    [
        (("--user", "A.B"), "PC-7", "no-strong-mapping"),
        (("--user", r"corp\c.d"), "PC-8", "no-revocation-information"),
        (("--client", "pc-8"), "PC-8", "no-revocation-information"),
        (("--client", "PC-7.corp.example"), "PC-7", "no-strong-mapping"),
    ],
)
def test_one_user_or_one_client(words: tuple[str, ...], who: str, cause: str) -> None:
    [(subject, found)] = causes(told(*words)).items()
    assert (subject.rpartition(" ")[2], found) == (who, [cause])


@pytest.mark.usefixtures("mixed")
def test_a_client_that_is_not_in_the_inventory() -> None:
    report = told("--client", "PC-9")
    assert len(report.troubles) == 2
    assert report.findings[-1].id == "no-client-events"


def test_only_events_of_the_time_count(make_fleet: MakeFleet) -> None:
    make_fleet(
        pc_7=having(
            client("PC-7"), failed("864", seconds_ago=7000), failed("13801", seconds_ago=7300)
        )
    )
    assert [found.id for found in told().findings] == ["nps-certificate-unusable"]
    assert told("--since", "10m", code=0).findings == ()
    assert len(told("--since", "7d").troubles) == 2


def test_the_clocks_of_hosts_are_corrected(make_fleet: MakeFleet) -> None:
    make_fleet(
        pc_7=having(client("PC-7"), failed("853"), seconds_ahead=-1000.0),
        nps_01=having(nps("NPS-01"), refused("258"), seconds_ahead=4000.0),
    )
    assert causes(told()) == {r"CORP\a.b on PC-7": ["no-revocation-information"]}


def test_what_cannot_be_read_is_said_and_the_others_answer(make_fleet: MakeFleet) -> None:
    denied = nps("x").quirks.model_copy(update={"unreadable_logs": {"Security": "Denied."}})
    make_fleet(
        pc_7=having(client("PC-7"), failed("864")),
        nps_01=having(nps("NPS-01"), token_error("c.d"), quirks=denied),
        nps_02=having(nps("NPS-02"), down=True),
    )
    report = told(code=1)
    unread = {one.subject: one.reason for one in report.unread}
    assert unread["Security of nps-01"] == (
        "The log Security cannot be read, which needs an administrator or a member of Event Log "
        "Readers: Denied."
    )
    assert "nps-02" in unread
    assert len(unread) == 2
    assert causes(report) == {
        r"CORP\a.b on PC-7": ["nps-certificate-unusable"],
        "c.d": ["mfa-token-refused"],
    }
    text = cli(*_LIVE)
    assert text.exit_code == 1
    assert "Denied." in text.stdout


def test_facts_that_cannot_be_read_may_hide_a_role(make_fleet: MakeFleet) -> None:
    quirks = client("x").quirks.model_copy(update={"unreadable": {"product_type": "no right"}})
    make_fleet(pc_7=having(client("PC-7"), failed("864"), quirks=quirks))
    [unread] = told(code=1).unread
    assert unread.subject == "pc-7"
    assert unread.reason == "it may be domain_controller, client: no right"


def test_a_constrained_session_says_what_it_cannot_read(make_fleet: MakeFleet) -> None:
    constrained = {"language_mode": "ConstrainedLanguage"}
    make_fleet(
        pc_7=having(
            client("PC-7"), failed("864"), quirks=client("x").quirks.model_copy(update=constrained)
        ),
        nps_01=having(
            nps("NPS-01"), refused("258"), quirks=nps("x").quirks.model_copy(update=constrained)
        ),
    )
    report = told(code=1)
    assert [one.subject for one in report.unread] == ["Security of nps-01"]
    assert [found.id for found in report.findings] == ["nps-certificate-unusable"]


def test_ten_thousand_events_are_cut_and_said(make_fleet: MakeFleet) -> None:
    many = [refused("258", f"user{n % 50}", seconds_ago=10.0 + n / 10) for n in range(10_000)]
    make_fleet(nps_01=having(nps("NPS-01"), *many))
    report = told()
    assert len(report.troubles) == 50
    [note] = [found for found in report.findings if found.id == "events-cut"]
    assert note.subject == "Security of nps-01"
    assert note.text == "there are more events: only the newest 1000 were looked at"


def test_two_roles_of_one_host_are_one_query_of_a_log(make_fleet: MakeFleet) -> None:
    both = domain_controller("DC-01")
    services = {**both.services, **nps("x").services, **rras("x").services}
    make_fleet(
        dc_01=having(both, mapped(39), system(20285), refused("258", "c.d"), services=services)
    )
    assert causes(told()) == {
        "a.b": ["no-strong-mapping"],
        "c.d": ["no-revocation-information"],
        "DC-01": ["ikev2-certificate-of-rras-missing"],
    }


def test_a_host_without_a_role_is_asked_for_no_log(make_fleet: MakeFleet) -> None:
    plain = HostSeed(name="FILES-01", os=OsSeed(), events=(failed("853"),))
    make_fleet(files_01=plain)
    assert told(code=0).troubles == ()


def test_hostile_texts_of_hosts_stay_texts(make_fleet: MakeFleet) -> None:
    user = "</p><script>x()</script>\u202e\u009b31m'$(throw)\u2019"
    make_fleet(pc_7=having(client("PC-7"), failed("864", user, host="PC<b>")))
    page = cli(*_LIVE, "--format", "html").stdout
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    shown = cli(*_LIVE).stdout
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "\u009b" not in shown


def test_wrong_use_is_one_clear_line(make_fleet: MakeFleet) -> None:
    make_fleet(nps_01=nps("NPS-01"))
    for words, said in (
        (("diagnose", "853", "--user", "a.b"), "--user is for the events of hosts: give -i"),
        (("diagnose", "853", "--since", "1h"), "--since is for the events of hosts: give -i"),
        ((*_LIVE, "--since", "8d"), "is too long: the maximum is 7d"),
        ((*_LIVE, "--since", "59s"), "is too short: the minimum is 1m"),
        ((*_LIVE, "--limit", "nobody"), "matches no host"),
        (("diagnose", "-i", "nowhere.yaml"), "nowhere.yaml"),
    ):
        done = cli(*words)
        assert (done.exit_code, done.stdout) == (2, ""), words
        assert said in done.stderr
        assert "Traceback" not in done.output
    with pytest.raises(aovpn.RemediateError, match="1m at least, and 7d at most"):
        aovpn.diagnose_fleet("fleet.yaml", since=7 * 86400.0 + 1)


def test_the_log_has_hosts_and_no_values(make_fleet: MakeFleet, tmp_path: Path) -> None:
    make_fleet(nps_01=having(nps("NPS-01"), refused("258", "secret.user"), token_error()))
    assert cli(*_LIVE, "--log-file", "log.jsonl", "--workers", "1").exit_code == 3
    log = (tmp_path / "log.jsonl").read_text()
    assert '"host": "nps-01"' in log
    assert "secret.user" not in log


def test_from_python(make_fleet: MakeFleet) -> None:
    make_fleet(pc_7=having(client("PC-7"), failed("864")))
    report = aovpn.diagnose_fleet("fleet.yaml", messages=["error 13801"], since=90.5)
    assert [found.id for found in report.findings] == [
        "ike-credentials-unacceptable",
        "nps-certificate-unusable",
    ]


def test_ctrl_c_is_130(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(nps_01=nps("NPS-01"), nps_02=nps("NPS-02"), nps_03=nps("NPS-03"))
    fleet.lab.settings.run_seconds = 0.5
    with Terminal(*_LIVE, "--workers", "1", folder=fleet.folder) as terminal:
        terminal.wait_for("reading")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "not read: interrupted" in terminal.shown


def test_a_cause_says_which_hosts_have_its_cure_already(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(
        nps_01=having(nps("NPS-01", ignore_no_revocation_check=1), refused("258")),
        nps_02=having(nps("NPS-02"), refused("258")),
        rras_01=rras("RRAS-01"),
    )
    [cause] = [one for one in told().findings if one.playbook]
    assert {one.host: one.state for one in cause.hosts} == {
        "nps-01": "compliant",
        "nps-02": "differs",
    }
    assert "hosts: held by nps-01; not yet by nps-02\n" in cli(*_LIVE).stdout
    assert fleet.windows.sets == []


def test_hosts_that_cannot_be_compared_say_why(make_fleet: MakeFleet) -> None:
    quirks = nps("x").quirks.model_copy(update={"unreadable": {"registry_value": "Denied."}})
    make_fleet(
        nps_01=having(nps("NPS-01"), refused("258"), quirks=quirks),
        connector_01=connector("CONNECTOR-01", sid_extension=1),
        dc_01=having(domain_controller("DC-01"), mapped(39, "c.d")),
    )
    by_cause = {one.id: one.hosts for one in told().findings if one.playbook}
    assert "hosts: nps-01 could not be compared: " in cli(*_LIVE).stdout
    [unknown] = by_cause["no-revocation-information"]
    assert (unknown.host, unknown.state) == ("nps-01", "unknown")
    assert "Denied." in unknown.reason
    [has] = by_cause["no-strong-mapping"]
    assert (has.host, has.state) == ("connector-01", "compliant")


def test_the_fleet_of_the_lab_has_a_trouble_of_its_own(make_fleet: MakeFleet) -> None:
    make_fleet(**{member.name.replace("-", "_"): member.seed for member in demo_fleet()})
    report = told("--client-error", "853", "--user", "anna", code=1)
    found = causes(report)
    assert found[r"CORP\anna"][0] == "no-revocation-information"
    assert found["nps-03"] == ["nps-logs-nothing"]
    [cause] = [one for one in report.findings if one.id == "no-revocation-information"]
    states = {one.host: one.state for one in cause.hosts}
    assert states == {"nps-01": "differs", "nps-02": "compliant", "nps-03": "differs"}


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\x1b[2J<script>",
        '{"event":"nps"}',
        '{"event":"nps","provider":"p","id":6273,"time":"x","host":"h","fields":{"a":{}}}',
        '{"log":"nps","name":"Security","ok":true,"all":true,"logged":true}\n' * 2,
        "[" * 50_000,
        '{"log":"other","name":null,"ok":false,"all":true,"logged":null}',
    ],
)
def test_a_host_that_answers_anything_is_unread_and_the_others_answer(
    make_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    parameters, get_events = COMMANDS["Get-AovpnEvents"]

    def lie(pipeline: Pipeline, call: EventsCall) -> Output:
        is_hostile = pipeline.host.seed.name == "NPS-01"
        return Output(answer) if is_hostile else get_events(pipeline, call)

    monkeypatch.setitem(cast("dict[str, Any]", COMMANDS), "Get-AovpnEvents", (parameters, lie))
    make_fleet(nps_01=nps("NPS-01"), pc_7=having(client("PC-7"), failed("864")))
    report = told(code=1)
    [unread] = report.unread
    assert unread.subject == "nps-01"
    assert len(unread.reason) < 300
    assert causes(report) == {r"CORP\a.b on PC-7": ["nps-certificate-unusable"]}
    shown = cli(*_LIVE).stdout
    assert "Traceback" not in shown
    assert "\x1b" not in shown
