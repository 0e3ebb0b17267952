"""`diagnose`: what a person knows, files that users send, and the three forms of the answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.results.probes import ProbeReport
from aovpn_remediate.results.symptoms import SymptomReport
from tests.cli.conftest import cli
from tests.diagnose.events.exports import failed_at_client, refused_by_nps


def test_codes_lead_to_the_playbook() -> None:
    done = cli("diagnose", "--client-error", "853", "--nps-reason", "258")
    assert done.exit_code == 3, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "what was given"
    seen = "error 853 at the client; reason 258 in an event of NPS"
    assert lines[1].split() == ["seen", *seen.split()]
    cause = "NPS finds no revocation information for the client's certificate"
    assert f"  problem  proven: {cause}" in lines
    playbook = "nps-ignore-no-revocation-check"
    assert f"           playbook: {playbook}" in lines
    assert f"           next: aovpn-remediate plan {playbook} -i fleet.yaml" in lines
    assert lines[-1] == "Diagnose: 1 problem."


def test_what_is_only_possible_says_what_is_missing() -> None:
    done = cli("diagnose", "809")
    assert done.exit_code == 3
    missing = [line.strip() for line in done.stdout.splitlines() if "missing: " in line]
    where = "(aovpn-remediate probe SERVER)"
    assert missing == [
        f"missing: the finding ike-silent of `probe`, or ike-closed, tcp-no-answer {where}",
        f"missing: the finding ike-ports-differ of `probe` {where}",
        f"missing: the finding ike-no-fragmentation of `probe` {where}",
    ]
    assert done.stdout.splitlines()[-1] == "Diagnose: 3 warnings."


def test_what_no_rule_fits_is_said() -> None:
    done = cli("diagnose", "--client-error", "999")
    assert done.exit_code == 0
    assert "no rule fits  error 999 at the client" in done.stdout
    assert done.stdout.splitlines()[-1] == "Diagnose: nothing found."


def test_a_message_without_any_code() -> None:
    done = cli("diagnose", "it does not work")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "Diagnose: 1 note.")
    assert "fix: Give the error code in event 20227" in done.stdout


def test_files_of_events(tmp_path: Path) -> None:
    client, nps = tmp_path / "client.xml", tmp_path / "nps.xml"
    client.write_text(failed_at_client("853"), encoding="utf-16")
    nps.write_text(refused_by_nps("258"), encoding="utf-8")
    done = cli("diagnose", "--events", str(client), "--events", str(nps), "--format", "json")
    assert done.exit_code == 3
    report = SymptomReport.model_validate(json.loads(done.stdout))
    assert [cause.id for cause in report.findings] == ["no-revocation-information"]
    [trouble] = report.troubles
    assert trouble.subject == r"CORP\a.b on PC-7.corp.example, 2026-11-27 10:00 UTC"
    (tmp_path / "junk.xml").write_text("junk")
    done = cli("diagnose", "--events", str(client), "--events", str(tmp_path / "junk.xml"))
    assert done.exit_code == 1
    assert "could not be looked at" in done.stdout


def test_a_profile_is_evidence(tmp_path: Path) -> None:
    profile = tmp_path / "profile.xml"
    profile.write_text(
        "<VPNProfile><NativeProfile><Servers>vpn.example;vpn.example</Servers></NativeProfile>"
        "<Route><Address>172.21.12.0</Address><PrefixSize>21</PrefixSize></Route></VPNProfile>"
    )
    done = cli("diagnose", "a route is missing", "--profile", str(profile), "--format", "json")
    assert done.exit_code == 3, done.output
    [cause] = SymptomReport.model_validate(json.loads(done.stdout)).findings
    assert (cause.id, str(cause.certainty)) == ("route-is-a-host-address", "proven")


def test_a_report_of_probe_is_evidence(tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    report = ProbeReport.model_validate(
        {
            "made_at": "2026-11-27T10:00:00+00:00",
            "names": [],
            "addresses": [],
            "findings": [
                {
                    "id": "ike-no-fragmentation",
                    "severity": "warning",
                    "subject": "192.0.2.1",
                    "text": "x",
                    "fix": "y",
                }
            ],
        }
    )
    path.write_text(json.dumps(report.model_dump(mode="json")), encoding="utf-16")
    done = cli("diagnose", "809", "--probed", str(path))
    assert "  problem  proven: IKEv2 packets with certificates are too big" in done.stdout
    path.write_text('{"names": 1}')
    done = cli("diagnose", "809", "--probed", str(path))
    assert done.exit_code == 2
    assert "not a report of `probe --format json`" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing to diagnose"),
        (("853", "--nps-certificate", "x.cer"), "--nps-certificate needs --profile"),
        (("--client-error", "abc"), "client_error: 'abc' is no code"),
        (("--nps-reason", "99999999999"), "nps_reason: '99999999999' is no code"),
    ],
)
def test_wrong_use_is_one_clear_line(words: tuple[str, ...], told: str) -> None:
    done = cli("diagnose", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("option", ["--events", "--profile", "--probed"])
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("nowhere", "nowhere: there is no such file"),
        (".", "it is a folder"),
        ("/dev/zero", "/dev/zero: it is not a file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_beside_the_answer(
    option: str, path: str, told: str
) -> None:
    done = cli("diagnose", "864", option, path)
    assert done.exit_code == 1
    assert "could not be looked at  " in done.stdout
    assert told in done.stdout
    assert "proven: the certificate of NPS" in done.stdout


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "events.xml"
    hostile = "</p><script>x()</script>\u202e\u009b31m"
    path.write_text(failed_at_client("864", user=hostile, host="PC&lt;b&gt;"), encoding="utf-8")
    page = cli("diagnose", "--events", str(path), "--format", "html").stdout
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    shown = cli("diagnose", "--events", str(path)).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_from_python() -> None:
    report = aovpn.diagnose_symptoms(
        messages=["The error code returned on failure is 853."], codes={"nps_reason": [259]}
    )
    assert [cause.id for cause in report.findings] == ["revocation-list-unreachable"]
    assert report.exit_code == 3
    with pytest.raises(aovpn.RemediateError, match="is not a valid What"):
        aovpn.diagnose_symptoms(codes={"nonsense": [1]})
