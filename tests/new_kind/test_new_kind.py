"""A kind is added to a copy of the tree in five places, and nowhere else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = ("aovpn_remediate", "playbooks", "templates", "tests")
_FILES = ("README.md", "Makefile", "pyproject.toml")
_CHECKS = (
    *("tests/test_rooms.py", "tests/test_generated.py", "tests/resources", "tests/templates"),
    *("tests/schemas", "tests/playbook/test_examples.py"),
)
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
_KINDS = "\nKINDS: Mapping[str, type[Resource]] = {\n"
_ROW = (
    "from aovpn_remediate.resources.toy_clock import ToyClock\n"
    f'{_KINDS}    "toy_clock": ToyClock,\n'
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project, compiled files with it: they are good for as long as the others."""
    tree = tmp_path / "tree"
    for name in _FOLDERS:
        # What is being compiled has a name of its own until it is done.
        shutil.copytree(_ROOT / name, tree / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    for name in _FILES:
        shutil.copy2(_ROOT / name, tree / name)
    return tree


def _run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and some take a second to load
    return subprocess.run(command, cwd=tree, env=own, capture_output=True, text=True, check=False)


def _failures(tree: Path, *tests: str) -> set[str]:
    """The names of the tests that fail, with their parameters."""
    done = _run(tree, *_PYTEST, "-k", "toy_clock or current or part", *tests)
    assert re.search(r"\d passed", done.stdout), done.stdout + done.stderr
    return set(re.findall(r"(?m)^FAILED .*::(\S+)", done.stdout))


@pytest.mark.long
def test_a_kind_is_added_in_five_places(tree: Path, tmp_path: Path) -> None:
    resources, cases = tree / "aovpn_remediate" / "resources", tree / "tests" / "resources"
    shutil.copy(_HERE / "toy_clock.ps1", tree / "templates" / "kinds")
    shutil.copy(_HERE / "toy_clock.py", resources)
    (cases / "toy_clock").mkdir()
    shutil.copy(_HERE / "cases.yaml", cases / "toy_clock")
    assert _failures(tree, "tests/test_rooms.py") == {"test_no_part_is_without_its_kind"}

    table = resources / "__init__.py"
    text = table.read_text("utf-8")
    assert text.count(_KINDS) == 1
    table.write_text(text.replace(_KINDS, _ROW), "utf-8")
    current = "test_a_generated_file_is_current"
    stale = {f"{current}[playbook.json]", f"{current}[README.md]"}
    assert _failures(tree, "tests/test_rooms.py", "tests/test_generated.py") == stale

    binaries = Path(sys.executable).parent
    made = _run(tree, "make", "--old-file=.venv/.installed", f"BIN={binaries}", "schema")
    assert made.returncode == 0, made.stderr
    assert _failures(tree, *_CHECKS) == set()
    assert "| `toy_clock: {name: Hall, minutes: 0}` |" in (tree / "README.md").read_text("utf-8")

    (tmp_path / "run").mkdir()
    there_and_back = ("-m", "tests.new_kind.there_and_back", str(tmp_path / "run"))
    done = _run(tree, sys.executable, *there_and_back)
    assert done.returncode == 0, done.stdout + done.stderr
