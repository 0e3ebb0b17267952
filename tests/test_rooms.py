"""What holds the rooms together: a kind has one name in each, and each imports only what it may."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.reports import FORMATS
from aovpn_remediate.resources import KINDS

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = _ROOT / "aovpn_remediate"

_MAY_IMPORT = {
    "assets": set(),
    "errors": set(),
    "resources": {"errors"},
    "playbook": {"errors", "resources", "assets"},
    "inventory": {"errors", "resources", "playbook"},
    "rendering": {"resources", "assets"},
    "transports": {"errors", "rendering", "inventory"},
    "migrations": set(),
    "engine": {
        "errors",
        "resources",
        "playbook",
        "inventory",
        "rendering",
        "transports",
        "migrations",
    },
    "doctor": {"errors", "inventory", "transports", "rendering", "engine", "resources"},
    "drift": {
        "errors",
        "assets",
        "resources",
        "playbook",
        "inventory",
        "rendering",
        "transports",
        "engine",
        "reports",
        "doctor",
        "door",
        "opening",
        "works",
        "changing",
    },
    "reports": {"engine.results", "assets"},
    "lab": {"errors", "rendering.literals"},
}
_MAY_TOUCH_NETWORK = {"transports", "lab", "doctor", "drift"}
_NETWORK = {"requests", "urllib3", "pypsrp", "winrm", "spnego", "http", "socket"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_all_its_parts(kind: str) -> None:
    resource = KINDS[kind]
    assert resource.kind == kind
    assert (_PACKAGE / "resources" / f"{kind}.py").is_file()
    assert list((_ROOT / "tests" / "resources" / kind).glob("*.yaml"))
    script = (asset_dir("templates") / "kinds" / f"{kind}.ps1").read_text(encoding="ascii")
    defined = set(re.findall(r"(?m)^function ([\w-]+) \{", script))
    function = resource.model_construct().function
    assert f"Get-{function}" in defined
    assert (f"Set-{function}" in defined) == (not resource.read_only)


def test_no_part_is_without_its_kind() -> None:
    assert {path.stem for path in (asset_dir("templates") / "kinds").iterdir()} == set(KINDS)
    others = {"__init__", "base", "restart"}
    assert {p.stem for p in (_PACKAGE / "resources").glob("*.py")} == set(KINDS) | others


def test_each_format_is_a_module_of_its_name() -> None:
    assert {module.stem for module in (_PACKAGE / "reports").glob("*.py")} >= set(FORMATS)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=str(p.relative_to(_PACKAGE))) for p in sorted(_PACKAGE.rglob("*.py"))],
)
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = path.relative_to(_PACKAGE).parts[0].removesuffix(".py")
    if room not in _MAY_IMPORT:
        return  # api, cli and what they are made of: all rooms
    allowed = {f"aovpn_remediate.{name}" for name in _MAY_IMPORT[room] | {room}}
    for name in _imports(path):
        if name.startswith("aovpn_remediate."):
            assert any(name == a or name.startswith(f"{a}.") for a in allowed), name
        if room not in _MAY_TOUCH_NETWORK:
            assert name.split(".")[0] not in _NETWORK
