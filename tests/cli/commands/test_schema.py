from __future__ import annotations

import json
from pathlib import Path

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.cli.commands.schema import SCHEMA_NAMES, editor_line
from aovpn_remediate.playbook.loader import load_playbook
from aovpn_remediate.schemas import SCHEMAS, shipped
from tests.cli.conftest import cli


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_printed(name: str) -> None:
    shown = cli("schema", name)
    assert shown.exit_code == 0
    assert json.loads(shown.stdout) == SCHEMAS[name]()


def test_the_names_are_those_that_there_are() -> None:
    assert set(SCHEMAS) == set(SCHEMA_NAMES)


def test_it_is_written_with_the_line_that_leads_to_it(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    shown = cli("schema", "playbook", "-o", str(path))
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "\n# yaml-language-server: $schema=p.json\n" in shown.stderr
    assert path.read_text("utf-8") == shipped("playbook").read_text("utf-8")


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    shown = cli("schema", "playbook", "-o", str(tmp_path / "no" / "p.json"))
    assert shown.exit_code == 2
    assert shown.stderr.startswith("error: cannot write ")


@pytest.mark.parametrize(
    "path", sorted(asset_dir("playbooks").glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_first_line_of_a_shipped_playbook_leads_to_the_schema(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    schema = path.parent / first.rpartition("=")[2]
    assert first == editor_line("../aovpn_remediate/schemas/playbook.json")
    assert schema.samefile(shipped("playbook"))
    assert load_playbook(path).name == path.stem
