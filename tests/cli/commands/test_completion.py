"""What TAB offers: by the protocol between a shell and the program, and in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from aovpn_remediate.cli import main
from aovpn_remediate.playbook.loader import shipped_playbooks
from aovpn_remediate.reports import FORMATS
from aovpn_remediate.resources import KINDS
from tests.cli.conftest import JOURNAL, NPS, Fleet, cli, document, work

_VARIABLE = "_AOVPN_REMEDIATE_COMPLETE"


def offered(*words: str) -> list[str]:
    """For the last of the words, which is not complete."""
    *before, incomplete = words
    found = BashComplete(main, {}, "aovpn-remediate", _VARIABLE).get_completions(before, incomplete)
    return [f"<{item.type}>" if item.type != "plain" else item.value for item in found]


def test_verbs_and_options() -> None:
    assert offered("ver") == ["verify"]
    assert "--log-file" in offered("plan", "--l")
    assert offered("plan", "x", "--format", "") == ["text", "json"]
    assert offered("report", "--format", "mark") == ["markdown"]
    assert offered("schema", "") == ["playbook", "inventory", "waivers"]


@pytest.mark.parametrize("verb", ["plan", "apply", "render", "playbooks", "verify"])
def test_playbooks_by_name_else_files(verb: str) -> None:
    assert offered(verb, "rras-") == [
        "rras-backup",
        "rras-disable-unused-wan-usage",
        "rras-ikev2-fragmentation",
        "rras-netsh-health",
        "rras-port-counts",
        "rras-security-updates",
    ]
    assert [name for name in offered(verb, "") if name in shipped_playbooks()]
    assert offered(verb, "./ow") == ["<file>"]


def test_kinds() -> None:
    assert offered("kinds", "") == list(KINDS)
    assert offered("kinds", "vpn_server") == ["vpn_server_ports"]


def test_reports_in_files() -> None:
    assert offered("plan", "x", "--report", "") == [f"{name}:" for name in FORMATS]
    assert offered("plan", "x", "--report", "html") == ["html:"]


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("incomplete", "words"),
    [
        ("", ["all", "nps", "rras", "nps-01", "nps-02", "rras-01"]),
        ("r", ["rras", "rras-01"]),
        ("nps,!nps-0", ["nps,!nps-01", "nps,!nps-02"]),
        ("nps-*,", [f"nps-*,{n}" for n in ("all", "nps", "rras", "nps-01", "nps-02", "rras-01")]),
        ("x", []),
    ],
)
def test_hosts_and_groups_of_the_inventory(incomplete: str, words: list[str]) -> None:
    assert offered("plan", NPS, "-i", "fleet.yaml", "--limit", incomplete) == words
    assert offered("doctor", "-i", "fleet.yaml", "--limit", incomplete) == words


def test_hosts_of_no_inventory(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("groups: 5")
    for path in (str(wrong), str(tmp_path / "none.yaml"), str(tmp_path)):
        assert offered("plan", NPS, "-i", path, "--limit", "") == []
    assert offered("plan", NPS, "--limit", "") == []


def test_runs_of_the_journal(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    del fleet
    assert offered("show", "--journal", "sqlite:///none.sqlite", "") == []
    assert not Path("none.sqlite").exists()
    for _ in range(2):
        work("apply", NPS, "-i", "fleet.yaml", "--yes", "--limit", "nps-01")
        work("rollback", "last", "-i", "fleet.yaml", "--yes")
    found = cli("runs", "--format", "json", "--journal", JOURNAL)
    ids = [run["id"] for run in document(found)["runs"]]
    assert len(ids) == 4
    for verb in ("show", "rollback", "report", "diff"):
        assert offered(verb, "--journal", JOURNAL, "") == ["last", *ids]
    assert offered("show", "--journal", JOURNAL, ids[0][:-1]) == [ids[0]]
    assert offered("verify", "--journal", JOURNAL, ids[0]) == [ids[0]]
    assert offered("report", "--journal", JOURNAL, "change.pl") == ["<file>"]
    assert offered("rollback", ids[0], "--journal", JOURNAL, "la") == ["last"]
    monkeypatch.setenv("XDG_STATE_HOME", str(Path.cwd() / "state"))
    assert offered("show", "") == []
    assert not Path("state").exists()
    cli("runs")
    assert offered("show", "") == ["last"]


@pytest.mark.parametrize("url", ["postgresql://h/x", "nonsense", "sqlite:///x.sqlite", ""])
def test_a_journal_that_cannot_be_read_is_no_error(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.sqlite").write_text("no database")
    assert set(offered("show", "--journal", url, "2")) == set()


def test_by_the_environment_of_a_shell(tmp_path: Path) -> None:
    program = "from aovpn_remediate.cli import main; main(prog_name='aovpn-remediate')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, _VARIABLE: "bash_complete", "COMP_CWORD": "2"}
        | {"COMP_WORDS": "aovpn-remediate plan nps-ig"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == ([f"plain,{NPS}"], "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_says_how_to_install_it(shell: str) -> None:
    shown = cli("completion", shell)
    assert shown.exit_code == 0
    assert f"{_VARIABLE}={shell}_complete" in shown.stdout
    last = shown.stdout.splitlines()[-1]
    assert last.startswith("# To install it permanently, ")
    assert f"aovpn-remediate completion {shell}" in last


_TAB = """
eval "$("$PROGRAM_FOLDER"/aovpn-remediate completion bash)"
PATH="$PROGRAM_FOLDER:$PATH"
COMP_WORDS=(aovpn-remediate plan rras-p) COMP_CWORD=2
_aovpn_remediate_completion aovpn-remediate
echo "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on this machine")
def test_in_a_real_bash(tmp_path: Path) -> None:
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "--norc", "-c", _TAB],
        env={**os.environ, "PROGRAM_FOLDER": str(folder)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "rras-port-counts\n", done.stderr
