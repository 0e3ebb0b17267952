"""`diagnose -i`: the events of a fleet in the lab, joined and judged."""

from __future__ import annotations

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.windows import HostSeed
from aovpn_remediate.lab.windows.fleet import demo_fleet
from aovpn_remediate.lab.windows.model import EventSeed, OsSeed
from aovpn_remediate.lab.windows.roles import client, connector, domain_controller, nps, rras
from tests.cli.commands.live_events import (
    CONNECTORS,
    LIVE,
    MakeFleet,
    causes,
    failed,
    having,
    mapped,
    refused,
    system,
    token_error,
    told,
)
from tests.cli.conftest import Fleet, cli


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
            EventSeed(log=f"{CONNECTORS}/Admin", provider=CONNECTORS, id=1001),
            EventSeed(log=f"{CONNECTORS}/Operational", provider=CONNECTORS, id=5002),
        ),
    )
    assert causes(told()) == {
        "RRAS-01": ["ikev2-certificate-of-rras-missing", "sstp-certificate-missing"],
        "CONNECTOR-01": ["connector-does-not-reach-intune", "connector-request-failed"],
    }


def test_a_failure_that_a_later_success_has_made_good_is_over(make_fleet: MakeFleet) -> None:
    def of_connector(number: int, ago: float) -> EventSeed:
        log = f"{CONNECTORS}/{'Admin' if number == 1000 else 'Operational'}"
        return EventSeed(log=log, provider=CONNECTORS, id=number, seconds_ago=ago)

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
    done = cli(*LIVE)
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


def test_the_other_clients_of_the_inventory_are_left_alone(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(
        client_7=having(client("PC-7"), failed("864")),
        client_8=having(client("PC-8"), down=True),
        client_9=having(client("PC-9"), failed("13801", "c.d")),
        nps_01=having(nps("NPS-01"), refused("0", number=6272)),
    )
    assert causes(told("--client", "client-7")) == {
        r"CORP\a.b on PC-7": ["nps-certificate-unusable"]
    }
    # By the name that it has itself it is known once it was read.
    report = told("--client", "PC-7", code=1)
    assert [one.subject for one in report.unread] == ["client-8"]
    assert causes(report) == {r"CORP\a.b on PC-7": ["nps-certificate-unusable"]}
    fleet.lab.assert_clean()


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


def test_from_python(make_fleet: MakeFleet) -> None:
    make_fleet(pc_7=having(client("PC-7"), failed("864")))
    report = aovpn.diagnose_fleet("fleet.yaml", messages=["error 13801"], since=90.5)
    assert [found.id for found in report.findings] == [
        "ike-credentials-unacceptable",
        "nps-certificate-unusable",
    ]


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
    assert "hosts: held by nps-01; not yet by nps-02\n" in cli(*LIVE).stdout
    assert fleet.windows.sets == []


def test_the_fleet_of_the_lab_has_a_trouble_of_its_own(make_fleet: MakeFleet) -> None:
    make_fleet(**{member.name.replace("-", "_"): member.seed for member in demo_fleet()})
    report = told("--client-error", "853", "--user", "anna", code=1)
    found = causes(report)
    assert found[r"CORP\anna"][0] == "no-revocation-information"
    assert found["nps-03"] == ["nps-logs-nothing"]
    [cause] = [one for one in report.findings if one.id == "no-revocation-information"]
    states = {one.host: one.state for one in cause.hosts}
    assert states == {"nps-01": "differs", "nps-02": "compliant", "nps-03": "differs"}
