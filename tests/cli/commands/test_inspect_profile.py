from __future__ import annotations

import os
from pathlib import Path

import pytest

import aovpn_remediate as aovpn
from tests.cli.conftest import cli, document
from tests.inspect.certificates.made import server
from tests.inspect.profiles.made import device, export, route, setting, user

_INSPECT = ("inspect", "profile")
_WRONG = user(routes=route("172.21.12.0", 21))
_RIGHT = user(routes=route("172.21.8.0", 21))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.xml").write_text(_WRONG)
    Path("right.xml").write_text(_RIGHT)


def test_the_exit_codes() -> None:
    assert cli(*_INSPECT, "right.xml").exit_code == 0
    assert cli(*_INSPECT, "wrong.xml").exit_code == 3
    assert cli(*_INSPECT, "nowhere.xml").exit_code == 1
    assert cli(*_INSPECT).exit_code == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere.xml", "there is no such file"),
        ("wrong.xml/x", "there is no such file"),
        (".", "it is a folder, not a file"),
        ("/dev/null", "it is not a file"),
    ],
)
def test_a_file_that_cannot_be_opened_is_one_line(name: str, reason: str) -> None:
    for words in ((name,), ("right.xml", "--nps-certificate", name)):
        done = cli(*_INSPECT, *words, "--fix", "copy.xml")
        assert done.exit_code == 1
        assert done.stdout.splitlines() == [
            f"could not be looked at  {name}: {reason}",
            "Inspect profile: 1 could not be looked at.",
        ]
        assert not Path("copy.xml").exists()
        assert "was not written" in done.stderr


def test_a_copy_is_written_and_the_original_stays() -> None:
    done = cli(*_INSPECT, "wrong.xml", "--fix", "copy.xml")
    assert done.exit_code == 3
    assert Path("copy.xml").read_text() == _RIGHT
    assert Path("wrong.xml").read_text() == _WRONG
    assert "--- wrong.xml\n+++ wrong.xml (corrected)\n" in done.stdout
    assert "adds 172.21.8.0-172.21.11.255 to what goes into the tunnel" in done.stdout
    assert done.stderr == "copy.xml is the corrected copy; the original is as it was\n"
    assert cli(*_INSPECT, "copy.xml").exit_code == 0


def test_a_copy_of_what_is_right_is_the_same() -> None:
    assert cli(*_INSPECT, "right.xml", "--fix", "copy.xml").exit_code == 0
    assert Path("copy.xml").read_text() == _RIGHT


def test_a_copy_is_for_the_same_people() -> None:
    Path("wrong.xml").chmod(0o600)
    cli(*_INSPECT, "wrong.xml", "--fix", "copy.xml")
    assert Path("copy.xml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name", ["wrong.xml", "./wrong.xml", "sub/../wrong.xml", "linked.xml", "hard.xml"]
)
def test_the_original_is_never_written(name: str) -> None:
    Path("sub").mkdir()
    Path("linked.xml").symlink_to("wrong.xml")
    os.link("wrong.xml", "hard.xml")
    for option in ("--fix", "-o"):
        done = cli(*_INSPECT, "wrong.xml", option, name)
        assert done.exit_code == 2
        assert "a file that is inspected" in done.stderr
    assert Path("wrong.xml").read_text() == _WRONG


@pytest.mark.parametrize("name", ["right.xml", "dangling.xml", "sub", "no/such/folder.xml"])
def test_no_file_is_overwritten(name: str) -> None:
    Path("sub").mkdir()
    Path("dangling.xml").symlink_to("nowhere.xml")
    done = cli(*_INSPECT, "wrong.xml", "--fix", name)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert Path("right.xml").read_text() == _RIGHT
    assert not Path("nowhere.xml").exists()


def test_a_copy_and_a_report_are_two_files() -> None:
    done = cli(*_INSPECT, "wrong.xml", "--fix", "copy", "-o", "./copy")
    assert done.exit_code == 2
    assert not Path("copy").exists()


def test_json() -> None:
    done = cli(*_INSPECT, "wrong.xml", "--fix", "copy.xml", "--format", "json")
    found = document(done)
    assert [f["id"] for f in found["findings"]] == ["route-host-address"]
    assert found["corrections"][0]["adds"] == ["172.21.8.0-172.21.11.255"]
    assert found["remaining"] == []
    assert aovpn.ProfileReport.model_validate(found).exit_code == 3


def test_a_report_in_a_file() -> None:
    done = cli(*_INSPECT, "wrong.xml", "--format", "html", "-o", "report.html")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "172.21.8.0/21" in Path("report.html").read_text()


def test_the_certificate_of_nps() -> None:
    certificate = Path("nps.cer")
    certificate.write_bytes(server(dns=("nps-02.corp.example",)).der)
    done = cli(*_INSPECT, "right.xml", "--nps-certificate", "nps.cer")
    assert done.exit_code == 3
    assert "nps-02.corp.example" in done.stdout
    certificate.write_bytes(b"hello")
    done = cli(*_INSPECT, "right.xml", "--nps-certificate", "nps.cer", "--fix", "copy.xml")
    assert done.exit_code == 1
    assert "could not be looked at  NPS certificate" in done.stdout
    assert not Path("copy.xml").exists()
    assert cli(*_INSPECT, "right.xml", "--nps-certificate", "no.cer").exit_code == 1


def test_an_export_is_corrected_as_an_export() -> None:
    Path("export.json").write_text(export(setting(_WRONG), setting(device())))
    done = cli(*_INSPECT, "export.json", "--fix", "copy.json")
    assert Path("copy.json").read_text() == export(setting(_RIGHT), setting(device()))
    assert done.stdout.startswith("VPN clients / User tunnel\n")


def test_python_has_the_same() -> None:
    found = aovpn.inspect_profile(_WRONG.encode())
    assert isinstance(found, aovpn.ProfileReport)
    done = aovpn.fix_profile(_WRONG.encode())
    assert isinstance(done, aovpn.CorrectedProfile)
    assert done.data == _RIGHT.encode()
