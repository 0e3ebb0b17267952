from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate import CertificateReport
from aovpn_remediate.cli.commands.inspect.certificate import certificate
from tests.cli.conftest import cli, document
from tests.cli.terminal.on_terminal import Terminal
from tests.inspect.certificates.made import (
    CA_LIKE,
    NOW,
    ROOT_LIKE,
    SID,
    Made,
    client,
    made,
    p7b,
    server,
)

_INSPECT = ("inspect", "certificate")
_LONG: dict[str, Any] = {"not_before": NOW.replace(year=2020), "not_after": NOW.replace(year=2090)}


def _lasting() -> tuple[Made, Made, Made]:
    """A user, the issuing CA and the root, valid whenever the test runs."""
    root = made(replace(ROOT_LIKE, **_LONG))
    ca = made(replace(CA_LIKE, issuer=root, **_LONG))
    return client(issuer=ca, **_LONG), ca, root


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chain in files, and one that has expired."""
    monkeypatch.chdir(tmp_path)
    for name, one in zip(("user", "issuing", "root"), _lasting(), strict=True):
        (tmp_path / f"{name}.cer").write_bytes(one.der)
    (tmp_path / "old.pem").write_bytes(
        client(not_before=NOW.replace(year=2020), not_after=NOW.replace(year=2021)).pem
    )
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_nothing_found_is_0() -> None:
    done = cli(*_INSPECT, "user.cer", "root.cer", "issuing.cer", "--sid", SID)
    assert done.exit_code == 0
    assert "  chain            Issuing CA (issuing.cer) < Root CA (root.cer)\n" in done.stdout
    assert f"  SID              {SID} (extension), the one asked for\n" in done.stdout
    assert done.stdout.endswith("\nInspect certificate: nothing found.\n")
    assert done.stderr == ""


@pytest.mark.usefixtures("folder")
def test_a_problem_is_3_and_says_what_to_do() -> None:
    done = cli(*_INSPECT, "old.pem")
    assert done.exit_code == 3
    assert "  problem  It expired " in done.stdout
    assert "           fix: Have it renewed" in done.stdout


@pytest.mark.usefixtures("folder")
def test_another_sid_is_3() -> None:
    done = cli(*_INSPECT, "user.cer", "--sid", "S-1-5-21-1-2-3-4")
    assert done.exit_code == 3
    assert f"It names {SID}, not S-1-5-21-1-2-3-4" in done.stdout


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("sid", ["alice", "S-1-5-21-x", "S-1-5-21-1-2-3-4-", "S-1", "5-21"])
def test_a_sid_that_is_none_is_wrong_usage(sid: str) -> None:
    done = cli(*_INSPECT, "user.cer", "--sid", sid)
    assert done.exit_code == 2
    assert "is not a SID" in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("folder")
def test_the_days_before_the_end_are_counted() -> None:
    assert cli(*_INSPECT, "root.cer", "--expiring-days", "36500").exit_code == 3
    assert cli(*_INSPECT, "root.cer", "--expiring-days", "0").exit_code == 0
    assert cli(*_INSPECT, "root.cer", "--expiring-days", "-1").exit_code == 2


def test_a_folder_is_its_files_with_certificates(folder: Path) -> None:
    (folder / "old.pem").unlink()
    (folder / "notes.txt").write_text("no certificate")
    (folder / "more.P7B").write_bytes(p7b(*_lasting()))
    (folder / "below.cer").mkdir()
    found = document(cli(*_INSPECT, ".", "--format", "json"))
    assert found["unread"] == []
    assert {name for one in found["certificates"] for name in one["files"]} == {
        "user.cer",
        "issuing.cer",
        "root.cer",
        "more.P7B",
    }


def test_a_folder_without_any_is_1(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no certificate")
    done = cli(*_INSPECT, str(tmp_path))
    assert done.exit_code == 1
    assert "the folder has no files .cer, .crt, .der, .pem, .p7b, .p7c" in done.stdout


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_read_is_1_and_the_others_are_reported() -> None:
    Path("page.cer").write_text("<html>")
    Path("huge.cer").write_bytes(b"\0" * 2_000_000)
    os.mkfifo("pipe.cer")
    done = cli(*_INSPECT, "gone.cer", "page.cer", "huge.cer", "pipe.cer", "root.cer")
    assert done.exit_code == 1
    for line in (
        "could not be looked at  gone.cer: there is no such file",
        "could not be looked at  page.cer: it is a web page, not a certificate",
        "could not be looked at  huge.cer: it is larger than 1 MB",
        "could not be looked at  pipe.cer: it is not a file",
    ):
        assert line in done.stdout.splitlines()
    assert "Root CA (root.cer)\n" in done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it_is_1(folder: Path) -> None:
    (folder / "root.cer").chmod(0)
    done = cli(*_INSPECT, "root.cer")
    assert done.exit_code == 1
    assert "it cannot be read: Permission denied" in done.stdout


@pytest.mark.usefixtures("folder")
def test_the_document_is_the_report() -> None:
    done = cli(*_INSPECT, "user.cer", "old.pem", "gone.cer", "--format", "json")
    assert done.exit_code == 1
    found = CertificateReport.model_validate(document(done))
    assert [one.files[0] for one in found.certificates] == ["user.cer", "old.pem"]
    assert found.exit_code == 1
    assert found.made_by


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("format_", ["text", "json", "html"])
def test_a_report_is_written_to_a_file(format_: str) -> None:
    words = (*_INSPECT, "user.cer", "--format", format_)
    done = cli(*words, "-o", "report")
    assert (done.exit_code, done.stdout) == (0, "")
    shown = cli(*words).stdout
    written = Path("report").read_text()
    assert written.splitlines()[0] == shown.splitlines()[0]
    assert "Issuing CA" in written
    assert (written == shown) or format_ != "text"  # the others have the time


@pytest.mark.usefixtures("folder")
def test_a_folder_for_the_report_that_does_not_exist_is_wrong_usage() -> None:
    assert cli(*_INSPECT, "user.cer", "-o", "gone/report").exit_code == 2


@pytest.mark.parametrize("example", certificate.examples)
def test_an_example_can_be_typed(example: str) -> None:
    words = shlex.split(example.removeprefix("aovpn-remediate inspect certificate "))
    with certificate.make_context("certificate", words) as context:
        assert context.params["paths"]
    assert example in cli(*_INSPECT, "--help").output


def test_no_file_is_wrong_usage() -> None:
    assert cli(*_INSPECT).exit_code == 2


def test_a_name_of_a_file_is_no_markup_and_no_escape(folder: Path) -> None:
    name = "\x1b[31m<b>.cer"
    (folder / name).write_bytes(server(not_after=NOW.replace(year=2090)).der)
    done = cli(*_INSPECT, name, f"{name}.gone")
    assert "\x1b" not in done.stdout
    page = cli(*_INSPECT, name, f"{name}.gone", "--format", "html").stdout
    assert "\x1b" not in page
    assert "<b>." not in page


def test_on_a_terminal_lines_are_as_wide_as_it_is(folder: Path) -> None:
    with Terminal(*_INSPECT, "old.pem", folder=folder, columns=70) as terminal:
        terminal.wait_for("Inspect certificate: ")
        lines = terminal.shown.splitlines()
        assert any(line.startswith("  problem  It expired") for line in lines)
        assert "\x1b[31m" in terminal.raw
