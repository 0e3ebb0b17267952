"""What `init` writes: it is right as it stands, and a few edits make it work."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aovpn_remediate.cli.commands.schema import editor_line
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.lab.windows.roles import nps, rras
from aovpn_remediate.playbook.source import load
from tests.cli.conftest import Fleet, cli, document, work
from tests.schemas.validators import VALIDATORS

_FILES = ["fleet.yaml", "first.yaml", *(f"schemas/{name}.json" for name in VALIDATORS)]
_KINDS = {"fleet.yaml": "inventory", "first.yaml": "playbook"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert cli("init").exit_code == 0
    return tmp_path


def test_the_next_steps_are_printed(tmp_path: Path) -> None:
    shown = cli("init", str(tmp_path / "a" / "b"))
    assert shown.exit_code == 0
    for name in _FILES:
        assert name in shown.stdout
        assert (tmp_path / "a" / "b" / name).is_file()
    for command in ("validate fleet.yaml first.yaml", "doctor -i", "plan ./first.yaml -i"):
        assert f"  aovpn-remediate {command}" in shown.stdout


def test_the_written_files_are_valid(folder: Path) -> None:
    shown = cli("validate", *_KINDS)
    assert shown.exit_code == 0, shown.output
    for name, kind in _KINDS.items():
        assert list(VALIDATORS[kind].iter_errors(load(folder / name).value)) == []
        first = (folder / name).read_text("utf-8").splitlines()[0]
        assert first == editor_line(f"schemas/{kind}.json")


def test_the_commented_out_lines_are_valid_too(folder: Path) -> None:
    (folder / "ca.pem").touch()
    for name, kind in _KINDS.items():
        path = folder / name
        text, count = re.subn(r"(?m)^( *)# ([a-z_]+: )", r"\1\2", path.read_text("utf-8"))
        path.write_text(text.replace("yaml-language-server:", "# yaml-language-server:"))
        assert count > 1
        assert list(VALIDATORS[kind].iter_errors(load(path).value)) == []
    assert cli("validate", *_KINDS).exit_code == 0
    assert load_inventory(folder / "fleet.yaml").waivers == folder / "waivers.yaml"


def test_nothing_is_overwritten(folder: Path) -> None:
    for name in _FILES[1:]:
        (folder / name).unlink()
    (folder / "fleet.yaml").write_text("mine")
    shown = cli("init")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("error: fleet.yaml already exists, nothing was written:")
    assert (folder / "fleet.yaml").read_text() == "mine"
    assert not (folder / "first.yaml").exists()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shown = cli("init", str(tmp_path / "file"))
    assert shown.exit_code == 2
    assert shown.stderr.startswith("error: cannot write ")
    assert shown.stderr.count("\n") == 1


def test_a_few_edits_and_it_works(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(nps_01=nps("NPS-01"), rras_01=rras("RRAS-01"))
    Path("fleet.yaml").unlink()
    assert cli("init").exit_code == 0
    text = Path("fleet.yaml").read_text("utf-8")
    for old, new in (
        ("scheme: https ", f"scheme: http\n    port: {fleet.lab.port} "),
        ("auth: kerberos", "auth: ntlm"),
        (r"# credential: {username: 'CORP\svc-vpn'", "credential: {username: lab"),
        ("{env: VPN_PASSWORD}", "{file: password}"),
        ("nps-01.corp.example", fleet.addresses["nps-01"]),
        ("rras-01.corp.example", fleet.addresses["rras-01"]),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    Path("fleet.yaml").write_text(text)
    chosen = ("-i", "fleet.yaml", "--limit", "nps-01,rras-01")

    found = document(work("plan", "./first.yaml", *chosen, "--format", "json"))
    assert [(h["host"], h["steps"][0]["action"]) for h in found["hosts"]] == [
        ("nps-01", "create"),
        ("rras-01", "create"),
    ]
    assert work("apply", "./first.yaml", *chosen, "--yes").exit_code == 0
    assert work("verify", "last", *chosen).exit_code == 0
    fleet.lab.assert_clean()
