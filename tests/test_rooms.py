"""A kind has one name in each of its rooms: script, resource, cases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.reports import FORMATS
from aovpn_remediate.resources import KINDS

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = _ROOT / "aovpn_remediate"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_all_its_parts(kind: str) -> None:
    resource = KINDS[kind]
    assert resource.kind == kind
    assert (_PACKAGE / "resources" / f"{kind}.py").is_file()
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*", kind)
    assert resource.summary.isprintable()
    assert (_ROOT / "tests" / "resources" / kind / "cases.yaml").is_file()
    script = (asset_dir("templates") / "kinds" / f"{kind}.ps1").read_text(encoding="ascii")
    defined = set(re.findall(r"(?m)^function ([\w-]+) \{", script))
    function = resource.model_validate(resource.example).function
    assert f"Get-{function}" in defined
    assert (f"Set-{function}" in defined) == (not resource.read_only)


def test_no_part_is_without_its_kind() -> None:
    assert {path.stem for path in (asset_dir("templates") / "kinds").iterdir()} == set(KINDS)
    cases = (_ROOT / "tests" / "resources").glob("*/cases.yaml")
    assert {path.parent.name for path in cases} == set(KINDS)
    others = {"__init__", "backups", "base", "declared", "proof", "restart", "roles", "rules"}
    others |= {"certificate_data"}
    # What several kinds share, or one kind has too much of.
    others |= {
        "eap_config",
        "patch_level",
        "patch_table",
        "registry_data",
        "registry_paths",
        "table_file",
        "texts",
        "versions",
        "vpn_connection",
    }
    assert {p.stem for p in (_PACKAGE / "resources").glob("*.py")} == set(KINDS) | others


def test_each_format_is_a_module_of_its_name() -> None:
    assert {module.stem for module in (_PACKAGE / "reports").iterdir()} >= set(FORMATS)
