"""Backups in the reports: what a plan would take, what a run has taken, and what it has not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aovpn_remediate.reports import FORMATS
from aovpn_remediate.reports.backups import file_lines
from aovpn_remediate.results import Plan, Run
from tests.reports.documents import PORTS, creating, plan, run, standing, verification
from tests.reports.poisoned import CANNOT_BE_SEEN, poisoned

_DIGEST = "0123456789abcdef" * 4
_TAKEN: dict[str, Any] = {
    "of": "rras",
    "status": "taken",
    "folder": "/var/lib/aovpn/runs/r-1/rras-01",
    "files": [
        {"name": "RemoteAccess.reg", "size": 4096, "sha256": _DIGEST},
        {"name": "manifest.json", "size": 10, "sha256": _DIGEST[::-1]},
    ],
    "missing": [{"part": "netsh-ras-dump.txt", "reason": "error 1702"}],
}
_SENTENCE = (
    "RRAS: 2 files in /var/lib/aovpn/runs/r-1/rras-01; could not be read: "
    "netsh-ras-dump.txt (error 1702)"
)
_LEFT_OUT = {"of": "rras", "status": "left_out", "message": "left out (--no-backup)"}
_FAILED = {"of": "rras", "status": "failed", "message": "Access is denied."}


def a_run(*backups: dict[str, Any]) -> Run:
    return run({"host": "rras-01", "playbooks": [standing(PORTS)], "backups": list(backups)})


def a_plan() -> Plan:
    host = {
        "host": "rras-01",
        "playbooks": [standing(PORTS)],
        "steps": [creating(f"{PORTS}/ports", backup="rras")],
    }
    return plan(host, playbooks=(PORTS,))


def the_backup_alone(status: str = "applies") -> Plan:
    book = {**standing("rras-backup", status), "backup": "rras"}
    return plan({"host": "rras-01", "playbooks": [book]}, playbooks=("rras-backup",))


def test_the_text_of_a_run_has_a_line_for_each() -> None:
    lines = FORMATS["text"](a_run(_TAKEN, _LEFT_OUT, _FAILED)).splitlines()
    assert [" ".join(line.split()) for line in lines[2:5]] == [
        f"backed up {_SENTENCE}",
        "no backup RRAS: left out (--no-backup)",
        "failed RRAS: Access is denied.",
    ]
    assert lines[-1] == "Apply: 1 backup taken."


def test_show_lists_the_files_as_sha256sum_does() -> None:
    assert list(file_lines(a_run(_TAKEN, _LEFT_OUT))) == [
        "Backup of rras-01 in /var/lib/aovpn/runs/r-1/rras-01, by SHA-256:",
        f"{_DIGEST}  RemoteAccess.reg",
        f"{_DIGEST[::-1]}  manifest.json",
    ]


def test_the_files_are_in_json_markdown_and_html() -> None:
    document = a_run(_TAKEN)
    [backup] = json.loads(FORMATS["json"](document))["hosts"][0]["backups"]
    assert [file["sha256"] for file in backup["files"]] == [_DIGEST, _DIGEST[::-1]]
    for name in ("markdown", "html"):
        said = FORMATS[name](document)
        assert _DIGEST in said
        assert "error 1702" in said
        assert "/var/lib/aovpn/runs/r-1/rras-01" in said


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_plan_says_what_is_taken_first(name: str) -> None:
    words = "a backup of RRAS is taken first"
    assert words in FORMATS[name](a_plan())
    alone = verification(the_backup_alone().hosts[0].model_dump())
    assert "to take" not in FORMATS[name](alone)
    checked = verification(a_plan().hosts[0].model_dump())
    assert words not in FORMATS[name](checked)


def test_a_plan_of_the_backup_alone_counts_it_and_says_how_to_go_on() -> None:
    lines = FORMATS["text"](the_backup_alone()).splitlines()
    assert lines[1] == "  a backup of RRAS is taken first"
    assert lines[-1] == "Plan: nothing to change, 1 backup to take."
    assert "aovpn-remediate apply FILE" in FORMATS["markdown"](the_backup_alone())


def test_where_the_playbook_is_not_for_the_host_none_is_taken() -> None:
    other = the_backup_alone("not_applicable")
    assert "backup of RRAS" not in FORMATS["text"](other)
    assert other.hosts[0].backups == ()


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_and_reasons_do_no_harm(name: str) -> None:
    said = FORMATS[name](poisoned(a_run(_TAKEN, _FAILED)))
    assert not set(said) & set(CANNOT_BE_SEEN)
    document = poisoned(a_run(_TAKEN))
    assert isinstance(document, Run)
    assert not set("".join(file_lines(document))) & set(CANNOT_BE_SEEN)
