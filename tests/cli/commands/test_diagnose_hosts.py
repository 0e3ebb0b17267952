"""`diagnose -i` with hosts that cannot be read, in part or at all, or answer anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows.events import EventsCall
from aovpn_remediate.lab.windows.roles import client, connector, domain_controller, nps
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.simulated import COMMANDS
from tests.cli.commands.live_events import (
    LIVE,
    MakeFleet,
    causes,
    failed,
    having,
    mapped,
    refused,
    token_error,
    told,
)
from tests.cli.conftest import cli
from tests.cli.terminal.on_terminal import CTRL_C, Terminal


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
    text = cli(*LIVE)
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


def test_hostile_texts_of_hosts_stay_texts(make_fleet: MakeFleet) -> None:
    user = "</p><script>x()</script>\u202e\u009b31m'$(throw)\u2019"
    make_fleet(pc_7=having(client("PC-7"), failed("864", user, host="PC<b>")))
    page = cli(*LIVE, "--format", "html").stdout
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    shown = cli(*LIVE).stdout
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "\u009b" not in shown


def test_wrong_use_is_one_clear_line(make_fleet: MakeFleet) -> None:
    make_fleet(nps_01=nps("NPS-01"))
    for words, said in (
        (("diagnose", "853", "--user", "a.b"), "--user is for the events of hosts: give -i"),
        (("diagnose", "853", "--since", "1h"), "--since is for the events of hosts: give -i"),
        ((*LIVE, "--since", "8d"), "is too long: the maximum is 7d"),
        ((*LIVE, "--since", "59s"), "is too short: the minimum is 1m"),
        ((*LIVE, "--limit", "nobody"), "matches no host"),
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
    assert cli(*LIVE, "--log-file", "log.jsonl", "--workers", "1").exit_code == 3
    log = (tmp_path / "log.jsonl").read_text()
    assert '"host": "nps-01"' in log
    assert "secret.user" not in log


def test_ctrl_c_is_130(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(nps_01=nps("NPS-01"), nps_02=nps("NPS-02"), nps_03=nps("NPS-03"))
    fleet.lab.settings.run_seconds = 0.5
    with Terminal(*LIVE, "--workers", "1", folder=fleet.folder) as terminal:
        terminal.wait_for("reading")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "not read: interrupted" in terminal.shown


def test_hosts_that_cannot_be_compared_say_why(make_fleet: MakeFleet) -> None:
    quirks = nps("x").quirks.model_copy(update={"unreadable": {"registry_value": "Denied."}})
    make_fleet(
        nps_01=having(nps("NPS-01"), refused("258"), quirks=quirks),
        connector_01=connector("CONNECTOR-01", sid_extension=1),
        dc_01=having(domain_controller("DC-01"), mapped(39, "c.d")),
    )
    by_cause = {one.id: one.hosts for one in told().findings if one.playbook}
    assert "hosts: nps-01 could not be compared: " in cli(*LIVE).stdout
    [unknown] = by_cause["no-revocation-information"]
    assert (unknown.host, unknown.state) == ("nps-01", "unknown")
    assert "Denied." in unknown.reason
    [has] = by_cause["no-strong-mapping"]
    assert (has.host, has.state) == ("connector-01", "compliant")


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
    shown = cli(*LIVE).stdout
    assert "Traceback" not in shown
    assert "\x1b" not in shown
