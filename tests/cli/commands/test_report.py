"""`report`, `diff` and `--report`: the same documents, in other words and into files."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from junitparser import JUnitXml

from aovpn_remediate.cli.options.types import FORMAT_NAMES
from aovpn_remediate.cli.terminal.output import save
from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.registry import Value
from aovpn_remediate.reports import FORMATS
from aovpn_remediate.results import Plan, Run
from tests.cli.conftest import NPS, SWIFT, Fleet, cli, work
from tests.reports.documents import (
    a_plan_of_everything,
    creating,
    plan,
    step,
    verification,
)

ON_NPS_01 = ("-i", "fleet.yaml", "--limit", "nps-01")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _kept(name: str, document: Plan | Run) -> None:
    Path(name).write_text(FORMATS["json"](document), encoding="ascii")


def test_the_names_are_those_of_the_table() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES


# report


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("format_", FORMAT_NAMES)
def test_a_plan_file_in_each_format(format_: str) -> None:
    document = a_plan_of_everything()
    _kept("p.json", document)
    shown = cli("report", "p.json", "--format", format_)
    assert (shown.exit_code, shown.stderr) == (0, "")
    told = FORMATS[format_](document)
    assert shown.stdout_bytes == (told if told.endswith("\n") else f"{told}\n").encode()
    assert cli("report", "p.json", "--format", format_, "-o", "out").stdout == ""
    assert Path("out").read_bytes() == shown.stdout_bytes


@pytest.mark.usefixtures("folder")
def test_a_saved_verification() -> None:
    Path("v.json").write_text(FORMATS["json"](verification({"host": "nps-01"})))
    assert cli("report", "v.json", "--format", "markdown").stdout.startswith("# Verification")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "p.json: cannot be read: No such file"),
        ("{", "p.json: not a plan, run, verification or audit: it is not JSON"),
        ('{"kind": "shopping"}', "p.json: not a plan, run, verification or audit: "),
        ('{"kind": "plan", "made_up": 1}', "not a plan, run, verification or audit: "),
    ],
)
def test_a_file_that_is_none(text: str | None, problem: str) -> None:
    if text is not None:
        Path("p.json").write_text(text)
    shown = cli("report", "p.json")
    assert shown.exit_code == 2
    assert problem in shown.stderr


_GARBAGE = "a\0\uffff\ud800 \udfff\U0001f600"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
def test_what_one_command_writes_every_command_reads(fleet: Fleet, encoding: str) -> None:
    """Also when Windows PowerShell wrote it for `>`."""
    state = fleet.windows.state(fleet.addresses["nps-01"])
    state.registry.set(r"HKLM\SOFTWARE\Test", "x", Value("String", _GARBAGE))
    value = {"key": r"HKLM\SOFTWARE\Test", "name": "x", "type": "string", "data": "new"}
    steps = [{"id": "a", "registry_value": value}]
    book = {"name": "t", "summary": "t", "hosts": "nps", "steps": steps}
    Path("t.yaml").write_text(json.dumps(book))
    shown = work("plan", "t.yaml", *ON_NPS_01, "-o", "p.json", "--format", "json")
    texts = {"p.json": Path("p.json").read_text(), "shown.json": shown.stdout}
    assert texts["p.json"] == texts["shown.json"]
    for name, text in texts.items():
        bom = b"\xfe\xff" if encoding == "utf-16-be-bom" else b""
        Path(name).write_bytes(bom + text.encode(encoding.removesuffix("-bom")))
    assert cli("report", "p.json", "--format", "json").stdout == texts["p.json"]
    for format_ in FORMAT_NAMES:
        assert cli("report", "shown.json", "--format", format_, "-o", "out").exit_code == 0
    assert cli("diff", "p.json", "shown.json").exit_code == 0
    run = work("apply", "p.json", "--yes", "--format", "json", *SWIFT)
    assert run.exit_code == 0
    Path("r.json").write_text(run.stdout)
    assert cli("report", "r.json", "--format", "json").stdout == run.stdout
    assert cli("diff", "r.json", "r.json").exit_code == 0
    assert work("show", "last", "--format", "json").stdout == run.stdout
    assert work("rollback", "last", "-i", "fleet.yaml", "--yes", *SWIFT).exit_code == 0
    assert state.registry.get(r"HKLM\SOFTWARE\Test", "x") == Value("String", _GARBAGE)


@pytest.mark.usefixtures("folder")
def test_a_run_that_is_not_there() -> None:
    shown = work("report", "20261121")
    assert shown.exit_code == 2
    assert "there is no run '20261121' in the journal" in shown.stderr


@pytest.mark.usefixtures("folder")
def test_a_folder_that_is_not_there_is_refused_before_anything() -> None:
    shown = cli("report", "p.json", "-o", "no/such.html")
    assert shown.exit_code == 2
    assert "the folder no does not exist" in shown.stderr


# --report


@pytest.mark.usefixtures("fleet")
def test_a_plan_saves_its_reports() -> None:
    shown = work(
        *("plan", NPS, "-i", "fleet.yaml", "-o", "p.json"),
        *("--report", "csv:p.csv", "--report", "markdown:p.md"),
    )
    assert shown.exit_code == 3
    assert "Plan: 1 to change" in shown.stdout
    with Path("p.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["host"], row["state"]) for row in rows if row["what"] == "step"] == [
        ("nps-01", "not compliant"),
        ("nps-02", "compliant"),
    ]
    kept = Path("p.md").read_text(encoding="utf-8")
    assert kept == cli("report", "p.json", "--format", "markdown").stdout


@pytest.mark.usefixtures("fleet")
def test_a_run_and_its_verification_keep_theirs() -> None:
    applied = work(
        *("apply", NPS, *ON_NPS_01, "--yes", "--allow-reboot", *SWIFT),
        *("--report", "json:run.json", "--report", "junit:run.xml"),
    )
    assert applied.exit_code == 0
    run = Run.model_validate_json(Path("run.json").read_bytes())
    assert [s.status for host in run.hosts for s in host.steps] == ["changed"]
    suites = JUnitXml.fromstring(Path("run.xml").read_bytes())
    assert (suites.failures, suites.errors) == (0, 0)
    told = work("report", "last", "--format", "markdown").stdout
    assert "1 of 1 step as predicted" in told
    assert f"`aovpn-remediate rollback {run.id}`" in told
    verified = work("verify", "last", "-i", "fleet.yaml", "--report", "prometheus:v.prom")
    assert verified.exit_code == 0
    metrics = Path("v.prom").read_text(encoding="utf-8")
    assert 'aovpn_remediate_hosts{document="verification",state="as_wanted"} 1.0' in metrics
    undone = work("rollback", "last", "--yes", *SWIFT, "--report", "markdown:back.md")
    assert undone.exit_code in (0, 3)
    assert Path("back.md").read_text(encoding="utf-8").startswith("# Rollback: run `")


@pytest.mark.usefixtures("fleet")
def test_nothing_to_apply_has_a_report_too() -> None:
    words = ("apply", NPS, "-i", "fleet.yaml", "--limit", "nps-02", "--yes")
    assert work(*words, "--report", "json:p.json").exit_code == 0
    assert json.loads(Path("p.json").read_text())["kind"] == "plan"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("change.html", "expected FORMAT:FILE, such as html:change.html, not 'change.html'"),
        ("html:", "expected FORMAT:FILE, such as html:change.html, not 'html:'"),
        ("docx:change.docx", "unknown format 'docx' (use text, json, html"),
        ("html:no/such.html", "the folder no does not exist"),
    ],
)
def test_a_report_that_could_not_be_written_is_refused_before_any_work(
    fleet: Fleet, value: str, problem: str
) -> None:
    shown = work("plan", NPS, "-i", "fleet.yaml", "--report", value)
    assert shown.exit_code == 2
    assert problem in " ".join(shown.stderr.split())
    assert fleet.lab.stats().requests == 0


def test_a_file_is_replaced_whole(folder: Path) -> None:
    (folder / "metrics.prom").write_text("old")
    (folder / "link").symlink_to("metrics.prom")
    save("new", folder / "link")
    assert (folder / "metrics.prom").read_text() == "new\n"
    assert (folder / "link").is_symlink()
    assert {path.name for path in folder.iterdir()} == {"metrics.prom", "link"}


def test_a_device_is_written_to(folder: Path) -> None:
    save("x", Path("/dev/null"))
    assert not Path("/dev/null").is_file()
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    save("x", folder / "pipe")
    assert os.read(reader, 10) == b"x\n"
    os.close(reader)


def test_a_folder_is_no_file(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*: Is a directory"):
        save("x", folder)


# diff


@pytest.mark.usefixtures("folder")
def test_the_differences_between_two_plans() -> None:
    _kept("a.json", plan({"host": "nps-01", "steps": [step(f"{NPS}/eap-13")]}))
    _kept("b.json", plan({"host": "nps-01", "steps": [creating(f"{NPS}/eap-13")]}))
    same = cli("diff", "a.json", "a.json")
    assert (same.exit_code, same.stdout.splitlines()[-1]) == (0, "Diff: no differences.")
    shown = cli("diff", "a.json", "b.json")
    assert shown.exit_code == 3
    assert "      now  not compliant: absent, should be dword 1\n" in shown.stdout
    told = cli("diff", "a.json", "b.json", "--format", "json")
    assert told.exit_code == 3
    [change] = json.loads(told.stdout)["changes"]
    assert (change["host"], change["id"]) == ("nps-01", f"{NPS}/eap-13")


@pytest.mark.usefixtures("fleet")
def test_the_differences_between_two_runs() -> None:
    apply = ("apply", NPS, *ON_NPS_01, "--yes", "--allow-reboot", *SWIFT)
    assert work(*apply, "--report", "json:first.json").exit_code == 0
    first = json.loads(Path("first.json").read_text())["id"]
    assert work("rollback", "last", "--yes", "--allow-reboot", *SWIFT).exit_code == 0
    shown = work("diff", first, "last")
    assert shown.exit_code == 3
    assert "was  changed: absent -> dword 1" in shown.stdout
    assert "now  changed: dword 1 -> absent" in shown.stdout
    assert work("diff", "last", "last").exit_code == 0


@pytest.mark.usefixtures("folder")
def test_two_documents_of_different_kinds_cannot_be_compared() -> None:
    _kept("a.json", plan({"host": "nps-01"}))
    Path("v.json").write_text(FORMATS["json"](verification({"host": "nps-01"})))
    shown = cli("diff", "a.json", "v.json")
    assert shown.exit_code == 2
    assert "cannot compare a.json, a plan, with v.json, a verification" in shown.stderr
